// The page of arithmetic: a sum as it is written, what is carried, and the units that carry it.
import "./page.css";
import {button, card, choices, counted, el, figure} from "../../../look/dom.js";
import {described, open} from "../../../look/frame.js";
import {Player} from "../../../look/player.js";
import {Board} from "./board.js";
import {Breaking} from "./breaking.js";
import {Digits, letter} from "./digits.js";
import {Inputs} from "./inputs.js";
import {lasting} from "./lasting.js";
import {Learning} from "./learning.js";
import {Machine} from "./machine.js";
import {Runner} from "./run.js";
import {called, either} from "./states.js";
import {gates, line, vote} from "./unit.js";
import {ordered} from "./units.js";

const MOST_COLUMNS = 10 ** 4;  // that an address names
const BEGIN = 4;  // the column that is seen first
const MANY = 16;  // units that tell nothing: of more, only some are seen
const FEW = 8;  // of them
const SAMPLE = 200;  // inputs that bands are met on, where nothing is proved

/** What a network is, in a line. */
function told({architecture, tensors}, learned) {
  return described(architecture, tensors.map(({shape}) => shape), learned);
}

class Arithmetic {
  constructor(page) {
    this.page = page;
    this.seen = page.data.seen;
    this.digits = new Digits(this.seen);
    this.words = this.sample();
    this.unlearned = !page.data.learned.updates;
    if (this.seen.beside) this.beside = this.other();
    this.build();
    this.follow();
    page.address.onchange(() => this.follow());
  }

  // --- networks that the board can show: the name in the address, what stands above, the network, what is proved ---

  /** That of the page. */
  model() {
    const {data: {name, learned, proof}, network} = this.page, facts = [], {exact, pairs} = learned.metrics ?? {};
    if (pairs) facts.push([`exact on ${figure(exact)} of ${figure(pairs)} ${this.digits.inputs}`, exact === pairs ? "good" : "bad"]);
    if (proof) facts.push([proof.verdict === "proven" ? proof.says : proof.verdict,
      {proven: "good", refuted: "bad"}[proof.verdict] ?? ""]);
    return {key: null, name, line: told(network, learned), facts, net: network, proof};
  }

  /** That of the other recipe, which Python trained. */
  other() {
    const {name, network} = this.seen.beside, net = this.page.net(network);
    return {key: "beside", name, line: `${told(net)}, beside ${this.page.data.name}`, facts: [], net, proof: null};
  }

  /** One that is trained in the page. */
  learned({name: key, learner}) {
    const {right, of} = learner.checked(), name = `${learner.lesson.name} after ${counted(learner.done, "update")}`;
    const facts = [[`${figure(right)} of ${figure(of)} ${learner.inputs} exact`, right === of ? "good" : "bad"]];
    return {key, name, line: `${told(learner.network)}, trained in this page`, facts, net: learner.network, proof: null};
  }

  /** The network that the board shows from now on; while one learns (`moving`), units keep their places. */
  take(shown, moving = false) {
    const {cell, nonlinearity, hidden} = shown.net.architecture, {low} = this;
    this.shown = shown;
    this.runner = new Runner(shown.net, this.digits, this.seen);
    this.order = ordered(this.runner, shown.proof, this.words);
    this.low = cell === "rnn" && nonlinearity !== "tanh" ? 0 : -1;
    this.unit = Math.min(this.unit ?? 0, hidden - 1);
    if (moving && low === this.low) return;
    this.placed = this.order;
    this.showLasting();
  }

  look(shown, moving) {
    this.take(shown, moving);
    this.again();
  }

  /** Shows one that does not learn. The button that was pressed may be gone: the focus goes to the board. */
  leave(shown) {
    this.learning.followed = null;
    this.look(shown);
    (this.whose.hidden || this.return.hidden ? this.player.slider : this.return).focus();
  }

  /** Some words of every length, the same ones each time. */
  sample() {
    let seed = 1;
    const next = below => { seed = (seed * 48271) % 2147483647; return seed % below; };
    return Array.from({length: SAMPLE}, (_, n) => Array.from({length: 2 + n % 12}, () => next(this.digits.symbols)));
  }

  // --- what the page is made of ---

