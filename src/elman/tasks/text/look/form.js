// Lines to which writing can be held, as elman/tasks/text/writing/demands.py does: so many, of so many characters.
import {COMMA, END, STOP} from "./symbols.js";

const MOST = 2000;  // symbols of all lines
const BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029";  // whatever some program takes for the end of a line
const BARRED = 0, INSIDE = 1, SPACE = 2;

/** How many lines "4x20-40" asks for, and the least and most symbols of each. An Error says what is wrong. */
function sizes(text) {
  const found = /^(\d{1,6})x(\d{1,6})(?:-(\d{1,6}))?$/.exec(text.trim());
  if (!found) throw new Error(`expected lines x characters, such as 4x20-40; found ${text.slice(0, 20)}`);
  const [count, least, most] = [found[1], found[2], found[3] ?? found[2]].map(Number);
  if (!count || !least || most < least || count * most > MOST) {
    throw new Error(`expected at least 1x1, at most ${MOST} characters in all, and no range that falls; found ${text.trim()}`);
  }
  return {count, least, most};
}

/** A form in an alphabet. A place in it is {line, inside, behind, spaced}: the line, symbols in it, symbols of the mark that
 * ends it, and whether a space was the last of them. */
export class Form {
  constructor(text, {characters, bytes, chinese}) {
    Object.assign(this, sizes(text), {chinese});
    const has = one => characters.includes(one);
    if (!chinese && this.count > 1 && !has("\n")) throw new Error("expected one line: this network has not seen line ends");
    this.start = {line: 0, inside: 0, behind: 0, spaced: false};
    const kind = one => (bytes && one > "\x7f" ? INSIDE : BREAKS.includes(one) ? BARRED : /\s/.test(one) ? SPACE : INSIDE);
    this.kinds = characters.map((one, symbol) => (
      symbol === END ? BARRED : chinese ? (/\p{L}/u.test(one) ? INSIDE : BARRED) : kind(one)));
    if (!this.kinds.includes(INSIDE)) throw new Error("expected letters, which lines are made of: this network has seen none");
    const mark = line => (!chinese ? "\n" : line % 2 === 0 && line < this.count - 1 ? COMMA
      : line < this.count - 1 && has("\n") ? `${STOP}\n` : STOP);
    const numbers = new Map(characters.map((one, symbol) => [one, symbol]));
    this.marks = Array.from({length: this.count}, (_, line) => Array.from(mark(line), one => numbers.get(one)));
    this.newLine = numbers.get("\n");
    this.space = numbers.get(" ");
    const others = characters.filter(one => /[\u0e00-\u0eff\u3040-\u9fff]/.test(one)).length;
    this.words = !chinese && has(" ") && has("\n") && 2 * others < characters.length;  // parted by spaces
    this.goesOn = characters.map(one => /^[\p{L}\p{N}'’]/u.test(one) || (bytes && one > "\x7f"));
  }

  /** After one symbol more; null where it may not come. */
  after({line, inside, behind, spaced}, symbol) {
    if (line === this.count) return null;
    const mark = this.marks[line];
    if (symbol === mark[behind] && inside >= this.least && !spaced) {
      return behind + 1 < mark.length ? {line, inside, behind: behind + 1, spaced: false}
        : {line: line + 1, inside: 0, behind: 0, spaced: false};
    }
    const kind = this.kinds[symbol];
    if (behind || inside === this.most || kind === BARRED) return null;
    if (kind === SPACE && (spaced || !inside || inside + 1 === this.most)) return null;
    return {line, inside: inside + 1, behind: 0, spaced: kind === SPACE};
  }

  /** Which symbols may come; END too where documents end: the mark of the last line may be left out. */
  allowed(place, documents) {
    const {line, inside, spaced} = place, done = !this.chinese && line === this.count - 1 && inside >= this.least && !spaced;
    return this.kinds.map((_, symbol) => (symbol === END ? documents && done : this.after(place, symbol) !== null));
  }
}
