// elman's engine in the browser: the C++ engine as WebAssembly (engine/wasm/), and this wrapper around it.
//
//   const engine = await Engine.load(bytes);                  // of engine.wasm: an ArrayBuffer or a Uint8Array
//   const network = engine.network(architecture, parameters);
//   const { y, gates, states } = network.trace({ inputs });   // y.at(t), gates.i.at(0, t), states.h.at(0, t + 1)
//   const stream = network.stream();                          // one step at a time
//   const trainer = network.trainer({ loss: "bits", optimizer: { name: "Adam", rate: 0.05 } });
//   const loss = trainer.update({ inputs, targets });
//
// Names, shapes and defaults are those of elman in Python: `architecture` is elman.Architecture as JSON, `parameters` its
// flat vector (P), tensors have PyTorch's names. The engine computes in float32, whatever `dtype` says. Letters:
//   T steps   B rows of a batch   I inputs   O outputs   H hidden units   L layers   D directions   P parameters
//
// Sequences are an object:
//   inputs   numbers (T, B, I), or symbols (T, B), flat: an array or a typed array
//   rows     B; 1 if it is left out. T follows from the length of `inputs`
//   lengths  (B), the steps of each row; all T if left out
//   state    { h: (L D, B, H), c: … }, flat: the initial state; the architecture's if left out
//   targets  (T, B, O), or symbols (T, B) for the loss "symbols". With a readout, (B, O) or (B)
//   weights  (T, B), how much each step counts; all 1 if left out. With a readout, (B)
//   terms    extra logits, [{ rows, begins, outputs, values }]: elman.Term
// A loss is its name, or { name, smoothing, delta, of_outputs }; `of_outputs` (O) are the weights of the classes
// ("symbols") or the levels ("pinball"). Names: bits, symbols, squared, squared_sigmoid, huber, pinball.
//
// Results are arrays of JavaScript's own. A `Grid` is a flat Float32Array `data` and its `shape`; `grid.at(i, j)` is
// what stands at these first places, and a number where all are given. What lives in the engine's memory is a network, a
// stream, a trainer, a generator: call `release()` when it is not needed any more, for that memory never shrinks.
//
//   engine.cells, engine.readouts          what this engine knows: { lstm: { gates, states, … } }; { mean: { scored } }
//   engine.random(seed, …)                 NumPy's default_rng((seed, …)): uniform(low, high, n), integers(below, n)
//   network.tensors                        [{ name, shape, offset, size }]
//   network.parameters                     (P), the engine's memory itself. Take it anew for each use: it moves
//   network.initialise(generator, scale)   weights as Network.initialise draws them
//   network.trace(sequences)               { y, gates, states }: y (T, B, O); gates by name (L D, T, B, H); states
//                                          (L D, T + 1, B, H). With a readout y (B, O), `read` (B, D H) and, where
//                                          steps have shares, `scored` (T, B)
//   network.losses(sequences, loss)        (T, B), of each step; with a readout (B)
//   network.lossAndGradient(sequences, loss, reduction)     { loss, gradient }: gradient (P); "mean" or "sum"
//   network.vjp(sequences, { y, h, c })    { gradient, inputs, state }, from gradients that arrive at outputs and final
//                                          states; inputs (T, B, I), or null for symbols
//   network.reach(sequences, loss, last)   how far back gradients reach from the loss of step `last` (the last one if
//                                          left out): { loss, states, inputs }, see below
//   network.stream({ rows, state })        step(x) gives y (B, O); state, reset(), sample(symbols, uniform, temperature)
//   network.trainer(settings)              update(sequences), fit(sequences, batch, rates); updates, see below
//
// It works under the content security policy script-src 'wasm-unsafe-eval'. Errors are EngineError: where, what was
// expected, what was found.

export class EngineError extends Error {
  constructor(message) {
    super(message);
    this.name = "EngineError";
  }
}

