import {checked} from "./architecture.js";
import {EngineError, choose, floats, product} from "./checks.js";
import {Grid, Loan} from "./memory.js";
import {reach} from "./reach.js";
import {answers, laid} from "./sequences.js";
import {Stream} from "./stream.js";
import {Trainer} from "./trainer.js";

export class Network {
  #address;

  constructor(engine, architecture, parameters) {
    this.engine = engine;
    this.architecture = checked(engine, architecture);
    const a = this.architecture;
    this.cell = engine.cells[a.cell];
    this.directions = a.bidirectional ? 2 : 1;
    this.#address = Loan.during(engine, (loan) => {
      const text = (words) => loan.copy(Uint8Array, new TextEncoder().encode(`${words}\0`));
      const learned = a.initial === "learned";
      return engine.exports.network_new(
        a.inputs, a.outputs, a.symbols, a.embedding ?? 0, a.tied, text(a.cell), text(a.nonlinearity ?? ""), a.hidden,
        a.layers, a.bidirectional, a.bias, a.dropout, a.noise, a.output_dropout, a.weight_dropout, text(a.readout),
        learned, learned ? 0 : a.initial, a.terms,
      );
    });
    this.tensors = engine.told(engine.exports.network_tensors(this.#address)).map(([name, shape, offset]) => ({
      name, shape, offset, size: product(shape),
    }));
    if (parameters !== null) this.set(parameters);
  }

  get address() {
    return this.#address;
  }

  get size() {
    return this.engine.exports.network_size(this.#address);
  }

  get parameters() {
    return this.engine.view(Float32Array, this.engine.exports.network_parameters(this.#address), this.size);
  }

  set(parameters) {
    if (parameters.length !== this.size)
      throw new EngineError(`parameters: expected ${this.size} numbers; found ${parameters.length}`);
    this.parameters.set(parameters);
  }

  // One tensor, in the engine's memory itself.
  tensor(name) {
    choose("tensor", name, this.tensors.map((tensor) => tensor.name));
    const { offset, size } = this.tensors.find((tensor) => tensor.name === name);
    return this.parameters.subarray(offset, offset + size);
  }

  initialise(generator, scale = null) {
    const a = this.architecture;
    for (const { name, offset, size } of this.tensors) {
      const ofHead = ["head.", "terms.", `${a.readout}.`].some((start) => name.startsWith(start));
      const bound = scale ?? 1 / Math.sqrt(ofHead ? this.directions * a.hidden : a.hidden);
      const drawn = generator.uniform(-bound, bound, size);
      if (scale === null && (name.startsWith("initial") || name.startsWith("terms."))) drawn.fill(0);
      if (scale === null && a.cell === "lstm" && name.startsWith("bias_ih")) drawn.fill(1, a.hidden, 2 * a.hidden);
      this.parameters.set(drawn, offset);
    }
  }

  release() {
    this.engine.exports.network_free(this.#address);
    this.#address = 0;
  }

  // --- what it is asked ---

  trace(sequences) {
    return this.#reading(sequences, null, (loan, given) => {
      const { T, B } = given;
      const [a, places] = [this.architecture, this.architecture.layers * this.directions];
      const y = this.#grid(loan, answers(a, T, B));
      const gates = this.cell.gates.map(() => this.#grid(loan, [places, T, B, a.hidden]));
      const states = this.cell.states.map(() => this.#grid(loan, [places, T + 1, B, a.hidden]));
      const read = a.readout === "steps" ? null : this.#grid(loan, [B, this.directions * a.hidden]);
      const scored = read && this.engine.readouts[a.readout].scored ? this.#grid(loan, [T, B]) : null;
      const at = (grids, count) => Array.from({ length: count }, (_, i) => grids[i]?.address ?? 0);
      this.engine.exports.trace(
        this.#address, given.examples, ...given.state, y.address, ...at(gates, 4), ...at(states, 2),
        read?.address ?? 0, scored?.address ?? 0,
      );
      const named = (names, grids) => Object.fromEntries(names.map((name, i) => [name, grids[i].taken()]));
      return {
        y: y.taken(),
        gates: named(this.cell.gates, gates),
        states: named(this.cell.states, states),
        ...(read && { read: read.taken() }),
        ...(scored && { scored: scored.taken() }),
      };
    });
  }

  losses(sequences, loss) {
    return this.#reading(sequences, loss, (loan, given) => {
      const each = this.#grid(loan, answers(this.architecture, given.T, given.B).slice(0, -1));
      const final = this.#states(loan, given.B);
      this.engine.exports.losses(this.#address, given.examples, ...given.state, given.loss, each.address, ...final);
      return each.taken();
    });
  }

  lossAndGradient(sequences, loss, reduction = "mean") {
    choose("reduction", reduction, ["mean", "sum"]);
    return this.#reading(sequences, loss, (loan, given) => {
      const columns = loan.copy(Int32Array, Int32Array.from({ length: given.B }, (_, b) => b));
      const gradient = loan.zeros(Float32Array, this.size);
      const value = this.engine.exports.loss_and_gradient(
        this.#address, given.examples, columns, ...given.state, given.loss, reduction === "mean", gradient,
        ...this.#states(loan, given.B),
      );
      return { loss: value, gradient: this.engine.view(Float32Array, gradient, this.size).slice() };
    });
  }

  vjp(sequences, arriving) {
    return this.#reading(sequences, null, (loan, given) => {
      const { T, B } = given;
      const a = this.architecture;
      const shape = answers(a, T, B);
      const dy = arriving.y ? floats("y", arriving.y, product(shape)) : new Float32Array(product(shape));
      const dfinal = this.#stateAddresses(loan, arriving, B);
      const gradient = loan.zeros(Float32Array, this.size);
      const dx = a.symbols ? null : this.#grid(loan, [T, B, a.inputs]);
      const dinitial = this.cell.states.map(() => this.#grid(loan, [a.layers * this.directions, B, a.hidden]));
      this.engine.exports.vjp(
        this.#address, given.examples, ...given.state, loan.copy(Float32Array, dy), ...dfinal, gradient,
        dx?.address ?? 0, dinitial[0].address, dinitial[1]?.address ?? 0,
      );
      return {
        gradient: this.engine.view(Float32Array, gradient, this.size).slice(),
        inputs: dx && dx.taken(),
        state: Object.fromEntries(this.cell.states.map((name, k) => [name, dinitial[k].taken()])),
      };
    });
  }

  reach(sequences, loss, last = null) {
    return reach(this, sequences, loss, last);
  }

  stream({ rows = 1, state = null } = {}) {
    return new Stream(this, rows, state);
  }

  trainer(settings) {
    return new Trainer(this, settings);
  }

  // --- the engine's memory ---

  // task(loan, { T, B, examples, state, loss }) with sequences, and a loss where there is one, in the engine's memory.
  #reading(sequences, loss, task) {
    return Loan.during(this.engine, (loan) => {
      const given = laid(this, loan, sequences, loss);
      try {
        const state = this.#stateAddresses(loan, sequences.state ?? {}, given.B, true);
        return task(loan, { ...given, state });
      } finally {
        given.free();
      }
    });
  }

  // Room for numbers of a shape, and how to take them out.
  #grid(loan, shape) {
    const [engine, count] = [this.engine, product(shape)];
    const address = loan.zeros(Float32Array, count);
    return { address, taken: () => new Grid(engine.view(Float32Array, address, count).slice(), shape) };
  }

  #states(loan, B) {
    const count = this.architecture.layers * this.directions * B * this.architecture.hidden;
    return [0, 1].map((k) => (k < this.cell.states.length ? loan.zeros(Float32Array, count) : 0));
  }

  // The two addresses of a state. Where none is given: 0, the architecture's own, or (of gradients) zeros.
  #stateAddresses(loan, state, B, initial = false) {
    const names = this.cell.states.filter((name) => state[name]);
    if (names.length === 0) return initial ? [0, 0] : this.#states(loan, B);
    if (names.length < this.cell.states.length)
      throw new EngineError(`state: expected ${this.cell.states.join(", ")}; found ${names.join(", ")}`);
    const count = this.architecture.layers * this.directions * B * this.architecture.hidden;
    const addresses = names.map((name) => loan.copy(Float32Array, floats(`state.${name}`, state[name], count)));
    return [addresses[0], addresses[1] ?? 0];
  }
}
