// The pictures beside a passage: what was expected, and what moved it.
import {el, figure, picture, svg} from "../../../look/dom.js";

const LIKELIEST = 7;
const MOST = 2;  // nats at the ends of the scale, the same for every place

/** Bars of what was likeliest, and of the one that came. */
export function expected(symbols, chances, came) {
  const ranked = Array.from(chances, (chance, symbol) => [chance, symbol]).sort(([p], [q]) => q - p);
  const rank = ranked.findIndex(([, symbol]) => symbol === came);
  const rows = rank < LIKELIEST ? ranked.slice(0, LIKELIEST) : [...ranked.slice(0, LIKELIEST - 1), ranked[rank]];
  const body = rows.map(([chance, symbol]) => el("tr", {class: symbol === came ? "came" : ""},
    el("th", {scope: "row"}, el("span", {class: "glyph"}, symbols.shown(symbol)), symbol === came ? " came" : ""),
    el("td", {}, `${figure(100 * chance, chance < 0.01 ? 2 : 1)} %`),
    el("td", {class: "wide"}, el("span", {class: `bar ${symbol === came ? "yes" : "no"}`, style: {width: `${100 * chance}%`}}))));
  const place = rank < LIKELIEST ? "" : `It was number ${figure(rank + 1)} of ${figure(chances.length)}.`;
  return [el("table", {class: "plain chances"}, el("tbody", {}, ...body)), el("p", {class: "small soft"}, place)];
}

/** How much each earlier symbol helped (up) or hindered (down), in nats. */
export function earlier(symbols, each, width) {
  const [left, top, half] = [34, 8, 62], wide = (width - left - 4) / Math.max(16, each.length), middle = top + half;
  const root = picture(`how many nats more the ${symbols.one} would have cost without each one before it`, width, middle + half + 26);
  for (const nats of [MOST, 0, -MOST]) {
    const y = middle - half * nats / MOST;
    root.append(svg("line", {class: "axis", x1: left, x2: width, y1: y, y2: y}),
      svg("text", {class: "off", x: left - 6, y: y + 4, "text-anchor": "end"}, figure(nats)));
  }
  each.forEach(({token, nats}, k) => {
    const x = left + wide * k, high = half * Math.min(MOST, Math.abs(nats)) / MOST;
    root.append(svg("rect", {class: nats < 0 ? "hinders" : "helps", x: x + 0.5, width: Math.max(1, wide - 1),
      y: nats < 0 ? middle : middle - high, height: high}),
    svg("text", {class: "glyph", x: x + wide / 2, y: middle + half + 20, "text-anchor": "middle"}, symbols.shown(token).slice(-1)));
  });
  return root;
}

/** The one that moved it most, in words. */
export function strongest(symbols, each) {
  const most = each.reduce((p, q) => (Math.abs(q.nats) > Math.abs(p.nats) ? q : p));
  const back = each.length - each.indexOf(most);
  return `Most of all “${symbols.shown(most.token)}”, ${back} before: it ${most.nats < 0 ? "hindered" : "helped"} by ${
    figure(Math.abs(most.nats), 2)} nats.`;
}
