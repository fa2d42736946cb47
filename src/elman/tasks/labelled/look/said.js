// Cards and sentences about classes that firm up over steps.
import {card, counted, el, figure, percent} from "../../../look/dom.js";

const RANKED = 12;  // classes that are listed
const LOOKED_AT = 8;  // steps of attention that are listed

export function ranking(values) {
  return Array.from(values, (_, k) => k).sort((p, q) => values[q] - values[p]);
}

/** How good the network is on what was held out: a badge where that is known. */
export function accuracy(page, count, what) {
  const {metrics = {}} = page.data.learned;
  if (Number.isFinite(metrics.accuracy)) {
    page.badge(`right on ${percent(metrics.accuracy)} of ${counted(metrics[count], what)} that were held out`);
  }
}

/** Since when a class has been the likeliest, and whether it stays that; `named(t)` says what a step is called. */
export function firm(found, seen, best, t, named) {
  let since = t;
  while (since > 0 && ranking(found.at(since - 1))[0] === best) since--;
  const last = ranking(found.at(found.length - 1))[0];
  const ends = last !== best ? ` In the end it will be ${seen.classes[last]}.` : "";
  return ` It has been the likeliest since ${named(since)}.${ends}`;
}

/** The likeliest classes at a step. */
export function ranked(found, seen, t, title) {
  const now = found.at(t), order = ranking(now);
  return card(title, bars(order.slice(0, RANKED).map(c => [seen.classes[c], now[c]]), "no"),
    order.length > RANKED ? el("p", {class: "small soft"}, `The ${RANKED} likeliest of ${figure(order.length)}.`) : "");
}

/** What the bars between input and answer are, where the network has attention. */
export function looked(shares) {
  if (!shares) return [];
  return [el("span", {}, `Between them, attention: the share of each step; the highest bar is ${percent(Math.max(...shares))}.`)];
}

/** How much each step counts, where that is learned: no card, or one. */
export function attended(shares, named, step) {
  if (!shares) return [];
  const rows = ranking(shares).slice(0, LOOKED_AT).map(s => [named(s), shares[s]]);
  return [card("Where it looks", el("p", {class: "small soft"},
    `Attention: the share of each of the ${counted(shares.length, step)} so far in what the answer rests on.`), bars(rows, "yes"))];
}

function bars(rows, colour) {
  return el("table", {class: "plain facts"}, el("tbody", {}, ...rows.map(([words, share]) => el("tr", {}, el("th", {scope: "row"}, words),
    el("td", {}, percent(share)), el("td", {class: "wide"}, el("span", {class: `bar ${colour}`, style: {width: `${100 * share}%`}}))))));
}

/** What the bands of classes are. */
export function keysOf(answers, found, seen) {
  if (!seen.classes) return [];
  const shown = answers.commonest(found), key = (kind, words) => el("span", {class: "key"}, el("span", {class: `band ${kind}`}), words);
  return [el("span", {}, "Classes:"), ...shown.map((c, k) => key(`band${k}`, seen.classes[c])),
    ...(seen.classes.length > shown.length ? [key("rest", "all others")] : [])];
}
