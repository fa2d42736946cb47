// Units in the order in which they tell the states of the machine apart: by what is proved, or by what was seen.
import {read} from "./run.js";

const APART = 0.1;  // of the span of a unit: from so much on, bands of states are called apart

/** Bounds of the last layer's h in each state of the machine: {low, high} by state, null where none are known. */
function proved(proof, net) {
  const {layers, hidden} = net.architecture, {states} = net.cell;
  const start = ((layers - 1) * states.length + states.indexOf("h")) * hidden;
  const own = rows => rows.map(row => row && row.slice(start, start + hidden));
  return {low: own(proof.low), high: own(proof.high)};
}

/** The same, of words that were run here. */
function met(runner, words) {
  const {digits, hidden} = runner, count = digits.machine.next.length;
  const low = Array.from({length: count}, () => null), high = Array.from({length: count}, () => null);
  const {net} = runner, top = runner.layers - 1, {h} = net.trace(read(net, runner.seen.vectors, words)).states;
  words.forEach((word, row) => digits.run(word).forEach(({state}, t) => {
    low[state] ??= Array(hidden).fill(Infinity);
    high[state] ??= Array(hidden).fill(-Infinity);
    h.at(top, t + 1, row).forEach((value, u) => {
      low[state][u] = Math.min(low[state][u], value);
      high[state][u] = Math.max(high[state][u], value);
    });
  }));
  return {low, high};
}

/** Which states a unit tells apart: the widest gap, the states above and below it, and all parts between wide gaps. */
function separated(bands, span) {
  const known = bands.map((band, q) => ({...band, q})).filter(band => band.known).sort((p, q) => p.low - q.low);
  const named = some => some.map(({q}) => q).sort((p, q) => p - q);
  let best = {gap: 0, above: [], below: []}, top = -Infinity;
  const parts = [];
  known.forEach((band, k) => {
    const gap = (band.low - top) / span;
    if (k && gap > best.gap) best = {gap, above: named(known.slice(k)), below: named(known.slice(0, k))};
    if (gap > APART) parts.push([band]);
    else parts[parts.length - 1].push(band);
    top = Math.max(top, band.high);
  });
  return {...best, parts: parts.map(named)};
}

/** Every unit with its bands; {units, tells: those that tell some states apart, rest, proved}.
 *
 * Of each unit: `bands` by state, {known, low, high}; `parts`, the sets of states that it tells apart, from low to high;
 * `gap`, the widest one, as a share of what a unit can span; `above` and `below`, the states on its sides; `up`, whether
 * the first state lies below it.
 */
export function ordered(runner, proof, words) {
  const sure = Boolean(proof && proof.low), {low, high} = sure ? proved(proof, runner.net) : met(runner, words);
  const span = runner.net.architecture.cell === "rnn" && runner.net.architecture.nonlinearity === "sigmoid" ? 1 : 2;
  const units = Array.from({length: runner.hidden}, (_, unit) => {
    const bands = low.map((row, q) => ({known: row !== null, low: row ? row[unit] : 0, high: row ? high[q][unit] : 0}));
    const found = separated(bands, span);
    return {unit, bands, ...found, up: found.above.length > 0 && !found.above.includes(0)};
  });
  const tells = units.filter(({gap}) => gap > APART);
  tells.sort((p, q) => Number(q.up) - Number(p.up) || String(p.above).localeCompare(String(q.above)) || q.gap - p.gap);
  const rest = units.filter(({gap}) => gap <= APART).sort((p, q) => q.gap - p.gap);
  return {units, tells, rest, proved: sure};
}
