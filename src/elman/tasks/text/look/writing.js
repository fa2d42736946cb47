// The network writes on, from the place that is seen, at a temperature that can be moved.
import {button, card, el, figure} from "../../../look/dom.js";
import {END} from "./symbols.js";

const LENGTH = 400;  // symbols
const HOTTEST = 1.5;
const USUAL = 0.8;

export class Writing {
  constructor({page, symbols, documents}) {
    Object.assign(this, {page, symbols, documents});
    this.heat = el("input", {type: "range", min: 0, max: HOTTEST, step: 0.05, "aria-label": "temperature",
      oninput: () => this.write()});
    this.degree = el("output", {class: "degree"});
    this.prompt = el("span", {class: "soft"});
    this.text = el("span");
    this.element = card("It writes on", el("div", {class: "row"}, el("span", {}, "temperature"), this.heat, this.degree,
      button("other dice", () => { this.seed += 1; this.write(); })),
    el("p", {class: "written", tabindex: 0, role: "region", "aria-label": "what it writes"}, this.prompt, this.text),
    el("p", {class: "small soft"}, "At 0 it takes the likeliest each time; at 1 it draws as likely as it thinks; above 1 "
      + "it dares more. The dice stay the same while you move the temperature."));
  }

  /** What the address says of temperature and dice. */
  follow() {
    const {address} = this.page, given = address.get("heat"), heat = Number(given);
    this.seed = address.whole("seed", 0, 10 ** 9, 0);
    this.heat.value = given !== null && heat >= 0 && heat <= HOTTEST ? heat : USUAL;
  }

  /** From after symbol t of what was read. */
  from(reading, t) {
    Object.assign(this, {reading, t});
    this.write();
  }

  write() {
    const {reading, t, symbols, page} = this, heat = Number(this.heat.value), {network} = reading;
    const stream = network.stream({state: reading.stateBefore(t)}), dice = page.engine.random(this.seed);
    let found = Array.from(stream.sample([reading.shown[t]], dice.uniform(0, 1, LENGTH), heat));
    stream.release();
    dice.release();
    const end = found.indexOf(END);
    if (this.documents && end >= 0) found = found.slice(0, end);
    this.degree.textContent = figure(heat, 2);
    this.prompt.textContent = symbols.decode(reading.shown.slice(Math.max(0, t - 40), t + 1));
    this.text.textContent = symbols.decode(found) + (this.documents && end >= 0 ? " (the end)" : "");
    page.address.set({heat, seed: this.seed});
  }
}
