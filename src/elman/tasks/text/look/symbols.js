// What a network of text reads and writes: symbol 0 is the end of a text, symbol k the k-th character, or byte.

export const END = 0;
export const COMMA = "，", STOP = "。";  // what Chinese verses end with, in turn
const NAMED = {"\n": "⏎", " ": "␣", "\t": "⇥", "\r": "␍"};

export class Symbols {
  constructor({symbols, kind}) {
    this.bytes = kind === "bytes";
    this.characters = ["", ...symbols];
    this.numbers = new Map(this.characters.map((character, symbol) => [character, symbol]));
    this.chinese = this.characters.includes(COMMA) && this.characters.includes(STOP);
    this.one = this.bytes ? "byte" : "character";
    this.many = `${this.one}s`;
  }

  /** The symbols of a text that somebody typed, without what the network has no symbol for, and all that it lacks. */
  encode(text) {
    const given = this.bytes ? Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)) : Array.from(text);
    return {
      symbols: given.filter(one => this.numbers.has(one)).map(one => this.numbers.get(one)),
      unknown: [...new Set(given.filter(one => !this.numbers.has(one)))],
    };
  }

  /** What people read of symbols; bytes that are no UTF-8 are replaced. */
  decode(symbols) {
    const text = symbols.map(symbol => this.characters[symbol]).join("");
    return this.bytes ? new TextDecoder().decode(Uint8Array.from(text, one => one.charCodeAt(0))) : text;
  }

  /** One symbol by itself: a sign or a number for what has no shape. */
  shown(symbol) {
    const character = this.characters[symbol], point = character.codePointAt(0);
    if (symbol === END) return "end";
    if (NAMED[character]) return NAMED[character];
    if (this.bytes && point > 126) return `\\x${point.toString(16)}`;
    return /[\p{C}\p{Z}\p{M}]/u.test(character) ? `U+${point.toString(16).toUpperCase().padStart(4, "0")}` : character;
  }
}
