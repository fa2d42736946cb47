// What a visitor types, as the network reads it: as elman/tables/encoding.py and tasks/labelled/endings.py do.
import {counted} from "../../../look/dom.js";

const FAR = 1e4;  // standard deviations: what is further away is taken for this
const LONGEST = 3;  // letters of an ending

const NUMBER = [word => Number.isFinite(Number(word)), "a number"];
/** What may stand in a column of numbers of a kind, and its name. */
const RIGHT = {number: NUMBER, date: NUMBER, boolean: [word => word === "0" || word === "1", "0 or 1"]};

const SIGNS = {"": "missing", " ": "a space", "\n": "a line's end", "\t": "a tab"};

/** A word or character in a sentence, also one that is not seen. */
export function spoken(word) {
  return SIGNS[word] ?? word;
}

export class Reading {
  constructor(seen) {
    this.seen = seen;
    this.features = seen.features.map(one => ({...one, numbers: new Map(one.categories.map((name, n) => [name, n + 1]))}));
    this.first = this.features[0];
    this.symbolic = seen.symbols !== null;
    this.text = this.symbolic && this.first.kind === "text";
    this.words = this.symbolic && !this.text;
    this.endings = new Map(seen.endings.map((name, n) => [name, seen.symbols + n]));
  }

  /** What a step is called. Only words have endings that are read. */
  get step() {
    return this.text ? "character" : this.words && this.endings.size ? "word" : "step";
  }

  /** What a line, or the whole field, is to hold. */
  get asked() {
    if (this.text) return "A text. Each character is a step.";
    if (this.words) return `${this.first.name}: words with spaces between them, or one on each line. Each is a step.`;
    const kinds = {category: ({categories}) => ` (${categories.slice(0, 4).join(", ")}${categories.length > 4 ? ", …" : ""})`,
      boolean: () => " (0 or 1)", date: () => " (seconds since 1970)"};
    return `A line for each step: ${this.features.map(one => one.name + (kinds[one.kind]?.(one) ?? "")).join(", ")}; commas between them.`;
  }

  /** Steps, each a list of words. An Error says what is wrong. */
  split(text) {
    const most = this.seen.steps;
    let steps;
    if (this.text) steps = Array.from(text, one => [one]);
    else if (this.words) steps = (text.includes("\n") ? text.split("\n") : text.split(" ")).map(one => [one.trim()]).filter(([one]) => one);
    else steps = text.split("\n").filter(line => line.trim()).map((line, at) => this.line(line, at));
    if (!steps.length || steps.length > most) throw new Error(`expected 1 to ${counted(most, this.step)}; found ${steps.length}`);
    return steps;
  }

  line(line, at) {
    const words = this.features.length === 1 ? [line.trim()] : line.split(/[,;\t]/).map(one => one.trim());
    if (words.length !== this.features.length) {
      throw new Error(`line ${at + 1}: expected ${this.features.length} values; found ${line.trim().slice(0, 40)}`);
    }
    words.forEach((word, k) => {
      const {kind, name} = this.features[k];
      const [right, expected] = RIGHT[kind] ?? [() => true];
      if (word && !right(word)) throw new Error(`line ${at + 1}: ${name}: expected ${expected}; found ${word.slice(0, 40)}`);
    });
    return words;
  }

  /** As people would type it. */
  joined(steps) {
    return this.text ? steps.flat().join("") : steps.map(one => one.join(", ")).join(this.words && !steps.flat().some(one => /\s/.test(one)) ? " " : "\n");
  }

  /** Inputs of the network: symbols (T), or numbers (T, I) one after another. */
  inputs(steps) {
    return this.symbolic ? steps.map(([word]) => this.symbol(word)) : steps.flatMap(words => words.flatMap((word, k) => this.numbers(this.features[k], word)));
  }

  symbol(word) {
    const known = this.first.numbers.get(word);
    if (known !== undefined) return known;
    return keys(word).map(key => this.endings.get(key)).find(one => one !== undefined) ?? 0;
  }

  numbers({kind, mean, deviation, missing, categories, numbers}, word) {
    const gone = missing ? [Number(word === "")] : [];
    if (kind === "category") return [...categories.map((_, n) => Number(numbers.get(word) === n + 1)), ...gone];
    const value = word === "" ? mean : Number(word);
    const scaled = (value - (kind === "boolean" ? 0 : mean)) / deviation;
    return [Math.min(FAR, Math.max(-FAR, scaled)), ...gone];
  }

  /** Whether the training part did not have a word. */
  unknown(word, k) {
    const {kind, numbers} = this.features[k];
    return (kind === "category" || kind === "text") && word !== "" && !numbers.has(word);
  }

  /** Something to begin with, made of what the model keeps of its data. */
  madeUp() {
    const length = 24;
    if (this.symbolic) return Array.from({length}, (_, t) => [this.first.categories[(7 * t * t + (t >> 1)) % this.first.categories.length]]);
    return Array.from({length}, (_, t) => this.features.map(({kind, mean, deviation, categories}, k) => {
      if (kind === "category") return categories[t % categories.length];
      if (kind === "boolean") return String(t % 2);
      return String(Number((mean + deviation * Math.sin((t + 3 * k) / 3)).toPrecision(4)));
    }));
  }
}

/** How a word is written, with its last letters: as many as there may be, then fewer, then none. */
function keys(word) {
  const letters = Array.from(word), shape = shapeOf(word, letters), found = [];
  for (let count = Math.min(LONGEST, letters.length - 1); count > 0; count--) found.push(`${shape}:${letters.slice(-count).join("").toLowerCase()}`);
  return letters.length ? [...found, `${shape}:`] : [];
}

function shapeOf(word, [first]) {
  if (/\p{Nd}/u.test(word)) return "0";
  if (!/\p{L}/u.test(word)) return ".";
  if (!/\p{Lu}|\p{Lt}/u.test(first)) return "x";
  return word === word.toUpperCase() ? "X" : "Xx";
}

