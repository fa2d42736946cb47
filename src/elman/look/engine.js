// elman's engine in the browser: the C++ engine as WebAssembly (engine/wasm/), and what wraps it: this file, and running/.
//
//   const engine = await Engine.load(bytes);                  // of engine.wasm: an ArrayBuffer or a Uint8Array
//   const network = engine.network(architecture, parameters);
//   const { y, gates, states } = network.trace({ inputs });   // y.at(t), gates.cell.at(0, t), states.h.at(0, t + 1)
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
//   terms    extra logits, [{ rows, indptr, indices, data }]: elman.Term
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
//                                          left out): { loss, states, inputs }; running/reach.js says in what shapes
//   network.stream({ rows, state })        step(x) gives y (B, O); state, reset(), sample(symbols, uniform, temperature)
//   network.trainer(settings)              update(sequences), fit(sequences, batch, noise), updates; settings: running/trainer.js
//
// It works under the content security policy script-src 'wasm-unsafe-eval'. Errors are EngineError: where, what was
// expected, what was found.

import {Generator} from "./running/generator.js";
import {Network} from "./running/network.js";

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
