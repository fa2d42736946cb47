// What networks learn from on the page: words of symbols, in chunks of updates.

/** Pairs of numbers, drawn uniformly: the same ones as pairs.py draws. */
export class Pairs {
  constructor(lesson, digits) {
    Object.assign(this, {digits, lesson: lesson.pairs});
  }

  /** {words, noise}: so many words for the updates from `first` on, and the share of the noise. */
  draw(random, first, count) {
    const {digits, lesson: {digits: length, steps, ordered}} = this;
    const flat = random.integers(digits.base ** length, 2 * count);
    const words = Array.from({length: count}, (_, n) => {
      const pair = [flat[2 * n], flat[2 * n + 1]];
      if (ordered) pair.sort((p, q) => q - p);
      return digits.laid(pair.map(number => digits.of(number)), steps);
    });
    return {words, noise: 1};
  }
}

/** Words of a machine, from short and simple ones on: drawn in the way of lessons.py, which says why, from other random
 * numbers: NumPy's of a Dirichlet distribution are not made here. */
export class Words {
  constructor(lesson, digits, random) {
    const {machine} = digits, dice = new Dice(random);
    Object.assign(this, {machine, lesson: lesson.words});
    const groups = dice.shuffled(classes(machine.next, [...machine.next[0].keys()])).map(some => dice.shuffled(some));
    const most = Math.max(...groups.map(some => some.length));
    // One of each class, then another one of each.
    this.symbols = Array.from({length: most}, (_, k) => groups.flatMap(some => some.slice(k, k + 1))).flat();
  }

  draw(random, first, count) {
    const {rise, digits, first: begin, change} = this.lesson, part = rise ? Math.min(1, first / rise) : 1;
    const between = (least, most) => (most <= least ? most : Math.floor(least + (most - least) * part));
    const dice = new Dice(random), known = this.symbols.slice(0, between(begin.symbols, this.symbols.length));
    const words = this.following(dice, known, between(begin.digits, digits), count);
    for (const word of words) repeat(dice, word, change + (1 - change) * dice.next());
    return {words, noise: this.noise(first)};
  }

  /** Words that follow policies: chances for the classes of symbols in each state of the machine. */
  following(dice, symbols, steps, count) {
    const {machine: {next}, lesson: {sharpness, even, policies: many, chances}} = this, alike = classes(next, symbols);
    const policies = Math.max(1, Math.min(many, Math.floor(chances / (next.length * alike.length))));
    const same = alike.map(() => 1 / alike.length);
    const drawn = Array.from({length: policies}, (_, n) =>
      next.map(() => (n < Math.round(even * policies) ? same : dice.chances(alike.length, sharpness))));
    return Array.from({length: count}, () => {
      const policy = drawn[dice.below(policies)];
      let state = 0;
      return Array.from({length: steps}, () => {
        const some = alike[dice.choose(policy[state])], symbol = some[dice.below(some.length)];
        state = next[state][symbol];
        return symbol;
      });
    });
  }

  /** The share of the noise: on straight lines, as in lessons.py. */
  noise(update) {
    const {rise, noise: [low, high, last]} = this.lesson, line = (from, to, part) => from + (to - from) * part;
    if (!rise) return 1;
    if (update <= rise) return low;
    return update <= 2 * rise ? line(low, high, update / rise - 1) : line(high, last, Math.min(1, update / rise / 2 - 1));
  }
}

/** Symbols, put together where they lead from each state to the same one. */
function classes(next, symbols) {
  const found = new Map();
  for (const x of symbols) {
    const key = next.map(row => row[x]).join();
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(x);
  }
  return [...found.values()];
}

/** A symbol stays with a chance; else the one before comes again. */
function repeat(dice, word, chance) {
  for (let t = 1; t < word.length; t++) if (dice.next() >= chance) word[t] = word[t - 1];
}

const BLOCK = 4096;  // numbers that are taken from the engine at a time

/** Random numbers, one by one. */
class Dice {
  constructor(random) {
    Object.assign(this, {random, block: [], at: 0});
  }

  /** In [0, 1). */
  next() {
    if (this.at === this.block.length) Object.assign(this, {block: this.random.uniform(0, 1, BLOCK), at: 0});
    return this.block[this.at++];
  }

  below(count) {
    return Math.floor(count * this.next());
  }

  shuffled(all) {
    const found = [...all];
    for (let k = found.length - 1; k > 0; k--) {
      const other = this.below(k + 1);
      [found[k], found[other]] = [found[other], found[k]];
    }
    return found;
  }

  /** A place, by the chances of all places. */
  choose(chances) {
    let left = this.next();
    const found = chances.findIndex(chance => (left -= chance) < 0);
    return found < 0 ? chances.length - 1 : found;
  }

  /** Of a Dirichlet distribution: so many chances whose sum is 1. */
  chances(count, shape) {
    const found = Array.from({length: count}, () => this.gamma(shape)), sum = found.reduce((p, q) => p + q);
    return found.map(value => value / sum);
  }

  /** Of a gamma distribution with a shape below 1 (Ahrens and Dieter, "Computer methods for sampling from gamma, beta,
   * Poisson and binomial distributions", 1974, algorithm GS). */
  gamma(shape) {
    for (;;) {
      const u = (1 + shape / Math.E) * this.next(), wait = -Math.log1p(-this.next());
      if (u <= 1) {
        const small = u ** (1 / shape);
        if (small <= wait) return small;
      } else {
        const large = -Math.log((1 + shape / Math.E - u) / shape);
        if ((1 - shape) * Math.log(large) <= wait) return large;
      }
    }
  }
}