// In the order of the engine's enumerations (kernels.h).
const LOSSES = ["bits", "symbols", "squared", "squared_sigmoid", "huber", "pinball"];
const OPTIMIZERS = {
  SGD: { kind: 0 },
  RMSProp: { kind: 1, alpha: 0.99, eps: 1e-8 },
  Adagrad: { kind: 2, eps: 1e-10 },
  Adam: { kind: 3, betas: [0.9, 0.999], eps: 1e-8 },
  AdamW: { kind: 4, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01 },
  LazyAdam: { kind: 3, betas: [0.9, 0.999], eps: 1e-8, lazy: true },
};

const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

function choose(where, found, names) {
  if (!names.includes(found)) throw new EngineError(`${where}: expected one of ${names.join(", ")}; found ${found}`);
  return found;
}

function whole(where, value, least, most = 2 ** 31 - 1) {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new EngineError(`${where}: expected a whole number from ${least} to ${most}; found ${value}`);
  return value;
}

function product(numbers) {
  return numbers.reduce((x, y) => x * y, 1);
}

// A flat array and its shape.
export class Grid {
  constructor(data, shape) {
    this.data = data;
    this.shape = shape;
  }

  // What stands at these first places: a view of numbers, or one number.
  at(...places) {
    let [first, count] = [0, this.data.length];
    places.forEach((place, axis) => {
      whole("place", place, 0, this.shape[axis] - 1);
      count /= this.shape[axis];
      first += place * count;
    });
    return places.length === this.shape.length ? this.data[first] : this.data.subarray(first, first + count);
  }
}

// What one call borrows of the engine's memory, until it returns.
class Loan {
  #engine;
  #addresses = [];

  constructor(engine) {
    this.#engine = engine;
  }

  static during(engine, task) {
    const loan = new Loan(engine);
    try {
      return task(loan);
    } finally {
      loan.release();
    }
  }

  // Room for so many numbers of a kind of typed array: their address.
  room(Kind, count) {
    const address = this.#engine.exports.allocate(Math.max(8, count * Kind.BYTES_PER_ELEMENT));
    if (!address) throw new EngineError(`the engine's memory: no room for ${count} numbers`);
    this.#addresses.push(address);
    return address;
  }

  // The address of a copy; 0 where there is nothing to copy.
  copy(Kind, values) {
    if (values == null) return 0;
    const address = this.room(Kind, values.length);
    this.#engine.view(Kind, address, values.length).set(values);
    return address;
  }

  zeros(Kind, count) {
    const address = this.room(Kind, count);
    this.#engine.view(Uint8Array, address, count * Kind.BYTES_PER_ELEMENT).fill(0);
    return address;
  }

  release() {
    for (const address of this.#addresses.splice(0)) this.#engine.exports.release(address);
  }
}

export class Engine {
  static async load(bytes) {
    const module = await WebAssembly.compile(bytes);
    // The C library's ways out of the module. A clock is read, and its time never used; nothing is written.
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] = () => 0;
    }
    return new Engine(await WebAssembly.instantiate(module, imports));
  }

  constructor(instance) {
    this.exports = instance.exports;
    this.exports._initialize();
    this.cells = {};
    for (const [name, nonlinearity, gates, states] of this.told(this.exports.cells())) {
      this.cells[name] ??= { nonlinearities: [], gates, states };
      if (nonlinearity) this.cells[name].nonlinearities.push(nonlinearity);
    }
    this.readouts = {};
    for (const [name, scored] of this.told(this.exports.readouts())) this.readouts[name] = { scored: Boolean(scored) };
  }

  // The engine's memory as numbers. It moves when memory grows: only for use at once.
  view(Kind, address, count) {
    return new Kind(this.exports.memory.buffer, address, count);
  }

  text(address) {
    const bytes = new Uint8Array(this.exports.memory.buffer, address);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  told(address) {
    return JSON.parse(this.text(address));
  }

  network(architecture, parameters = null) {
    return new Network(this, architecture, parameters);
  }

  random(...seed) {
    return new Generator(this, seed);
  }
}

// NumPy's default generator: the same seed, the same numbers.
class Generator {
  #engine;
  #address;

