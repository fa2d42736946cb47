// The page of models that say what belongs to a sequence, or to each of its steps.
import "./page.css";
import {TYPED, beyond} from "../../../look/address.js";
import {card, choices, counted, el, figure, percent, problem, significant} from "../../../look/dom.js";
import {open} from "../../../look/frame.js";
import {Player} from "../../../look/player.js";
import {fitted} from "../../../look/fitting.js";
import {Answers} from "./answers.js";
import {overTime} from "./over_time.js";
import {Reading, spoken} from "./reading.js";
import {accuracy, attended, firm, keysOf, looked, ranked, ranking} from "./said.js";

class Labelled {
  constructor(page) {
    this.page = page;
    this.seen = page.data.seen;
    this.reading = new Reading(this.seen);
    this.answers = new Answers(page.network, this.seen);
    this.given = page.data.examples;
    if (!this.given.length) this.given = [{id: "made up", made: true, steps: this.reading.madeUp()}];
    this.badges();
    this.build();
    this.follow();
    page.address.onchange(() => this.follow());
  }

  badges() {
    const {page, seen} = this;
    page.badge(seen.classes ? `${figure(seen.classes.length)} classes${seen.label ? ` of ${seen.label}` : ""}` : `${seen.label}, a number`);
    accuracy(page, `${seen.per}s`, seen.per);
  }

  build() {
    const {page, seen} = this;
    this.field = el("textarea", {rows: 7, spellcheck: "false", oninput: () => this.typed()});
    this.wrong = problem(this.field);
    this.choosing = choices("sequences to begin with", this.given.map(({id}, n) => [n, id]), n => this.take(n));
    this.source = el("p", {class: "small soft"});
    this.plot = fitted(el("div"), width => overTime(this.view(), width, t => this.player.go(t)));
    this.player = new Player({label: this.reading.step, onmove: () => this.draw(), pace: 350,
      words: (t, length) => `${t + 1} of ${length}: ${this.told(t)}`});
    this.legend = el("div", {class: "legend"});
    this.side = el("div", {class: "stack"});
    page.main.append(el("div", {class: "columns"}, el("div", {class: "stack"},
      card(`${seen.per === "step" ? "What it says of each" : "What it says after each"} ${this.reading.step}`,
        this.plot.element, this.legend, this.player.element, page.saying),
      card("What it reads", this.choosing.element, this.source, el("label", {}, this.reading.asked, this.field),
        this.wrong.element)), this.side));
  }

  // --- what is read ---

  follow() {
    const {address} = this.page, text = address.get("of");
    const number = address.whole("example", 0, this.given.length - 1, 0);
    const at = address.whole("t", 0, 10 ** 4, null);
    this.take(number, at);
    if (text !== null) {
      this.field.value = text;
      this.typed(at);
    }
  }

  take(number, at = null) {
    const {steps, length, made} = this.given[number];
    this.example = number;
    this.field.value = this.reading.joined(steps);
    this.choosing.choose(number);
    const cut = length > steps.length ? ` Its first ${steps.length} of ${counted(length, this.reading.step)}.` : "";
    this.source.textContent = made ? "This sequence is made up, of what the model keeps of its data: put one of your own in its place."
      : `From files that were named when the page was made.${cut}`;
    this.read(steps, at);
  }

  typed(at = null) {
    this.example = null;
    this.choosing.choose("none");
    this.source.textContent = `Typed here.${beyond(this.field.value)}`;
    let steps;
    try {
      steps = this.reading.split(this.field.value);
    } catch (error) {
      this.wrong.say(error.message);
      return;
    }
    this.read(steps, at);
  }

  read(steps, at) {
    this.wrong.say("");
    this.player.pause();
    this.steps = steps;
    this.found = this.answers.of(this.reading.inputs(steps), steps.length);
    this.player.set(steps.length, at ?? steps.length - 1);
  }

  // --- what is seen ---

  view() {
    const {steps, found, reading, seen, player, answers} = this;
    return {steps, found, reading, seen, at: player.at, shown: answers.commonest(found), shares: answers.attention(found, player.at),
      unit: reading.step};
  }

