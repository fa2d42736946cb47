// A passage as the network reads it: what it expected of each symbol, what it held after it.
import {stateAt} from "./following.js";

export const BEFORE = 300;  // symbols that it reads before the passage, so that it knows where it is
export const LONG = 600;  // symbols of a passage
const EARLIER = 32;  // symbols before, each of which is left out
const PIECE = 16;  // symbols that are read before the page can do other things
const ROWS = 8;  // and how many of those are left out before that

/** Chances of logits. */
export function softmax(logits) {
  const most = Math.max(...logits), each = Float64Array.from(logits, y => Math.exp(y - most));
  const sum = each.reduce((all, one) => all + one, 0);
  return each.map(one => one / sum);
}

/** Nats of a symbol: -ln of its chance, which may be too small for a number. */
function surprise(logits, symbol) {
  const most = Math.max(...logits);
  return most + Math.log(logits.reduce((sum, y) => sum + Math.exp(y - most), 0)) - logits[symbol];
}

export class Reading {
  /** The symbols `tokens` from place `from` on; place 0 is the end that stands before a text, and is never expected.
   *
   * `known`: how many symbols of the passage are read; `nats` are theirs.
   */
  constructor(network, tokens, from) {
    this.network = network;
    this.from = Math.max(1, from);
    this.start = Math.max(0, this.from - BEFORE);
    this.before = this.from - this.start;
    this.tokens = tokens.slice(this.start, this.from + LONG);
    this.shown = this.tokens.slice(this.before);
    this.pieces = [];  // a trace of each PIECE symbols
    this.nats = [];
  }

  /** Reads it, a piece at a time. */
  *read() {
    const {network, tokens, before, nats, shown, pieces} = this;
    for (let start = 0, state = null; start < tokens.length; start += PIECE) {
      const inputs = tokens.slice(start, start + PIECE);
      pieces.push(network.trace({inputs, ...(state && {state})}));
      state = stateAt(pieces[pieces.length - 1], inputs.length);
      while (before + nats.length < start + inputs.length) nats.push(surprise(this.logits(nats.length), shown[nats.length]));
      yield;
    }
  }

  get known() {
    return this.nats.length;
  }

  /** What the network said before the symbol at place t came. */
  logits(t) {
    const place = this.before + t - 1;
    return this.pieces[Math.floor(place / PIECE)].y.at(place % PIECE, 0);
  }

  /** The chance of each symbol at place t of the passage, before the one that came was seen. */
  chances(t) {
    return softmax(this.logits(t));
  }

  /** What a unit holds after the symbol at place t. */
  value({state, layer, unit}, t) {
    const place = this.before + t;
    return this.pieces[Math.floor(place / PIECE)].states[state].at(layer, place % PIECE + 1, 0)[unit];
  }

  /** The state before the symbol at place t is read. */
  stateBefore(t) {
    return this.stateAt(this.before + t);
  }

  /** The state after so many symbols of all that are read. */
  stateAt(count) {
    const piece = Math.min(this.pieces.length - 1, Math.floor(count / PIECE));
    return stateAt(this.pieces[piece], count - piece * PIECE);
  }

  /** How many nats more the symbol at place t would have cost without each of those before it: [{token, nats}].
   *
   * Each is left out in turn, some of them at once, each in a row of its own; what stands before them all is read.
   */
  *leftOut(t) {
    const end = this.before + t, first = Math.max(0, end - EARLIER), earlier = this.tokens.slice(first, end);
    if (earlier.length < 2) return [];
    const state = this.stateAt(first), found = [];
    while (found.length < earlier.length) {
      const left = earlier.map((_, at) => at).slice(found.length, found.length + ROWS);
      const rows = left.map(one => [...earlier.filter((_, at) => at !== one), this.tokens[end]]);
      found.push(...this.last(rows, state).map((nats, row) => ({token: earlier[left[row]], nats: nats - this.nats[t]})));
      yield;
    }
    return found;
  }

  /** Nats of the last symbol of each row; all have one length, and begin in one state. */
  last(rows, state) {
    const steps = rows[0].length - 1, {hidden} = this.network.architecture, inputs = [], targets = [];
    for (let at = 0; at < steps; at++) rows.forEach(row => { inputs.push(row[at]); targets.push(row[at + 1]); });
    const each = Object.fromEntries(Object.entries(state).map(([name, values]) => [name, Float32Array.from(
      {length: values.length * rows.length},
      (_, k) => values[Math.floor(k / (rows.length * hidden)) * hidden + k % hidden])]));
    const losses = this.network.losses({inputs, targets, rows: rows.length, state: each}, "symbols");
    return rows.map((_, row) => losses.at(steps - 1, row));
  }
}
