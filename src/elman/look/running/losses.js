// What an answer costs.
import {choose, floats, symbols} from "./checks.js";
import {Loan} from "./memory.js";

// In the order of the engine's enumeration (kernels.h).
const LOSSES = ["bits", "symbols", "squared", "squared_sigmoid", "huber", "pinball"];

export function lossOf(loss, outputs) {
  const cost = { smoothing: 0, delta: 1, of_outputs: null, ...(typeof loss === "string" ? { name: loss } : loss) };
  choose("loss", cost.name, LOSSES);
  if (cost.name === "symbols" && cost.smoothing > 0) cost.of_outputs ??= Array(outputs).fill(1);
  if (cost.of_outputs !== null) cost.of_outputs = floats("of_outputs", cost.of_outputs, outputs);
  return cost;
}

export function newLoss(engine, loan, cost) {
  const kind = LOSSES.indexOf(cost.name);
  return engine.exports.loss_new(kind, cost.smoothing, cost.delta, loan.copy(Float32Array, cost.of_outputs));
}
