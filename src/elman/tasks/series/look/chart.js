// History, forecast and intervals as a picture.
import {picture, significant, svg} from "../../../look/dom.js";
import {ticks} from "../../../look/fitting.js";

const HEIGHT = 320, TOP = 10, FOOT = 26, SIDE = 8, LETTER = 7.5;
const BEFORE = 2;  // horizons before the origin that are seen

/** Of what `Series.view` gives, `width` pixels wide; `onstep` is called with the step ahead that is clicked. */
export function chart(view, width, onstep) {
  const {now, begun, horizon, values, times} = view;
  const first = Math.max(begun, view.origins[0].end - BEFORE * horizon);
  const last = view.origins[view.origins.length - 1].end + horizon;  // the picture does not move while time goes on
  const scale = scales(view, first, last, width);
  const {x, y} = scale;
  const known = [], came = [];
  for (let t = first; t < begun + values.length; t++) (t < now.end ? known : came).push([t, values[t - begun]]);
  if (view.supposed) known.push([now.end - 1, now.value]);
  const ahead = list => list.map((value, k) => [now.end + k, value]);
  const root = picture(words(view), width, HEIGHT, ...grid(scale, width));
  [...now.intervals].reverse().forEach(([low, high], k) => {
    const edge = [...ahead(high), ...ahead(low).reverse()];
    root.append(svg("polygon", {class: `band${now.intervals.length - 1 - k}`, points: points(edge, x, y)}));
  });
  root.append(svg("line", {class: "origin", x1: x(now.end - 0.5), x2: x(now.end - 0.5), y1: TOP, y2: HEIGHT - FOOT}));
  const line = (list, kind) => runs(list).map(run => run.length > 1
    ? svg("polyline", {class: kind, points: points(run, x, y)})
    : svg("circle", {class: `${kind} dot`, cx: x(run[0][0]), cy: y(run[0][1]), r: 2}));
  root.append(...line(known, "value"), ...line(ahead(now.simple), "simple"), ...line(ahead(now.mean), "mean"));
  for (const [t, value] of came.filter(([t, value]) => value !== null && t < last)) {
    root.append(svg("circle", {class: "came", cx: x(t), cy: y(value), r: 2.6}));
  }
  if (view.supposed) root.append(svg("circle", {class: "supposed", cx: x(now.end - 1), cy: y(now.value), r: 5}));
  root.append(svg("text", {class: "known off", x: x(now.end - 0.5) - 5, y: TOP + 9, "text-anchor": "end"}, "known up to here"));
  const step = now.end + view.step - 1;
  root.append(svg("circle", {class: "step", cx: x(step), cy: y(now.mean[view.step - 1]), r: 6}));
  root.append(svg("text", {x: scale.left, y: HEIGHT - 8, class: "off"}, times[first - begun]),
    svg("text", {x: width - SIDE, y: HEIGHT - 8, "text-anchor": "end", class: "off"}, times[last - 1 - begun]));
  root.addEventListener("click", event => {
    const box = root.getBoundingClientRect(), at = scale.step((event.clientX - box.left) * width / box.width);
    onstep(Math.min(horizon, Math.max(1, at - now.end + 1)));
  });
  return root;
}

function words({name, now, horizon, times, begun}) {
  return `${name}: values up to ${times[now.end - 1 - begun]}, and a forecast of ${horizon} steps with intervals`;
}

/** All forecasts of the series have one scale. */
function scales(view, first, last, width) {
  const {begun, values, origins, next} = view;
  const all = values.slice(first - begun).filter(value => value !== null);
  for (const one of [...origins, ...next]) all.push(...one.mean, ...one.simple, ...one.intervals.flat(2));
  const least = all.reduce((a, b) => Math.min(a, b)), most = all.reduce((a, b) => Math.max(a, b));
  const [low, high] = least === most ? [least - 1, most + 1] : [least, most];
  const left = SIDE + LETTER * Math.max(...ticks(low, high).map(value => significant(value).length));
  const inside = width - left - SIDE;
  return {low, high, left,
    x: t => left + inside * (t - first + 0.5) / (last - first),
    y: value => HEIGHT - FOOT - (HEIGHT - FOOT - TOP) * (value - low) / (high - low),
    step: px => Math.floor((px - left) / inside * (last - first)) + first};
}

function grid({low, high, left, y}, width) {
  return ticks(low, high).flatMap(value => [
    svg("line", {class: "axis", x1: left, x2: width - SIDE, y1: y(value), y2: y(value)}),
    svg("text", {x: left - 5, y: y(value) + 4, "text-anchor": "end", class: "off"}, significant(value))]);
}

/** Without the places where values are missing. */
function runs(list) {
  const found = [[]];
  for (const [t, value] of list) {
    if (value === null) found.push([]);
    else found[found.length - 1].push([t, value]);
  }
  return found.filter(run => run.length);
}

function points(list, x, y) {
  return list.map(([t, value]) => `${x(t).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
}