  build() {
    const {page, seen, digits} = this;
    this.inputs = new Inputs(seen, numbers => this.calculate(numbers, null));
    const fails = page.data.proof && page.data.proof.fails;
    if (fails) seen.tries.push(["where it fails", fails]);
    const tries = seen.tries.map(([words, numbers]) => [numbers.join(" "), words]);
    this.tries = choices("inputs to try", tries, value => this.calculate(value.split(" ").map(BigInt), null, true));
    this.whole = false;  // whether all units are seen that tell nothing
    this.folding = button("", () => { this.whole = !this.whole; this.again(); });
    this.board = new Board({seen, digits, onselect: chosen => this.select(chosen)});
    this.player = new Player({label: "column", backwards: digits.order === "least", onmove: () => this.draw()});
    this.breaking = new Breaking(seen, () => this.again());
    this.machine = new Machine(seen);
    this.side = {heading: el("h2"), line: el("div"), moves: el("div")};
    this.lasts = el("div");
    this.named = el("span", {class: "of-board"});
    this.return = button("", () => this.leave(this.model()), {class: "small"});
    this.whose = el("div", {class: "row"}, this.named, this.return);
    this.levels = el("div", {class: "legend"});
    this.learning = new Learning({page, digits, seen, onlook: (side, moving) => this.look(this.learned(side), moving)});
    const board = card("", this.whose, this.inputs.element, this.tries.element, this.board.element,
      el("div", {class: "small"}, this.folding), this.player.element, page.saying, this.levels);
    const inside = el("div", {class: "columns"}, el("div", {class: "stack"}, board, this.lasts),
      el("div", {class: "stack"}, card("", this.side.heading, this.machine.element), this.side.line, this.side.moves, this.breaking.element));
    const parts = this.unlearned ? [this.learning.element, inside] : [inside, this.learning.element];
    page.main.append(el("div", {class: "stack"}, ...parts));
  }

  showLasting() {
    const {shown, beside} = this, all = [{name: shown.name, runner: this.runner}], more = beside && shown.key !== beside.key;
    if (more) all.push({name: beside.name, runner: new Runner(beside.net, this.digits, this.seen)});
    const found = lasting(all, this.seen);
    if (found && more) found.append(button(`look inside ${beside.name}`, () => this.leave(beside), {class: "small"}));
    this.lasts.replaceChildren(found ?? "");
  }

  /** What stands above: the network that is shown, and what is known of it as it was before something is held or cut. */
  head() {
    const {page, shown, seen, unlearned} = this, {touched} = this.breaking, own = shown.key === null;
    if (unlearned) page.head(page.data.name, `${shown.name}: ${shown.line}`);
    else page.head(shown.name, shown.line);
    if (seen.sign === ",") page.badge([seen.formula, `base ${seen.base}`].filter(Boolean).join(", "));
    for (const [words, kind] of shown.facts) page.badge(touched ? `untouched: ${words}` : words, touched ? "" : kind);
    this.whose.hidden = own;
    this.named.textContent = `In the board: ${shown.name}. `;
    this.return.hidden = unlearned;
    this.return.textContent = `back to ${page.data.name}`;
  }

  /** Units under titles: what is proved of them, or was seen. */
  groups() {
    const {tells, rest, proved} = this.placed, found = [];
    const sure = `${proved ? "proved" : "seen, not proved"}${this.breaking.touched ? " of the untouched network" : ""}`;
    for (const one of tells) {
      const key = `${one.up} ${one.above}`, last = found[found.length - 1];
      if (last && last.key === key) last.units.push(one);
      else found.push({key, units: [one], title: this.title(one, sure)});
    }
    const units = this.whole || rest.length <= MANY ? rest : rest.filter(({unit}, k) => k < FEW || unit === this.unit);
    if (rest.length) found.push({title: "none of these alone splits the states into groups", units});
    this.folding.hidden = rest.length <= MANY;
    this.folding.textContent = this.whole ? `fewer of the ${rest.length} that tell nothing alone` : `all ${rest.length} that tell nothing alone`;
    return found;
  }

  title({up, above, below}, sure) {
    return `${up ? "high" : "low"} exactly after ${either(this.seen, up ? above : below)} (${sure})`;
  }

  // --- what is seen ---

