// The page of a text model: a passage as the network reads it, what its units follow, and what it writes.
import "./page.css";
import {allow, button, card, choices, el, figure, numberField, shade} from "../../../look/dom.js";
import {open} from "../../../look/frame.js";
import {gateName} from "../../../look/gates.js";
import {Player} from "../../../look/player.js";
import {Slices} from "../../../look/slices.js";
import {FOLLOWS, following} from "./following.js";
import {earlier, expected, strongest} from "./pictures.js";
import {LONG, Reading} from "./reading.js";
import {END, Symbols} from "./symbols.js";
import {Writing} from "./writing.js";

const OWN = 4000;  // symbols that it writes where there is no text to read
const PIECE = 16;  // of them, before the page can do other things
const BEGIN = 40;  // the place that is seen first: something stands before it
const TYPED = 2000;  // characters that a visitor may type
const MOST_SYMBOLS = 10 ** 5;  // of any text here
const FAINT = 1;  // nats: what costs less is hardly coloured
const MOST = 6;  // nats that have the full colour
const FAR = 3;  // nats from which a symbol is underlined
const FULL = 0.46;  // share of a colour in the full one, on which text can be read
const PAUSE = 150;  // milliseconds without a move before what takes longer is computed

const mixed = (share, to) => shade(FULL * Math.min(1, share), "--card", to);

class Text {
  constructor(page) {
    this.page = page;
    this.network = page.network;
    this.a = page.network.architecture;
    this.seen = page.data.seen;
    this.symbols = new Symbols(this.seen);
    this.by = null;  // the unit that colours; null: surprise
    this.toRead = new Slices();
    this.afterwards = new Slices();
    this.build();
  }

  /** Reads a text; where there is none, it writes one first. */
  async begin() {
    const {page, seen, symbols} = this;
    page.main.inert = true;
    this.given = seen.tokens ?? await this.toRead.run(this.writtenByItself(),
      count => page.say(`It writes a text to read: ${figure(count)} of ${figure(OWN)} ${symbols.many}.`));
    page.main.inert = false;
    this.follow();
    page.address.onchange(() => this.follow());
  }

  *writtenByItself() {
    const stream = this.network.stream(), dice = this.page.engine.random(0), found = [END];
    try {
      while (found.length <= OWN) {
        found.push(...stream.sample(found.slice(-1), dice.uniform(0, 1, PIECE), 1));
        yield found.length - 1;
      }
    } finally {
      stream.release();
      dice.release();
    }
    return found;
  }

  // --- what there is ---

  build() {
    const {page, seen, symbols, a} = this, {many} = symbols;
    this.source = {
      "held out": `of the text that was held out: it never learned from these ${many}`,
      learned: "of the text that it learned from: nothing was held out",
    }[seen.of] ?? "that the network wrote itself: its text was not at hand when this page was made";
    this.colour = choices("coloured by", [["surprise", "surprise"], ["unit", "a unit"]], kind => {
      this.by = kind === "unit" ? this.unitOfFields() : null;
      this.paint();
    });
    const {states} = this.network.cell;
    this.stateField = el("select", {"aria-label": "state", onchange: () => this.chosen()}, ...states.map(name =>
      el("option", {value: name}, `${name}, the ${gateName(name)}`)));
    this.numbers = {layer: 0, unit: 0};
    const number = (name, most) => numberField(name, most, value => { this.numbers[name] = value; this.chosen(); });
    this.layerField = number("layer", a.layers - 1);
    this.unitField = number("unit", a.hidden - 1);
    this.fields = el("div", {class: "row"}, this.stateField, ...(a.layers > 1 ? [el("span", {}, "layer"), this.layerField.input, this.layerField.wrong] : []),
      el("span", {}, "unit"), this.unitField.input, this.unitField.wrong);
    this.passage = el("div", {class: "passage", onclick: event => {
      if (event.target.dataset.t) { this.player.pause(); this.player.go(Number(event.target.dataset.t)); }
    }});
    this.player = new Player({label: symbols.one, onmove: () => this.draw(), pace: 300,
      words: (t, length) => `“${symbols.shown(this.reading.shown[t])}”, ${t + 1} of ${length}`});
    this.earlierText = button("◀ passage before", () => this.move(-LONG));
    this.laterText = button("next passage ▶", () => this.move(LONG));
    this.about = el("p", {class: "small soft"});
    this.legend = el("div", {class: "legend"});
    this.scale = el("p", {class: "small soft"});
    this.own = el("textarea", {rows: 4, spellcheck: "false", maxlength: TYPED, oninput: () => this.type(this.own.value)});
    this.writing = new Writing({page, symbols, documents: seen.documents});
    this.side = {expected: el("div", {class: "stack"}), earlier: el("div"), units: el("div", {"aria-busy": "true"})};
    const bytes = symbols.bytes ? el("p", {class: "small soft"},
      "This network reads bytes: what is no ASCII is several of them, each with a number.") : "";
    page.main.append(el("div", {class: "columns"},
      el("div", {class: "stack"},
        card("A text, as it reads it", el("div", {class: "row"}, this.colour.element, this.fields), this.about, this.passage,
          this.player.element, page.saying, this.legend, this.scale, el("div", {class: "tries"}, this.earlierText, this.laterText), bytes),
        card("Read a text of your own", el("label", {class: "small soft"},
          `Up to ${figure(TYPED)} characters. Leave it empty to go back.`, this.own)),
        this.writing.element),
      el("div", {class: "stack"}, this.side.expected,
        card("What moved this prediction", this.side.earlier, el("p", {class: "small soft"},
          `Nats that the ${symbols.one} would have cost more, had the network not read this one: up, it helped; down, it `
          + "hindered. Each is left out in turn. The scale ends at 2 nats at every place.")),
        card("What units follow", this.side.units))));
  }

