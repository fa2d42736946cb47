// A passage as the network reads it: what it expected of each symbol, what it held after it.
import {stateAt} from "./following.js";

export const BEFORE = 300;  // symbols that it reads before the passage, so that it knows where it is
export const LONG = 600;  // symbols of a passage
const EARLIER = 32;  // symbols before, each of which is left out

/** Chances of logits. */
function softmax(logits) {
  const most = Math.max(...logits), each = Float64Array.from(logits, y => Math.exp(y - most));
  const sum = each.reduce((all, one) => all + one, 0);
  return each.map(one => one / sum);
}

export class Reading {
  /** The symbols `tokens` from place `from` on; place 0 is the end that stands before a text, and is never expected. */
  constructor(network, tokens, from) {
    this.network = network;
    this.from = Math.max(1, from);
    this.start = Math.max(0, this.from - BEFORE);
    this.before = this.from - this.start;
    this.tokens = tokens.slice(this.start, this.from + LONG);
    this.shown = this.tokens.slice(this.before);
    this.trace = network.trace({inputs: this.tokens});
    const losses = network.losses({inputs: this.tokens.slice(0, -1), targets: this.tokens.slice(1)}, "symbols");
    this.nats = this.shown.map((_, t) => losses.at(this.before + t - 1, 0));
  }

  /** The chance of each symbol at place t of the passage, before the one that came was seen. */
  chances(t) {
    return softmax(this.trace.y.at(this.before + t - 1, 0));
  }

  /** What a unit holds after the symbol at place t. */
  value({state, layer, unit}, t) {
    return this.trace.states[state].at(layer, this.before + t + 1, 0)[unit];
  }

  /** The state before the symbol at place t is read. */
  stateBefore(t) {
    return stateAt(this.trace, this.before + t);
  }

  /** How many nats more the symbol at place t would have cost without each of those before it: [{token, nats}].
   *
   * Each is left out in turn, in a row of its own; what stands before them all is read.
   */
  leftOut(t) {
    const end = this.before + t, first = Math.max(0, end - EARLIER), count = end - first;
    const earlier = this.tokens.slice(first, end);
    if (count < 2) return [];
    const one = stateAt(this.trace, first), {layers, hidden} = this.network.architecture;
    const state = Object.fromEntries(Object.entries(one).map(([name, values]) => {
      const rows = new Float32Array(values.length * count);
      for (let layer = 0; layer < layers; layer++) {
        for (let row = 0; row < count; row++) {
          rows.set(values.subarray(layer * hidden, (layer + 1) * hidden), (layer * count + row) * hidden);
        }
      }
      return [name, rows];
    }));
    const rows = earlier.map((_, left) => earlier.filter((_, at) => at !== left));
    const inputs = [], targets = [];
    for (let at = 0; at < count - 1; at++) {
      rows.forEach(row => { inputs.push(row[at]); targets.push(at < count - 2 ? row[at + 1] : this.tokens[end]); });
    }
    const losses = this.network.losses({inputs, targets, rows: count, state}, "symbols");
    return earlier.map((token, row) => ({token, nats: losses.at(count - 2, row) - this.nats[t]}));
  }
}
