// The page of any network: gates and states over time, by name.
import "./network.css";
import {TYPED, beyond} from "./address.js";
import {card, choices, counted, diverging, el, figure, numberField, picture, problem, shade, svg} from "./dom.js";
import {open} from "./frame.js";
import {gateMeans, gateName} from "./gates.js";
import {Player} from "./player.js";

const STEPS = 12;  // of the input that is there at first
const MOST_STEPS = 200;
const MOST_UNITS = 64;  // that the board shows
const COLOURS = ["var(--no)", "var(--yes)", "var(--focus)", "var(--ink)", "var(--soft)", "var(--edge)"];
const DASHES = ["", "6 3", "2 3", "9 3 2 3", "", "4 4"];

/** The first input, or symbol, at step t of what one can begin with. */
const BEGINNINGS = {
  "one impulse": t => Number(t === 1),
  "every other step": t => t % 2,
  "always": () => 1,
};

/** What begins: the text of the field, a line for each step. */
function beginning(kind, a) {
  return Array.from({length: STEPS}, (_, t) => {
    const first = Math.min(BEGINNINGS[kind](t), a.symbols ? a.inputs - 1 : 1);
    return a.symbols ? String(first) : [first, ...Array(a.inputs - 1).fill(0)].join(" ");
  }).join("\n");
}

/** A line for each step: numbers, or of symbols one index. An Error says which line is wrong. */
function readSteps(text, a) {
  const lines = text.split("\n").filter(line => line.trim());
  if (!lines.length || lines.length > MOST_STEPS) {
    throw new Error(`expected 1 to ${MOST_STEPS} lines, one for each step; found ${lines.length}`);
  }
  return lines.map((line, at) => {
    const words = line.trim().split(/[\s,;]+/), numbers = words.map(Number), count = a.symbols ? 1 : a.inputs;
    const right = a.symbols ? n => Number.isInteger(n) && n >= 0 && n < a.inputs : n => Number.isFinite(Math.fround(n));
    if (numbers.length !== count || words.includes("") || !numbers.every(right)) {
      const expected = a.symbols ? `a whole number from 0 to ${a.inputs - 1}` : `${counted(a.inputs, "number")}${
        numbers.some(n => Math.abs(n) > 3e38) ? " from -3e38 to 3e38" : ""}`;
      throw new Error(`line ${at + 1}: expected ${expected}; found ${line.trim().slice(0, 40)}`);
    }
    return numbers;
  });
}

class Board {
  constructor(page) {
    this.page = page;
    this.a = page.network.architecture;
    const {gates, states} = page.network.cell;
    this.names = [...states, ...(gates.length > 1 ? gates : [])];  // one gate alone is the state that it makes
    this.network = page.network;
    this.layers = this.a.layers * (this.a.bidirectional ? 2 : 1);
    this.build();
    this.follow();
    page.address.onchange(() => this.follow());
  }

  /** What the address says. */
  follow() {
    const {address} = this.page, typed = address.get("of"), begin = address.get("begin");
    this.name = this.names.includes(address.get("show")) ? address.get("show") : this.names[0];
    this.layer = address.whole("layer", 0, this.layers - 1, this.layers - 1);
    this.unit = address.whole("unit", 0, this.a.hidden - 1, 0);
    const at = address.whole("t", 0, MOST_STEPS - 1, 0);
    this.begin(Object.hasOwn(BEGINNINGS, begin) ? begin : Object.keys(BEGINNINGS)[0], at);
    if (typed === null) return;
    this.field.value = typed;
    this.typed(at);
  }

  /** What is there to begin with. */
  begin(kind, at = 0) {
    this.begun = kind;
    this.field.value = beginning(kind, this.a);
    this.read(at);
  }

  typed(at = 0) {
    this.begun = null;
    this.read(at);
  }

