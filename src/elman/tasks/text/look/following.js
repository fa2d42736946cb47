// Which units follow what: correlations, found on one half of a text and told on the other.
import {FEATURES, Place} from "./features.js";

export const FOLLOWS = 0.5;  // |r| from which a unit is said to follow something
const PIECE = 16;  // symbols that are read before the page can do other things

/** Sums over a half: of numbers x of the network, of features f, and of their products. */
class Sums {
  constructor(count) {
    const zeros = n => new Float64Array(n);
    Object.assign(this, {n: 0, x: zeros(count), xx: zeros(count), f: zeros(FEATURES.length), ff: zeros(FEATURES.length),
      xf: FEATURES.map(() => zeros(count))});
  }

  add(x, f) {
    this.n += 1;
    for (let u = 0; u < x.length; u++) { this.x[u] += x[u]; this.xx[u] += x[u] * x[u]; }
    f.forEach((value, k) => {
      if (value === 0) return;
      this.f[k] += value;
      this.ff[k] += value * value;
      const products = this.xf[k];
      for (let u = 0; u < x.length; u++) products[u] += value * x[u];
    });
  }

  /** Pearson's correlation of number u and feature k; 0 where one of them never changes. */
  r(u, k) {
    const {n, x, xx, f, ff, xf} = this;
    const [ofX, ofF] = [n * xx[u] - x[u] ** 2, n * ff[k] - f[k] ** 2];
    return ofX > 1e-9 * n * n && ofF > 1e-9 * n * n ? (n * xf[k][u] - x[u] * f[k]) / Math.sqrt(ofX * ofF) : 0;
  }
}

/** The numbers that a network holds: { state, layer, unit } of each, in the order in which `numbersAt` gives them. */
export function unitsOf({cell, architecture: {layers, hidden}}) {
  return cell.states.flatMap(state => Array.from({length: layers * hidden}, (_, k) => (
    {state, layer: Math.floor(k / hidden), unit: k % hidden})));
}

function numbersAt({states}, t, into) {
  let at = 0;
  for (const grid of Object.values(states)) {
    for (let layer = 0; layer < grid.shape[0]; layer++) {
      into.set(grid.at(layer, t), at);
      at += grid.shape[3];
    }
  }
}

/** What a network holds at the end of a trace, as the state that the next one begins with. */
export function stateAt({states}, t) {
  return Object.fromEntries(Object.entries(states).map(([name, grid]) => {
    const found = new Float32Array(grid.shape[0] * grid.shape[3]);
    for (let layer = 0; layer < grid.shape[0]; layer++) found.set(grid.at(layer, t), layer * grid.shape[3]);
    return [name, found];
  }));
}

/** Reads a text and says, for each feature, which unit follows it best, and how many units follow any.
 *
 * A unit and its feature are chosen by r on the first half alone; `told` is r on the second. It yields how many symbols
 * are read.
 */
export function* following(network, symbols, tokens) {
  const units = unitsOf(network), x = new Float32Array(units.length), place = new Place(symbols.bytes);
  const halves = [new Sums(units.length), new Sums(units.length)], middle = tokens.length / 2;
  let state = null;
  for (let start = 0; start < tokens.length; start += PIECE) {
    const inputs = tokens.slice(start, start + PIECE);
    const trace = network.trace({inputs, ...(state && {state})});
    inputs.forEach((token, t) => {
      numbersAt(trace, t + 1, x);
      halves[Number(start + t >= middle)].add(x, place.read(symbols.characters[token]));
    });
    state = stateAt(trace, inputs.length);
    yield start + inputs.length;
  }
  return {...best(units, ...halves), each: Math.floor(middle)};
}

function best(units, found, told) {
  const rows = FEATURES.map((feature, k) => {
    let most = 0;
    units.forEach((_, u) => { if (Math.abs(found.r(u, k)) > Math.abs(found.r(most, k))) most = u; });
    return {feature, ...units[most], found: found.r(most, k), told: told.r(most, k)};
  }).filter(row => row.found !== 0 && row.told !== 0);
  rows.sort((p, q) => Math.abs(q.told) - Math.abs(p.told));
  const followers = units.filter((_, u) => {
    const r = FEATURES.map((_, k) => Math.abs(found.r(u, k))), k = r.indexOf(Math.max(...r));
    return r[k] >= FOLLOWS && Math.abs(told.r(u, k)) >= FOLLOWS;
  });
  return {rows, units: units.length, follow: followers.length};
}
