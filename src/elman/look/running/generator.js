import {whole} from "./checks.js";
import {Loan} from "./memory.js";

// NumPy's default generator: the same seed, the same numbers.
export class Generator {
  #engine;
  #address;

  constructor(engine, seed) {
    this.#engine = engine;
    const words = seed.flatMap((value) => {
      let left = BigInt(whole("seed", value, 0, Number.MAX_SAFE_INTEGER));
      const found = [];
      do {
        found.push(Number(left & 0xffffffffn));
        left >>= 32n;
      } while (left);
      return found;
    });
    this.#address = Loan.during(engine, (loan) =>
      engine.exports.random_new(loan.copy(Uint32Array, words), words.length),
    );
  }

  // As rng.uniform(low, high, count).
  uniform(low, high, count) {
    return Loan.during(this.#engine, (loan) => {
      const drawn = loan.room(Float64Array, count);
      this.#engine.exports.random_uniform(this.#address, low, high, count, drawn);
      return this.#engine.view(Float64Array, drawn, count).slice();
    });
  }

  // As rng.integers(0, below, count), up to 2^53.
  integers(below, count) {
    whole("below", below, 1, Number.MAX_SAFE_INTEGER);
    return Loan.during(this.#engine, (loan) => {
      const drawn = loan.room(BigInt64Array, count);
      this.#engine.exports.random_integers(this.#address, BigInt(below - 1), count, drawn);
      return Float64Array.from(this.#engine.view(BigInt64Array, drawn, count), Number);
    });
  }

  release() {
    this.#engine.exports.random_free(this.#address);
    this.#address = 0;
  }
}