  // --- what is read ---

  /** What the address says. */
  follow() {
    const {address} = this.page, {states} = this.network.cell, typed = address.get("text") ?? "";
    const [state, layer, unit] = (address.get("by") ?? "").split(".");
    const whole = (text, most) => /^\d{1,6}$/.test(text ?? "") && Number(text) <= most;
    this.by = states.includes(state) && whole(layer, this.a.layers - 1) && whole(unit, this.a.hidden - 1)
      ? {state, layer: Number(layer), unit: Number(unit)} : null;
    if (this.by) this.setFields(this.by);
    this.own.value = typed.slice(0, TYPED);
    this.writing.follow();
    this.type(this.own.value, address.whole("at", 1, MOST_SYMBOLS, 1), address.whole("t", 0, LONG - 1, BEGIN));
  }

  /** Reads what a visitor typed, or where that is nothing, the passage. */
  type(text, at = 1, t = BEGIN) {
    const {symbols, unknown} = this.symbols.encode(text.slice(0, TYPED));
    this.typed = symbols.length ? text.slice(0, TYPED) : "";
    const lacks = unknown.length ? ` It has no symbol for ${unknown.slice(0, 10).join(" ")}, and does not read ${
      unknown.length > 1 ? "them" : "it"}.` : "";
    this.read(symbols.length ? [END, ...symbols] : this.given, at, t, lacks);
  }

  move(by) {
    this.read(this.tokens, Math.max(1, this.reading.from + by), BEGIN, "");
  }

  read(tokens, from, t, lacks) {
    this.player.pause();
    this.tokens = tokens;
    this.reading = new Reading(this.network, tokens, Math.min(from, tokens.length - 1));
    const {reading, symbols} = this, {shown} = reading;
    this.lacks = lacks;
    this.tell();
    allow(this.earlierText, reading.from > 1);
    allow(this.laterText, reading.from + LONG < tokens.length);
    this.spans = shown.map((token, k) => this.span(token, k));
    this.passage.replaceChildren(...this.spans.flatMap((span, k) => (symbols.characters[shown[k]] === "\n" || shown[k] === END
      ? [span, el("br")] : [span])));
    this.afterwards.stop();
    this.player.set(shown.length, t);
    this.toRead.run(reading.read(), () => this.arrived()).then(() => this.wholeRead());
  }

  /** More of the passage is read. */
  arrived() {
    this.paint(false);
    if (!this.seenAt) this.draw();
  }

  wholeRead() {
    this.tell();
    this.paint();
  }

  /** What the passage is, and what it cost once it is read. */
  tell() {
    const {reading, symbols, typed, lacks} = this, {shown, nats, known} = reading;
    const mean = nats.reduce((sum, one) => sum + one, 0) / known;
    const too = reading.before > 1 ? ` It read the ${figure(reading.before)} before them, too.` : "";
    this.about.textContent = `${figure(shown.length)} ${symbols.many} from place ${figure(reading.from)} ${
      typed ? "of your text" : this.source}; ${known < shown.length ? "it is being read"
      : `${figure(mean)} nats per ${symbols.one}`}.${too}${lacks}`;
  }

  span(token, t) {
    const character = this.symbols.characters[token], shown = this.symbols.shown(token);
    const sign = shown !== character && character !== " ";
    return el("span", {"data-t": t, class: sign ? "sign" : false}, character === " " ? " " : shown);
  }

  // --- colours ---

  unitOfFields() {
    return {state: this.stateField.value, ...this.numbers};
  }

  setFields({state, layer, unit}) {
    this.stateField.value = state;
    this.numbers = {layer, unit};
    this.layerField.set(layer);
    this.unitField.set(unit);
  }

  chosen() {
    this.by = this.unitOfFields();
    this.paint();
  }

  named({state, layer, unit}) {
    return `${state} ${unit}${this.a.layers > 1 ? ` of layer ${layer}` : ""}`;
  }

