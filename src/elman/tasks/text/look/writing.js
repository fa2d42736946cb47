// The network writes on, from the place that is seen, at a temperature that can be moved; as it comes, or in a form.
import {button, card, choices, el, figure, problem} from "../../../look/dom.js";
import {Slices} from "../../../look/slices.js";
import {formed, free} from "./drawing.js";
import {Form} from "./form.js";
import {END} from "./symbols.js";

const HOTTEST = 1.5;
const USUAL = 0.8;
const FORMS = [["", "as it comes"], ["2x20-45", "a couplet"], ["4x20-45", "four lines"], ["14x20-45", "a sonnet's lines"]];
const VERSES = [["", "as it comes"], ["2x5", "a couplet"], ["4x5", "four verses of five"], ["8x7", "eight of seven"]];

/** What a temperature does, in words. */
function inWords(heat) {
  if (heat === 0) return "always the likeliest";
  return heat === 1 ? "as likely as it thinks" : heat < 1 ? "the likely more often" : "the unlikely more often";
}

export class Writing {
  constructor({page, symbols, documents}) {
    Object.assign(this, {page, symbols, documents});
    this.slices = new Slices();
    this.form = null;
    this.heat = el("input", {type: "range", min: 0, max: HOTTEST, step: 0.05, "aria-label": "temperature",
      oninput: () => this.write()});
    this.degree = el("output", {class: "degree"});
    this.prompt = el("span", {class: "soft"});
    this.text = el("span");
    this.lines = el("input", {type: "text", class: "lines", spellcheck: "false", autocomplete: "off", maxlength: 20,
      placeholder: "4x20-45", oninput: () => this.hold(this.lines.value)});
    this.wrong = problem(this.lines);
    this.forms = choices("form", symbols.chinese ? VERSES : FORMS, form => { this.lines.value = form; this.hold(form); });
    this.written = el("p", {class: "written", tabindex: 0, role: "region", "aria-label": "what it writes"}, this.prompt, this.text);
    this.element = card("It writes on", el("div", {class: "row"}, el("span", {}, "temperature"), this.heat, this.degree,
      button("other dice", () => { this.seed += 1; this.write(); })),
    this.forms.element, el("label", {class: "small soft"}, `form: lines x ${symbols.many} `, this.lines), this.wrong.element,
    this.written,
    el("p", {class: "small soft"}, "At 0 it takes the likeliest each time; at 1 it draws as likely as it thinks; above 1 "
      + "it dares more. The dice stay the same while you move the temperature. A form gives the number of lines and their "
      + "least and most length: what would break it is not drawn. Here lines do not rhyme; ", el("code", {}, "elman sample --rhyme"), " does that."));
  }

  /** What the address says of temperature, dice and form. */
  follow() {
    const {address} = this.page, given = address.get("heat"), heat = Number(given);
    this.seed = address.whole("seed", 0, 10 ** 9, 0);
    this.heat.value = given !== null && heat >= 0 && heat <= HOTTEST ? heat : USUAL;
    this.lines.value = (address.get("form") ?? "").slice(0, this.lines.maxLength);
    this.hold(this.lines.value);
  }

  /** Takes a form, or none; a wrong one leaves all as it was. */
  hold(text) {
    this.forms.choose(text);
    try {
      this.form = text.trim() ? new Form(text, this.symbols) : null;
      this.wrong.say("");
    } catch (error) {
      this.wrong.say(error.message);
      return;
    }
    this.page.address.set({form: text.trim() || null});
    if (this.reading) this.write();
  }

  /** From after symbol t of what was read. */
  from(reading, t) {
    Object.assign(this, {reading, t});
    this.write();
  }

  write() {
    const {reading, t, symbols, page} = this, heat = Number(this.heat.value);
    this.degree.textContent = figure(heat, 2);
    this.heat.setAttribute("aria-valuetext", `${figure(heat, 2)}: ${inWords(heat)}`);
    page.address.set({heat, seed: this.seed});
    this.prompt.textContent = symbols.decode(reading.shown.slice(Math.max(0, t - 40), t + 1)) + (this.begun ? "" : "\n");
    this.written.setAttribute("aria-busy", "true");
    this.slices.run(this.drawn(heat), found => this.show(found)).then(found => {
      this.show(found);
      this.written.removeAttribute("aria-busy");
    });
  }

  show(found) {
    const ends = this.documents && found.at(-1) === END, {symbols} = this;
    this.text.textContent = symbols.decode(ends ? found.slice(0, -1) : found) + (ends ? " (the end)" : "");
  }

  /** Whether the text so far ends with a line, after which a form can begin: it has lines of its own. */
  get begun() {
    const {reading, t, form} = this, last = reading.shown[t];
    return !form || form.newLine === undefined || last === form.newLine || last === END;
  }

  /** What it writes, as far as it has come. */
  *drawn(heat) {
    const {reading, t, form, documents, page, begun} = this, last = reading.shown[t], dice = page.engine.random(this.seed);
    const stream = this.stream ??= reading.network.stream();
    stream.state = reading.stateBefore(t);
    try {
      if (!form) return yield* free(stream, dice, last, heat, documents);
      if (!begun) stream.step([last]);
      return yield* formed(stream, dice, begun ? last : form.newLine, heat, form, documents);
    } finally {
      dice.release();
    }
  }
}
