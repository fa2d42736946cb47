// Train here: two networks side by side learn the same function, as slowly as one likes.
import {button, card, choices, counted, el, figure, picture, problem, svg} from "../../../look/dom.js";
import {Learner} from "./learner.js";

const WIDTH = 330, HEIGHT = 120, LEFT = 44;
const SPEEDS = [[1, "1 update at a time"], [10, "10"], [0, "as fast as it goes"]];
const PAUSE = 60;  // milliseconds between two pictures
const LONG = 200;  // milliseconds that it learns between them where it is to be fast
const FEW = 10;  // updates between two looks at the clock
const MOST_SEED = 999999;
const SIDES = ["first", "second"];  // as the address calls them
const WEAKEST = -6, STRONGEST = 1;  // powers of ten that the picture of gradients shows

/** The loss of every update, on a logarithmic scale that is the same for all networks. */
function curve({losses, lesson}) {
  const low = -3, high = 0.5, root = picture(`loss of ${counted(losses.length, "update")}`, WIDTH, HEIGHT);
  const x = u => LEFT + (WIDTH - LEFT - 6) * u / lesson.updates;
  const y = loss => 8 + (HEIGHT - 32) * (high - Math.max(low, Math.min(high, Math.log10(loss)))) / (high - low);
  for (const power of [0, -1, -2, -3]) {
    root.append(svg("line", {class: "axis", x1: LEFT, x2: WIDTH - 6, y1: y(10 ** power), y2: y(10 ** power)}),
      svg("text", {x: LEFT - 6, y: y(10 ** power) + 4, "text-anchor": "end", class: "off"}, figure(10 ** power, 4)));
  }
  const every = Math.max(1, Math.ceil(losses.length / 400)), points = [];
  for (let first = 0; first < losses.length; first += every) {
    const some = losses.slice(first, first + every);
    points.push(`${x(first).toFixed(1)},${y(some.reduce((p, q) => p + q) / some.length).toFixed(1)}`);
  }
  root.append(svg("polyline", {class: "lasts line0", points: points.join(" ")}),
    svg("text", {x: LEFT, y: HEIGHT - 6, class: "off"}, "0"),
    svg("text", {x: WIDTH - 6, y: HEIGHT - 6, "text-anchor": "end", class: "off"}, counted(lesson.updates, "update")));
  return root;
}

/** How strongly the last output hangs on the state before each column: a bar for each, on one scale for all networks. */
function bars(strengths) {
  const root = picture(`gradient of the last output by the state before each column, from the nearest: ${
    [...strengths].reverse().map(value => value.toExponential(1)).join(", ")}`, WIDTH, HEIGHT + 14);
  const y = value => 8 + (HEIGHT - 32) * (STRONGEST - Math.max(WEAKEST, Math.min(STRONGEST, Math.log10(value))))
    / (STRONGEST - WEAKEST), wide = (WIDTH - LEFT - 6) / strengths.length;
  for (const [power, words] of [[STRONGEST, "10"], [-2, "10⁻²"], [WEAKEST, "10⁻⁶"]]) {
    root.append(svg("line", {class: "axis", x1: LEFT, x2: WIDTH - 6, y1: y(10 ** power), y2: y(10 ** power)}),
      svg("text", {x: LEFT - 6, y: y(10 ** power) + 4, "text-anchor": "end", class: "off"}, words));
  }
  [...strengths].reverse().forEach((value, back) => {
    const left = WIDTH - 6 - wide * (back + 1), top = y(value);
    root.append(svg("rect", {class: "reach", x: left + 2, y: top, width: wide - 4,
      height: Math.max(1, y(10 ** WEAKEST) - top), rx: 2}),
    svg("text", {x: left + wide / 2, y: HEIGHT - 8, "text-anchor": "middle", class: "off"}, String(back)));
  });
  root.append(svg("text", {x: WIDTH - 6, y: HEIGHT + 8, "text-anchor": "end", class: "off"}, "← columns back"));
  return root;
}

export class Learning {
  /** page, digits, seen: those of the page; onlook(side, moving) shows the network of a side in the board. */
  constructor({page, digits, seen, onlook}) {
    Object.assign(this, {page, digits, seen, onlook});
    this.speed = 10;
    this.timer = null;
    this.followed = null;
    const {lessons} = seen;
    this.field = el("input", {type: "number", min: 0, max: MOST_SEED, class: "seed", onchange: () => this.sow()});
    this.problem = problem(this.field);
    this.playing = button("train", () => (this.timer ? this.pause() : this.play()));
    const speeds = choices("updates at a time", SPEEDS, value => { this.speed = Number(value); });
    speeds.choose(this.speed);
    this.sides = SIDES.map((name, k) => this.side(name, k));
    this.said = el("p", {role: "status", class: "say"});
    const kept = digits.keeping();
    this.word = kept && [kept.first, ...Array(lessons[0].length - 1).fill(kept.again), kept.last];
    this.element = card("Train it here", el("div", {class: "row"}, this.playing,
      button("one update", () => { this.pause(); this.learn(1); }), button("start again", () => this.rewind()), el("label", {}, "seed ", this.field), speeds.element),
    this.problem.element, this.said, el("div", {class: "pair"}, ...this.sides.map(({element}) => element)),
    el("p", {class: "small soft"}, this.same(), " A loss is that of one update. ", this.shown(),
      ` While a network learns, some ${digits.inputs} are checked, and all of them at its end.`));
    this.follow();
  }

