// Sequences, as engine.js describes them, on their way into the engine's memory.
import {EngineError, floats, product, symbols, whole} from "./checks.js";
import {lossOf, newLoss} from "./losses.js";

// The shape of what is answered: each step, or with a readout each row.
export function answers(a, T, B) {
  return a.readout === "steps" ? [T, B, a.outputs] : [B, a.outputs];
}

// { T, B, examples, loss }: two addresses, until free().
export function laid(network, loan, sequences, loss) {
  const { architecture: a, engine } = network;
  const B = whole("rows", sequences.rows ?? 1, 1);
  const width = a.symbols ? B : B * a.inputs;
  const T = whole("steps", sequences.inputs.length / width, 1);
  const inputs = a.symbols ? symbols("inputs", sequences.inputs, a.inputs) : floats("inputs", sequences.inputs);
  const count = product(answers(a, T, B)) / a.outputs;
  const cost = loss === null ? null : lossOf(loss, a.outputs);
  let [targets, targetSymbols] = [null, null];
  if (cost?.name === "symbols") targetSymbols = symbols("targets", sequences.targets, a.outputs, count);
  else if (cost) targets = floats("targets", sequences.targets, count * a.outputs);
  const weights = sequences.weights && floats("weights", sequences.weights, count);
  const lengths = sequences.lengths && symbols("lengths", sequences.lengths, T + 1, B);
  const examples = engine.exports.examples_new(
    T, B, a.symbols ? 0 : loan.copy(Float32Array, inputs), a.symbols ? loan.copy(Int32Array, inputs) : 0,
    loan.copy(Float32Array, targets), loan.copy(Int32Array, targetSymbols), loan.copy(Float32Array, weights),
    loan.copy(Int32Array, lengths),
  );
  addTerms(network, loan, examples, sequences.terms ?? [], count);
  const price = cost && newLoss(engine, loan, cost);
  const free = () => {
    engine.exports.examples_free(examples);
    if (price) engine.exports.loss_free(price);
  };
  return { T, B, examples, loss: price, free };
}

function addTerms({ architecture: a, engine }, loan, examples, terms, count) {
  if (terms.length !== a.terms) throw new EngineError(`terms: expected ${a.terms}; found ${terms.length}`);
  for (const { rows, indptr, indices, data } of terms) {
    const places = Int32Array.from(rows);
    if (places.length !== count || places.some((row) => row < -1 || row >= indptr.length - 1))
      throw new EngineError(`terms.rows: expected ${count} numbers from -1 to ${indptr.length - 2}`);
    const ends = Array.from(indptr, Number);
    ends.forEach((end, i) => whole("terms.indptr", end, i ? ends[i - 1] : 0));
    const size = ends.at(-1);
    engine.exports.examples_term(
      examples, loan.copy(Int32Array, places), loan.copy(BigInt64Array, ends.map(BigInt)),
      loan.copy(Int32Array, symbols("terms.indices", indices, a.outputs, size)),
      loan.copy(Float32Array, floats("terms.data", data, size)),
    );
  }
}
