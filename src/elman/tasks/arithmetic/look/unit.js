// One unit: where it can be, and what moves it there.
import {card, el, figure, picture, svg} from "../../../look/dom.js";

const WIDTH = 368, LEFT = 14, SPAN = 340;

/** Three digits, without a minus before 0. */
function bound(value) {
  return (Math.abs(value) < 5e-4 ? 0 : value).toFixed(3);
}

/** The line of a unit's values: a band for each state of the machine, the steps that were taken, and the one of now. */
export function line({bands, unit, gap}, {seen, steps, now, low, proved}) {
  const shown = bands.map((band, q) => ({...band, q})).filter(band => band.known).slice(0, 6);
  const x = value => LEFT + SPAN * (Math.min(1, Math.max(low, value)) - low) / (1 - low), bottom = 14 + 30 * shown.length;
  const root = picture(`unit ${unit}: ${shown.map(({q, low: l, high: h}) =>
    `in the state ${seen.states[q]} from ${bound(l)} to ${bound(h)}`).join("; ")}`, WIDTH, bottom + 38);
  shown.forEach(({low: l, high: h, q}, k) => {
    const y = 4 + 30 * k, left = x(l) - 2, wide = Math.max(5, x(h) - x(l) + 4), room = 8 * seen.states[q].length + 110;
    root.append(svg("rect", {x: left, y, width: wide, height: 22, rx: 4, class: `band ${q ? "yes" : "no"}`}));
    const words = `${seen.states[q]}: ${bound(l)} to ${bound(h)}`, inside = wide > room;
    const early = left + wide + room < WIDTH;
    root.append(svg("text", inside ? {x: left + wide / 2, y: y + 16, "text-anchor": "middle"}
      : {x: early ? left + wide + 6 : left - 6, y: y + 16, "text-anchor": early ? "start" : "end"}, words));
  });
  root.append(svg("line", {class: "axis", x1: x(low), x2: x(1), y1: bottom + 8, y2: bottom + 8}));
  for (const [value, anchor] of [[low, "start"], [(low + 1) / 2, "middle"], [1, "end"]]) {
    root.append(svg("text", {x: x(value), y: bottom + 32, "text-anchor": anchor, class: "off"}, figure(value)));
  }
  steps.slice(0, now).forEach(({values, state}) => root.append(svg("circle", {cx: x(values.h[unit]), cy: bottom + 8, r: 4,
    class: `past ${state ? "yes" : "no"}`})));
  const {values, state} = steps[now];
  root.append(svg("circle", {cx: x(values.h[unit]), cy: bottom + 8, r: 7, class: `here ${state ? "yes" : "no"}`}));
  const told = proved ? "This is no tendency: the certificate bounds the unit for inputs of every length."
    : "These bands are what was met on a few hundred inputs here; nothing is proved of others.";
  const apart = gap > 0.1 ? "They lie apart, so this unit alone tells what is held."
    : "They meet or nearly do: this unit alone does not tell what is held.";
  return card(`Unit ${unit}: where it can be`, root, el("p", {class: "small soft"}, `${told} ${apart}`));
}

/** W h of a row of recurrent weights, for one unit. */
function product(weights, unit, h) {
  return h.reduce((sum, value, k) => sum + weights[unit * h.length + k] * value, 0);
}

/** What adds up to a unit of an rnn: bias, digits, what is held. Rest is the middle of the bands of the first state. */
function pushes(net, units, unit, step, seen) {
  const top = net.architecture.layers - 1, name = kind => net.tensor(`${kind}_l${top}`);
  const back = name("weight_hh"), middle = Float64Array.from(units, ({bands}) =>
    (bands[0].known ? (bands[0].low + bands[0].high) / 2 : 0));
  const base = product(back, unit, middle);
  const bias = net.architecture.bias ? name("bias_ih")[unit] + name("bias_hh")[unit] : 0;
  const found = [["at rest", bias + base]], from = seen.vectors[step.symbol], wide = from.length;
  const own = top === 0, into = own ? name("weight_ih") : null;
  if (own && wide === step.digits.length) {
    from.forEach((value, k) => found.push([`${"ABCDEFGH"[k]} is ${step.digits[k]}`, into[unit * wide + k] * value]));
  } else if (own) {
    found.push([`it reads ${seen.digits[step.symbol]}`, from.reduce((sum, v, k) => sum + into[unit * wide + k] * v, 0)]);
  }
  found.push([`held: ${seen.states[step.from]}`, product(back, unit, step.before.h) - base]);
  return found;
}

/** The card of pushes, as a running sum over the line that decides. */
export function vote(net, {units}, {unit, gap, up}, step, seen) {
  const parts = pushes(net, units, unit, step, seen), total = parts.reduce((sum, [, value]) => sum + value, 0);
  const sums = parts.reduce((found, [, value]) => [...found, found[found.length - 1] + value], [0]);
  const most = Math.max(1, ...sums.map(Math.abs)), turn = gap > 0.1 && !up ? -1 : 1;
  const x = value => 268 + 92 * turn * value / most, height = 31 * (parts.length + 1) + 36;
  const root = picture(`what adds up to unit ${unit}: ${parts.map(([words, v]) => `${words} ${v.toFixed(1)}`).join(", ")}; `
    + `together ${total.toFixed(1)}`, WIDTH, height);
  const bar = (k, from, to, kind) => root.append(svg("rect", {x: Math.min(x(from), x(to)), y: 8 + 31 * k,
    width: Math.max(2, Math.abs(x(to) - x(from))), height: 21, rx: 3, class: kind}));
  root.append(svg("line", {class: "decides", x1: x(0), x2: x(0), y1: 2, y2: height - 28}));
  [...parts, ["together", total]].forEach(([words, value], k) => {
    root.append(svg("text", {x: 0, y: 23 + 31 * k, class: k === parts.length ? "name" : ""},
      `${words}: ${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}`));
  });
  parts.forEach(([, value], k) => bar(k, sums[k], sums[k + 1], k === 0 ? "push rest" : value * turn > 0 ? "push yes" : "push no"));
  bar(parts.length, 0, total, total * turn > 0 ? "push yes" : "push no");
  root.append(svg("text", {x: x(0) - 8, y: height - 8, "text-anchor": "end", class: "to-no"}, turn > 0 ? "← low" : "← high"),
    svg("text", {x: x(0) + 8, y: height - 8, class: "to-yes"}, turn > 0 ? "high →" : "low →"));
  const words = `Whatever ends right of the dashed line is ${turn > 0 ? "high" : "low"}. Now it is ${figure(step.values.h[unit])}. `
    + "“At rest” is the middle of where all units can be in the first state: a choice, to have a zero to count from.";
  return card(`What moves unit ${unit}`, root, el("p", {class: "small soft"}, words));
}

/** For cells with gates: what they do at this step. */
export function gates(net, unit, step) {
  const rows = [...net.cell.gates.map(name => [name, "gate"]), ...net.cell.states.map(name => [name, "state"])];
  return card(`The gates of unit ${unit}`, el("table", {class: "plain"}, el("tbody", {}, ...rows.map(([name, kind]) =>
    el("tr", {}, el("th", {scope: "row"}, `${kind} ${name}`), el("td", {}, figure(step.values[name][unit])),
      el("td", {class: "wide"}, el("span", {class: `bar ${step.values[name][unit] < 0 ? "no" : "yes"}`,
        style: {width: `${100 * Math.min(1, Math.abs(step.values[name][unit]))}%`}})))))));
}
