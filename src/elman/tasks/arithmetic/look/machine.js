// The automaton that the network should be, or is proved to be: its state is lit, the step that was taken is bold.
import {counted, el, picture, svg} from "../../../look/dom.js";
import {called} from "./states.js";

const MOST_DRAWN = 8;  // states; of more, only words and the list
const MOST_LABELLED = 3;  // states of which every arrow has labels; of more, the arrow that was taken
const FEW = 3;  // labels of an arrow; of more, it is said how many more
const LEAST = 2;  // labels of an arrow between three states
const EARLY = 0.3;  // of the way of such an arrow: so the labels of there and back are apart
const LINE = 15;  // from one label to the next
const WIDTH = 368;

/** How large a state is drawn, among so many. */
function radius(count) {
  return count === 2 ? 31 : 20;
}

/** All arrows: {from, to, labels}, each label with its symbol and words: "01 → 1". */
function arrows({machine: {next, output}, digits, answers}) {
  const found = new Map();
  next.forEach((row, from) => row.forEach((to, x) => {
    const key = `${from} ${to}`, label = {x, words: `${digits[x]} → ${answers[output[from][x]]}`};
    if (!found.has(key)) found.set(key, {from, to, labels: []});
    found.get(key).labels.push(label);
  }));
  return [...found.values()].sort((p, q) => p.from - q.from || p.to - q.to);
}

/** The middle of the picture of so many states, and how high it is. */
function extent(count) {
  return count <= 2 ? {middle: [WIDTH / 2, 112], high: 228} : {middle: [WIDTH / 2, 176], high: 330};
}

/** Where a state is drawn. */
function place(q, count) {
  const [x, y] = extent(count).middle, turn = 2 * Math.PI * q / count - Math.PI / 2;
  if (count <= 2) return [x + (count - 1) * (q ? 80 : -80), y];
  return [x + 104 * Math.cos(turn), y + (count <= MOST_LABELLED ? 110 : 84) * Math.sin(turn)];
}

/** The way of an arrow, the place of its label, and in which direction there is room for it. */
function way(from, to, count) {
  const [x, y] = place(from, count), [u, v] = place(to, count), size = radius(count);
  if (from === to) {
    const centre = extent(count).middle, away = Math.atan2(y - centre[1], x - centre[0]), at = (turn, r) =>
      [x + r * Math.cos(away + turn), y + r * Math.sin(away + turn)];
    const text = (turn, r) => at(turn, r).map(n => n.toFixed(1)).join(" ");
    const path = `M${text(-0.6, size)} C${text(-0.62, 2.75 * size)} ${text(0.62, 2.75 * size)} ${text(0.6, size + 4)}`;
    const [right, down] = at(0, 1.8 * size);
    if (count > 2 && down < y) return {path, at: [right + 22, down], away: [1, 0]};
    return {path, at: [right, count <= 2 ? y + 30 : down + 14], away: [0, 1]};
  }
  const length = Math.hypot(u - x, v - y), [dx, dy] = [(u - x) / length, (v - y) / length];
  const bend = size === 31 ? 26 : 14, aside = size / 3;
  const start = [x + size * dx - aside * dy, y + size * dy + aside * dx];
  const end = [u - (size + 4) * dx - aside * dy, v - (size + 4) * dy + aside * dx];
  const middle = [(x + u) / 2 - bend * 2 * dy, (y + v) / 2 + bend * 2 * dx];
  const text = point => point.map(n => n.toFixed(1)).join(" ");
  const path = `M${text(start)} Q${text(middle)} ${text(end)}`, along = share => middle.map((n, k) =>
    (1 - share) ** 2 * start[k] + 2 * share * (1 - share) * n + share ** 2 * end[k]);
  return count <= 2 ? {path, at: along(0.5), away: [-dy, dx]} : {path, at: along(EARLY), away: [0, 0]};
}