  /** What is as in Python, and what is not. */
  same() {
    if (this.seen.lessons[0].pairs) return "Weights, pairs and noise follow from the seed, and are those of Python.";
    return "Initial weights and noise follow from the seed, and are those of Python. What a network learns from is drawn in "
      + "the same way as in Python, but from other random numbers: so with the same seed, elman train transducer ends with "
      + "other weights.";
  }

  /** What the bars are. */
  shown() {
    if (!this.word) return "";
    const {remembers} = this.seen, output = this.seen.answers.length > 2 ? "the output for the last right answer" : "the last output";
    return `“How far back gradients reach”: a ${remembers} is made in the first column and needed in the last. The bars are the gradient of ${output} `
      + "by what the network keeps before each column, as a length; both networks have the same scale, from 10 down to a millionth.";
  }

  /** One of the two networks. */
  side(name, k) {
    const one = {name};
    one.choice = el("select", {"aria-label": `the ${name} network`, onchange: () => this.rewind()},
      ...this.seen.lessons.map((lesson, n) => el("option", {value: n, selected: n === k}, lesson.name)));
    one.facts = el("p", {class: "facts"});
    one.pictures = el("div", {class: "pictures"});
    one.element = el("div", {}, el("div", {class: "row small"}, one.choice,
      button("look inside", () => this.look(one))), one.facts, one.pictures);
    return one;
  }

  /** What the address says: networks that have learned are trained again, as far as they were. */
  follow() {
    const {address} = this.page, {lessons} = this.seen;
    const seed = address.whole("seed", 0, MOST_SEED, lessons[0].seed);
    const chosen = SIDES.map((name, k) => address.whole(name, 0, lessons.length - 1, k));
    const done = address.whole("done", 0, Math.max(...chosen.map(k => lessons[k].updates)), 0);
    const same = this.seed === seed && this.sides.every(({choice}, k) => Number(choice.value) === chosen[k]);
    if (same && done === this.done) return;
    this.seed = this.field.value = seed;
    this.sides.forEach(({choice}, k) => { choice.value = chosen[k]; });
    this.rewind(done);
  }

  /** Takes the seed that is typed; one that is none is refused, and nothing changes. */
  sow() {
    const text = this.field.value, seed = Number(text), right = /^\d+$/.test(text) && seed <= MOST_SEED;
    const found = text || (this.field.validity.badInput ? "no number" : "nothing");
    this.problem.say(right ? "" : `Seed: expected a whole number from 0 to ${figure(MOST_SEED)}; found ${found}. It is still ${this.seed}.`);
    if (!right || seed === this.seed) return;
    this.seed = seed;
    this.rewind();
  }

  /** How far the networks are, in updates. */
  get done() { return Math.max(...this.sides.map(({learner}) => (learner ? learner.done : 0))); }

  /** Both networks as they begin; then they learn so many updates, as fast as it goes. */
  rewind(until = 0) {
    this.pause();
    for (const one of this.sides) {
      if (one.learner) one.learner.release();
      one.learner = new Learner(this.page.engine, this.seen.lessons[one.choice.value], this.digits, this.seen, this.seed);
    }
    this.until = until;
    if (until) this.play();
    this.draw();
  }

  play() {
    if (this.sides.every(({learner}) => learner.over)) this.rewind();
    this.playing.textContent = "pause";
    this.timer = setInterval(() => this.learn(), PAUSE);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.until = 0;
    this.playing.textContent = "train";
  }

  /** So many updates of both, or as many as fit between two pictures: these until an address is reached again. */
  learn(updates = this.until ? 0 : this.speed) {
    const end = performance.now() + LONG, left = () => (this.until ? this.until - this.done : Infinity);
    do {
      const count = Math.min(updates || FEW, left());
      for (const {learner} of this.sides) learner.learn(count);
    } while (!updates && performance.now() < end && left() > 0 && this.sides.some(({learner}) => !learner.over));
    if (left() <= 0 || this.sides.every(({learner}) => learner.over)) this.pause();
    this.draw();
  }

  look(one) {
    this.followed = one;
    this.draw();
  }

  draw() {
    for (const one of this.sides) {
      const {learner, facts, pictures} = one, {right, of} = learner.checked(), {done, losses} = learner;
      facts.replaceChildren(`${counted(done, "update")}, `, done ? `loss ${figure(losses[done - 1], 4)}, ` : "",
        el("b", {}, `${figure(right)} of ${figure(of)}`), ` ${learner.inputs} exact`);
      const named = (words, drawn) => el("div", {}, el("p", {class: "small soft"}, words), drawn);
      pictures.replaceChildren(named("loss of each update", curve(learner)),
        ...(this.word ? [named("how far back gradients reach", bars(learner.reach(this.word)))] : []));
    }
    this.tell();
    const [first, second] = this.sides.map(({choice}) => choice.value), done = this.until || this.done || null;
    this.page.address.set({seed: this.seed, first, second, done});
    if (this.followed) this.onlook(this.followed, Boolean(this.timer));
  }

  /** What is seen now: only when nothing moves, for it is read out. */
  tell() {
    if (this.timer) return;
    const [one, other] = this.sides.map(({learner}) => `${learner.lesson.name}: ${counted(learner.done, "update")}`);
    this.said.textContent = this.sides.every(({learner}) => learner.done === 0)
      ? "Nothing is learned yet: the weights are random. Train, slowly or at once, and see when the answers come out right."
      : `${one}; ${other}. “Look inside” puts a network into the board, which follows it while it learns.`;
  }
}
