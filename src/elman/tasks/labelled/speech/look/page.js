// The page of speech: takes as they are heard, and the words as they firm up.
import "../../look/page.css";
import {card, choices, el, figure, percent, svg} from "../../../../look/dom.js";
import {open} from "../../../../look/frame.js";
import {Player} from "../../../../look/player.js";
import {fitted} from "../../../../look/fitting.js";
import {bytes} from "../../../../look/numbers.js";
import {Answers} from "../../look/answers.js";
import {accuracy, attended, firm, keysOf, looked, ranked, ranking} from "../../look/said.js";
import {READ, overTime} from "../../look/over_time.js";

class Speech {
  constructor(page) {
    this.page = page;
    this.seen = page.data.seen;
    this.takes = page.data.examples;
    this.answers = new Answers(page.network, this.seen);
    page.badge(`${figure(this.seen.classes.length)} words`);
    accuracy(page, "sequences", "take");
    if (!this.takes.length) {
      this.explain();
      return;
    }
    this.build();
    this.follow();
    page.address.onchange(() => this.follow());
  }

  /** Without a take there is nothing to hear. */
  explain() {
    this.page.say("No take is in this page. ", el("code", {}, "elman look MODEL take.wav"), " makes one that shows how it is heard.");
    this.page.main.append(card("", this.page.saying, el("p", {}, `Words that the model knows: ${this.seen.classes.join(", ")}.`)));
  }

  build() {
    const {page} = this;
    this.choosing = choices("takes", this.takes.map(({id}, n) => [n, id]), n => this.take(n));
    this.cut = el("p", {class: "small soft"});
    this.plot = fitted(el("div"), width => overTime(this.view(), width, t => this.player.go(t), (x, step) => this.spectrogram(x)));
    this.player = new Player({label: "frame", onmove: () => this.draw(), pace: 60,
      words: t => `${this.seconds(t + 1)} seconds`});
    this.legend = el("div", {class: "legend"});
    this.side = el("div", {class: "stack"});
    page.main.append(el("div", {class: "columns"}, el("div", {class: "stack"},
      card("What it hears", this.choosing.element, this.cut, this.plot.element, this.legend, this.player.element, page.saying)), this.side));
  }

  follow() {
    const {address} = this.page;
    this.take(address.whole("take", 0, this.takes.length - 1, 0), address.whole("t", 0, 10 ** 4, null));
  }

  take(number, at = null) {
    this.player.pause();
    this.number = number;
    this.choosing.choose(number);
    const {inputs, energies, length} = this.takes[number], {inputs: width} = this.page.network.architecture;
    this.frames = inputs.length / width;
    this.cut.textContent = length > this.frames ? `Its first ${this.frames} of ${figure(length)} frames.` : "";
    this.found = this.answers.of(inputs, this.frames);
    this.steps = Array.from({length: this.frames}, (_, t) => [String(t)]);
    this.image = drawn(bytes(energies), this.frames, this.seen.bands);
    this.player.set(this.frames, at ?? this.frames - 1);
  }

  view() {
    const {steps, found, seen, player, answers} = this;
    return {steps, found, seen, at: player.at, shown: answers.commonest(found), shares: answers.attention(found, player.at), unit: "frame",
      ends: ["0 s", `${this.seconds(this.frames)} s`]};
  }

  /** So many frames, in seconds. */
  seconds(frames) {
    return figure(frames * this.seen.shift / 1000, 2);
  }

  spectrogram(x) {
    return [svg("image", {href: this.image, x: x(0), y: 0, width: x(this.frames) - x(0), height: READ, preserveAspectRatio: "none"}),
      ...this.seen.hertz.map((hertz, k) => svg("text", {class: "on-image", x: x(0) + 5, y: k ? 16 : READ - 6}, frequency(hertz)))];
  }

  draw() {
    const {page, found, seen} = this, t = this.player.at, now = found.at(t), [best, second] = ranking(now);
    this.plot.redraw();
    this.legend.replaceChildren(el("span", {}, `Above: how loud it is at each frequency; dark is ${seen.deep} dB (decibels) or more below the loudest. `
      + "Frequencies lie as far apart as ears hear them (the mel scale)."),
    ...looked(this.answers.attention(found, t)), ...keysOf(this.answers, found, seen));
    const seconds = this.seconds(t + 1);
    const more = second === undefined ? "" : `, then “${seen.classes[second]}” with ${percent(now[second])}`;
    page.say(el("b", {}, `After ${seconds} s: `), `“${seen.classes[best]}” with ${percent(now[best])}${more}.${firm(found, seen, best, t, since => `${this.seconds(since + 1)}\u00a0s`)}`);
    this.side.replaceChildren(ranked(found, seen, t, `Words after ${seconds} s`),
      ...attended(this.answers.attention(found, t), s => `${this.seconds(s)} s`, "frame"));
    page.address.set({take: this.number, t: t === found.length - 1 ? null : t});
  }
}

/** In hertz, or thousands of them. */
function frequency(hertz) {
  return hertz < 1000 ? `${figure(hertz, 0)} Hz` : `${figure(hertz / 1000, 1)} kHz`;
}

/** Energies (T, B), from 0 to 255, as a picture: loud is bright. */
function drawn(energies, frames, bands) {
  const canvas = el("canvas", {width: frames, height: bands}), context = canvas.getContext("2d");
  const image = context.createImageData(frames, bands);
  for (let t = 0; t < frames; t++) {
    for (let b = 0; b < bands; b++) {
      const share = energies[t * bands + b] / 255, at = 4 * ((bands - 1 - b) * frames + t);
      image.data.set([20 + 235 * share ** 2, 25 + 190 * share ** 1.5, 60 + 90 * Math.sin(Math.PI * share), 255], at);
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

open(page => new Speech(page));
