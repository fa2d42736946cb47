import {EngineError, choose, whole} from "./checks.js";
import {lossOf} from "./losses.js";
import {Loan} from "./memory.js";
import {laid} from "./sequences.js";

// As elman.OPTIMIZERS; kinds in the order of the engine's enumeration (kernels.h).
const NONE = { momentum: 0, nesterov: false, lazy: false, alpha: 0, betas: [0, 0], eps: 0, weight_decay: 0 };
const OPTIMIZERS = {
  SGD: { kind: 0 },
  RMSProp: { kind: 1, alpha: 0.99, eps: 1e-8 },
  Adagrad: { kind: 2, eps: 1e-10 },
  Adam: { kind: 3, betas: [0.9, 0.999], eps: 1e-8 },
  AdamW: { kind: 4, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01 },
  LazyAdam: { kind: 3, betas: [0.9, 0.999], eps: 1e-8, lazy: true },
};

// Updates of a network's parameters, as elman.Trainer does them. Settings:
//   loss        "bits" if left out
//   optimizer   { name, rate, weight_decay, … }: elman.SGD, RMSProp, Adagrad, Adam, AdamW or LazyAdam, and what it has
//   schedule    the factor of the rate at an update (from 0): u => 0.5 ** Math.floor(u / 500); 1 if left out
//   clip_norm, clip_value, reduction ("mean" or "sum"), seed (of noise and dropout)
export class Trainer {
  #network;
  #address;
  #loss;
  #rate;
  #schedule;
  #noise = 1;

  constructor(network, settings) {
    const { engine } = network;
    const { loss = "bits", optimizer, schedule = () => 1, reduction = "mean", seed = 0 } = settings;
    choose("optimizer", optimizer?.name, Object.keys(OPTIMIZERS));
    choose("reduction", reduction, ["mean", "sum"]);
    whole("seed", seed, 0, Number.MAX_SAFE_INTEGER);
    const o = { ...NONE, ...OPTIMIZERS[optimizer.name], ...optimizer };
    if (!(o.rate >= 0 && o.rate < Infinity)) throw new EngineError(`rate: expected a number from 0; found ${o.rate}`);
    this.#network = network;
    this.#loss = loss;
    this.#rate = o.rate;
    this.#schedule = schedule;
    this.updates = 0;
    lossOf(loss, network.architecture.outputs); // an error is said here
    const decays = decaysOf(o.weight_decay, network.tensors);
    this.#address = engine.exports.trainer_new(
      network.address, o.kind, o.momentum, o.nesterov, o.lazy, o.alpha, ...o.betas, o.eps, reduction === "mean",
      settings.clip_norm ?? 0, settings.clip_value ?? 0, BigInt(seed),
    );
    network.tensors.forEach(({ offset, size }, i) =>
      engine.exports.trainer_decay(this.#address, offset, offset + size, decays[i]),
    );
  }

  // One update over all rows: the loss before it.
  update(sequences) {
    return this.fit(sequences, sequences.rows ?? 1)[0];
  }

  // Rows 0 to batch - 1 in one update, the next ones in the next, and so on, with a share of the architecture's noise:
  // the losses (U). An EngineError where a loss or a gradient is not finite; then the network is as the last whole
  // update left it.
  fit(sequences, batch, noise = 1) {
    if (!(noise >= 0 && noise <= 1)) throw new EngineError(`noise: expected a share from 0 to 1; found ${noise}`);
    const network = this.#network;
    return Loan.during(network.engine, (loan) => {
      const { examples, B, loss, free } = laid(network, loan, sequences, this.#loss);
      const count = whole("updates", B / whole("batch", batch, 1), 1);
      const rates = Float64Array.from({ length: count }, (_, u) => this.#rate * this.#schedule(this.updates + u));
      const losses = loan.zeros(Float64Array, count);
      const columns = loan.copy(Int32Array, Int32Array.from({ length: B }, (_, b) => b));
      if (noise !== this.#noise) network.engine.exports.trainer_noise(this.#address, noise);
      this.#noise = noise;
      const done = network.engine.exports.trainer_fit(
        this.#address, examples, loss, count, batch, columns, loan.copy(Float64Array, rates), losses,
      );
      free();
      this.updates += done;
      if (done < count) {
        const what = network.engine.text(network.engine.exports.trainer_trouble(this.#address));
        throw new EngineError(
          `update ${this.updates + 1}: the ${what === "loss" ? "loss" : `gradient of ${what}`} is not finite; ` +
            `the network is as update ${this.updates} left it`,
        );
      }
      return network.engine.view(Float64Array, losses, count).slice();
    });
  }

  release() {
    this.#network.engine.exports.trainer_free(this.#address);
    this.#address = 0;
  }
}

// The decay of each tensor: a number for all, or that of the first of { pattern: number } that matches, with * for any
// letters; 0 where none does.
function decaysOf(decay, tensors) {
  if (typeof decay === "number") return tensors.map(() => decay);
  const letters = (pattern) => pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".");
  const patterns = Object.keys(decay).map((pattern) => [new RegExp(`^${letters(pattern)}$`), pattern]);
  for (const [form, pattern] of patterns)
    if (pattern !== "*" && !tensors.some(({ name }) => form.test(name)))
      throw new EngineError(
        `weight_decay: expected patterns of ${tensors.map(({ name }) => name).join(", ")}; found ${pattern}`,
      );
  return tensors.map(({ name }) => decay[patterns.find(([form]) => form.test(name))?.[1]] ?? 0);
}
