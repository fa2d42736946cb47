// A sequence over its steps: what is read, where the network looks, and what it answers.
import {counted, picture, significant, svg} from "../../../look/dom.js";

export const READ = 130;  // pixels of what is read
const LOOKS = 30, SAID = 150, GAP = 14, SIDE = 4, FOOT = 18;
const LINES = 6;  // features that are drawn
const LEAST = 11;  // pixels of a step of symbols
const LETTER = 8, LETTERS = 14;  // pixels of one, and as many as are shown of a word
const ROOM = 22;  // pixels above and below a curve, for its highest and lowest value
const SIGNS = {" ": "␣", "\n": "⏎", "\t": "⇥"};

/** As wide as that; `draw(x, step)` gives what is read, if it is neither numbers nor symbols. */
export function overTime(view, width, onstep, draw = (x, step) => read(view, x, step)) {
  const {steps, at, shares, unit = "step", ends = [`${unit} 1`, `${unit} ${steps.length}`]} = view, count = steps.length;
  const x = t => SIDE + (width - 2 * SIDE) * t / count, step = x(1) - x(0);
  const top = {read: 0, looks: READ + GAP, said: READ + GAP + (shares ? LOOKS + GAP : 0)};
  const height = top.said + SAID + FOOT;
  const root = picture(words(view), width, height, svg("g", {}, ...draw(x, step)),
    ...(shares ? looks(shares, x, step, top.looks, count) : []),
    svg("g", {transform: `translate(0 ${top.said})`}, ...(view.seen.classes ? bands(view, x) : curve(view, x))),
    svg("rect", {class: "now", x: x(at), y: 1, width: Math.max(2, step), height: height - FOOT - 2, rx: 3}),
    svg("text", {x: SIDE, y: height - 4, class: "off"}, ends[0]),
    svg("text", {x: width - SIDE, y: height - 4, "text-anchor": "end", class: "off"}, ends[1]));
  root.classList.add("over-time");
  root.addEventListener("click", event => {
    const box = root.getBoundingClientRect();
    const found = Math.floor(((event.clientX - box.left) * width / box.width - SIDE) / step);
    onstep(Math.min(count - 1, Math.max(0, found)));
  });
  return root;
}

function words({steps, seen, unit = "step"}) {
  return `a sequence of ${counted(steps.length, unit)}: what is read, and below it ${seen.classes ? "the probabilities of classes" : "the answer"} after each`;
}

/** Numbers as lines, symbols as words where there is room. */
function read({steps, reading, seen, found}, x, step) {
  if (reading.symbolic) {
    const shown = steps.map(([word]) => SIGNS[word] ?? (word.length > LETTERS ? `${word.slice(0, LETTERS - 1)}…` : word));
    const flat = step >= LETTER * Math.max(...shown.map(({length}) => length));
    const placed = t => (flat ? {x: x(t) + step / 2, y: READ / 2 + 5, "text-anchor": "middle"}
      : {x: 0, y: 0, transform: `translate(${x(t) + step / 2 + 4} ${READ - 12}) rotate(-90)`});
    return steps.flatMap(([word], t) => [
      svg("rect", {class: reading.unknown(word, 0) ? "symbol strange" : "symbol", x: x(t) + 0.5, y: 4, width: Math.max(1, step - 1), height: READ - 8, rx: 2}),
      ...(step >= LEAST ? [svg("text", placed(t), shown[t])] : [])]);
  }
  const inputs = steps.map(line => reading.features.slice(0, LINES).map((one, k) => drawn(reading, one, line[k])));
  const most = Math.max(1, ...inputs.flat().map(Math.abs));
  const y = value => READ / 2 - (READ / 2 - 5) * value / most;
  const lines = reading.features.slice(0, LINES).map((_, k) => svg("polyline", {class: `line${k}`, fill: "none",
    points: inputs.map((line, t) => `${(x(t) + step / 2).toFixed(1)},${y(line[k]).toFixed(1)}`).join(" ")}));
  return [svg("line", {class: "axis", x1: x(0), x2: x(steps.length), y1: y(0), y2: y(0)}), ...lines];
}

/** A value of a feature as a height: deviations, or which category. */
function drawn(reading, one, word) {
  if (one.kind === "category") return ((one.numbers.get(word) ?? 0) / Math.max(1, one.categories.length)) * 2 - 1;
  return reading.numbers({...one, missing: false}, word)[0];
}

function looks(shares, x, step, top, count) {
  const most = shares.reduce((a, b) => Math.max(a, b));
  return [...shares.map((share, t) => svg("rect", {class: "looks", x: x(t) + 0.5, y: top + LOOKS * (1 - share / most),
    width: Math.max(1, step - 1), height: LOOKS * share / most})),
  svg("line", {class: "axis", x1: x(0), x2: x(count), y1: top + LOOKS, y2: top + LOOKS})];
}

/** Probabilities on top of each other: together 1. */
function bands({found, shown, steps}, x) {
  const at = t => found.at(Math.min(t, steps.length - 1));
  const edges = [steps.map(() => 0)];
  shown.forEach((c, k) => edges.push(edges[k].map((sum, t) => sum + at(t)[c])));
  edges.push(steps.map(() => 1));
  return edges.slice(1).map((upper, k) => {
    const lower = edges[k], corners = [];
    upper.forEach((value, t) => corners.push([x(t), value], [x(t + 1), value]));
    for (let t = steps.length - 1; t >= 0; t--) corners.push([x(t + 1), lower[t]], [x(t), lower[t]]);
    return svg("polygon", {class: k < shown.length ? `band${k}` : "rest",
      points: corners.map(([px, value]) => `${px.toFixed(1)},${(SAID * (1 - value)).toFixed(1)}`).join(" ")});
  });
}

/** A number over the steps. */
function curve({found, steps}, x) {
  const values = steps.map((_, t) => found.at(t)[0]);
  const low = Math.min(...values), high = Math.max(...values), span = high - low || 1;
  const y = value => SAID - ROOM - (SAID - 2 * ROOM) * (value - low) / span;
  return [svg("polyline", {class: "answer", fill: "none", points: values.map((v, t) => `${((x(t) + x(t + 1)) / 2).toFixed(1)},${y(v).toFixed(1)}`).join(" ")}),
    svg("text", {x: x(0), y: 13, class: "off"}, significant(high)),
    svg("text", {x: x(0), y: SAID - 4, class: "off"}, significant(low))];
}
