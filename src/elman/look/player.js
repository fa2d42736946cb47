// Time: a slider, a step to each side, and play.
import {button, el} from "./dom.js";

const PACE = 700;  // milliseconds of a step

/** Controls of a time that goes from 0 to `length - 1`.
 *
 * label: what the slider is, for those who do not see it.
 * words(at, length): the value of the slider, for them.
 * backwards: time runs from right to left, as in a written sum.
 * onmove(at): called whenever another step is seen.
 */
export class Player {
  constructor({label, onmove, words = (at, length) => `${at + 1} of ${length}`, backwards = false, next = "next", back = "back", pace = PACE}) {
    this.onmove = onmove;
    this.words = words;
    this.pace = pace;
    this.length = 1;
    this.at = 0;
    this.timer = null;
    this.slider = el("input", {type: "range", min: 0, max: 0, step: 1, "aria-label": label,
      dir: backwards ? "rtl" : "ltr", oninput: () => { this.pause(); this.go(Number(this.slider.value)); }});
    this.forward = button(backwards ? `◀ ${next}` : `${next} ▶`, () => { this.pause(); this.go(this.at + 1); });
    this.backward = button(backwards ? `${back} ▶` : `◀ ${back}`, () => { this.pause(); this.go(this.at - 1); });
    this.playing = button("play", () => (this.timer ? this.pause() : this.play()));
    const [left, right] = backwards ? [this.forward, this.backward] : [this.backward, this.forward];
    this.element = el("div", {class: "time"}, left, this.slider, right, this.playing);
  }

  /** So many steps, and which is seen. */
  set(length, at) {
    this.length = length;
    this.slider.max = length - 1;
    this.slider.disabled = length < 2;
    this.go(at);
  }

  go(at) {
    this.at = Math.min(this.length - 1, Math.max(0, at));
    this.slider.value = this.at;
    this.slider.setAttribute("aria-valuetext", this.words(this.at, this.length));
    this.onmove(this.at);
  }

  play() {
    if (this.length < 2) return;
    if (this.at === this.length - 1) this.go(0);
    this.playing.textContent = "pause";
    this.timer = setInterval(() => {
      this.go(this.at + 1);
      if (this.at === this.length - 1) this.pause();
    }, this.pace);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.playing.textContent = "play";
  }
}
