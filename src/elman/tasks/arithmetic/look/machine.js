// The automaton that the network should be, or is proved to be: its state is lit, the step that was taken is bold.
import {el, picture, svg} from "../../../look/dom.js";

const MOST_DRAWN = 8;  // states; of more, a list says what happens
const WIDTH = 368, HEIGHT = 270;

/** How large a state is drawn, among so many. */
function radius(count) {
  return count === 2 ? 31 : 20;
}

/** Labels of the arrows from q to p: "01 → 1". */
function labels(seen, q, p) {
  const {next, output} = seen.machine;
  return next[q].flatMap((to, x) => (to === p ? [{x, words: `${seen.digits[x]} → ${seen.answers[output[q][x]]}`}] : []));
}

function place(q, count) {
  if (count === 1) return [WIDTH / 2, 110];
  if (count === 2) return [q ? 264 : 104, 88];
  const turn = 2 * Math.PI * q / count - Math.PI / 2;
  return [WIDTH / 2 + 112 * Math.cos(turn), HEIGHT / 2 + 74 * Math.sin(turn)];
}

/** The way of an arrow. */
function way(from, to, centre, size) {
  const [x, y] = from, [u, v] = to;
  if (x === u && y === v) {
    const away = Math.atan2(y - centre[1], x - centre[0]), at = (turn, r) =>
      `${(x + r * Math.cos(away + turn)).toFixed(1)} ${(y + r * Math.sin(away + turn)).toFixed(1)}`;
    return `M${at(-0.6, size)} C${at(-0.62, 2.75 * size)} ${at(0.62, 2.75 * size)} ${at(0.6, size + 4)}`;
  }
  const length = Math.hypot(u - x, v - y), [dx, dy] = [(u - x) / length, (v - y) / length];
  const bend = size === 31 ? 26 : 14, aside = size / 3;
  const start = [x + size * dx - aside * dy, y + size * dy + aside * dx];
  const end = [u - (size + 4) * dx - aside * dy, v - (size + 4) * dy + aside * dx];
  const middle = [(x + u) / 2 - bend * 2 * dy, (y + v) / 2 + bend * 2 * dx];
  return `M${start.map(n => n.toFixed(1)).join(" ")} Q${middle.map(n => n.toFixed(1)).join(" ")} `
    + end.map(n => n.toFixed(1)).join(" ");
}

function heads() {
  return svg("defs", {}, ...["arrow", "arrow-now"].map(id => svg("marker", {id, viewBox: "0 0 8 8", refX: 7, refY: 4,
    markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto"},
  svg("path", {d: "M0 0 8 4 0 8z", class: id}))));
}

/** Where the words of an arrow of a machine of two states stand. */
const BESIDE = {"00": [30, 160], "11": [338, 160], "01": [184, 134], "10": [184, 52]};

/** The picture of the machine at a step of a run. */
export function machine(seen, step) {
  const {next} = seen.machine, count = next.length;
  if (count > MOST_DRAWN) return list(seen, step);
  const two = count === 2, height = two ? 210 : HEIGHT;
  const root = picture(`automaton of ${count} states; now in the state ${seen.states[step.state]}`, WIDTH, height);
  root.classList.add("machine");
  root.append(heads());
  const centre = two ? [184, 88] : [WIDTH / 2, HEIGHT / 2];
  for (let q = 0; q < count; q++) {
    for (let p = 0; p < count; p++) {
      const found = labels(seen, q, p);
      if (!found.length) continue;
      const now = step.from === q && step.state === p;
      root.append(svg("path", {d: way(place(q, count), place(p, count), centre, radius(count)), class: now ? "way now" : "way",
        "marker-end": `url(#${now ? "arrow-now" : "arrow"})`}));
      if (two) root.append(...words(found, BESIDE[`${q}${p}`], now ? step.symbol : null));
    }
  }
  next.forEach((_, q) => {
    const [x, y] = place(q, count), on = step.state === q;
    root.append(svg("circle", {cx: x, cy: y, r: radius(count), class: `node ${q ? "yes" : "no"}${on ? " on" : ""}`}));
    const name = seen.states[q].split(" ");
    name.forEach((part, k) => root.append(svg("text", {x, y: y + 4 + 14 * (k - (name.length - 1) / 2),
      "text-anchor": "middle", class: on ? "name on" : "name"}, part.slice(0, 9))));
  });
  return el("div", {}, root, ...(two ? [] : [list(seen, step)]));
}

function words(found, [x, y], taken) {
  return found.slice(0, 4).map(({x: symbol, words: text}, k) => svg("text", {x, y: y + 15 * k, "text-anchor": "middle",
    class: symbol === taken ? "label now" : "label"}, text));
}

/** The step that was taken, and how many others there are, in words: for machines with too much to draw. */
function list(seen, step) {
  const {next, output} = seen.machine;
  return el("p", {class: "small"}, "In state ", el("b", {}, seen.states[step.from]), ` it read `,
    el("b", {}, seen.digits[step.symbol]), `, should write ${seen.answers[output[step.from][step.symbol]]} and go to state `,
    el("b", {}, seen.states[step.state]), `. There are ${next.length} states and ${next[0].length} symbols.`);
}