  build() {
    const {a, page} = this;
    this.field = el("textarea", {rows: 6, spellcheck: "false", oninput: () => this.typed()});
    this.wrong = problem(this.field);
    this.long = el("p", {class: "small soft"});
    this.beginnings = choices("inputs to begin with", Object.keys(BEGINNINGS).map(kind => [kind, kind]), kind => this.begin(kind));
    this.shown = choices("what is shown", this.names.map(name => [name, gateName(name)]), name => {
      this.name = name;
      this.draw();
    });
    this.unitField = numberField("unit", a.hidden - 1, unit => { this.unit = unit; this.draw(); });
    this.layerField = el("select", {onchange: () => { this.layer = Number(this.layerField.value); this.draw(); }},
      ...Array.from({length: this.layers}, (_, layer) => el("option", {value: layer}, this.layerName(layer))));
    const fields = [el("label", {}, "unit ", this.unitField.input),
      ...(this.layers > 1 ? [el("label", {}, "layer ", this.layerField)] : []), this.unitField.wrong];
    this.means = el("p", {class: "small soft"});
    this.picture = el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "units over time"});
    this.player = new Player({label: "time step", onmove: () => this.draw()});
    this.legend = el("div", {class: "legend"});
    this.side = el("div", {class: "stack"});
    const steps = a.symbols ? `one index from 0 to ${a.inputs - 1}` : counted(a.inputs, "number");
    page.main.append(el("div", {class: "columns"},
      el("div", {class: "stack"},
        card("What it reads", this.beginnings.element, el("label", {}, `A line for each step: ${steps}.`, this.field),
          this.wrong.element, this.long),
        card("What happens inside", this.shown.element, this.means, el("div", {class: "row fields"}, ...fields), this.picture,
          this.player.element, page.saying, this.legend)),
      this.side));
  }

  /** Runs the network on what the field says. */
  read(at) {
    let steps;
    this.beginnings.choose(this.begun);
    this.long.textContent = this.begun ? "" : beyond(this.field.value);
    try {
      steps = readSteps(this.field.value, this.a);
    } catch (error) {
      this.wrong.say(error.message);
      return;
    }
    this.wrong.say("");
    this.player.pause();
    this.steps = steps.length;
    this.trace = this.network.trace({inputs: steps.flat()});
    this.player.set(this.steps, at);
  }

  /** The value of a gate or state of the layer that is seen, after step t. */
  value(name, unit, t) {
    const {gates, states} = this.trace;
    if (gates[name]) return gates[name].at(this.layer, t, 0, unit);
    const reverse = this.a.bidirectional && this.layer % 2 === 1;  // it comes from the other end
    return states[name].at(this.layer, reverse ? t : t + 1, 0, unit);
  }

  /** Of a network that reads in both directions, layers are numbered in pairs. */
  layerName(layer) {
    const {bidirectional} = this.a;
    return bidirectional ? `${Math.floor(layer / 2)}, ${layer % 2 ? "backwards" : "forwards"}` : String(layer);
  }

  draw() {
    const {a, name, unit, layer, steps} = this, t = this.player.at;
    this.shown.choose(name);
    this.means.textContent = gateMeans(name);
    this.unitField.set(unit);
    this.layerField.value = layer;
    const seen = Math.min(a.hidden, MOST_UNITS), most = this.drawBoard(seen, t);
    const kind = gateName(name);
    this.page.say(el("b", {}, `Step ${t + 1} of ${steps}. `),
      `Unit ${unit}${this.layers > 1 ? ` of layer ${this.layerName(layer)}` : ""}: ${kind} ${figure(this.value(name, unit, t))}.`);
    const few = seen < a.hidden ? ` The first ${seen} of ${a.hidden} units are shown; any can be chosen by its number.` : "";
    this.legend.replaceChildren(this.signed ? figure(-most) : "0",
      el("span", {class: this.signed ? "ramp both" : "ramp"}), figure(most), few);
    this.side.replaceChildren(this.lines(t), this.outputs(t));
    const typed = this.begun === null && this.field.value.length <= TYPED ? this.field.value : null;
    this.page.address.set({show: name, unit, t, layer: this.layers > 1 ? layer : null, begin: this.begun, of: typed});
  }

  /** Rows of units, columns of steps; returns the largest value. */
  drawBoard(seen, t) {
    const {name, steps} = this, left = 46, width = Math.max(14, Math.min(56, 670 / steps)), height = 15;
    const values = Array.from({length: seen}, (_, u) => Array.from({length: steps}, (_, s) => this.value(name, u, s)));
    this.signed = values.flat().some(value => value < 0);
    const most = Math.max(1, ...values.flat().map(Math.abs));
    const root = picture(`${gateName(name)} of ${counted(seen, "unit")} over ${counted(steps, "step")}`,
      left + width * steps + 2, height * seen + 20);
    root.classList.add("board");
    root.style.width = `${left + width * steps + 2}px`;
    values.forEach((row, u) => {
      if (seen <= 24 || u % 4 === 0 || u === this.unit) {
        root.append(svg("text", {x: left - 6, y: height * u + 12, "text-anchor": "end",
          class: u === this.unit ? "on" : "off"}, String(u)));
      }
      row.forEach((value, s) => root.append(svg("rect", {x: left + width * s + 0.5, y: height * u + 0.5,
        width: width - 1, height: height - 1, rx: 2, "data-unit": u, "data-step": s,
        style: {fill: this.signed ? diverging(value / most) : shade(value / most)}})));
    });
    root.append(svg("rect", {class: "now", x: left + width * t, y: 0, width, height: height * seen, rx: 3}));
    if (this.unit < seen) {
      root.append(svg("rect", {class: "now", x: left, y: height * this.unit, width: width * steps, height, rx: 3}));
    }
    root.append(svg("text", {x: left, y: height * seen + 16, class: "off"}, "time →"));
    root.addEventListener("click", event => {
      const {unit, step} = event.target.dataset;
      if (unit === undefined) return;
      this.unit = Number(unit);
      this.player.go(Number(step));
    });
    this.picture.replaceChildren(root);
    return most;
  }

  /** All gates and states of one unit over time. */
  lines(t) {
    const {unit, steps, names} = this, width = 360, height = 170;
    const rows = names.map(name => Array.from({length: steps}, (_, s) => this.value(name, unit, s)));
    const low = Math.min(0, ...rows.flat()), high = Math.max(1, ...rows.flat());
    const x = s => 34 + (width - 44) * (steps > 1 ? s / (steps - 1) : 0.5);
    const y = value => height - 22 - (height - 34) * (value - low) / (high - low);
    const root = picture(`gates and states of unit ${unit} over time`, width, height);
    for (const value of new Set([low, 0, high])) {
      root.append(svg("line", {class: "axis", x1: 34, x2: width - 10, y1: y(value), y2: y(value)}),
        svg("text", {x: 28, y: y(value) + 4, "text-anchor": "end"}, figure(value, 1)));
    }
    root.append(svg("line", {class: "at", x1: x(t), x2: x(t), y1: 6, y2: height - 22}));
    rows.forEach((row, k) => root.append(svg("polyline", {points: row.map((v, s) => `${x(s)},${y(v)}`).join(" "),
      fill: "none", "stroke-width": 2.2, "stroke-dasharray": DASHES[k % 6], style: {stroke: COLOURS[k % 6]}})));
    const keys = names.map((name, k) => el("span", {class: "key"},
      svg("svg", {viewBox: "0 0 26 8", "aria-hidden": "true"}, svg("line", {x1: 0, x2: 26, y1: 4, y2: 4,
        "stroke-width": 2.2, "stroke-dasharray": DASHES[k % 6], style: {stroke: COLOURS[k % 6]}})),
      `${gateName(name)} ${figure(rows[k][t])}`));
    return card(`Unit ${unit} over time`, root, el("div", {class: "legend"}, ...keys));
  }

  /** What the network answers: at this step, or of the whole sequence. */
  outputs(t) {
    const {outputs, readout} = this.a, whole = readout !== "steps";
    const values = Array.from(whole ? this.trace.y.at(0) : this.trace.y.at(t, 0));
    const most = Math.max(1, ...values.map(Math.abs)), ranked = values.map((value, k) => [value, k]);
    ranked.sort(([p], [q]) => q - p);
    const rows = ranked.slice(0, 12).map(([value, k]) => el("tr", {}, el("th", {scope: "row"}, `output ${k}`),
      el("td", {}, figure(value)),
      el("td", {class: "wide"}, el("span", {class: `bar ${value < 0 ? "no" : "yes"}`,
        style: {width: `${100 * Math.abs(value) / most}%`}}))));
    const few = outputs > 12 ? el("p", {class: "small soft"}, `The 12 largest of ${outputs}.`) : "";
    return card(whole ? "Its answer to the whole sequence" : `Its answer at step ${t + 1}`,
      el("table", {class: "plain"}, el("tbody", {}, ...rows)), few);
  }
}

open(page => new Board(page));
