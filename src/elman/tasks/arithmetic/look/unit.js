// One unit: where it can be, and what moves it there.
import {card, counted, el, figure, picture, svg} from "../../../look/dom.js";
import {gateName} from "../../../look/gates.js";
import {letter} from "./digits.js";
import {called, either} from "./states.js";

const WIDTH = 368, LEFT = 14, SPAN = 340;
const FEW = 8;  // bands that have much room
const MOST = 32;  // bands that are drawn

/** Three digits, without a minus before 0. */
function bound(value) {
  return (Math.abs(value) < 5e-4 ? 0 : value).toFixed(3);
}

/** The bands that are drawn: of many, the first ones and that of the state of now. */
function drawn(bands, state) {
  const known = bands.map((band, q) => ({...band, q})).filter(band => band.known);
  const some = known.slice(0, MOST), own = known.find(({q}) => q === state);
  if (own && !some.includes(own)) some[MOST - 1] = own;
  return {some, all: known.length};
}

/** What the bands say, and no more: which groups of states the unit tells apart. Within a group, some pairs may be. */
function tellsApart(parts, seen, proved) {
  const where = proved ? "" : "On these inputs, ", count = parts.flat().length;
  const sentence = found => (where ? where + found : found[0].toUpperCase() + found.slice(1));
  if (parts.length < 2) return sentence("the bands meet or nearly do: this unit alone does not split the states into groups.");
  if (parts.length === count) return sentence("the bands lie apart: this unit alone tells in which state the machine is.");
  const names = parts.map(part => either(seen, part)).join("; ");
  return sentence(`this unit alone tells these apart: ${names}. Those joined by “or” are not all told apart.`);
}

/** The line of a unit's values: a band for each state of the machine, the steps that were taken, and the one of now.
 *
 * proved: whether the bands are those of a certificate; touched: whether something is held or cut.
 */
export function line({bands, unit, parts}, {seen, steps, now, low, proved, touched}) {
  const {values, state} = steps[now], {some, all} = drawn(bands, state), thin = some.length > FEW, pitch = thin ? 20 : 30, thick = pitch - (thin ? 4 : 7);
  const x = value => LEFT + SPAN * (Math.min(1, Math.max(low, value)) - low) / (1 - low), bottom = 14 + pitch * some.length;
  const root = picture(`unit ${unit}: ${some.map(({q, low: l, high: h}) =>
    `in ${called(seen, q)} from ${bound(l)} to ${bound(h)}`).join("; ")}`, WIDTH, bottom + 38);
  some.forEach(({low: l, high: h, q}, k) => {
    const y = 4 + pitch * k, left = x(l) - 2, wide = Math.max(5, x(h) - x(l) + 4), room = 8 * seen.states[q].length + 110;
    root.append(svg("rect", {x: left, y, width: wide, height: thick, rx: 4, class: `band ${q ? "yes" : "no"}`}));
    const inside = wide > room, early = left + wide + room < WIDTH;
    root.append(svg("text", {class: thin ? "thin" : "", ...(inside ? {x: left + wide / 2, y: y + thick / 2 + (thin ? 4 : 5), "text-anchor": "middle"}
      : {x: early ? left + wide + 6 : left - 6, y: y + thick / 2 + (thin ? 4 : 5), "text-anchor": early ? "start" : "end"})},
    `${seen.states[q]}: ${bound(l)} to ${bound(h)}`));
  });
  root.append(svg("line", {class: "axis", x1: x(low), x2: x(1), y1: bottom + 8, y2: bottom + 8}));
  for (const [value, anchor] of [[low, "start"], [(low + 1) / 2, "middle"], [1, "end"]]) {
    root.append(svg("text", {x: x(value), y: bottom + 32, "text-anchor": anchor, class: "off"}, figure(value)));
  }
  steps.slice(0, now).forEach(one => root.append(svg("circle", {cx: x(one.values.h[unit]), cy: bottom + 8, r: 4,
    class: `past ${one.state ? "yes" : "no"}`})));
  root.append(svg("circle", {cx: x(values.h[unit]), cy: bottom + 8, r: 7, class: `here ${state ? "yes" : "no"}`}));
  const few = some.length < all ? `${some.length} of ${counted(all, "band")} are drawn, that of this column among them. ` : "";
  const which = touched ? "the untouched network" : "the network";
  const told = proved ? `A certificate bounds the unit in each state, for inputs of every length; elman has checked that `
    + `${which} never leaves these bounds. ${touched ? "With what is held or cut, it may. " : ""}`
    : `These bands are what ${which} did on some inputs in this page; nothing is proved of others. `;
  return card(`Unit ${unit}: where it can be`, root, el("p", {class: "small soft"}, few, told, tellsApart(parts, seen, proved)));
}

