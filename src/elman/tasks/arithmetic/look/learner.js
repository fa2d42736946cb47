// A network that learns on the page, as in Python: the same seed, the same initial weights and the same noise.
import {counted} from "../../../look/dom.js";
import {read} from "./run.js";
import {Pairs, Words} from "./words.js";

const SAMPLE = 1024;  // operands that are checked while it learns
const PIECE = 1024;  // operands that are run side by side
const STRIDE = 48271;  // a prime that divides no count of operands: a sample has some from everywhere

export class Learner {
  /** engine: that of the page; lesson: as Python wrote it; digits, seen: the function; seed: of weights and words. */
  constructor(engine, lesson, digits, seen, seed) {
    Object.assign(this, {engine, lesson, digits, seen, seed});
    this.network = engine.network(lesson.architecture);
    this.random(0, random => this.network.initialise(random, lesson.scale));
    this.words = lesson.pairs ? new Pairs(lesson, digits) : this.random(2 ** 40, random => new Words(lesson, digits, random));
    const {loss, optimizer, reduction, halve, clip} = lesson;
    this.trainer = this.network.trainer({loss, optimizer, reduction, seed, clip_norm: clip,
      schedule: update => (halve ? 0.5 ** Math.floor(update / halve) : 1)});
    this.losses = [];
    this.below = digits.base ** lesson.length;
    this.count = this.below ** digits.operands;
  }

  get done() { return this.losses.length; }

  get over() { return this.done >= this.lesson.updates; }

  /** What `use` makes of random numbers that follow from the seed and a number. */
  random(number, use) {
    const random = this.engine.random(this.seed, number), found = use(random);
    random.release();
    return found;
  }

  /** What the network reads and should answer for words of one length. */
  sequences(words) {
    const runs = words.map(word => this.digits.run(word)), targets = [];
    for (const t of words[0].keys()) for (const run of runs) targets.push(run[t].output);
    return {...read(this.network, this.seen.vectors, words), targets};
  }

  /** Learns from so many updates, or from those that are left. Words are drawn in chunks, each of numbers of its own. */
  learn(updates) {
    const {chunk, batch, updates: all} = this.lesson;
    for (let left = Math.min(updates, all - this.done); left > 0;) {
      const first = this.done, number = Math.floor(first / chunk), start = number * chunk;
      if (this.known !== number) {
        this.chunk = this.random(1 + number, random => this.words.draw(random, start, chunk * batch));
        this.known = number;
      }
      const last = Math.min(first + left, start + chunk), {words, noise} = this.chunk;
      const some = words.slice((first - start) * batch, (last - start) * batch);
      this.losses.push(...this.trainer.fit(this.sequences(some), batch, noise));
      left -= last - first;
    }
  }

  /** {right, of}: of a sample while it learns, of all operands of so many digits when it is done. */
  checked() {
    if (this.last?.done === this.done) return this.last;
    const most = this.over ? this.count : Math.min(this.count, SAMPLE);
    const found = {right: 0, of: 0, done: this.done};
    for (let first = 0; first < most; first += PIECE) {
      const words = [];
      for (let n = first; n < Math.min(most, first + PIECE); n++) {
        const numbers = this.operands(n * STRIDE % this.count);
        if (!this.lesson.pairs?.ordered || numbers[0] >= numbers[1]) words.push(this.digits.word(numbers, 1));
      }
      found.right += this.right(words);
      found.of += words.length;
    }
    this.last = found;
    return found;
  }

  /** What is checked, in words. */
  get inputs() {
    return `${this.digits.inputs} of ${counted(this.lesson.length, "digit")}`;
  }

  /** The operands with a number, out of all of them. */
  operands(number) {
    return Array.from({length: this.digits.operands}, (_, k) => Math.floor(number / this.below ** k) % this.below);
  }

  /** How many words are answered right: in their last step, where that is the answer, or in every step. */
  right(words) {
    if (!words.length) return 0;
    const {y} = this.network.trace(read(this.network, this.seen.vectors, words)), [, rows, outputs] = y.shape;
    const {values} = this.digits, found = (t, row) => {
      const at = (t * rows + row) * outputs;
      if (outputs === 1) return Number(y.data[at] > 0);
      let best = 0;
      for (let k = 1; k < outputs; k++) if (y.data[at + k] > y.data[at + best]) best = k;
      return best;
    };
    return words.filter((word, row) => this.digits.run(word).every(({output}, t) =>
      (values && t < word.length - 1) || found(t, row) === output)).length;
  }

  /** How strongly the output for the last answer hangs on the state before each column of a word: lengths of gradients.
   *
   * The loss has the slope 1 for this output and 0 for others, so that this is the gradient of the output itself.
   */
  reach(word) {
    const {inputs} = read(this.network, this.seen.vectors, [word]), {y} = this.network.trace({inputs});
    const targets = Array.from(y.data), {outputs} = this.network.architecture;
    targets[targets.length - outputs + (outputs > 1 ? this.digits.run(word).at(-1).output : 0)] -= 1;
    const {states} = this.network.reach({inputs, targets}, "squared");
    return word.map((_, t) => Math.hypot(...Object.values(states).flatMap(grid => Array.from(grid.at(t)))));
  }

  release() {
    this.trainer.release();
    this.network.release();
  }
}
