// How long what is held lasts: this network beside another one.
import {card, counted, el, picture, svg} from "../../../look/dom.js";
import {fitted} from "../../../look/fitting.js";

const MOST = 60, HEIGHT = 190, LEFT = 40, FOOT = 40;

/** A card with a line for each network: how far the answer that needs the state is from the wrong side.
 *
 * networks: {name, runner}; null where the machine has no state that can be kept.
 */
export function lasting(networks, seen) {
  const word = networks[0].runner.digits.keeping();
  if (!word) return null;
  const rows = networks.map(({runner}) => runner.lasting(word, MOST));
  const ends = rows.map(row => row.findIndex(value => value <= 0) + 1);
  const told = networks.map(({name}, k) => `${name}: ${ends[k] ? `wrong from ${counted(ends[k], "column")} on`
    : `right for all ${MOST} columns`}`);
  const plot = fitted(el("div"), width => drawn({rows, ends, told, kept: seen.remembers}, width));
  const keys = networks.map((_, k) => el("span", {class: "key"}, svg("svg", {viewBox: "0 0 26 8", "aria-hidden": "true"},
    svg("line", {class: `lasts line${k}`, x1: 0, x2: 26, y1: 4, y2: 4})), told[k]));
  return card(`How many columns the ${seen.remembers} lasts`, plot.element, el("div", {class: "legend"}, ...keys),
    el("p", {class: "small soft"}, `A ${seen.remembers} is made in the first column and needed in the last; `
      + `between them stand as many columns as the axis says. Beside it runs the same input without it. `
      + "The height is the margin: how far the last output is from the wrong side, in the worse of the two. "
      + "Nothing is held or cut here."));
}

/** A line for each network: its margin by columns. */
function drawn({rows, ends, told, kept}, width) {
  const high = Math.max(1, ...rows.flat()), low = Math.min(-high / 3, ...rows.flat());  // so there is room for words
  const x = n => LEFT + (width - LEFT - 12) * (n - 1) / (MOST - 1), y = v => 12 + (HEIGHT - FOOT - 12) * (high - v) / (high - low);
  const root = picture(`how far from wrong, by columns. ${told.join("; ")}`, width, HEIGHT);
  root.append(svg("rect", {class: "wrong-side", x: LEFT, y: y(0), width: width - LEFT - 12, height: y(low) - y(0)}));
  for (const value of [high, 0, low]) {
    root.append(svg("text", {x: LEFT - 6, y: y(value) + 4, "text-anchor": "end", class: "off"}, value.toFixed(value ? 1 : 0)));
  }
  root.append(svg("line", {class: "axis", x1: LEFT, x2: width - 12, y1: y(0), y2: y(0)}),
    svg("text", {x: LEFT + 6, y: y(low) - 6, class: "off"}, "wrong answers"),
    svg("text", {x: (LEFT + width - 12) / 2, y: HEIGHT - 5, "text-anchor": "middle", class: "off"},
      `columns for which the ${kept} is kept`));
  for (const n of [1, 10, 20, 30, 40, 50, 60]) {
    root.append(svg("text", {x: x(n), y: HEIGHT - FOOT + 17, "text-anchor": "middle", class: "off"}, String(n)));
  }
  rows.forEach((row, k) => {
    root.append(svg("polyline", {class: `lasts line${k}`, points: row.map((v, n) => `${x(n + 1)},${y(v)}`).join(" ")}));
    if (ends[k]) root.append(svg("circle", {class: `fails line${k}`, cx: x(ends[k]), cy: y(row[ends[k] - 1]), r: 5}));
  });
  return root;
}
