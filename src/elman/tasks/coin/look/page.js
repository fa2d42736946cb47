// The page of a coin model: tosses, what the network says of the next one, and what Bayes' rule says.
import "./page.css";
import {allow, button, card, choices, counted, el, figure, problem} from "../../../look/dom.js";
import {open} from "../../../look/frame.js";
import {Player} from "../../../look/player.js";
import {along, chances} from "./charts.js";
import {divergence, logOdds, predictive, sigmoid} from "./posterior.js";

const MOST = 512;  // tosses
const TRIES = [
  ["nothing yet", ""],
  ["one heads", "1"],
  ["ten heads", "1".repeat(10)],
  ["heads and tails in turn", "10".repeat(12)],
  ["thirty heads, then thirty tails", "1".repeat(30) + "0".repeat(30)],
  ["90 heads in 100", "1111111110".repeat(10)],
];
const BEGIN = "1101110111";
const WORDS = {
  odds: ["What it thinks", "log-odds of heads next, by the exact posterior"],
  seen: ["How much it has seen: where it counts", "log₂(1 + tosses seen)"],
};

class Coin {
  constructor(page) {
    this.page = page;
    this.seen = page.data.seen;
    this.build();
    this.follow();
    page.address.onchange(() => this.follow());
    addEventListener("resize", () => this.draw());
  }

  build() {
    const {page, seen} = this;
    this.field = el("input", {type: "text", class: "tossed", spellcheck: "false", autocomplete: "off",
      oninput: () => this.typed()});
    this.wrong = problem(this.field);
    this.tries = choices("tosses to begin with", TRIES.map(([words, tosses]) => [tosses, words]), tosses => this.take(tosses));
    this.sides = [["heads", "1"], ["tails", "0"]].map(([name, toss]) =>
      button(name, () => this.take(this.tosses + toss), {class: `throw ${name}`}));
    this.undo = button("take back", () => this.take(this.tosses.slice(0, -1)));
    this.clear = button("take all back", () => this.take(""));
    this.coins = el("div", {class: "coins", role: "group", "aria-label": "the tosses"});
    this.answers = el("div", {class: "answers"});
    this.chart = el("div");
    this.player = new Player({label: "tosses seen", onmove: () => this.draw(), pace: 350,
      words: (t, length) => `${t} of ${counted(length - 1, "toss", "tosses")}`});
    this.next = el("tbody");
    this.places = seen.directions.map(() => el("div"));
    const key = (kind, words) => el("span", {class: "key"}, el("span", {class: `sample ${kind}`}), words);
    this.longest = key("dotted", `longest in training: ${counted(seen.longest, "toss", "tosses")}`);
    page.main.append(el("div", {class: "columns"},
      el("div", {class: "stack"},
        card("Toss a coin", this.tries.element,
          el("div", {class: "row"}, ...this.sides, this.undo, this.clear),
          el("label", {class: "small soft"}, `Tosses: 1 or h for heads, 0 or t for tails, at most ${MOST}`, this.field),
          this.wrong.element,
          this.coins),
        card("How likely are heads next?", this.answers, this.chart, this.player.element,
          el("div", {class: "legend"}, key("thick", "exact posterior"), key("", "network"), this.longest), page.saying)),
      el("div", {class: "stack"}, this.moving(), ...seen.directions.map((one, k) => this.direction(one, k)))));
  }

  /** What one more toss would do. */
  moving() {
    const head = el("thead", {}, el("tr", {}, ...["then", "network", "exact"].map(words => el("th", {scope: "col"}, words))));
    return card("If the next one is …", el("table", {class: "plain"}, head, this.next),
      el("p", {class: "small soft"}, "The more it has seen, the less one toss moves it. Nobody programmed that: "
        + "its weights are the same for every coin. What differs is its hidden state."));
  }

  direction({name, share}, k) {
    return card(WORDS[name][0], this.places[k], el("p", {class: "small soft"},
      `The hidden state, ${counted(this.page.network.architecture.hidden, "number")}, in one direction: found by least `
      + `squares on coins of the prior; on as many others it tells ${figure(100 * Math.max(0, share), 1)}\u00a0% of the `
      + "variance (R²: 100 % where it tells the quantity exactly). Upwards: how far along it lies. Pale: those other coins. Orange: your tosses."));
  }

  // --- what is tossed ---

  follow() {
    const {address} = this.page, given = this.parsed(address.get("tosses") ?? BEGIN);
    this.take(given ?? BEGIN, address.whole("t", 0, MOST, null));
  }

  /** Text as a string of 1 and 0; null where it is something else. */
  parsed(text) {
    const tosses = text.toLowerCase().replace(/[\s,]/g, "").replaceAll("h", "1").replaceAll("t", "0");
    return /^[01]*$/.test(tosses) && tosses.length <= MOST ? tosses : null;
  }

