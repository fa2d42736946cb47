// The sum as it is written in school, a column for each time step; below each column, the hidden units.
import {el, shade, diverging} from "../../../look/dom.js";
import {letter} from "./digits.js";
import {short} from "./states.js";

const WIDE = 90, LABELS = 90;  // pixels, at most, of a column and of the labels

export class Board {
  /** onselect({t, unit}) is called when a column or a unit is chosen. */
  constructor({seen, digits, groups, low, onselect}) {
    Object.assign(this, {seen, digits, groups, low, onselect});
    this.table = el("table", {class: "sum-board"});
    this.element = el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "the columns, and the units"},
      this.table);
    this.table.addEventListener("click", event => {
      const cell = event.target.closest("td[data-t]");
      if (cell) onselect({t: Number(cell.dataset.t), unit: cell.dataset.unit && Number(cell.dataset.unit)});
    });
  }

  /** Builds the table for a word that was run. */
  show(steps, {cut, held}) {
    this.steps = steps;
    this.cells = [];
    const columns = [...steps.keys()], order = this.digits.order === "least" ? columns.reverse() : columns;
    const row = (kind, label, fill, attributes = {}) => el("tr", {class: kind}, label, ...order.map(t => {
      const cell = el("td", {"data-t": t, ...attributes});
      this.cells.push({cell, t, fill: seen => fill(cell, steps[t], t, seen)});
      return cell;
    }));
    const label = words => el("th", {scope: "row"}, words);
    // What is held is the machine's: of a network that is broken or wrong, it is what should be held.
    const {seen} = this, kept = seen.remembers, due = cut !== null || held.size || steps.some(({right}) => !right);
    const named = where => label(`${kept} ${where}${due ? ", due" : ""}`);
    const wire = (cell, step, t, shown) => this.wire(cell, step, t, shown, cut);
    const operands = Array.from({length: this.digits.operands}, (_, k) => row("digits",
      label(`${k && seen.sign !== "," ? `${seen.sign} ` : ""}${seen.names[k]}`), (cell, step) => { cell.textContent = letter(step.digits[k]); }));
    this.table.style.maxWidth = `${WIDE * (columns.length + 1) + LABELS}px`;
    this.table.classList.toggle("forward", this.digits.order !== "least");
    this.table.replaceChildren(
      el("caption", {class: "hidden-text"}, "A column for each time step: digits, what is carried, answer, units."),
      el("tbody", {}, row("wire", named("in"), wire), ...operands,
        row("answer", label("it writes"), (cell, step, t, shown) => {
          cell.textContent = shown ? seen.answers[step.output] : "";
          cell.classList.toggle("wrong", shown && !step.right);
        }),
        row("state", named("out"), (cell, step, t, shown) => {
          cell.textContent = shown ? short(seen, step.state) : "";
          cell.classList.toggle("held", shown && step.state !== 0);
        })),
      ...this.groups.map(({title, units}) => el("tbody", {},
        el("tr", {class: "group"}, el("th", {scope: "rowgroup", colspan: steps.length + 1}, el("span", {}, title))),
        ...units.map(({unit}) => row("units", el("th", {scope: "row"}, this.name(unit, held)),
          (cell, step, t, shown) => this.paint(cell, step.values.h[unit], shown), {"data-unit": unit})))));
  }

  /** The button of a unit, which chooses it. */
  name(unit, held) {
    const one = el("button", {type: "button", "data-name": unit, onclick: () => this.onselect({unit})},
      `unit ${unit}`, held.has(unit) ? el("span", {class: "mark"}, " held") : "");
    return one;
  }

  /** What comes along the wire into a column: what the machine holds, and whether the wire is cut. */
  wire(cell, step, t, shown, cut) {
    const rest = step.from === 0;
    cell.replaceChildren(shown ? el("span", {class: rest ? "rest" : "held"}, short(this.seen, step.from)) : "");
    cell.classList.toggle("live", shown && !rest && t > 0);
    cell.classList.toggle("cut", cut === t);
    if (cut === t) cell.append(el("span", {class: "hidden-text"}, "the wire is cut"));
  }

  paint(cell, value, shown) {
    cell.classList.toggle("empty", !shown);
    cell.style.background = shown ? (this.low < 0 ? diverging(value) : shade(value)) : "";
    cell.title = shown ? value.toFixed(3) : "";
  }

  /** Scrolls sideways to the column of now, where not all of them fit. */
  bringIntoSight() {
    const cell = this.table.querySelector("td.now"), {element} = this;
    if (cell && element.scrollWidth > element.clientWidth) {
      element.scrollLeft = cell.offsetLeft - (element.clientWidth - cell.offsetWidth) / 2;
    }
  }

  /** What has happened up to a column, and which column and unit are looked at. */
  mark(now, unit) {
    for (const {cell, t, fill} of this.cells) {
      fill(t <= now);
      cell.classList.toggle("now", t === now);
      cell.classList.toggle("later", t > now);
    }
    this.bringIntoSight();
    for (const one of this.table.querySelectorAll("button[data-name]")) {
      one.setAttribute("aria-pressed", String(Number(one.dataset.name) === unit));
    }
  }
}
