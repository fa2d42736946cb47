// The page of sessions: items are clicked, and the network says what comes next and because of what.
import "./page.css";
import {allow, button, card, counted, el, figure, percent} from "../../../look/dom.js";
import {open} from "../../../look/frame.js";
import {Network} from "./network.js";

const NEXT = 12;  // items that are shown of what comes next
const BEGIN = 3;  // clicks that are there at first
const FOUND = 12;  // of a search
const LONGEST = 30;  // clicks that the model looks at
/** What the terms of each source are. */
const TERMS = {
  network: "what the network of this page says",
  counts: "how often the item was clicked, in all and recently; what is near the last clicks, after them, directly next, in the "
    + "same session; what is in similar sessions (neighbours)",
  repeats: "whether the item was the last click, or was clicked so many clicks ago",
  history: "whether the visitor had the item in earlier sessions, how often, how long ago, and near to the items of now",
};

class Sessions {
  constructor(page) {
    this.page = page;
    this.seen = page.data.seen;
    this.network = new Network(page.network);
    this.order = this.seen.items.map((_, n) => n).sort((p, q) => this.seen.popularity[q] - this.seen.popularity[p]);
    this.badges();
    this.build();
    this.follow();
    page.address.onchange(() => this.follow());
  }

  badges() {
    const {page, seen} = this, {metrics = {}} = page.data.learned;
    page.badge(counted(seen.items.length, "item"));
    page.badge(`counts of ${counted(seen.sessions, "session")}`);
    if (Number.isFinite(metrics["mrr@20"])) page.badge(`MRR@20 ${figure(metrics["mrr@20"])} on what was held out, with counts`);
  }

  build() {
    const {page} = this;
    this.search = el("input", {type: "text", autocomplete: "off", spellcheck: "false", class: "search", oninput: () => this.find()});
    this.search.addEventListener("keydown", event => {
      if (event.key === "Enter" && this.hits.length) this.click(this.hits[0]);
    });
    this.results = el("div", {class: "tries", role: "group", "aria-label": "items to click"});
    this.found = el("p", {class: "small soft", role: "status"});
    this.clicks = el("ol", {class: "clicks"});
    this.empty = el("p", {class: "soft"}, "No click yet. Choose an item below.");
    this.undo = button("take the last click back", () => this.change(this.session.slice(0, -1)));
    this.clear = button("begin again", () => this.change([]));
    this.next = el("div");
    this.side = el("div", {class: "stack"});
    page.main.append(el("div", {class: "columns"}, el("div", {class: "stack"},
      card("The session", this.empty, this.clicks, el("div", {class: "row"}, this.undo, this.clear), page.saying,
        el("label", {class: "row gap"}, "search items ", this.search), this.found, this.results),
      this.next), this.side));
  }

  // --- the session ---

  follow() {
    const named = (this.page.address.get("clicks") ?? "").split(",").filter(one => /^\d{1,9}$/.test(one)).map(Number);
    const known = named.filter(item => item < this.seen.items.length).slice(-LONGEST);
    this.change(this.page.address.get("clicks") === null ? this.order.slice(0, BEGIN).reverse() : known);
  }

  /** A click at a button replaces the buttons: who works by keyboard goes on in the search field. */
  click(item, event = null) {
    this.search.value = "";
    this.change([...this.session, item].slice(-LONGEST));
    if (event?.detail === 0) this.search.focus();
  }

  change(session) {
    this.session = session;
    this.find();
    this.draw();
    this.page.address.set({clicks: session.join(",")});
  }

  find() {
    const {items} = this.seen, wanted = this.search.value.trim().toLowerCase();
    const all = wanted ? this.order.filter(item => items[item].toLowerCase().includes(wanted)) : this.order;
    const same = all.filter(item => items[item].toLowerCase() === wanted);  // whose whole name it is
    this.hits = [...same, ...all.filter(item => !same.includes(item))].slice(0, FOUND);
    this.results.replaceChildren(...this.hits.map(item => button(items[item], event => this.click(item, event))));
    this.found.textContent = wanted ? `${counted(all.length, "item")} found${all.length > FOUND ? `; the ${FOUND} that are clicked most` : ""}. Enter clicks the first.`
      : "The items that are clicked most:";
  }

  // --- what is seen ---