  constructor(engine, seed) {
    this.#engine = engine;
    const words = seed.flatMap((value) => {
      let left = BigInt(whole("seed", value, 0, Number.MAX_SAFE_INTEGER));
      const found = [];
      do {
        found.push(Number(left & 0xffffffffn));
        left >>= 32n;
      } while (left);
      return found;
    });
    this.#address = Loan.during(engine, (loan) =>
      engine.exports.random_new(loan.copy(Uint32Array, words), words.length),
    );
  }

  // As rng.uniform(low, high, count).
  uniform(low, high, count) {
    return Loan.during(this.#engine, (loan) => {
      const drawn = loan.room(Float64Array, count);
      this.#engine.exports.random_uniform(this.#address, low, high, count, drawn);
      return this.#engine.view(Float64Array, drawn, count).slice();
    });
  }

  // As rng.integers(0, below, count), up to 2^53.
  integers(below, count) {
    whole("below", below, 1, Number.MAX_SAFE_INTEGER);
    return Loan.during(this.#engine, (loan) => {
      const drawn = loan.room(BigInt64Array, count);
      this.#engine.exports.random_integers(this.#address, BigInt(below - 1), count, drawn);
      return Float64Array.from(this.#engine.view(BigInt64Array, drawn, count), Number);
    });
  }

  release() {
    this.#engine.exports.random_free(this.#address);
    this.#address = 0;
  }
}

