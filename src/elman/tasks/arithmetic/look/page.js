// The page of arithmetic: a sum as it is written, what is carried, and the units that carry it.
import "./page.css";
import {button, card, choices, el, figure} from "../../../look/dom.js";
import {open} from "../../../look/frame.js";
import {Player} from "../../../look/player.js";
import {Board} from "./board.js";
import {Digits} from "./digits.js";
import {lasting} from "./lasting.js";
import {Learning} from "./learning.js";
import {machine} from "./machine.js";
import {Runner} from "./run.js";
import {gates, line, vote} from "./unit.js";
import {ordered} from "./units.js";

const MOST_DIGITS = 60;  // of what can be typed
const BEGIN = 4;  // the column that is seen first
const SAMPLE = 200;  // inputs that bands are met on, where nothing is proved

class Arithmetic {
  constructor(page) {
    this.page = page;
    this.seen = page.data.seen;
    this.digits = new Digits(this.seen);
    this.words = this.sample();
    this.held = this.cut = null;
    this.unlearned = !page.data.learned.updates;
    this.badges();
    this.take(page.network, page.data.proof);
    this.build();
    this.follow();
    page.address.onchange(() => this.follow());
    if (this.unlearned && this.learning) this.learning.look(this.learning.sides[0]);
  }

  /** The network that the board shows from now on, and what is proved of it. */
  take(net, proof) {
    this.runner = new Runner(net, this.digits, this.seen);
    this.proof = proof;
    this.order = ordered(this.runner, proof, this.words);
    const {cell, nonlinearity} = net.architecture;
    this.low = cell === "rnn" && nonlinearity !== "tanh" ? 0 : -1;
  }

  /** Shows a network that learns here; while it does, units keep their places. */
  look(net, name, moving) {
    const {groups} = this.board, low = this.low;
    this.take(net, null);
    if (!moving || low !== this.low) {
      this.board.groups = this.groups();
      this.board.low = this.low;
      this.showLasting();
    } else {
      this.board.groups = groups;
    }
    this.whose.replaceChildren(el("span", {class: "of-board"}, `In the board: ${name}. `),
      this.unlearned ? "" : button(`back to ${this.page.data.name}`, () => this.back(), {class: "small"}));
    this.again();
  }

  /** Shows the network of the page again. */
  back() {
    this.learning.followed = null;
    this.take(this.page.network, this.page.data.proof);
    Object.assign(this.board, {groups: this.groups(), low: this.low});
    this.whose.replaceChildren();
    this.showLasting();
    this.again();
  }

  /** Some words of every length, the same ones each time. */
  sample() {
    let seed = 1;
    const next = below => { seed = (seed * 48271) % 2147483647; return seed % below; };
    return Array.from({length: SAMPLE}, (_, n) => Array.from({length: 2 + n % 12}, () => next(this.digits.symbols)));
  }

  badges() {
    const {learned: {metrics = {}}, proof} = this.page.data;
    if (this.seen.formula) this.page.badge(this.seen.formula);
    if (metrics.pairs) {
      const whole = metrics.exact === metrics.pairs;
      this.page.badge(`exact on ${figure(metrics.exact)} of ${figure(metrics.pairs)}`, whole ? "good" : "bad");
    }
    if (proof) this.page.badge(proof.verdict === "proven" ? proof.says : proof.verdict,
      {proven: "good", refuted: "bad"}[proof.verdict] ?? "");
  }

  build() {
    const {page, seen} = this;
    this.fields = Array.from({length: seen.operands}, (_, k) => el("input", {type: "text", inputmode: "numeric",
      class: "operand", autocomplete: "off", "aria-label": `number ${"ABCDEFGH"[k]}`, oninput: () => this.typed()}));
    const between = this.fields.flatMap((field, k) => (k ? [el("span", {class: "sum"}, seen.sign.trim()), field] : [field]));
    this.result = el("output", {class: "sum"});
    const fails = page.data.proof && page.data.proof.fails;
    if (fails) seen.tries.push(["where it fails", fails]);
    const tries = seen.tries.map(([words, numbers]) => [numbers.join(" "), words]);
    this.tries = choices("inputs to try", tries, value => this.calculate(value.split(" ").map(BigInt), null));
    this.board = new Board({seen, digits: this.digits, groups: this.groups(), low: this.low,
      onselect: chosen => this.select(chosen)});
    this.player = new Player({label: "column", backwards: this.digits.order === "least", onmove: () => this.draw()});
    this.side = {machine: el("div"), line: el("div"), moves: el("div")};
    this.lasts = el("div");
    this.whose = el("div", {class: "row"});
    this.levels = el("div", {class: "legend"});
    if (seen.beside) this.beside = new Runner(page.net(seen.beside.network), this.digits, seen);
    if (seen.lessons) {
      this.learning = new Learning({page, digits: this.digits, seen,
        onlook: (net, name, moving) => this.look(net, name, moving)});
    }
    this.showLasting();
    const cards = [card("", this.whose, el("div", {class: "row"}, ...between, this.result), this.tries.element,
      this.board.element, this.player.element, page.saying, this.levels), this.breaking(), this.lasts];
    if (this.learning) cards.splice(this.unlearned ? 0 : 3, 0, this.learning.element);
    page.main.append(el("div", {class: "columns"}, el("div", {class: "stack"}, ...cards),
      el("div", {class: "stack"}, this.side.machine, this.side.line, this.side.moves)));
  }