  /** What the address says, or the first of the tries. All of it is read before anything is drawn. */
  follow() {
    const {address} = this.page, {learning} = this, key = address.get("in"), numbers = this.inputs.read(address.get("of"));
    const unit = address.whole("unit", 0, 10 ** 6, null), t = address.whole("t", 0, MOST_COLUMNS, numbers ? null : BEGIN);
    this.whole = address.get("units") === "all";
    this.breaking.read(address);
    learning.followed = null;
    learning.follow();
    learning.followed = learning.sides.find(({name}) => name === key) ?? (this.unlearned ? learning.sides[0] : null);
    if (learning.followed) this.take(this.learned(learning.followed));
    else this.take(this.beside && key === this.beside.key ? this.beside : this.model());
    const {tells, units} = this.order;
    this.unit = unit !== null && unit < units.length ? unit : (tells[0] ?? units[0]).unit;
    this.calculate(numbers ?? this.seen.tries[0][1].map(BigInt), t, true);
  }

  /** Numbers that were typed, or others, which are written into the fields. */
  calculate(numbers, at, write = false) {
    this.player.pause();
    this.numbers = numbers;
    if (write) this.inputs.set(numbers);
    this.tries.choose(numbers.join(" "));
    this.word = this.digits.word(numbers, this.seen.length);
    this.again(at ?? this.word.length - 1);
  }

  /** Runs the word in the network that is shown, with what is held and cut. */
  again(at = this.player.at) {
    const {breaking, low} = this;
    breaking.fit({hidden: this.runner.hidden, low, columns: this.word.length});
    this.steps = this.runner.run(this.word, breaking);
    Object.assign(this.board, {groups: this.groups(), low});
    this.board.show(this.steps, breaking);
    this.levels.replaceChildren(`a unit's value: ${low}`, el("span", {class: low < 0 ? "ramp both" : "ramp"}), "1");
    this.head();
    this.player.set(this.steps.length, at);
  }

  select({t, unit = this.unit}) {
    this.unit = unit;
    this.player.pause();
    this.player.go(t ?? this.player.at);
  }

  draw() {
    const {steps, unit, seen, page, breaking, order, low, shown: {key, proof}} = this, {touched} = breaking;
    const t = this.player.at, step = steps[t], own = order.units[unit], {net} = this.runner, strayed = this.strayed(t);
    const found = this.digits.spelled(steps.map(({output}) => output));
    const wanted = this.digits.number(steps.map(one => one.wanted));
    this.board.mark(t, unit);
    this.inputs.answer(found, wanted, steps.length);
    this.said(step, t, strayed);
    breaking.show(unit, t, steps, found.number, wanted);
    const is = proof && proof.verdict === "proven";
    this.side.heading.textContent = `The machine that ${is && touched ? "the untouched network" : "it"} ${is ? "is" : "should be"}`;
    this.machine.show(step);
    this.side.line.replaceChildren(line(own, {seen, steps, now: t, low, proved: order.proved, touched}));
    this.side.moves.replaceChildren(net.architecture.cell === "rnn" ? vote(net, order, own, step, seen, strayed)
      : gates(net, unit, step));
    page.address.set({of: this.numbers.join(","), t, unit, units: this.whole ? "all" : null, in: key, ...breaking.written});
  }

  /** Whether the network may keep something else than the machine would, in a column. */
  strayed(t) {
    const {held, cut} = this.breaking;
    return held.size > 0 || (cut !== null && cut <= t) || this.steps.slice(0, t + 1).some(one => !one.right);
  }

  /** The sentence of the column. */
  said(step, t, strayed) {
    const {seen, digits, page, shown: {proof}} = this, place = digits.order === "least" ? "from the right" : "from the left";
    const sure = proof && proof.margin && !this.breaking.touched
      ? `; for any input it is at least ${proof.margin.toFixed(2)}, as is proved` : "";
    page.saying.classList.toggle("wrong", !step.right);
    page.say(el("b", {}, `Column ${t + 1} ${place}. `), `It reads ${step.digits.map(letter).join(", ")} and `,
      `${strayed ? "should hold" : "holds"} ${called(seen, step.from)}. It writes ${seen.answers[step.output]}`,
      step.right ? "" : el("b", {}, `, where ${seen.answers[step.wanted]} is right`),
      ` and ${strayed ? "should go" : "goes"} on with ${called(seen, step.state)}. `,
      `Its margin, how far the output is on the ${step.right ? "right" : "wrong"} side, is ${Math.abs(step.margin).toFixed(1)}${sure}.`);
  }
}

open(page => new Arithmetic(page));
