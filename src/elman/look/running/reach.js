// How far back gradients reach.
import {EngineError, floats, symbols, whole} from "./checks.js";
import {lossOf, newLoss} from "./losses.js";
import {Grid, Loan} from "./memory.js";

// The gradient of the loss of step `last` by every state before it, and by every input:
//   states   by name, (last + 2, L, H): place t is the state that step t reads, place last + 1 what that step leaves
//            (zero there, but for what the head reads)
//   inputs   (last + 1, I). Of symbols by their embedding; without one, by what they add to the gates (G H)
// The chain rule step by step: each step's product takes what arrives from the step after it. For one row, a network
// that reads forwards and answers every step.
export function reach(network, sequences, loss, last) {
  const { architecture: a, cell } = network;
  if (a.bidirectional || a.readout !== "steps" || a.terms)
    throw new EngineError("reach: expected a network that reads forwards, answers every step and has no terms");
  if ((sequences.rows ?? 1) !== 1) throw new EngineError(`reach: expected one row; found ${sequences.rows}`);
  const { y, states } = network.trace(sequences);
  const width = a.symbols ? 1 : a.inputs;
  const end = whole("last", last ?? y.shape[0] - 1, 0, y.shape[0] - 1);
  const cost = costOf(network, loss, y.at(end), sequences.targets, end);
  const size = a.layers * a.hidden;
  const found = Object.fromEntries(
    cell.states.map((name) => [name, new Grid(new Float32Array((end + 2) * size), [end + 2, a.layers, a.hidden])]),
  );
  const inputs = [];
  const nothing = new Float32Array(a.outputs);
  let arriving = {};
  for (let t = end; t >= 0; --t) {
    const state = Object.fromEntries(cell.states.map((name) => [name, at(states[name], t)]));
    const step = { inputs: sequences.inputs.slice(t * width, (t + 1) * width), state };
    const back = network.vjp(step, { y: t === end ? cost.gradient : nothing, ...arriving });
    inputs.unshift(back.inputs?.data ?? bySymbol(network, back.gradient, step.inputs[0]));
    arriving = Object.fromEntries(cell.states.map((name) => [name, back.state[name].data]));
    for (const name of cell.states) found[name].data.set(arriving[name], t * size);
    if (t === end) found.h.data.set(throughHead(network, cost.gradient), (t + 1) * size + size - a.hidden);
  }
  const each = inputs[0].length;
  const joined = new Float32Array(inputs.length * each);
  inputs.forEach((values, t) => joined.set(values, t * each));
  return { loss: cost.loss, states: found, inputs: new Grid(joined, [inputs.length, each]) };
}

// The states of all layers before step t.
function at(states, t) {
  const [L, , B, H] = states.shape;
  const found = new Float32Array(L * B * H);
  for (let l = 0; l < L; ++l) found.set(states.at(l, t), l * B * H);
  return found;
}

// The loss of one answer, and its gradient by the answer.
function costOf({ architecture, engine }, loss, y, targets, t) {
  const O = architecture.outputs;
  const cost = lossOf(loss, O);
  return Loan.during(engine, (loan) => {
    let [numbers, symbol] = [0, 0];
    if (cost.name === "symbols") symbol = loan.copy(Int32Array, symbols("targets", [targets[t]], O));
    else numbers = loan.copy(Float32Array, floats("targets", targets.slice(t * O, (t + 1) * O), O));
    const [one, logits] = [newLoss(engine, loan, cost), loan.copy(Float32Array, y)];
    const value = engine.exports.loss_of_answer(one, O, logits, numbers, symbol);
    engine.exports.loss_free(one);
    return { loss: value, gradient: engine.view(Float32Array, logits, O).slice() };
  });
}

// By the h that the head reads.
function throughHead(network, dy) {
  const { outputs, hidden, tied } = network.architecture;
  const head = network.tensor(tied ? "embedding.weight" : "head.weight");
  return Float32Array.from({ length: hidden }, (_, j) => {
    let sum = 0;
    for (let o = 0; o < outputs; ++o) sum += dy[o] * head[o * hidden + j];
    return sum;
  });
}

function bySymbol({ architecture, tensors }, gradient, symbol) {
  const { embedding, inputs } = architecture;
  const { offset, size } = tensors[0]; // the embedding, or else weight_ih_l0
  if (embedding) return gradient.slice(offset + symbol * embedding, offset + (symbol + 1) * embedding);
  return Float32Array.from({ length: size / inputs }, (_, j) => gradient[offset + j * inputs + symbol]);
}