// An architecture as the engine takes it, checked.
function checked(engine, given) {
  const a = {
    cell: "lstm", nonlinearity: null, hidden: 16, layers: 1, bidirectional: false, bias: true, symbols: false,
    embedding: null, tied: false, dropout: 0, noise: 0, output_dropout: 0, weight_dropout: 0, readout: "steps",
    initial: 0, terms: 0, ...given,
  };
  for (const name of ["inputs", "outputs", "hidden"]) whole(name, a[name], 1, 1 << 20);
  whole("layers", a.layers, 1, 1000);
  whole("terms", a.terms, 0, 1000);
  if (a.embedding !== null) whole("embedding", a.embedding, 1, 1 << 20);
  choose("cell", a.cell, Object.keys(engine.cells));
  const choices = engine.cells[a.cell].nonlinearities;
  a.nonlinearity = choices.length ? choose("nonlinearity", a.nonlinearity ?? "tanh", choices) : null;
  choose("readout", a.readout, ["steps", ...Object.keys(engine.readouts)]);
  for (const name of ["dropout", "noise", "output_dropout", "weight_dropout"])
    if (!Number.isFinite(a[name])) throw new EngineError(`${name}: expected a number; found ${a[name]}`);
  if (a.initial !== "learned" && !Number.isFinite(a.initial))
    throw new EngineError(`initial: expected a number or learned; found ${a.initial}`);
  return Object.freeze(a);
}

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
      const y = this.#grid(loan, this.#answers(T, B));
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
      const each = this.#grid(loan, this.#answers(given.T, given.B).slice(0, -1));
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
      const shape = this.#answers(T, B);
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

  // The gradient of the loss of step `last` by every state before it, and by every input:
  //   states   by name, (last + 2, L, H): place t is the state that step t reads, place last + 1 what that step leaves
  //            (zero there, but for what the head reads)
  //   inputs   (last + 1, I). Of symbols by their embedding; without one, by what they add to the gates (G H)
  // The chain rule step by step: each step's product takes what arrives from the step after it. For one row, a network
  // that reads forwards and answers every step.
  reach(sequences, loss, last = null) {
    const a = this.architecture;
    if (a.bidirectional || a.readout !== "steps" || a.terms)
      throw new EngineError("reach: expected a network that reads forwards, answers every step and has no terms");
    if ((sequences.rows ?? 1) !== 1) throw new EngineError(`reach: expected one row; found ${sequences.rows}`);
    const { y, states } = this.trace(sequences);
    const width = a.symbols ? 1 : a.inputs;
    const end = whole("last", last ?? y.shape[0] - 1, 0, y.shape[0] - 1);
    const cost = this.#cost(loss, y.at(end), sequences.targets, end);
    const size = a.layers * a.hidden;
    const found = Object.fromEntries(
      this.cell.states.map((name) => [name, new Grid(new Float32Array((end + 2) * size), [end + 2, a.layers, a.hidden])]),
    );
    const inputs = [];
    const nothing = new Float32Array(a.outputs);
    let arriving = {};
    for (let t = end; t >= 0; --t) {
      const state = Object.fromEntries(this.cell.states.map((name) => [name, at(states[name], t)]));
      const step = { inputs: sequences.inputs.slice(t * width, (t + 1) * width), state };
      const { gradient, inputs: dx, state: before } = this.vjp(step, { y: t === end ? cost.gradient : nothing, ...arriving });
      inputs.unshift(dx ? dx.data : this.#symbolGradient(gradient, step.inputs[0]));
      arriving = Object.fromEntries(this.cell.states.map((name) => [name, before[name].data]));
      for (const name of this.cell.states) found[name].data.set(arriving[name], t * size);
      if (t === end) found.h.data.set(this.#throughHead(cost.gradient), (t + 1) * size + size - a.hidden);
    }
    const each = inputs[0].length;
    const joined = new Float32Array(inputs.length * each);
    inputs.forEach((values, t) => joined.set(values, t * each));
    return { loss: cost.loss, states: found, inputs: new Grid(joined, [inputs.length, each]) };
  }

  stream({ rows = 1, state = null } = {}) {
    return new Stream(this, rows, state);
  }

  trainer(settings) {
    return new Trainer(this, settings);
  }

  // --- shared with streams and trainers ---

  // task(loan, { T, B, examples, state, loss }) with sequences, and a loss where there is one, in the engine's memory.
  #reading(sequences, loss, task) {
    return Loan.during(this.engine, (loan) => {
      const given = this.examples(loan, sequences, loss);
      given.state = this.#stateAddresses(loan, sequences.state ?? {}, given.B, true);
      try {
        return task(loan, given);
      } finally {
        this.engine.exports.examples_free(given.examples);
        if (given.loss) this.engine.exports.loss_free(given.loss);
      }
    });
  }

  examples(loan, sequences, loss) {
    const a = this.architecture;
    const B = whole("rows", sequences.rows ?? 1, 1);
    const width = a.symbols ? B : B * a.inputs;
    const T = whole("steps", sequences.inputs.length / width, 1);
    const inputs = a.symbols ? symbols("inputs", sequences.inputs, a.inputs) : floats("inputs", sequences.inputs);
    const answers = product(this.#answers(T, B)) / a.outputs;
    const cost = loss === null ? null : lossOf(loss, a.outputs);
    let [targets, targetSymbols] = [null, null];
    if (cost?.name === "symbols") targetSymbols = symbols("targets", sequences.targets, a.outputs, answers);
    else if (cost) targets = floats("targets", sequences.targets, answers * a.outputs);
    const weights = sequences.weights && floats("weights", sequences.weights, answers);
    const lengths = sequences.lengths && symbols("lengths", sequences.lengths, T + 1, B);
    const examples = this.engine.exports.examples_new(
      T, B, a.symbols ? 0 : loan.copy(Float32Array, inputs), a.symbols ? loan.copy(Int32Array, inputs) : 0,
      loan.copy(Float32Array, targets), loan.copy(Int32Array, targetSymbols), loan.copy(Float32Array, weights),
      loan.copy(Int32Array, lengths),
    );
    this.#addTerms(loan, examples, sequences.terms ?? [], answers);
    return { T, B, examples, loss: cost && newLoss(this.engine, loan, cost) };
  }

  #addTerms(loan, examples, terms, answers) {
    const a = this.architecture;
    if (terms.length !== a.terms) throw new EngineError(`terms: expected ${a.terms}; found ${terms.length}`);
    for (const { rows, begins, outputs, values } of terms) {
      const places = Int32Array.from(rows);
      if (places.length !== answers || places.some((row) => row < -1 || row >= begins.length - 1))
        throw new EngineError(`terms: expected ${answers} rows from -1 to ${begins.length - 2}`);
      const count = Number(begins[begins.length - 1]);
      this.engine.exports.examples_term(
        examples, loan.copy(Int32Array, places), loan.copy(BigInt64Array, Array.from(begins, BigInt)),
        loan.copy(Int32Array, symbols("outputs", outputs, a.outputs, count)),
        loan.copy(Float32Array, floats("values", values, count)),
      );
    }
  }

  #answers(T, B) {
    const a = this.architecture;
    return a.readout === "steps" ? [T, B, a.outputs] : [B, a.outputs];
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

  // The loss of one answer, and its gradient by the answer.
  #cost(loss, y, targets, t) {
    const [a, O] = [this.architecture, this.architecture.outputs];
    const cost = lossOf(loss, O);
    const target = cost.name === "symbols" ? symbols("targets", [targets[t]], O) : floats("targets", targets.slice(t * O, (t + 1) * O), O);
    return Loan.during(this.engine, (loan) => {
      const [one, logits] = [newLoss(this.engine, loan, cost), loan.copy(Float32Array, y)];
      const [numbers, symbol] = cost.name === "symbols" ? [0, loan.copy(Int32Array, target)] : [loan.copy(Float32Array, target), 0];
      const value = this.engine.exports.loss_of_answer(one, a.outputs, logits, numbers, symbol);
      this.engine.exports.loss_free(one);
      return { loss: value, gradient: this.engine.view(Float32Array, logits, O).slice() };
    });
  }

  #throughHead(dy) {
    const { outputs, hidden, tied } = this.architecture;
    const head = this.tensor(tied ? "embedding.weight" : "head.weight");
    return Float32Array.from({ length: hidden }, (_, j) => {
      let sum = 0;
      for (let o = 0; o < outputs; ++o) sum += dy[o] * head[o * hidden + j];
      return sum;
    });
  }

  #symbolGradient(gradient, symbol) {
    const { embedding, inputs } = this.architecture;
    const { offset, size } = this.tensors[0]; // the embedding, or else weight_ih_l0
    if (embedding) return gradient.slice(offset + symbol * embedding, offset + (symbol + 1) * embedding);
    return Float32Array.from({ length: size / inputs }, (_, j) => gradient[offset + j * inputs + symbol]);
  }
}

