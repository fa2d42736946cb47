// What is seen stands in the address, behind "#": a link shows the same again. A page in a notebook has no address of
// its own; there it is kept in the page alone.

const PAUSE = 200;  // milliseconds between two writings, at least: browsers refuse more
export const TYPED = 2000;  // characters of a typed input that stand in it: what passes links on cuts longer ones

/** A sentence where what is typed is too long for the address. */
export function beyond(text) {
  return text.length > TYPED ? ` It is longer than ${TYPED} characters, too long for the address: a link does not show it.` : "";
}

const placed = location.protocol !== "about:";
let kept = new URLSearchParams(placed ? location.hash.slice(1) : "");
let waiting = null;

function write() {
  waiting = null;
  history.replaceState(null, "", `#${kept}`);
}

export const address = {
  /** What the address says of `name`, as text; null where it says nothing. */
  get(name) { return kept.get(name); },

  /** A whole number from `low` to `high` that the address names, or `otherwise`. */
  whole(name, low, high, otherwise) {
    const found = kept.get(name);
    const value = Number(found);
    return found !== null && /^\d{1,15}$/.test(found) && value >= low && value <= high ? value : otherwise;
  },

  /** Writes values into it; null takes one out. */
  set(values) {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined) kept.delete(name);
      else kept.set(name, String(value));
    }
    if (placed) waiting ??= setTimeout(write, PAUSE);
  },

  /** Calls when somebody follows a link into this page, or types another address. */
  onchange(follow) {
    addEventListener("hashchange", event => {
      clearTimeout(waiting);
      waiting = null;
      kept = new URLSearchParams(new URL(event.newURL).hash.slice(1));  // by now `write` may have changed the address
      follow();
    });
  },
};
