// Elements of a page. Whatever comes from a model is given as a child: a string becomes text, never markup.

/** An element with attributes and children; what begins with "on" is a listener, `style` an object of properties. */
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same of SVG. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [p, v] of Object.entries(value)) element.style.setProperty(p, v);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A card with a heading. */
export function card(title, ...children) {
  return el("section", {class: "card"}, ...(title ? [el("h2", {}, title)] : []), ...children);
}

/** A button that does something, while it is allowed to. */
export function button(words, onclick, attributes = {}) {
  const act = event => { if (event.currentTarget.ariaDisabled !== "true") onclick(event); };
  return el("button", {type: "button", onclick: act, ...attributes}, words);
}

/** Whether a button may be used. One that may not keeps the focus, if it has it: people who work by keyboard stay there. */
export function allow(one, right) {
  one.setAttribute("aria-disabled", String(!right));
}

/** Several choices of which one is taken: buttons; `choose(value)` marks one. */
export function choices(label, options, onchoose) {
  const buttons = options.map(([value, words]) => {
    const one = button(words, () => { choose(value); onchoose(value); }, {"aria-pressed": "false"});
    one.dataset.value = value;
    return one;
  });
  const choose = value => {
    for (const one of buttons) one.setAttribute("aria-pressed", String(one.dataset.value === String(value)));
  };
  return {element: el("div", {class: "tries", role: "group", "aria-label": label}, ...buttons), choose};
}

let problems = 0;  // fields that can be wrong

/** What is wrong with a field, to stand beside it: {element, say(words)}; no words: nothing is. */
export function problem(field) {
  const element = el("p", {class: "problem", id: `problem${problems++}`, "aria-live": "polite"});
  field.setAttribute("aria-describedby", element.id);
  const say = words => {
    field.setAttribute("aria-invalid", String(words !== ""));
    if (element.textContent !== words) element.textContent = words;
  };
  say("");
  return {element, say};
}

/** A field for a whole number from 0 to `most`: {input, wrong, set(value)}. `onchoose(value)` is told of right ones; what is
 * wrong stands in `wrong`, and changes nothing. */
export function numberField(label, most, onchoose) {
  const input = el("input", {type: "number", class: "whole-number", min: 0, max: most, value: 0, "aria-label": label});
  const {element, say} = problem(input);
  input.addEventListener("input", () => {
    const right = /^\d{1,7}$/.test(input.value) && Number(input.value) <= most;
    say(right ? "" : `${label}: expected a whole number from 0 to ${most}`);
    if (right) onchoose(Number(input.value));
  });
  const set = value => {
    if (input.value === "" || Number(input.value) !== value) input.value = value;
    say("");
  };
  return {input, wrong: element, set};
}

/** What a picture shows, for those who do not see it. */
export function picture(words, width, height, ...children) {
  return svg("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words}, ...children);
}

/** The colour of a value from 0 to 1, between two of the palette. */
export function shade(value, from = "--cell0", to = "--cell1") {
  const share = Math.round(1000 * Math.min(1, Math.max(0, value))) / 10;
  return `color-mix(in srgb, var(${to}) ${share}%, var(${from}))`;
}

/** The colour of a value from -1 to 1: blue, nothing, orange. */
export function diverging(value) {
  return value < 0 ? shade(-value, "--cell0", "--no") : shade(value, "--cell0", "--yes");
}

/** A number for people: 65,536; 0.089. */
export function figure(value, digits = 3) {
  return Number(value).toLocaleString("en", {maximumFractionDigits: digits});
}

/** A measured number for people: its four digits that count, or of large ones six. */
export function significant(value) {
  if (value === null || value === undefined) return "–";
  return Number(value).toLocaleString("en", {maximumSignificantDigits: Math.abs(value) >= 1000 ? 6 : 4});
}

/** A share from 0 to 1 in percent. */
export function percent(share) {
  const found = 100 * share;
  return found > 0 && found < 0.1 ? "< 0.1\u00a0%" : `${figure(found, found < 99.95 ? 1 : 2)}\u00a0%`;
}

/** So many of something: "1 unit", "16 units", "2 tosses". */
export function counted(count, word, many = `${word}s`) {
  return `${figure(count)} ${count === 1 ? word : many}`;
}
