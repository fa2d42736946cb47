// The page of series: history, forecast and intervals as values arrive.
import "./page.css";
import {button, card, choices, counted, el, figure, percent, significant} from "../../../look/dom.js";
import {open} from "../../../look/frame.js";
import {Player} from "../../../look/player.js";
import {fitted} from "../../../look/fitting.js";
import {chart} from "./chart.js";
import {Asked} from "./asked.js";

const PLACES = ["very low", "low", "as forecast", "high", "very high"];
/** What the names of simple forecasts say. */
const SIMPLE = {
  "naive": "the last value, again and again",
  "drift": "from the last value on, the mean growth of all values before",
  "damped": "from the last value on, the growth of the last values, which fades",
  "seasonal 12": "the values of one season of 12 steps ago; with +, and the mean growth of a season",
  "level 0.3 12": "a mean of all values that gives the newest one a weight of 0.3, the ones before less and less; with the shape of a season of 12 steps",
  "theta 0.3 12": "the same, and half of the growth", "growth 0.3 12": "the same, and all of the growth",
  "AR": "an autoregression: a weighted sum of the values before, of their differences, or of those a season ago; AR(24): of the last 24",
  "root, log": "before a name: made of the roots or logarithms of the values",
};

class Series {
  constructor(page) {
    this.page = page;
    this.seen = page.data.seen;
    this.asked = new Asked(page.network, this.seen);
    this.badges();
    this.build();
    this.follow();
    page.address.onchange(() => this.follow());
  }

  badges() {
    const {page, seen} = this;
    page.badge(`${figure(seen.all)} series`);
    page.badge(`${counted(seen.horizon, "step")} ahead`);
    const {metrics = {}} = page.data.learned;
    const simple = metrics.baselines?.["simple forecast"]?.error;
    if (!simple) return;
    const better = 1 - metrics.error / simple, how = better < 0 ? "larger" : "smaller";
    page.badge(`${metrics.share ? `errors ${percent(Math.abs(better))} ${how} than those of the simple forecast` : "the network did not help"
      }, at ${figure(metrics.origins)} origins that were held out`);
  }

  build() {
    const {page, seen} = this;
    this.chosen = el("select", {"aria-label": "series", onchange: () => this.take(Number(this.chosen.value))},
      ...seen.series.map(({name}, n) => el("option", {value: n}, name)));
    const few = seen.series.length < seen.all
      ? el("span", {class: "soft small"}, `The first ${seen.series.length} of ${figure(seen.all)} are in this page.`) : "";
    this.plot = fitted(el("div"), width => chart(this.view(), width, step => { this.step = step; this.draw(); }));
    this.player = new Player({label: "origin: values that are known", onmove: () => this.moved(),
      words: at => `values up to ${this.one.times[this.one.origins[at].end - 1 - this.one.begun]}`});
    this.coming = choices("the next value", [["none", "not yet"], ...PLACES.map((words, k) => [k, words])], k => {
      this.player.pause();
      this.next = k === "none" ? null : k;
      this.player.go(this.player.length - 1);
    });
    this.whatIf = el("div", {class: "what-if"}, "What if the next value comes …", this.coming.element);
    this.steps = el("input", {type: "range", min: 1, max: seen.horizon, step: 1, "aria-label": "step ahead",
      oninput: () => { this.step = Number(this.steps.value); this.draw(); }});
    this.stepWords = el("output");
    this.legend = el("div", {class: "legend"});
    this.side = el("div", {class: "stack"});
    this.table = el("div", {class: "scroll tall", tabindex: 0, role: "region", "aria-label": "the forecast in numbers"});
    const one = seen.series.length > 1 ? el("div", {class: "row"},
      el("label", {}, "series ", this.chosen), few) : el("h2", {}, seen.series[0].name);
    page.main.append(el("div", {class: "columns"},
      el("div", {class: "stack"}, card("", one, this.plot.element, this.legend, this.player.element, this.whatIf,
        el("label", {class: "row ahead"}, "step ahead", this.steps, this.stepWords), page.saying),
      card("The forecast in numbers", this.table)), this.side));
  }

  // --- what is seen ---

  follow() {
    const {address} = this.page, {series, horizon} = this.seen;
    this.step = address.whole("step", 1, horizon, 1);
    const number = address.whole("series", 0, series.length - 1, 0);
    const next = address.whole("next", 0, PLACES.length - 1, null);
    this.take(number, address.whole("origin", 0, 10 ** 6, null), series[number].next.length ? next : null);
  }

  take(number, origin = null, next = null) {
    this.player.pause();
    this.number = number;
    this.one = this.seen.series[number];
    this.chosen.value = number;
    this.next = next;
    this.whatIf.hidden = !this.one.next.length;
    this.player.set(this.one.origins.length, origin ?? this.one.origins.length - 1);
  }

