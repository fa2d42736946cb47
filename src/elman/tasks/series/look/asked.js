// What the network itself says at an origin, and what of that which it read moved it: by the engine, in this page.
import {card, el, figure, picture, svg} from "../../../look/dom.js";

const QUANTILES = 3;  // 5 %, the median, 95 %
const WIDTH = 360, HEIGHT = 130;

export class Asked {
  constructor(net, seen) {
    this.net = net;
    this.seen = seen;
  }

  /** Two cards: of all steps ahead, and of one. */
  at({inputs}, step) {
    const {y} = this.net.trace({inputs}), {horizon} = this.seen;
    const says = Array.from({length: horizon}, (_, h) => Array.from(y.at(0).subarray(QUANTILES * h, QUANTILES * (h + 1))));
    return {says: this.says(says, step), reads: this.reads(inputs, step)};
  }

  says(rows, step) {
    const {share} = this.seen, most = Math.max(1, ...rows.flat().map(Math.abs));
    const x = h => 30 + (WIDTH - 40) * (h + 0.5) / rows.length, y = value => HEIGHT / 2 - (HEIGHT / 2 - 8) * value / most;
    const root = picture("what the network says of each step ahead", WIDTH, HEIGHT,
      svg("line", {class: "axis", x1: 30, x2: WIDTH - 10, y1: y(0), y2: y(0)}),
      ...[most, 0, -most].map(value => svg("text", {class: "off", x: 24, y: y(value) + 4, "text-anchor": "end"}, figure(value, 1))));
    rows.forEach(([low, median, high], h) => root.append(
      svg("line", {class: "reach", x1: x(h), x2: x(h), y1: y(low), y2: y(high)}),
      svg("circle", {class: h + 1 === step ? "median on" : "median", cx: x(h), cy: y(median), r: h + 1 === step ? 5 : 3})));
    const taken = share > 0 ? `The forecast takes ${Math.round(100 * share)} % of its median`
      : "The forecast takes nothing of its median: on what was held out, it did not help";
    return card("What the network says",
      el("p", {class: "small"}, `By how much the simple forecast is too low (above 0) or too high: the median, and from 5 to 95 %. `,
        `At step ${step}: ${figure(rows[step - 1][1])}. 1 is how wrong simple forecasts of this series usually are at that step. ${taken}.`), root);
  }

  /** The gradient of the median by what was read, as a length for each step of the network. */
  reads(inputs, step) {
    const {outputs, inputs: width} = this.net.architecture, {past, piece} = this.seen;
    const arriving = new Float32Array(outputs);
    arriving[QUANTILES * (step - 1) + 1] = 1;
    const gradient = this.net.vjp({inputs}, {y: arriving}).inputs;
    const lengths = Array.from({length: inputs.length / width}, (_, t) => Math.hypot(...gradient.at(t, 0).subarray(0, piece)));
    const most = lengths.reduce((a, b) => Math.max(a, b));
    const named = t => {
      if (t >= past) return piece === 1 ? `the simple forecast of step ${t - past + 1}`
        : `the simple forecast of steps ${(t - past) * piece + 1} to ${Math.min(this.seen.horizon, (t - past + 1) * piece)}`;
      const back = (past - t) * piece;
      return piece === 1 ? `${back} back` : `${back} to ${back - piece + 1} back`;
    };
    const rows = lengths.map((length, t) => el("tr", {}, el("th", {scope: "row"}, named(t)), el("td", {}, figure(length)),
      el("td", {class: "wide"}, el("span", {class: `bar ${t >= past ? "yes" : "no"}`, style: {width: most ? `${100 * length / most}%` : "0"}}))));
    return card(`What moves it at step ${step}`,
      el("p", {class: "small"}, "The gradient of the network's median by the values that it reads, as a length. The longest bar is the longest here."),
      el("div", {class: "scroll tall", tabindex: 0, role: "region", "aria-label": "what moves the network"},
        el("table", {class: "plain whole"}, el("tbody", {}, ...rows))));
  }
}
