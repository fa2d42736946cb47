// A network that learns on the page, as pairs.py and its trainer do it: the same seed, the same weights and pairs.

const SAMPLE = 1024;  // pairs that are checked while it learns
const PIECE = 4096;  // pairs that are run side by side

export class Learner {
  /** engine: that of the page; lesson: as Python wrote it; digits, seen: the function; seed: of weights and pairs. */
  constructor(engine, lesson, digits, seen, seed) {
    Object.assign(this, {engine, lesson, digits, seen, seed});
    this.network = engine.network(lesson.architecture);
    const random = engine.random(seed, 0);
    this.network.initialise(random, lesson.scale);
    random.release();
    const {loss, optimizer, reduction, halve} = lesson;
    this.trainer = this.network.trainer({loss, optimizer, reduction, seed,
      schedule: update => (halve ? 0.5 ** Math.floor(update / halve) : 1)});
    this.losses = [];
    this.below = digits.base ** lesson.bits;
    this.pairs = this.below ** 2;
  }

  get done() { return this.losses.length; }

  get over() { return this.done >= this.lesson.updates; }

  /** What the network reads and should answer for pairs: sequences, as the engine takes them. */
  sequences(pairs) {
    const {steps} = this.lesson, {vectors, machine} = this.seen, {base} = this.digits;
    const inputs = [], targets = [], states = pairs.map(() => 0);
    for (let t = 0; t < steps; t++) {
      pairs.forEach((pair, row) => {
        const symbol = pair.reduce((sum, number) => sum * base + Math.floor(number / base ** t) % base, 0);
        inputs.push(...vectors[symbol]);
        targets.push(machine.output[states[row]][symbol]);
        states[row] = machine.next[states[row]][symbol];
      });
    }
    return {inputs, targets, rows: pairs.length};
  }

  /** The pairs of updates `first` to `last`: they are drawn in chunks, each with a generator of its own. */
  drawn(first, last) {
    const {chunk, batch, ordered} = this.lesson, number = Math.floor(first / chunk), start = number * chunk;
    if (this.known !== number) {
      const random = this.engine.random(this.seed, 1 + number);
      const flat = random.integers(this.below, 2 * chunk * batch);
      random.release();
      this.chunk = Array.from({length: chunk * batch}, (_, n) => [flat[2 * n], flat[2 * n + 1]]);
      if (ordered) for (const pair of this.chunk) pair.sort((p, q) => q - p);
      this.known = number;
    }
    return this.chunk.slice((first - start) * batch, (last - start) * batch);
  }

  /** Learns from so many updates, or from those that are left. */
  learn(updates) {
    const {chunk, batch, updates: all} = this.lesson;
    for (let left = Math.min(updates, all - this.done); left > 0;) {
      const first = this.done, last = Math.min(first + left, (Math.floor(first / chunk) + 1) * chunk);
      this.losses.push(...this.trainer.fit(this.sequences(this.drawn(first, last)), batch));
      left -= last - first;
    }
  }

  /** How many of some pairs are answered right in every digit. */
  right(pairs) {
    const {inputs, targets, rows} = this.sequences(pairs), {data} = this.network.trace({inputs, rows}).y;
    return pairs.filter((_, row) => {
      for (let at = row; at < data.length; at += rows) if (Number(data[at] > 0) !== targets[at]) return false;
      return true;
    }).length;
  }

  /** {right, of}: of a sample while it learns, of all pairs when it is done. */
  checked() {
    const {below, pairs, lesson: {ordered}} = this, every = this.over ? 1 : Math.max(1, Math.floor(pairs / SAMPLE));
    const found = {right: 0, of: 0};
    for (let first = 0; first < pairs; first += every * PIECE) {
      const some = [];
      for (let n = first; n < Math.min(pairs, first + every * PIECE); n += every) {
        // A step that is no divisor of the numbers would meet few second ones: so the second number runs on.
        const pair = [Math.floor(n / below), every === 1 ? n % below : (n / every * 37) % below];
        if (!ordered || pair[0] >= pair[1]) some.push(pair);
      }
      found.right += this.right(some);
      found.of += some.length;
    }
    return found;
  }

  /** How strongly the last output of a word hangs on the state before each of its columns: lengths of gradients.
   *
   * The loss is one whose slope is 1, so that this is the gradient of the output itself, whatever it is.
   */
  reach(word) {
    const inputs = word.flatMap(symbol => this.seen.vectors[symbol]), {y} = this.network.trace({inputs});
    const targets = Array.from(y.data, value => value - 0.5);
    const {states} = this.network.reach({inputs, targets}, "squared");
    return word.map((_, t) => Math.hypot(...Object.values(states).flatMap(grid => Array.from(grid.at(t)))));
  }

  release() {
    this.trainer.release();
    this.network.release();
  }
}
