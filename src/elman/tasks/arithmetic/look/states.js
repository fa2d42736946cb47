// States of the machine in words and in signs.

const MOST_NAMED = 8;  // states in a sentence; of more, how many more there are

/** What a state is called on the wire: the carry is a 1. */
export function short(seen, state) {
  return seen.states.length === 2 ? String(state) : seen.states[state];
}

/** A state in a sentence: its name, or where it has none, its number. */
export function called(seen, state) {
  const name = seen.states[state];
  return /^\d+$/.test(name) ? `state ${name}` : `“${name}”`;
}

/** Several states of which it is one: "state 1 or 2". */
export function either(seen, states) {
  const some = states.slice(0, MOST_NAMED), more = states.length - some.length;
  const names = some.map((q, k) => (k ? called(seen, q).replace("state ", "") : called(seen, q)));
  return [...names, ...(more ? [`${more} more`] : [])].join(" or ");
}
