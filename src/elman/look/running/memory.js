// Numbers in the engine's memory, and numbers taken out of it.
import {EngineError, whole} from "./checks.js";

// A flat array and its shape.
export class Grid {
  constructor(data, shape) {
    this.data = data;
    this.shape = shape;
  }

  // What stands at these first places: a view of numbers, or one number.
  at(...places) {
    let [first, count] = [0, this.data.length];
    places.forEach((place, axis) => {
      whole("place", place, 0, this.shape[axis] - 1);
      count /= this.shape[axis];
      first += place * count;
    });
    return places.length === this.shape.length ? this.data[first] : this.data.subarray(first, first + count);
  }
}

// What one call borrows of the engine's memory, until it returns.
export class Loan {
  #engine;
  #addresses = [];

  constructor(engine) {
    this.#engine = engine;
  }

  static during(engine, task) {
    const loan = new Loan(engine);
    try {
      return task(loan);
    } finally {
      loan.release();
    }
  }

  // Room for so many numbers of a kind of typed array: their address.
  room(Kind, count) {
    const address = this.#engine.exports.allocate(Math.max(8, count * Kind.BYTES_PER_ELEMENT)) >>> 0;
    if (!address) throw new EngineError(`the engine's memory: no room for ${count} numbers`);
    this.#addresses.push(address);
    return address;
  }

  // The address of a copy; 0 where there is nothing to copy.
  copy(Kind, values) {
    if (values == null) return 0;
    const address = this.room(Kind, values.length);
    this.#engine.view(Kind, address, values.length).set(values);
    return address;
  }

  zeros(Kind, count) {
    const address = this.room(Kind, count);
    this.#engine.view(Uint8Array, address, count * Kind.BYTES_PER_ELEMENT).fill(0);
    return address;
  }

  release() {
    for (const address of this.#addresses.splice(0)) this.#engine.exports.release(address);
  }
}