  /** Colours the passage, as far as it is read. */
  paint(again = true) {
    const {by, reading, spans} = this;
    this.colour.choose(by ? "unit" : "surprise");
    this.fields.hidden = !by;
    const values = reading.nats.map((nats, t) => (by ? reading.value(by, t) : nats));
    const most = by ? Math.max(1, ...values.map(Math.abs)) : MOST;
    values.forEach((value, t) => {
      const span = spans[t];
      span.classList.toggle("far", reading.nats[t] >= FAR);
      const faint = value < FAINT ? 0.1 * value / FAINT : 0.1 + 0.9 * (value - FAINT) / (MOST - FAINT);
      span.style.setProperty("background",
        by ? mixed(Math.abs(value) / most, value < 0 ? "--no" : "--yes") : mixed(faint, "--yes"));
    });
    const words = by ? [figure(-most, 1),
      `${figure(most, 1)}: ${this.named(by)} after each ${this.symbols.one}; the scale is that of this passage`]
      : ["0", `${MOST} nats and more`];
    this.legend.replaceChildren(words[0], el("span", {class: `ramp ${by ? "unit" : "surprise"}`}), words[1]);
    this.scale.textContent = by ? "" : `Nats measure surprise: 0 is certain, 1 a chance of 37 %, 3 of 5 %. Below ${FAINT} nat the colour is `
      + `faint; from ${FAR} nats on, the ${this.symbols.one} is underlined.`;
    if (again) this.draw();
  }

  // --- what is seen ---

  draw() {
    const {reading, symbols, by, page} = this, t = this.player.at, came = reading.shown[t], nats = reading.nats[t];
    this.spans.forEach((span, k) => span.classList.toggle("now", k === t));
    this.seenAt = t < reading.known;
    if (!this.seenAt) {
      page.say("The network reads: this place is still to come.");
      return;
    }
    const chances = reading.chances(t), glyph = symbols.shown(came);
    this.side.expected.replaceChildren(card(`It expected, and “${glyph}” came: ${nats.toFixed(2)} nats`,
      ...expected(symbols, chances, came)));
    const before = symbols.decode(reading.tokens.slice(Math.max(0, reading.before + t - 20), reading.before + t));
    page.say(el("b", {}, `“${glyph}” `), before ? `came after “${before}”. ` : "comes first. ", `The network gave it a chance of ${figure(100 * chances[came], 2)}\u00a0%: ${
      nats.toFixed(2)} nats.`, by ? ` After it, ${this.named(by)} is ${reading.value(by, t).toFixed(2)}.` : "");
    page.address.set({text: this.typed || null, at: reading.from, t,
      by: by && [by.state, by.layer, by.unit].join(".")});
    clearTimeout(this.waiting);
    if (reading.known === reading.shown.length) this.waiting = setTimeout(() => this.later(t), PAUSE);
  }

  /** What takes longer: leaving out, and writing on. */
  async later(t) {
    const each = await this.afterwards.run(this.reading.leftOut(t)), {earlier: place} = this.side;
    if (each.length) {
      const width = Math.max(260, Math.min(440, place.clientWidth));
      place.replaceChildren(earlier(this.symbols, each, width), el("p", {}, strongest(this.symbols, each)));
    } else place.replaceChildren(el("p", {}, "Too little stands before it."));
    this.writing.from(this.reading, t);
    if (!this.units) this.tellFollowing();
  }

  /** The table of units, as soon as the whole text is read. */
  async tellFollowing() {
    this.units = new Slices();
    const {units: place} = this.side, {symbols} = this;
    const progress = el("p", {class: "soft"}), {given} = this;
    place.replaceChildren(progress);
    const {rows, units, follow, each} = await this.units.run(following(this.network, symbols, given), count => {
      progress.textContent = `${figure(count)} of ${figure(given.length)} ${symbols.many} are read …`;
    });
    const body = rows.map(row => el("tr", {}, el("th", {scope: "row"}, row.feature),
      el("td", {}, button(this.named(row), () => { this.by = row; this.setFields(row); this.paint(); })),
      el("td", {}, row.found.toFixed(2)), el("td", {}, row.told.toFixed(2))));
    const head = ["follows", "unit", "r found", "r told"].map(words => el("th", {scope: "col"}, words));
    place.replaceChildren(el("table", {class: "plain followed"}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body)),
      el("p", {}, el("b", {}, `${figure(units - follow)} of ${figure(units)} follow none of these`),
        ` with |r| ≥ ${FOLLOWS} on both halves; ${figure(follow)} do.`),
      el("p", {class: "small soft"}, `For each, the unit that follows it best on one half, ${figure(each)} ${symbols.many} ${
        this.source}; “told” is the correlation on the other half. r, the correlation, is 0 where the unit does not `
        + `follow, and 1 or -1 where it follows exactly. ${this.network.cell.states.map(name => `${name}: the ${gateName(name)}`).join("; ")
        }. Click a unit to colour the passage by it.`));
    place.removeAttribute("aria-busy");
  }
}

open(page => new Text(page).begin());
