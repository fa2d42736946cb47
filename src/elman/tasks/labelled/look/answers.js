// What the network answers after each step of a sequence, and where it looks.

const SHOWN = 6;  // classes that have a colour

export class Answers {
  constructor(net, seen) {
    this.net = net;
    this.seen = seen;
  }

  /** After each of T steps: { length, at(t), scores }. `scores(t)` are those of attention, of all steps up to t. */
  of(inputs, length) {
    const {per} = this.seen, {architecture: a} = this.net, width = inputs.length / length;
    const {outputs, scores} = per === "step" ? this.ofSteps(inputs)
      : a.bidirectional ? this.ofBeginnings(inputs, length, width) : this.arriving(inputs, length, width);
    const all = Array.from({length}, (_, t) => this.told(outputs(t)));
    return {length, at: t => all[t], scores: a.readout === "attention" ? scores : null};
  }

  /** Each step has an answer. */
  ofSteps(inputs) {
    const {y} = this.net.trace({inputs});
    return {outputs: t => y.at(t, 0)};
  }

  /** The sequence so far has one: what comes later changes nothing of what was read. */
  arriving(inputs, length, width) {
    const stream = this.net.stream();
    const outputs = Array.from({length}, (_, t) => stream.step(inputs.slice(t * width, (t + 1) * width)));
    stream.release();
    const {scored} = this.net.trace({inputs});
    return {outputs: t => outputs[t], scores: t => Array.from({length: t + 1}, (_, s) => scored.at(s, 0))};
  }

  /** Read from both ends, each beginning of the sequence is another sequence. */
  ofBeginnings(inputs, length, width) {
    const traces = Array.from({length}, (_, t) => {
      const {y, scored} = this.net.trace({inputs: inputs.slice(0, (t + 1) * width)});
      return {y, scored};
    });
    return {outputs: t => traces[t].y.at(0), scores: t => Array.from({length: t + 1}, (_, s) => traces[t].scored.at(s, 0))};
  }

  /** Probabilities, or a number in its unit. */
  told(y) {
    if (this.seen.scale) return [this.seen.scale[0] + y[0] * this.seen.scale[1]];
    return softmax(Array.from(y));
  }

  /** The share of each step up to t; null where no shares are learned. */
  attention({scores}, t) {
    return scores && softmax(scores(t));
  }

  /** The classes that are likeliest anywhere, the largest sums first. */
  commonest({length, at}) {
    if (!this.seen.classes) return [];
    const sums = this.seen.classes.map((_, c) => {
      let sum = 0;
      for (let t = 0; t < length; t++) sum += at(t)[c];
      return [sum, c];
    });
    return sums.sort(([p], [q]) => q - p).slice(0, SHOWN).map(([, c]) => c).sort((p, q) => p - q);
  }
}

function softmax(values) {
  const most = values.reduce((a, b) => Math.max(a, b)), powers = values.map(value => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map(one => one / sum);
}