  typed() {
    const tosses = this.parsed(this.field.value);
    if (tosses !== null) this.take(tosses, null, true);
    else this.wrong.say(`Tosses: expected at most ${MOST}, each 1 or h, 0 or t; found ${this.found()}. `
      + `The page still shows ${counted(this.tosses.length, "toss", "tosses")}.`);
  }

  /** What is wrong with what is typed. */
  found() {
    const tosses = this.field.value.replace(/[\s,]/g, ""), other = /[^01ht]/i.exec(tosses);
    return other ? `“${String.fromCodePoint(tosses.codePointAt(other.index))}”` : counted(tosses.length, "toss", "tosses");
  }

  /** Runs the network on tosses, and on one more of each kind. */
  take(tosses, at = null, typing = false) {
    this.player.pause();
    this.tosses = tosses;
    this.numbers = Array.from(tosses, Number);
    if (!typing) this.field.value = tosses;
    this.wrong.say("");
    this.tries.choose(tosses);
    const {network} = this.page;
    this.trace = network.trace({inputs: [0, ...this.numbers.map(toss => 2 * toss - 1)]});
    this.odds = Array.from({length: tosses.length + 1}, (_, t) => this.trace.y.at(t, 0)[0]);
    this.said = this.odds.map(sigmoid);
    this.exact = predictive(this.seen.prior, this.numbers);
    this.paths = this.seen.directions.map(one => this.odds.map((_, t) => this.place(one, t)));
    this.coins.replaceChildren(...this.numbers.map((toss, k) => button(toss ? "H" : "T", () => this.go(k + 1),
      {"aria-label": `toss ${k + 1}: ${toss ? "heads" : "tails"}`})));
    for (const one of [this.undo, this.clear]) allow(one, tosses !== "");
    for (const side of this.sides) allow(side, tosses.length < MOST);
    this.player.set(tosses.length + 1, at ?? tosses.length);
  }

  go(at) {
    this.player.pause();
    this.player.go(at);
  }

  /** A quantity after t tosses, and where the hidden state lies along its direction. */
  place({name, vector, offset}, t) {
    const h = this.trace.states.h.at(0, t + 1, 0);
    const quantity = name === "odds" ? logOdds(this.exact[t]) : Math.log2(1 + t);
    return [quantity, vector.reduce((sum, weight, unit) => sum + weight * h[unit], offset)];
  }

  // --- what is seen ---

  draw() {
    const {player, numbers, exact, said, seen, page} = this, t = player.at;
    [...this.coins.children].forEach((one, k) => {
      one.className = k >= t ? "later" : numbers[k] ? "heads" : "tails";
      one.classList.toggle("last", k === t - 1);
    });
    const far = divergence(exact[t], this.odds[t]);
    const answer = (kind, words, value) => el("div", {class: kind}, el("span", {class: "small soft"}, words),
      el("strong", {}, value));
    this.answers.replaceChildren(answer("of-network", "network", said[t].toFixed(3)),
      answer("", `exact, prior ${seen.prior.name}`, exact[t].toFixed(3)),
      answer("", "nats between them (0: the same answer)", far.toFixed(5)));
    const width = Math.max(280, Math.min(780, this.chart.clientWidth));
    this.chart.replaceChildren(chances({tosses: numbers, exact, said, longest: seen.longest}, t, width));
    this.places.forEach((place, k) => {
      const {name, points} = seen.directions[k], [words, label] = WORDS[name];
      place.replaceChildren(along(words, label, points, this.paths[k], t, Math.max(280, Math.min(460, place.clientWidth))));
    });
    this.longest.hidden = numbers.length <= seen.longest;
    this.tellNext(t);
    const heads = numbers.slice(0, t).reduce((sum, toss) => sum + toss, 0);
    page.say(el("b", {}, t ? `${heads} heads in ${counted(t, "toss", "tosses")}. ` : "No toss yet. "),
      `The network says that heads come next with a chance of ${said[t].toFixed(3)}; Bayes' rule says ${exact[t].toFixed(3)}.`);
    page.address.set({tosses: this.tosses, t});
  }

  tellNext(t) {
    const past = this.numbers.slice(0, t), rows = [1, 0].map(toss => {
      const after = [...past, toss], {y} = this.page.network.trace({inputs: [0, ...after.map(one => 2 * one - 1)]});
      const values = [sigmoid(y.at(t + 1, 0)[0]), predictive(this.seen.prior, after)[t + 1]];
      const change = (value, now) => `${value.toFixed(3)} (${value < now ? "−" : "+"}${Math.abs(value - now).toFixed(3)})`;
      return el("tr", {}, el("th", {scope: "row"}, toss ? "heads" : "tails"),
        el("td", {}, change(values[0], this.said[t])), el("td", {}, change(values[1], this.exact[t])));
    });
    this.next.replaceChildren(...rows);
  }
}

open(page => new Coin(page));
