// The pictures of the page: chances along the tosses, and the hidden state along a direction.
import {figure, picture, svg} from "../../../look/dom.js";

const MARKS = 60;  // tosses up to which each point is marked

/** Steps of an axis: 1, 2 or 5 times a power of ten, about five of them. */
function ticks(low, high) {
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) found.push(at + 0);  // no -0
  return found;
}

/** A frame with axes, and where its values lie. */
class Plot {
  constructor(words, width, height, across, up) {
    const [left, right, top, bottom] = [44, 16, 10, 40];
    this.x = value => left + (width - left - right) * (value - across.low) / (across.high - across.low);
    this.y = value => height - bottom - (height - top - bottom) * (value - up.low) / (up.high - up.low);
    this.root = picture(words, width, height);
    for (const value of ticks(up.low, up.high)) {
      this.root.append(svg("line", {class: "axis", x1: left, x2: width - right, y1: this.y(value), y2: this.y(value)}),
        svg("text", {class: "off", x: left - 6, y: this.y(value) + 4, "text-anchor": "end"}, figure(value, 2)));
    }
    for (const value of ticks(across.low, across.high).filter(across.fits ?? (() => true))) {
      this.root.append(svg("text", {class: "off", x: this.x(value), y: height - bottom + 17, "text-anchor": "middle"},
        figure(value, 2)));
    }
    this.root.append(svg("text", {class: "off", x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle"},
      across.words));
  }

  line(values, kind) {
    this.root.append(svg("polyline", {class: kind, points: values.map(([x, y]) => `${this.x(x)},${this.y(y)}`).join(" ")}));
  }

  dot(x, y, kind, r) {
    this.root.append(svg("circle", {class: kind, cx: this.x(x), cy: this.y(y), r}));
  }
}

/** The chances of heads next, by the exact posterior and by the network; `t` tosses seen now. */
export function chances({tosses, exact, said, longest}, t, width) {
  const across = {low: 0, high: Math.max(10, tosses.length), words: "tosses seen", fits: Number.isInteger};
  const plot = new Plot("chance of heads next along the tosses", width, 280, across, {low: 0, high: 1});
  const pairs = values => values.map((value, at) => [at, value]);
  if (longest < tosses.length) plot.line([[longest, 0], [longest, 1]], "training");
  plot.line([[t, 0], [t, 1]], "at");
  tosses.forEach((toss, at) => plot.dot(at + 1, toss, `toss ${toss ? "heads" : "tails"}`, tosses.length > MARKS ? 2 : 4));
  plot.line(pairs(exact), "exact");
  plot.line(pairs(said), "said");
  plot.dot(t, exact[t], "exact-dot", 6);
  plot.dot(t, said[t], "said-dot", 4);
  return plot.root;
}

/** A quantity, and where the hidden state lies along its direction: of other coins pale, of these tosses as a path. */
export function along(words, label, points, path, t, width) {
  const bounds = (at, given) => {
    const all = [...points, ...path].map(point => point[at]), space = (Math.max(...all) - Math.min(...all)) / 20;
    return {low: Math.min(...all) - space, high: Math.max(...all) + space, ...given};
  };
  const plot = new Plot(words, width, 220, bounds(0, {words: label}), bounds(1, {}));
  for (const [x, y] of points) plot.dot(x, y, "others", 2.2);
  plot.line(path.slice(0, t + 1), "path");
  plot.dot(...path[t], "here", 6);
  return plot.root;
}