// A network that reads one step at a time, with the parameters that it had when the stream was opened.
class Stream {
  #network;
  #loan;
  #rows;
  #states;
  #read = null;
  #x;
  #y;
  #examples;

  constructor(network, rows, state) {
    const { engine, architecture: a } = network;
    whole("rows", rows, 1);
    if (a.bidirectional) throw new EngineError("stream: a bidirectional network cannot take one step at a time");
    if (a.terms) throw new EngineError("stream: expected a network without terms");
    this.#network = engine.network(a, network.parameters.slice());
    this.#rows = rows;
    this.#loan = new Loan(engine);
    const size = a.layers * rows * a.hidden;
    this.#states = this.#network.cell.states.map(() => this.#loan.zeros(Float32Array, size));
    this.#x = this.#loan.zeros(a.symbols ? Int32Array : Float32Array, rows * (a.symbols ? 1 : a.inputs));
    this.#y = this.#loan.zeros(Float32Array, rows * a.outputs);
    if (a.readout !== "steps")
      this.#read = [
        this.#loan.zeros(Float32Array, rows * a.hidden),
        this.#loan.zeros(BigInt64Array, rows),
        engine.readouts[a.readout].scored ? this.#loan.zeros(Float32Array, rows) : 0,
      ];
    this.#examples = engine.exports.examples_new(1, rows, a.symbols ? 0 : this.#x, a.symbols ? this.#x : 0, 0, 0, 0, 0);
    engine.exports.pack(this.#network.address);
    this.reset();
    if (state) this.state = state;
  }

