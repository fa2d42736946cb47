import {EngineError, choose, whole} from "./checks.js";

// An architecture as the engine takes it, checked.
export function checked(engine, given) {
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