  draw() {
    const {seen, session} = this;
    this.empty.hidden = session.length > 0;
    for (const one of [this.undo, this.clear]) allow(one, session.length > 0);
    this.clicks.replaceChildren(...session.map(item => el("li", {}, seen.items[item])));
    const said = session.length ? this.network.next(session, NEXT) : [];
    this.next.replaceChildren(session.length ? this.coming(said) : "");
    this.side.replaceChildren(...(session.length ? [this.met(session[session.length - 1])] : []), this.weights());
    this.say(said);
  }

  /** The sentence of what is seen. */
  say(said) {
    const {seen, session} = this;
    if (!said.length) {
      this.page.say("Before any click the network says nothing: the model goes by what is popular.");
      return;
    }
    const [{item, chance, because}] = said, {items} = seen;
    const why = session.length > 1 ? ` Because of “${items[session[because]]}”: without that click it would be least likely.` : "";
    this.page.say(el("b", {}, `After ${counted(session.length, "click")}, the last one “${items[session[session.length - 1]]}”: `),
      `the network expects “${items[item]}”, with ${percent(chance)}.${why}`);
  }

  coming(said) {
    const {items} = this.seen, {session} = this;
    const most = said[0].chance;
    const rows = said.map(({item, chance, because}) => el("tr", {},
      el("th", {scope: "row"}, button(items[item], event => this.click(item, event), {class: "bare"})), el("td", {class: "number"}, percent(chance)),
      el("td", {class: "third"}, el("span", {class: "bar no", style: {width: `${100 * chance / most}%`}})),
      el("td", {}, session.length > 1 ? items[session[because]] : "")));
    const head = ["click next", "probability", "relative to the first", ...(session.length > 1 ? ["because of"] : [""])];
    return card("What the network expects next", el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "what comes next"},
      el("table", {class: "plain"}, el("thead", {}, el("tr", {}, ...head.map(one => (one ? el("th", {scope: "col"}, one) : el("td"))))),
        el("tbody", {}, ...rows))),
    el("p", {class: "small soft"}, session.length > 1 ? "“Because of” is the click without which the network would give the item the smallest probability. " : "",
      "This is the network alone: recommendations also add up what counts say, with weights of their own. Counts after several clicks, and what a visitor did in earlier sessions, are not in this page. ",
      "MRR@20, above, measures recommendations: the mean of 1 / the place of the item that came, 0 where it is not among 20."));
  }

  /** What counts have of an item. */
  met(item) {
    const {items, met, popularity} = this.seen, rows = met[item] ?? [], most = rows.length ? rows[0][1] : 1;
    const body = rows.map(([other, near]) => el("tr", {}, el("th", {scope: "row"}, button(items[other], event => this.click(other, event), {class: "bare"})),
      el("td", {class: "number"}, figure(near, 2)), el("td", {class: "third"}, el("span", {class: "bar yes", style: {width: `${100 * near / most}%`}}))));
    return card(`What counts say: near to “${items[item]}”`,
      el("p", {class: "small soft"}, `It was clicked ${counted(popularity[item], "time")}. Each time that another item was d clicks away, in either order, counts 1/d. Bars are relative to the first.`),
      met[item] === undefined ? el("p", {class: "small"}, "The page has this of the items that are clicked most; this is none of them.")
        : el("table", {class: "plain"}, el("tbody", {}, ...body)));
  }

  /** How much each source of a recommendation counts. */
  weights() {
    const {weights} = this.seen;
    const what = Object.keys(weights).map(source => el("li", {}, el("b", {}, `${source}: `), TERMS[source]));
    const groups = Object.entries(weights).flatMap(([source, terms]) => Object.entries(terms).map(([name, weight], k) => el("tr", {},
      el("td", {}, k ? "" : source), el("th", {scope: "row"}, name.replaceAll("_", " ")), el("td", {class: "number"}, figure(weight)))));
    return card("What a recommendation adds up", el("p", {class: "small soft"}, "An item's score is the sum of these terms, each with its weight; softmax makes probabilities of the scores of all items. "
      + "The weights are learned on the last sessions of the log."), el("ul", {class: "small soft terms"}, ...what),
    el("details", {class: "small"}, el("summary", {}, `The ${groups.length} weights`),
      el("p", {class: "soft"}, "Terms have different units: a larger weight need not count for more."),
      el("table", {class: "plain"}, el("tbody", {}, ...groups))));
  }
}

open(page => new Sessions(page));
