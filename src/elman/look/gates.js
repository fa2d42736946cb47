// What gates and states are called, wherever a page names one.

const CALLED = {h: "hidden state", c: "cell state", input: "input gate", forget: "forget gate", cell: "candidate",
  output: "output gate", reset: "reset gate", update: "update gate", new: "candidate"};

/** The words for a gate or a state of a cell, by the engine's name of it. */
export function gateName(name) {
  return CALLED[name] ?? name;
}
