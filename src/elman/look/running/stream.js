import {EngineError, floats, symbols, whole} from "./checks.js";
import {Loan} from "./memory.js";

// A network that reads one step at a time, with the parameters that it had when the stream was opened.
export class Stream {
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
    const read = this.#read ?? [0, 0, 0];
    engine.exports.step(address, this.#examples, this.#states[0], this.#states[1] ?? 0, ...read, this.#y);
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