  draw() {
    const {page, found, seen} = this, t = this.player.at;
    this.plot.redraw();
    this.legend.replaceChildren(...this.keys());
    this.say(t);
    this.side.replaceChildren(seen.classes ? ranked(found, seen, t, this.title(t)) : card(this.title(t), el("p", {class: "large"}, significant(found.at(t)[0]))),
      ...attended(this.answers.attention(found, t), s => `${this.reading.step} ${s + 1}: ${this.told(s)}`, this.reading.step),
      ...this.labels());
    this.bringIntoSight();
    const typed = this.example === null && this.field.value.length <= TYPED ? this.field.value : null;
    page.address.set({example: this.example, of: typed, t: t === found.length - 1 ? null : t});
  }

  /** Scrolls the table of all steps to that of now. */
  bringIntoSight() {
    const on = this.side.querySelector("tr.on"), region = on?.closest(".tall");
    if (region) region.scrollTop = on.offsetTop - region.clientHeight / 2;
  }

  keys() {
    const {seen, answers, found} = this;
    const lines = this.reading.symbolic ? [] : [el("span", {}, "What it reads, in standard deviations from the mean:"),
      ...this.reading.features.slice(0, 6).map(({name}, k) => el("span", {class: "key"}, el("span", {class: `line line${k}`}), name))];
    const looks = looked(this.answers.attention(found, this.player.at));
    return [...lines, ...looks, ...keysOf(answers, found, seen)];
  }

  /** The sentence of what is seen. */
  say(t) {
    const {steps, found, seen, reading} = this, words = steps[t];
    const read = words.map((word, k) => `${reading.features.length > 1 ? `${reading.features[k].name} ` : ""}${spoken(word)}`).join(", ");
    const strange = words.filter((word, k) => reading.unknown(word, k));
    const unknown = strange.length ? ` Training did not have ${strange.map(one => `“${one}”`).join(", ")}.` : "";
    const whose = seen.per === "step" ? `It says of this ${reading.step}: ` : `After ${counted(t + 1, reading.step)} it says: `;
    const place = `${this.named} ${t + 1} of ${steps.length}, ${read}. `;
    if (!seen.classes) {
      this.page.say(el("b", {}, place), `${whose}${significant(found.at(t)[0])}.${unknown}`);
      return;
    }
    const [best, second] = ranking(found.at(t)), now = found.at(t);
    const more = second === undefined ? "" : `, then ${seen.classes[second]} with ${percent(now[second])}`;
    const stays = seen.per === "step" ? "" : firm(found, seen, best, t, since => `${reading.step} ${since + 1}`);
    this.page.say(el("b", {}, place),
      `${whose}${seen.classes[best]} with ${percent(now[best])}${more}.${stays}${unknown}`);
  }

  /** What is read at a step. */
  told(t) {
    return this.steps[t].map(spoken).join(", ");
  }

  title(t) {
    if (this.seen.per === "step") return `${this.named} ${t + 1}`;
    return `After ${counted(t + 1, this.reading.step)}`;
  }

  /** What a step is called, at the beginning of a sentence. */
  get named() {
    return this.reading.step.replace(/^./, one => one.toUpperCase());
  }

  /** Of all steps, as a table: what `tag` answers. */
  labels() {
    const {found, seen, steps} = this;
    if (seen.per !== "step" || !seen.classes) return [];
    const rows = steps.map((words, t) => {
      const [best] = ranking(found.at(t));
      return el("tr", {class: t === this.player.at ? "on" : ""}, el("th", {scope: "row"}, this.told(t)), el("td", {}, seen.classes[best]),
        el("td", {}, percent(found.at(t)[best])));
    });
    return [card(`Each ${this.reading.step}`, el("div", {class: "scroll tall", tabindex: 0, role: "region", "aria-label": `each ${this.reading.step} and its class`},
      el("table", {class: "plain facts"}, el("tbody", {}, ...rows))))];
  }
}

open(page => new Labelled(page));