function heads() {
  return svg("defs", {}, ...["arrow", "arrow-now"].map(id => svg("marker", {id, viewBox: "0 0 8 8", refX: 7, refY: 4,
    markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto"},
  svg("path", {d: "M0 0 8 4 0 8z", class: id}))));
}

/** The labels of an arrow, of many a few and the number of the others; at a place, or beside it, where there is room. */
function written(labels, taken, {at: [x, y], away: [right, down]}) {
  const few = labels.slice(0, right || down ? FEW : LEAST), now = labels.find(one => one.x === taken);
  if (now && !few.includes(now)) few[few.length - 1] = now;
  const lines = few.map(one => ({words: one.words, now: one === now}));
  if (few.length < labels.length) lines.push({words: `+ ${labels.length - few.length} more`});
  const more = LINE * (lines.length - 1), top = y + (down > 0 ? 17 : down < 0 ? -8 - more : 5 - more / 2);
  return lines.map((one, k) => svg("text", {x: x + 7 * right, y: top + LINE * k, "text-anchor": right ? "start" : "middle",
    class: one.now ? "label now" : "label"}, one.words));
}

export class Machine {
  constructor(seen) {
    Object.assign(this, {seen, arrows: arrows(seen), count: seen.machine.next.length});
    this.drawing = el("div");
    this.words = el("p", {class: "small"});
    this.table = el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "transitions"});
    const {count} = this, symbols = seen.digits.length, many = count > MOST_DRAWN;
    this.from = el("select", {onchange: () => this.list()},
      ...seen.machine.next.map((_, q) => el("option", {value: q}, seen.states[q])));
    this.element = el("div", {}, this.drawing, this.words, el("details", {class: "small", ontoggle: () => this.list()},
      el("summary", {}, `All ${counted(count * symbols, "transition")}, of ${counted(count, "state")}`),
      many ? el("label", {}, "from state ", this.from) : "", this.table));
  }

  /** The step that was taken. */
  show(step) {
    const {seen} = this, {output} = seen.machine, read = seen.digits[step.symbol], writes = seen.answers[output[step.from][step.symbol]];
    this.drawing.replaceChildren(this.count > MOST_DRAWN ? "" : this.draw(step));
    this.words.replaceChildren("In ", el("b", {}, called(seen, step.from)), " it read ", el("b", {}, read),
      `${seen.operands > 1 ? ", a digit of each number" : ""}. It should write ${writes} and go to `, el("b", {}, called(seen, step.state)),
      this.count > MOST_DRAWN ? "." : `: ${read} → ${writes}.`);
  }

  draw(step) {
    const {seen, count, arrows} = this;
    const drawing = svg("g"), text = svg("g");
    for (const {from, to, labels} of arrows) {
      const now = step.from === from && step.state === to, one = way(from, to, count);
      drawing.append(svg("path", {d: one.path, class: now ? "way now" : "way",
        "marker-end": `url(#${now ? "arrow-now" : "arrow"})`}));
      if (count <= MOST_LABELLED || now) {
        const shown = count <= MOST_LABELLED ? labels : labels.filter(({x}) => x === step.symbol);
        text.append(...written(shown, now ? step.symbol : null, one));
      }
    }
    seen.machine.next.forEach((_, q) => {
      const [x, y] = place(q, count), on = step.state === q, name = seen.states[q].split(" ");
      drawing.append(svg("circle", {cx: x, cy: y, r: radius(count), class: `node ${q ? "yes" : "no"}${on ? " on" : ""}`}));
      name.forEach((part, k) => drawing.append(svg("text", {x, y: y + 4 + 14 * (k - (name.length - 1) / 2),
        "text-anchor": "middle", class: on ? "name on" : "name"}, part.slice(0, 9))));
    });
    const root = picture(`automaton of ${counted(count, "state")}; now in ${called(seen, step.state)}`, WIDTH, extent(count).high);
    root.classList.add("machine");
    root.append(heads(), drawing, text);
    return root;
  }

  /** Every transition: where from and to, what is read, what is written. */
  list() {
    const {seen} = this, all = this.count <= MOST_DRAWN, from = Number(this.from.value);
    const rows = this.arrows.filter(one => all || one.from === from);
    this.table.replaceChildren(el("table", {class: "plain"},
      el("thead", {}, el("tr", {}, ...["from", "to", "it reads → it writes"].map(words => el("th", {scope: "col"}, words)))),
      el("tbody", {}, ...rows.map(one => el("tr", {}, el("td", {}, seen.states[one.from]), el("td", {}, seen.states[one.to]),
        el("td", {}, one.labels.map(({words}) => words.replaceAll(" ", "\u00a0")).join(", ")))))));
  }
}
