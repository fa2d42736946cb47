// The frame of every page: its data, the engine, what stands above and below, and the one sentence of what is seen now.
import "./look.css";
import {button, counted, el, figure} from "./dom.js";
import {address} from "./address.js";
import {Engine} from "./engine.js";
import {bytes, weights} from "./numbers.js";

const NAMES = {rnn: "rnn", lstm: "LSTM", gru: "GRU", none: "network without memory"};

/** What a network is, in a line: its architecture, its tensors' shapes, and what is known of its training. */
export function described(a, shapes, learned = {}) {
  const kind = `${a.nonlinearity ? `${a.nonlinearity} ` : ""}${NAMES[a.cell] ?? a.cell}`;
  const size = shapes.reduce((sum, shape) => sum + shape.reduce((x, y) => x * y, 1), 0);
  const layers = a.layers > 1 ? `, ${a.layers} layers` : "";
  const parts = [`${a.bidirectional ? "bidirectional " : ""}${kind}${layers}, ${counted(a.hidden, "hidden unit")}`,
    counted(size, "parameter")];
  if (learned.updates) {
    const {seconds} = learned;
    parts.push(`${counted(learned.updates, "update")} in ${figure(seconds, seconds < 10 ? 3 : 0)} s`);
  }
  return parts.join(", ");
}

/** Light or dark: as the address says, or else as the system has it. */
function lighten() {
  const named = address.get("theme"), root = document.documentElement;
  if (["light", "dark"].includes(named)) root.dataset.theme = named;
  else delete root.dataset.theme;
}

/** The other one than is seen. */
function other() {
  const seen = document.documentElement.dataset.theme;
  const dark = seen ? seen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  address.set({theme: dark ? "light" : "dark"});
  lighten();
}

/** Opens the page: every script of a task calls this once, at its end.
 *
 * show(page) builds the page. It is given
 *   page.data      what Python wrote: name, task, learned, proof, network, seen (the task's own)
 *   page.engine    the engine, ready
 *   page.network   the network, as engine.js has it; page.net(packed) is another one that `seen` holds
 *   page.main      the element to fill
 *   page.say(…)    the one sentence of what is seen now, read out by screen readers; children as of `el`
 *   page.saying    its element, to be put where it belongs
 *   page.head(…)   names another network than the page's above it, as it is shown: a name, and what it is, in a line
 *   page.badge(…)  a short fact beside the name: words, and "good", "bad" or ""
 */
export async function open(show) {
  const data = JSON.parse(document.getElementById("data").textContent);
  const saying = el("p", {id: "now", class: "say", role: "status", "aria-live": "polite"});
  const heading = el("h1"), facts = el("div", {class: "row"});
  const header = el("header", {}, el("div", {class: "name small"}, heading, button("light / dark", other)), facts);
  const head = (name, line) => {
    heading.replaceChildren(name);
    facts.replaceChildren(el("span", {class: "soft"}, line));
  };
  const {architecture, tensors} = data.network ?? {};
  head(data.name, data.network ? described(architecture, Object.values(tensors), data.learned) : "");
  lighten();
  address.onchange(lighten);
  const main = el("main");
  const footer = el("footer", {}, `elman ${data.version}. The model, its engine and this page are one file: `,
    "nothing was loaded from anywhere, and nothing that you type leaves it.");
  document.body.append(el("div", {class: "frame"}, header, main, footer));
  const page = {data, main, saying, address, head,
    say: (...children) => saying.replaceChildren(...children),
    badge: (words, kind = "") => facts.append(el("span", {class: `badge ${kind}`}, words))};
  const loading = el("p", {class: "soft"}, "The network is taken out of this file …");
  main.append(loading);
  await new Promise(done => setTimeout(done));  // the browser draws it
  try {
    page.engine = await Engine.load(bytes(document.getElementById("engine").textContent));
    page.net = packed => page.engine.network(packed.architecture, weights(packed));
    page.network = data.network && page.net(data.network);
    loading.remove();
    await show(page);
    document.documentElement.dataset.ready = "";
  } catch (error) {
    main.prepend(el("p", {class: "say wrong", role: "alert"}, `This page cannot go on: ${error.message}`));
    throw error;
  }
}
