// What gates and states are called, wherever a page names one.

const CALLED = {h: "hidden state", c: "cell state", input: "input gate", forget: "forget gate", cell: "candidate",
  output: "output gate", reset: "reset gate", update: "update gate", new: "candidate"};

const MEANS = {
  h: "what a unit shows to the outputs, to the layer above and to the next step", c: "what a unit keeps from step to step",
  input: "how much of the candidate goes into the cell state: 0 nothing, 1 all of it",
  forget: "how much of the cell state stays: 0 nothing, 1 all of it",
  cell: "the new value that may go into the cell state",
  output: "how much of the cell state is shown as hidden state: 0 nothing, 1 all of it",
  reset: "how much of the hidden state the candidate is made of: 0 nothing, 1 all of it",
  update: "how much of the hidden state stays: 0 nothing, 1 all of it; the rest comes from the candidate",
  new: "the new value that may take the place of the hidden state"};

/** What a gate or a state is, in a sentence. */
export function gateMeans(name) {
  return MEANS[name] ? `The ${gateName(name)}: ${MEANS[name]}.` : "";
}

/** The words for a gate or a state of a cell, by the engine's name of it. */
export function gateName(name) {
  return CALLED[name] ?? name;
}