/** W h of a row of recurrent weights, for one unit. */
function product(weights, unit, h) {
  return h.reduce((sum, value, k) => sum + weights[unit * h.length + k] * value, 0);
}

/** What adds up to a unit of an rnn: bias, digits, what was kept. Rest is the middle of the bands of the first state. */
function pushes(net, units, unit, step, seen, strayed) {
  const top = net.architecture.layers - 1, name = kind => net.tensor(`${kind}_l${top}`);
  const back = name("weight_hh"), middle = Float64Array.from(units, ({bands}) =>
    (bands[0].known ? (bands[0].low + bands[0].high) / 2 : 0));
  const base = product(back, unit, middle);
  const bias = net.architecture.bias ? name("bias_ih")[unit] + name("bias_hh")[unit] : 0;
  const found = [["at rest", bias + base]], from = seen.vectors[step.symbol], wide = from.length;
  const own = top === 0, into = own ? name("weight_ih") : null;
  if (own && wide === step.digits.length) {
    from.forEach((value, k) => found.push([`${seen.names[k]} is ${letter(step.digits[k])}`, into[unit * wide + k] * value]));
  } else if (own) {
    found.push([`it reads ${seen.digits[step.symbol]}`, from.reduce((sum, v, k) => sum + into[unit * wide + k] * v, 0)]);
  }
  found.push([strayed ? "what came in" : `came in: ${seen.states[step.from]}`, product(back, unit, step.before.h) - base]);
  return found;
}

/** The card of pushes, as a running sum over the line that decides; `strayed`: the state is not what it should be. */
export function vote(net, {units}, {unit, parts: apart, up}, step, seen, strayed) {
  const parts = pushes(net, units, unit, step, seen, strayed), total = parts.reduce((sum, [, value]) => sum + value, 0);
  const sums = parts.reduce((found, [, value]) => [...found, found[found.length - 1] + value], [0]);
  const most = Math.max(1, ...sums.map(Math.abs)), turn = apart.length > 1 && !up ? -1 : 1;
  const x = value => 268 + 92 * turn * value / most, height = 31 * (parts.length + 1) + 36;
  const root = picture(`what adds up to unit ${unit}: ${parts.map(([words, v]) => `${words} ${v.toFixed(1)}`).join(", ")}; `
    + `together ${total.toFixed(1)}`, WIDTH, height);
  const bar = (k, from, to, kind) => root.append(svg("rect", {x: Math.min(x(from), x(to)), y: 8 + 31 * k,
    width: Math.max(2, Math.abs(x(to) - x(from))), height: 21, rx: 3, class: kind}));
  root.append(svg("line", {class: "decides", x1: x(0), x2: x(0), y1: 2, y2: height - 28}));
  [...parts, ["together", total]].forEach(([words, value], k) => {
    const size = Math.abs(value).toFixed(1), sign = Number(size) === 0 ? "" : value > 0 ? "+" : "−";
    root.append(svg("text", {x: 0, y: 23 + 31 * k, class: k === parts.length ? "name" : ""}, `${words}: ${sign}${size}`));
  });
  parts.forEach(([, value], k) => bar(k, sums[k], sums[k + 1], k === 0 ? "push rest" : value * turn > 0 ? "push yes" : "push no"));
  bar(parts.length, 0, total, total * turn > 0 ? "push yes" : "push no");
  root.append(svg("text", {x: x(0) - 8, y: height - 8, "text-anchor": "end", class: "to-no"}, turn > 0 ? "← low" : "← high"),
    svg("text", {x: x(0) + 8, y: height - 8, class: "to-yes"}, turn > 0 ? "high →" : "low →"));
  return card(`What moves unit ${unit}`, root, el("p", {class: "small soft"},
    "A bar is a push: weights times the values that they read. ",
    `What ends right of the dashed line is ${turn > 0 ? "high" : "low"}. Now it is ${figure(step.values.h[unit])}. `,
    "“At rest” is the middle of where all units can be in the first state: a choice, to have a zero to count from."));
}

/** For cells with gates: what they do at this step. */
export function gates(net, unit, step) {
  const rows = [...net.cell.gates, ...net.cell.states];
  return card(`The gates of unit ${unit}`, el("table", {class: "plain"}, el("tbody", {}, ...rows.map(name =>
    el("tr", {}, el("th", {scope: "row"}, gateName(name)), el("td", {}, figure(step.values[name][unit])),
      el("td", {class: "wide"}, el("span", {class: `bar ${step.values[name][unit] < 0 ? "no" : "yes"}`,
        style: {width: `${100 * Math.min(1, Math.abs(step.values[name][unit]))}%`}})))))),
  el("p", {class: "small soft"}, "A gate is a share from 0 to 1: so much of what it is multiplied with goes through. ",
    "A candidate is the new value that a gate lets in."));
}