  showLasting() {
    const both = [{name: "this network", runner: this.runner}];
    if (this.beside) both.push({name: this.seen.beside.name, runner: this.beside});
    this.lasts.replaceChildren(lasting(both, this.seen) ?? "");
  }

  /** Units under titles: what is proved of them, or was seen. */
  groups() {
    const {tells, rest, proved} = this.order, found = [], sure = proved ? "proved" : "seen, not proved";
    for (const one of tells) {
      const key = `${one.up} ${one.above}`, last = found[found.length - 1];
      if (last && last.key === key) last.units.push(one);
      else found.push({key, units: [one], title: this.title(one, sure)});
    }
    if (rest.length) found.push({title: tells.length ? "these follow the digits too" : "none of them tells alone what is held", units: rest});
    return found;
  }

  title({up, above}, sure) {
    const {states} = this.seen, below = states.map((_, q) => q).filter(q => !above.includes(q));
    const named = list => list.map(q => states[q]).join(" or ");
    return up ? `high exactly after: ${named(above)} (${sure})` : `low exactly after: ${named(below)} (${sure})`;
  }

  legend() {
    this.levels.replaceChildren(`a unit's value: ${this.low}`, el("span", {class: this.low < 0 ? "ramp both" : "ramp"}), "1");
    this.level.min = this.low;
  }

  /** Experiments: what a unit or the wire is needed for. */
  breaking() {
    const {low} = this;
    this.hold = el("input", {type: "checkbox", onchange: () => this.intervene()});
    this.level = el("input", {type: "range", min: low, max: 1, step: 0.01, value: low, "aria-label": "value at which it is held",
      oninput: () => { this.hold.checked = true; this.intervene(); }});
    this.holding = el("span");
    this.cutting = button("", () => { this.cut = this.cut === this.player.at ? null : this.player.at; this.again(); });
    this.mending = button("mend all", () => { this.hold.checked = false; this.held = this.cut = null; this.again(); });
    this.broken = el("p", {class: "broken", role: "status"});
    return card("Break it, and see what it was needed for", el("div", {class: "row"},
      el("label", {}, this.hold, " ", this.holding), this.level), el("div", {class: "row gap"}, this.cutting, this.mending),
    this.broken);
  }

  intervene() {
    this.held = this.hold.checked ? {unit: this.unit, value: Number(this.level.value)} : null;
    this.again();
  }

  // --- what is seen ---

  /** What the address says, or the first of the tries. */
  follow() {
    const {address} = this.page, named = (address.get("of") ?? "").split(",");
    const fits = named.length === this.seen.operands && named.every(one => this.parsed(one) !== null);
    const {tells, units} = this.order;
    this.unit = address.whole("unit", 0, this.runner.hidden - 1, (tells[0] ?? units[0]).unit);
    const numbers = fits ? named.map(BigInt) : this.seen.tries[0][1].map(BigInt);
    this.cut = address.get("cut") === null ? null : address.whole("cut", 0, 10 ** 4, null);
    const value = Number(address.get("hold"));
    this.held = address.get("hold") !== null && value >= this.low && value <= 1 ? {unit: this.unit, value} : null;
    this.hold.checked = this.held !== null;
    if (this.held) this.level.value = value;
    this.calculate(numbers, address.whole("t", 0, 10 ** 4, fits ? null : BEGIN));
  }

  parsed(text) {
    return /^\d+$/.test(text.trim()) && text.trim().length <= MOST_DIGITS ? BigInt(text.trim()) : null;
  }

  typed() {
    const numbers = this.fields.map(field => this.parsed(field.value));
    this.fields.forEach((field, k) => field.setAttribute("aria-invalid", String(numbers[k] === null)));
    if (numbers.every(number => number !== null)) this.calculate(numbers, null, true);
    else this.page.say(`Each number has 1 to ${MOST_DIGITS} digits from 0 to 9.`);
  }

