// The numbers that go in: a field for each, beside it what is wrong with it, and the answer.
import {el, problem} from "../../../look/dom.js";

const MOST_DIGITS = 60;  // of what can be typed

/** The number that is typed; null where it is none. */
function parsed(text) {
  const digits = text.trim();
  return /^\d+$/.test(digits) && digits.length <= MOST_DIGITS ? BigInt(digits) : null;
}

export class Inputs {
  /** onnumbers(numbers) is called when other ones are typed. */
  constructor(seen, onnumbers) {
    Object.assign(this, {seen, onnumbers, count: seen.operands});
    this.fields = Array.from({length: this.count}, (_, k) => el("input", {type: "text", inputmode: "numeric",
      class: "operand", autocomplete: "off", "aria-label": `number ${seen.names[k]}`, oninput: () => this.typed(k),
      onchange: () => this.tidy()}));
    this.problems = this.fields.map(problem);
    this.result = el("output", {class: "sum"});
    this.sign = el("p", {class: "small soft minus"});
    this.element = el("div", {}, el("div", {class: "row"}, ...this.asked(), this.result),
      ...this.problems.map(({element}) => element), this.sign, el("p", {class: "small soft"}, this.hint()));
  }

  /** The fields: between them the sign, or before each its name and after them what is computed. */
  asked() {
    const {fields, seen: {sign, names, formula}} = this, word = text => el("span", {class: "sum"}, text);
    if (sign !== ",") return fields.flatMap((field, k) => (k ? [word(sign.trim()), field] : [field]));
    return [...fields.map((field, k) => el("span", {class: "row"}, word(`${names[k]} =`), field)),
      word(formula || `f(${names.join(", ")})`)];
  }

  hint() {
    const {base, values} = this.seen, sign = this.seen.sign.trim();
    const several = this.count > 1 ? ` One field also takes all of them: “${this.example(sign)}”.` : "";
    const last = values ? " After each column it writes the answer to the digits so far; the last one counts." : "";
    return `Type whole numbers in base 10, as elman predict takes them; the columns show them in base ${base}.${several}${last}`;
  }

  example(sign) {
    return Array.from({length: this.count}, (_, k) => k + 3).join(sign);
  }

  /** All numbers, out of the text of one field; null where it has not as many. */
  listed(text) {
    const parts = text.trim().split(this.seen.sign.trim() === "," ? /[\s,]+/ : /[\s,+-]+/);
    const numbers = parts.map(parsed);
    return this.count > 1 && numbers.length === this.count && !numbers.includes(null) ? numbers : null;
  }

  /** The numbers of an address; null where they are none. */
  read(text) {
    const numbers = (text ?? "").split(",").map(parsed);
    return numbers.length === this.count && !numbers.includes(null) ? numbers : null;
  }

  typed(k) {
    const all = this.listed(this.fields[k].value), numbers = all ?? this.fields.map(field => parsed(field.value));
    if (all) this.fields.forEach((field, n) => { if (n !== k) field.value = all[n]; });
    numbers.forEach((number, n) => this.problems[n].say(number === null ? this.wrong(n) : ""));
    if (numbers.includes(null)) this.unanswered();
    else {
      this.numbers = numbers;
      this.onnumbers(numbers);
    }
  }

  /** What is wrong with a field: expected, found, and what is seen meanwhile. */
  wrong(k) {
    const {seen} = this, text = this.fields[k].value.trim();
    const found = !text ? "nothing" : /^\d+$/.test(text) ? `${text.length} digits` : `“${text.slice(0, 40)}”`;
    return `Number ${seen.names[k]}: expected a whole number from 0 up, with 1 to ${MOST_DIGITS} digits from 0 to 9; found ${found}. `
      + `The columns below still show ${this.numbers.join(` ${seen.sign.trim()} `)}.`;
  }

  /** There is no answer to what the fields say. */
  unanswered() {
    this.result.replaceChildren("= ?");
    this.sign.replaceChildren();
  }

  get valid() { return this.fields.every(field => field.getAttribute("aria-invalid") !== "true"); }

  /** Writes numbers into the fields. */
  set(numbers) {
    this.numbers = numbers;
    this.problems.forEach(one => one.say(""));
    this.fields.forEach((field, k) => { field.value = numbers[k]; });
  }

  tidy() {
    if (this.valid) this.set(this.numbers);
  }

  /** The answer, what would be right, and how a minus is written; not while a field is wrong. */
  answer({number, sum, minus}, wanted, columns) {
    if (!this.valid) return;
    this.result.replaceChildren(`= ${number}`, number === wanted ? "" : el("span", {class: "off-by"}, ` not ${wanted}`));
    const {base} = this.seen, digit = (base - 1).toString(16).toUpperCase();
    this.sign.replaceChildren(...(minus ? [`The digits that it writes spell ${sum}. The leftmost one is ${digit}, which says: below 0. So ${base}`,
      el("sup", {}, columns), ` is taken off (${base === 2 ? "two's complement" : `complement of base ${base}`}).`] : []));
  }
}
