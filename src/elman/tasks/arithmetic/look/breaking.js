// Experiments: units that are held at a value, and a wire that is cut.
import {allow, button, card, el, figure} from "../../../look/dom.js";

export class Breaking {
  /** onchange() is called when something is held, let go, cut or mended. */
  constructor(seen, onchange) {
    Object.assign(this, {seen, onchange});
    this.held = new Map();  // values by unit
    this.cut = null;  // the column into which nothing comes
    this.hold = el("input", {type: "checkbox", onchange: () => this.intervene(this.hold.checked)});
    this.level = el("input", {type: "range", max: 1, step: 0.01, value: 0, "aria-label": "value at which it is held",
      oninput: () => this.intervene(true)});
    this.holding = el("span");
    this.others = el("div", {class: "row small gap"});
    this.cutting = button("", () => { this.cut = this.cut === this.at ? null : this.at; onchange(); });
    this.mending = button("mend all", () => { this.mend(); onchange(); });
    this.told = el("p", {class: "broken", role: "status"});
    this.element = card("Break it, and see what it was needed for",
      el("p", {class: "small soft"}, "A unit that is held has one value after every column, until you let it go. ",
        "The wire is what the network keeps from column to column; where it is cut, the network begins anew."),
      el("div", {class: "row"}, el("label", {}, this.hold, " ", this.holding), this.level), this.others,
      el("div", {class: "row gap"}, this.cutting, this.mending), this.told);
  }

  /** Whether the network is not as it was proved, learned or measured. */
  get touched() { return this.held.size > 0 || this.cut !== null; }

  mend() {
    this.held.clear();
    this.cut = null;
  }

  intervene(on) {
    if (on) this.held.set(this.unit, Number(this.level.value));
    else this.held.delete(this.unit);
    this.onchange();
  }

  /** Of another network, or other numbers: lets go of units, and mends a wire, that are not there. */
  fit({hidden, low, columns}) {
    this.level.min = low;
    for (const [unit, value] of this.held) if (unit >= hidden || value < low) this.held.delete(unit);
    if (this.cut !== null && (this.cut < 1 || this.cut >= columns)) this.cut = null;
  }

  /** As the address has it, and from there. */
  get written() {
    return {cut: this.cut, hold: [...this.held].map(one => one.join(":")).join(",") || null};
  }

  read(address) {
    this.mend();
    for (const one of (address.get("hold") ?? "").split(",")) {
      const found = /^(\d{1,6}):(-?(?:0|1|0?\.\d{1,9}))$/.exec(one);
      if (found) this.held.set(Number(found[1]), Number(found[2]));
    }
    this.cut = address.whole("cut", 1, 10 ** 4, null);
  }

  /** The unit that is chosen, the column that is seen, and what the answer is and should be. */
  show(unit, at, steps, found, wanted) {
    const {held, cut, level} = this;
    Object.assign(this, {unit, at});
    this.hold.checked = held.has(unit);
    if (held.has(unit)) level.value = held.get(unit);
    const value = figure(Number(level.value), 2);
    level.setAttribute("aria-valuetext", `unit ${unit} at ${value}`);
    this.holding.textContent = `hold unit ${unit} at ${value}`;
    this.others.replaceChildren(...[...held].filter(([one]) => one !== unit).map(([one, own]) =>
      button(`let go of unit ${one}, held at ${figure(own, 2)}`, () => { held.delete(one); this.onchange(); this.hold.focus(); })));
    this.cutting.textContent = `${cut === at ? "mend" : "cut"} the wire into column ${at + 1}`;
    allow(this.cutting, at > 0);
    allow(this.mending, this.touched);
    this.told.textContent = this.tell(steps, found, wanted);
  }

  tell(steps, found, wanted) {
    if (!this.touched) return "Nothing is broken. Hold the unit that is chosen, or cut the wire at the column that is seen.";
    const done = [...this.held].map(([unit, value]) => `unit ${unit} held at ${figure(value, 2)}`);
    if (this.cut !== null) done.push(`no ${this.seen.remembers} coming into column ${this.cut + 1}`);
    const wrong = steps.filter(one => !one.right).length, what = done.join(" and ");
    if (found === wanted) return `With ${what}, the answer is still ${found}. Other numbers, or another column, may need it.`;
    return `With ${what}, the answer is ${found}, not ${wanted}: ${wrong} of ${steps.length} columns are wrong.`;
  }
}
