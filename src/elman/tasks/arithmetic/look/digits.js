// Numbers as digits, and the machine that the network should be: what digits.py has, for numbers of any size.

/** A digit as it is written, in bases up to 16. */
export function letter(digit) {
  return digit.toString(16).toUpperCase();
}

export class Digits {
  /** definition: the field `function` of what Python wrote. */
  constructor(definition) {
    Object.assign(this, definition);
    this.symbols = this.base ** this.operands;
    this.inputs = this.operands === 2 ? "pairs" : "inputs";  // what several of what it reads are called
  }

  /** The digits of a symbol, one of each operand. */
  split(symbol) {
    return Array.from({length: this.operands},
      (_, k) => Math.floor(symbol / this.base ** (this.operands - 1 - k)) % this.base);
  }

  /** The digits of a number (a BigInt, or not), the least significant first; at least one. */
  of(number) {
    const big = typeof number === "bigint", base = big ? BigInt(this.base) : this.base, found = [];
    do {
      found.push(Number(number % base));
      number = big ? number / base : Math.floor(number / base);
    } while (number > 0);
    return found;
  }

  /** Operands as the symbols that are read, in the order of time.
   *
   * At least so many digits, where zeros above a number change nothing; else as many as it has, as networks learned it.
   */
  word(numbers, least) {
    const columns = numbers.map(number => this.of(number)), free = this.order === "least" && !this.values;
    return this.laid(columns, Math.max(free ? least : 1, ...columns.map(({length}) => length)) + this.flush);
  }

  /** So many symbols of operands, each given by its digits. */
  laid(columns, steps) {
    const word = Array.from({length: steps}, (_, t) => columns.reduce((sum, c) => sum * this.base + (c[t] ?? 0), 0));
    return this.order === "least" ? word : word.reverse();
  }

  /** What should happen: the state before and after each symbol, and what comes out. */
  run(word) {
    let state = 0;
    return word.map(symbol => {
      const from = state, output = this.machine.output[from][symbol];
      state = this.machine.next[from][symbol];
      return {symbol, from, state, output};
    });
  }

  /** The answer that output symbols spell: {number, sum, minus}, where `sum` is what the digits spell without a sign,
   * and `minus` whether they stand for a number below 0: then base^(their count) is taken off. */
  spelled(outputs) {
    const last = outputs[outputs.length - 1];
    if (this.values) {
      const number = BigInt(this.values[last] ?? this.values[this.values.length - 1] + 1);
      return {number, sum: number, minus: false};
    }
    const base = BigInt(this.base), least = this.order === "least" ? outputs : [...outputs].reverse();
    const sum = least.reduceRight((found, digit) => found * base + BigInt(digit), 0n);
    const minus = this.signed && least[least.length - 1] === this.base - 1;
    return {number: minus ? sum - base ** BigInt(least.length) : sum, sum, minus};
  }

  /** The number alone. */
  number(outputs) {
    return this.spelled(outputs).number;
  }

  /** Symbols (first, again, last) of words that keep a state for as long as they go on; null where there are none.
   *
   * The answer to `last` tells whether the state was kept.
   */
  keeping() {
    const {next, output} = this.machine, all = [...Array(this.symbols).keys()];
    if (next[0][0] !== 0) return null;
    for (const first of all) {
      const q = next[0][first];
      const again = all.find(x => q !== 0 && next[q][x] === q && next[0][x] === 0);
      const last = all.find(x => output[q][x] !== output[0][x]);
      if (again !== undefined && last !== undefined) return {first, again, last, state: q};
    }
    return null;
  }
}
