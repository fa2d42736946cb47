// One word through the network: what it answers, and what its units do; as it is, or with a unit held or the wire cut.

/** What a logit, or several, answer; and how far from the wrong side they are, if `wanted` is right. */
export function answered(logits, wanted) {
  if (logits.length === 1) {
    return {output: Number(logits[0] > 0), margin: wanted ? logits[0] : -logits[0]};
  }
  const others = logits.filter((_, k) => k !== wanted);
  return {output: logits.indexOf(Math.max(...logits)), margin: logits[wanted] - Math.max(...others)};
}

/** Words side by side, as a network reads them: {inputs, rows}. Zeros follow where one is shorter than others. */
export function read({architecture}, vectors, words) {
  const longest = words.reduce((most, {length}) => Math.max(most, length), 0), symbols = [];
  for (let t = 0; t < longest; t++) for (const word of words) symbols.push(word[t] ?? 0);
  return {inputs: architecture.symbols ? symbols : symbols.flatMap(x => vectors[x]), rows: words.length};
}

export class Runner {
  /** net: the network; digits: the function; seen: what Python wrote. */
  constructor(net, digits, seen) {
    Object.assign(this, {net, digits, seen});
    this.hidden = net.architecture.hidden;
    this.layers = net.architecture.layers;
  }

  /** Column by column: digits, states of the machine, the network's output and margin, gates and states by name.
   *
   * held: values by unit: these units of the last layer have them after every step.
   * cut: null, or the column that reads the state of the beginning instead of what came along the wire.
   */
  run(word, {held = new Map(), cut = null} = {}) {
    const steps = this.digits.run(word), {net, seen: {vectors}} = this;
    const whole = held.size === 0 && cut === null ? net.trace(read(net, vectors, [word])) : null;
    let state = null;
    steps.forEach((step, t) => {
      if (t === cut) state = null;
      const trace = whole ?? net.trace({...read(net, vectors, [[word[t]]]), ...(state && {state})});
      Object.assign(step, this.column(trace, whole ? t : 0));
      for (const [unit, value] of held) {
        step.after.h[(this.layers - 1) * this.hidden + unit] = value;
        step.values.h[unit] = value;
      }
      if (!whole) state = step.after;
      const logits = held.size ? this.logits(step.values.h) : step.logits;
      Object.assign(step, {logits, digits: this.digits.split(step.symbol)}, answered(logits, step.output));
      step.wanted = this.digits.machine.output[step.from][step.symbol];
      step.right = step.output === step.wanted;
    });
    return steps;
  }

  /** Of one step of a trace: gates and states of the last layer by name, those before it, and what all layers end in. */
  column({y, gates, states}, t) {
    const {hidden, layers} = this, top = layers - 1, values = {}, before = {}, after = {};
    for (const [name, grid] of Object.entries(gates)) values[name] = grid.at(top, t, 0);
    for (const [name, grid] of Object.entries(states)) {
      before[name] = grid.at(top, t, 0);
      values[name] = grid.at(top, t + 1, 0);
      after[name] = new Float32Array(layers * hidden);
      for (let layer = 0; layer < layers; layer++) after[name].set(grid.at(layer, t + 1, 0), layer * hidden);
    }
    return {values, before, after, logits: Array.from(y.at(t, 0))};
  }

  /** What the head says of a hidden state: needed where a unit was held after it had spoken. */
  logits(h) {
    const weight = this.net.tensor("head.weight"), {bias, outputs} = this.net.architecture;
    return Array.from({length: outputs}, (_, k) =>
      h.reduce((sum, value, u) => sum + weight[k * h.length + u] * value, bias ? this.net.tensor("head.bias")[k] : 0));
  }

  /** For 1 to `most` steps that a state is kept: how far the answer that needs it is from the wrong side.
   *
   * Beside each word runs the same one without the state; of the two answers, which differ, the worse one counts.
   */
  lasting({first, again, last}, most) {
    const words = [first, 0].flatMap(x => Array.from({length: most}, (_, n) => [x, ...Array(n + 1).fill(again), last]));
    const {y} = this.net.trace(read(this.net, this.seen.vectors, words));
    const margins = words.map((word, row) => {
      const t = word.length - 1;
      return answered(Array.from(y.at(t, row)), this.digits.run(word)[t].output).margin;
    });
    return margins.slice(0, most).map((margin, n) => Math.min(margin, margins[most + n]));
  }
}