  moved() {
    if (this.player.at < this.one.origins.length - 1) this.next = null;
    this.draw();
  }

  /** The forecast that is seen. */
  get now() {
    return this.next === null ? this.one.origins[this.player.at] : this.one.next[this.next];
  }

  view() {
    const {one, now, seen, step} = this;
    return {...one, now, step, levels: seen.levels, horizon: seen.horizon, supposed: this.next !== null};
  }

  draw() {
    const {page, one, now, seen, step} = this;
    this.coming.choose(this.next ?? "none");
    this.steps.value = step;
    const time = k => one.times[now.end + k - one.begun];
    this.stepWords.value = `${step}: ${time(step - 1)}`;
    this.steps.setAttribute("aria-valuetext", `${step} of ${seen.horizon}: ${time(step - 1)}`);
    this.plot.redraw();
    this.legend.replaceChildren(...this.keys());
    this.say(time);
    this.table.replaceChildren(this.numbers(time));
    const asked = this.asked.at(now, step);
    this.side.replaceChildren(this.leans(), asked.says, asked.reads);
    page.address.set({series: this.number, origin: this.player.at, step, next: this.next});
  }

  keys() {
    const key = (kind, words) => el("span", {class: "key"}, el("span", {class: `mark ${kind}`}), words);
    const came = this.one.values.length + this.one.begun > this.now.end ? [key("came", "what came then")] : [];
    return [key("value", "values"), ...came, key("mean", "forecast"), key("simple", "simple forecast, without the network"),
      ...this.seen.levels.map((level, k) => key(`band${k}`, `${level} %`))];
  }

  /** The sentence of what is seen. */
  say(time) {
    const {one, now, seen, step} = this, at = step - 1, {levels} = seen;
    const [low, high] = now.intervals[0].map(edge => edge[at]);
    const parts = [el("b", {}, `${one.name}, ${time(at)}: ${significant(now.mean[at])}. `),
      `With ${levels[0]} %, it comes between ${significant(low)} and ${significant(high)}.`];
    const came = this.next === null ? one.values[now.end + at - one.begun] : undefined;
    if (Number.isFinite(came)) {
      parts.push(` It came as ${significant(came)}: ${came < low || came > high ? "outside" : "inside"}. `,
        "The model knew this part: it learned from it, or its intervals did.");
    } else if (this.next !== null) {
      const {percent, value} = now;
      parts.push(` Supposed that ${significant(value)} comes at ${time(-1)}: ${percent} of 100 such values would be smaller.`);
    } else {
      parts.push(" It is not known yet.");
    }
    this.page.say(...parts);
  }

  numbers(time) {
    const {now, seen, step} = this, {levels} = seen;
    const head = ["step", "time", "forecast", ...levels.map(level => `${level} %`), "simple"];
    return el("table", {class: "plain whole"}, el("thead", {}, el("tr", {}, ...head.map(one => el("th", {scope: "col"}, one)))),
      el("tbody", {}, ...now.mean.map((mean, k) => el("tr", {class: k + 1 === step ? "on" : ""},
        el("th", {scope: "row"}, button(String(k + 1), () => this.choose(k + 1),
          {class: "bare", "aria-pressed": String(k + 1 === step)})),
        el("td", {}, time(k)), el("td", {}, significant(mean)),
        ...now.intervals.map(([low, high]) => el("td", {class: "interval"}, `${significant(low[k])}\u00a0to ${significant(high[k])}`)),
        el("td", {}, significant(now.simple[k]))))));
  }

  /** A step that is chosen in the table, which is drawn anew: the focus stays where it was. */
  choose(step) {
    this.step = step;
    this.draw();
    this.table.querySelector("[aria-pressed=true]").focus();
  }

  /** Which simple forecasts the model begins with. */
  leans() {
    const {leans} = this.one, shown = leans.reduce((sum, [, weight]) => sum + weight, 0);
    const rows = leans.map(([name, weight]) => el("tr", {}, el("th", {scope: "row"}, name),
      el("td", {}, `${Math.round(100 * weight)} %`),
      el("td", {class: "wide"}, el("span", {class: "bar no", style: {width: `${100 * weight}%`}}))));
    return card("The simple forecasts that it leans on",
      el("p", {class: "small soft"}, "Weights by how good each was on this series, in the part that it learned from."),
      el("table", {class: "plain whole"}, el("tbody", {}, ...rows)),
      shown < 0.995 ? el("p", {class: "small soft"}, `All others together: ${Math.round(100 - 100 * shown)} %.`) : "",
      el("details", {class: "small"}, el("summary", {}, "What the names say"), el("ul", {class: "names"},
        ...Object.entries(SIMPLE).map(([name, words]) => el("li", {}, el("b", {}, `${name}: `), words)))));
  }
}

open(page => new Series(page));
