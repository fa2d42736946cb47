// What can be said of a place in a text: numbers that a unit may follow.

const VOWEL = /[aeiouyäöüáéíóúàèâêîôûåæø]/i;
const LETTER = /[\p{L}\p{M}\p{N}]/u;
const BLANK = /\s/;

/** Names of what `Place` tells, in its order. */
export const FEATURES = [
  "how far into the line", "how far into the word", "lines since a blank one", "inside quotes", "inside brackets",
  "a capital letter", "a run of capitals", "a digit", "a space or a line's end", "a mark of punctuation", "a vowel",
  "how far into the text",
];

/** A place that moves through a text: read(character) gives what holds after it; "" is the end of a text. */
export class Place {
  constructor(bytes) {
    this.bytes = bytes;
    this.begin();
  }

  begin() {
    Object.assign(this, {column: 0, word: 0, lines: 0, quoted: 0, depth: 0, capitals: 0, text: 0});
  }

  read(one) {
    if (one === "") this.begin();
    else this.go(one);
    const is = found => Number(found);
    return [this.column, this.word, this.lines, this.quoted, this.depth, is(/\p{Lu}/u.test(one)), is(this.capitals > 1),
      is(/\p{Nd}/u.test(one)), is(BLANK.test(one)), is(/\p{P}/u.test(one)), is(VOWEL.test(one)), this.text];
  }

  go(one) {
    // Of bytes, all above 127 are parts of letters, as they are in most texts.
    const inWord = LETTER.test(one) || one === "'" || one === "’" || (this.bytes && one > "\x7f");
    this.word = inWord ? this.word + 1 : 0;
    this.capitals = /\p{Lu}/u.test(one) ? this.capitals + 1 : 0;
    if (one === "\"") this.quoted = 1 - this.quoted;
    if ("“«".includes(one)) this.quoted = 1;
    if ("”»".includes(one)) this.quoted = 0;
    if ("([{".includes(one)) this.depth += 1;
    if (")]}".includes(one)) this.depth = Math.max(0, this.depth - 1);
    this.text += 1;
    if (one !== "\n") {
      this.column += 1;
      return;
    }
    this.lines = this.column ? this.lines + 1 : 0;
    if (!this.column) this.quoted = this.depth = 0;  // a blank line: whatever was left open is over
    this.column = 0;
  }
}