  calculate(numbers, at, typing = false) {
    this.player.pause();
    this.numbers = numbers;
    if (!typing) numbers.forEach((number, k) => { this.fields[k].value = number; });
    this.fields.forEach(field => field.setAttribute("aria-invalid", "false"));
    this.tries.choose(numbers.join(" "));
    this.word = this.digits.word(numbers, this.seen.length);
    this.again(at ?? this.word.length - 1);
  }

  /** Runs the word as it is now held and cut. */
  again(at = this.player.at) {
    if (this.cut !== null && (this.cut < 1 || this.cut >= this.word.length)) this.cut = null;
    this.steps = this.runner.run(this.word, {held: this.held, cut: this.cut});
    this.board.show(this.steps, {cut: this.cut, held: this.held});
    this.player.set(this.steps.length, at);
  }

  select({t, unit}) {
    if (unit !== undefined && unit !== this.unit) {
      this.unit = unit;
      if (this.held) { this.intervene(); }
    }
    this.player.pause();
    this.player.go(t ?? this.player.at);
  }

  draw() {
    const {steps, unit, seen, page} = this, t = this.player.at, step = steps[t], own = this.order.units[unit];
    this.board.mark(t, unit);
    const found = this.digits.number(steps.map(({output}) => output));
    const wanted = this.digits.number(steps.map(one => one.wanted)), right = found === wanted;
    this.result.replaceChildren(`= ${found}`, right ? "" : el("span", {class: "off-by"}, ` not ${wanted}`));
    this.said(step, t);
    this.tellBroken(found, wanted, right);
    const {low, proof} = this, {proved} = this.order, {net} = this.runner;
    this.legend();
    this.side.machine.replaceChildren(card(proof && proof.verdict === "proven"
      ? "The machine that it is" : "The machine that it should be", machine(seen, step)));
    this.side.line.replaceChildren(line(own, {seen, steps, now: t, low, proved}));
    this.side.moves.replaceChildren(net.architecture.cell === "rnn" ? vote(net, this.order, own, step, seen)
      : gates(net, unit, step));
    page.address.set({of: this.numbers.join(","), t, unit, cut: this.cut, hold: this.held && this.held.value});
  }

  /** The sentence of the column. */
  said(step, t) {
    const {seen, digits, page} = this, place = digits.order === "least" ? "from the right" : "from the left";
    const {proof} = this, sure = proof && proof.margin && !this.held && this.cut === null
      ? `; for any input at least ${proof.margin.toFixed(2)}, as is proved` : "";
    const strayed = this.held || (this.cut !== null && this.cut <= t) || this.steps.slice(0, t + 1).some(one => !one.right);
    page.saying.classList.toggle("wrong", !step.right);
    page.say(el("b", {}, `Column ${t + 1} ${place}. `),
      `It reads ${step.digits.join(", ")} and ${strayed ? "should hold" : "holds"} “${seen.states[step.from]}”. It writes ${seen.answers[step.output]}`,
      step.right ? "" : el("b", {}, `, where ${seen.answers[step.wanted]} is right`),
      ` and ${strayed ? "should go" : "goes"} on with “${seen.states[step.state]}”. Its output is ${Math.abs(step.margin).toFixed(1)} `,
      `on the ${step.right ? "right" : "wrong"} side${sure}.`);
  }

  tellBroken(found, wanted, right) {
    const t = this.player.at, {remembers} = this.seen;
    this.holding.textContent = `hold unit ${this.unit} at ${figure(Number(this.level.value), 2)}`;
    this.cutting.textContent = this.cut === t ? `mend the wire into column ${t + 1}` : `cut the wire into column ${t + 1}`;
    this.cutting.disabled = t === 0;
    this.mending.disabled = !this.held && this.cut === null;
    const done = [this.held ? `unit ${this.held.unit} held at ${figure(this.held.value, 2)}` : "",
      this.cut === null ? "" : `no ${remembers} coming into column ${this.cut + 1}`].filter(Boolean).join(" and ");
    const wrong = this.steps.filter(one => !one.right).length;
    this.broken.textContent = !done ? "Nothing is broken. Hold the unit that is chosen, or cut the wire at the column that is seen."
      : right ? `With ${done}, the answer is still ${found}. Other numbers, or another column, may need it.`
        : `With ${done}, the answer is ${found}, not ${wanted}: ${wrong} of ${this.steps.length} columns are wrong.`;
  }
}

open(page => new Arithmetic(page));