  get #size() {
    const a = this.#network.architecture;
    return a.layers * this.#rows * a.hidden;
  }

  // What it remembers, { h: (L, B, H), … }: a copy.
  get state() {
    const view = (k) => this.#network.engine.view(Float32Array, this.#states[k], this.#size).slice();
    return Object.fromEntries(this.#network.cell.states.map((name, k) => [name, view(k)]));
  }

  set state(state) {
    this.#network.cell.states.forEach((name, k) => {
      const values = floats(`state.${name}`, state[name] ?? [], this.#size);
      this.#network.engine.view(Float32Array, this.#states[k], this.#size).set(values);
    });
  }

  // Back to the state that the network begins with, and nothing read.
  reset() {
    const { engine, architecture: a } = this.#network;
    this.#network.cell.states.forEach((name, k) => {
      const view = engine.view(Float32Array, this.#states[k], this.#size);
      if (a.initial !== "learned") return view.fill(a.initial);
      const learned = this.#network.tensor(`initial_${name}`);
      for (let i = 0; i < view.length; ++i)
        view[i] = learned[Math.floor(i / (this.#rows * a.hidden)) * a.hidden + (i % a.hidden)];
    });
    if (this.#read) engine.view(BigInt64Array, this.#read[1], this.#rows).fill(0n);
  }

  // x: numbers (B, I), or symbols (B). Gives y (B, O).
  step(x) {
    const { engine, architecture: a, address } = this.#network;
    if (a.symbols) engine.view(Int32Array, this.#x, this.#rows).set(symbols("x", x, a.inputs, this.#rows));
    else engine.view(Float32Array, this.#x, this.#rows * a.inputs).set(floats("x", x, this.#rows * a.inputs));
    engine.exports.step(address, this.#examples, this.#states[0], this.#states[1] ?? 0, ...(this.#read ?? [0, 0, 0]), this.#y);
    return engine.view(Float32Array, this.#y, this.#rows * a.outputs).slice();
  }

  // Reads symbols (B), draws the next ones from the softmax of y / temperature, reads those, and so on: (T, B). Each is
  // drawn by its number of `uniform` (T, B) in [0, 1). A temperature of 0 takes the most probable one.
  sample(first, uniform, temperature = 1) {
    const { engine, architecture: a, address } = this.#network;
    if (!a.symbols || a.outputs > a.inputs || a.readout !== "steps")
      throw new EngineError("sample: expected a network that reads the symbols it gives");
    if (!(temperature >= 0 && temperature < Infinity))
      throw new EngineError(`temperature: expected a number from 0; found ${temperature}`);
    const steps = whole("steps", uniform.length / this.#rows, 0);
    const read = symbols("symbols", first, a.inputs, this.#rows);
    return Loan.during(engine, (loan) => {
      const drawn = loan.room(Int32Array, uniform.length);
      engine.exports.sample(
        address, steps, this.#rows, loan.copy(Int32Array, read), temperature, loan.copy(Float64Array, uniform),
        this.#states[0], this.#states[1] ?? 0, drawn,
      );
      return engine.view(Int32Array, drawn, uniform.length).slice();
    });
  }

  release() {
    this.#network.engine.exports.examples_free(this.#examples);
    this.#loan.release();
    this.#network.release();
  }
}

// Updates of a network's parameters, as elman.Trainer does them. Settings:
//   loss        "bits" if left out
//   optimizer   { name, rate, weight_decay, … }: elman.SGD, RMSProp, Adagrad, Adam, AdamW or LazyAdam, and what it has
//   schedule    the factor of the rate at an update (from 0): u => 0.5 ** Math.floor(u / 500); 1 if left out
//   clip_norm, clip_value, reduction ("mean" or "sum"), seed (of noise and dropout)
class Trainer {
  #network;
  #address;
  #loss;
  #rate;
  #schedule;

  constructor(network, { loss = "bits", optimizer, schedule = () => 1, clip_norm, clip_value, reduction = "mean", seed = 0 }) {
    const { engine } = network;
    choose("optimizer", optimizer?.name, Object.keys(OPTIMIZERS));
    choose("reduction", reduction, ["mean", "sum"]);
    whole("seed", seed, 0, Number.MAX_SAFE_INTEGER);
    const o = { momentum: 0, nesterov: false, lazy: false, alpha: 0, betas: [0, 0], eps: 0, weight_decay: 0, ...OPTIMIZERS[optimizer.name], ...optimizer };
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
      clip_norm ?? 0, clip_value ?? 0, BigInt(seed),
    );
    network.tensors.forEach(({ offset, size }, i) =>
      engine.exports.trainer_decay(this.#address, offset, offset + size, decays[i]),
    );
  }

  // One update over all rows: the loss before it.
  update(sequences) {
    return this.fit(sequences, sequences.rows ?? 1)[0];
  }

  // Rows 0 to batch - 1 in one update, the next ones in the next, and so on: the losses (U). An EngineError where a loss
  // or a gradient is not finite; then the network is as the last whole update left it.
  fit(sequences, batch) {
    const network = this.#network;
    return Loan.during(network.engine, (loan) => {
      const { examples, B, loss } = network.examples(loan, sequences, this.#loss);
      const count = whole("updates", B / whole("batch", batch, 1), 1);
      const rates = Float64Array.from({ length: count }, (_, u) => this.#rate * this.#schedule(this.updates + u));
      const losses = loan.zeros(Float64Array, count);
      const columns = loan.copy(Int32Array, Int32Array.from({ length: B }, (_, b) => b));
      const done = network.engine.exports.trainer_fit(
        this.#address, examples, loss, count, batch, columns, loan.copy(Float64Array, rates), losses,
      );
      network.engine.exports.examples_free(examples);
      network.engine.exports.loss_free(loss);
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

// --- checks ---

function at(states, t) {
  const [L, , B, H] = states.shape;
  const found = new Float32Array(L * B * H);
  for (let l = 0; l < L; ++l) found.set(states.at(l, t), l * B * H);
  return found;
}

function floats(where, values, count = values?.length) {
  if (!values || values.length !== count)
    throw new EngineError(`${where}: expected ${count ?? "some"} numbers; found ${values?.length ?? "none"}`);
  const found = Float32Array.from(values);
  if (!found.every(Number.isFinite)) throw new EngineError(`${where}: expected finite numbers`);
  return found;
}

function symbols(where, values, below, count = values?.length) {
  if (!values || values.length !== count)
    throw new EngineError(`${where}: expected ${count ?? "some"} whole numbers; found ${values?.length ?? "none"}`);
  for (const value of values) whole(where, value, 0, below - 1);
  return Int32Array.from(values);
}

function lossOf(loss, outputs) {
  const cost = { smoothing: 0, delta: 1, of_outputs: null, ...(typeof loss === "string" ? { name: loss } : loss) };
  choose("loss", cost.name, LOSSES);
  if (cost.name === "symbols" && cost.smoothing > 0) cost.of_outputs ??= Array(outputs).fill(1);
  if (cost.of_outputs !== null) cost.of_outputs = floats("of_outputs", cost.of_outputs, outputs);
  return cost;
}

function newLoss(engine, loan, cost) {
  const kind = LOSSES.indexOf(cost.name);
  return engine.exports.loss_new(kind, cost.smoothing, cost.delta, loan.copy(Float32Array, cost.of_outputs));
}

// The decay of each tensor: a number for all, or that of the first of { pattern: number } that matches, with * for any
// letters; 0 where none does.
function decaysOf(decay, tensors) {
  if (typeof decay === "number") return tensors.map(() => decay);
  const letters = (pattern) => pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".");
  const patterns = Object.keys(decay).map((pattern) => [new RegExp(`^${letters(pattern)}$`), pattern]);
  for (const [form, pattern] of patterns)
    if (pattern !== "*" && !tensors.some(({ name }) => form.test(name)))
      throw new EngineError(`weight_decay: expected patterns of ${tensors.map(({ name }) => name).join(", ")}; found ${pattern}`);
  return tensors.map(({ name }) => decay[patterns.find(([form]) => form.test(name))?.[1]] ?? 0);
}
