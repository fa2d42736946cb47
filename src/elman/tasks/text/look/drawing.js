// What a network writes, drawn one symbol after another: as it comes, or held to a form.
import {softmax} from "./reading.js";
import {END} from "./symbols.js";

const LENGTH = 400;  // symbols where there is no form
const PIECE = 16;  // symbols that are drawn before the page can do other things
const TRIES = 16;  // at a line that does not end with a word

/** As it comes: yields all symbols so far. `last` is read first; documents end at END. */
export function* free(stream, dice, last, heat, documents) {
  const found = [];
  while (found.length < LENGTH) {
    found.push(...stream.sample([found.at(-1) ?? last], dice.uniform(0, 1, PIECE), heat));
    const end = documents ? found.indexOf(END) : -1;
    if (end >= 0) return found.slice(0, end + 1);
    yield found;
  }
  return found;
}

/** Held to a form: yields all symbols so far. What may not come is not drawn.
 *
 * Where words are parted by spaces, lines end with whole words, as far as the network writes such lines (as
 * elman/tasks/text/writing/wrapping.py does): a line that is full in the middle of a word is cut at its last gap, or where
 * it has none, written anew.
 */
export function* formed(stream, dice, last, heat, form, documents) {
  let found = [], place = form.start, tries = 0, gap = null;
  const mark = (next, at, so) => ({state: stream.state, last: next, place: at, found: so});
  let start = mark(last, place, found);  // where the line can be begun anew; gap: where it can be cut
  while (place.line < form.count) {
    const logits = stream.step([last]), allowed = form.allowed(place, documents);
    if (form.words) gapsAreSpaces(logits, allowed, form);
    const again = form.words && spoilsAWord(logits, allowed, form, place) && (gap ?? (heat > 0 && tries++ < TRIES && start));
    const {line} = place;
    if (again) {
      stream.state = again.state;
      ({last, place, found} = again);
    } else {
      const drawn = draw(logits, allowed, heat, dice.uniform(0, 1, 1)[0]);
      if (drawn === END) return [...found, END];
      if (drawn === form.space && allowed[form.newLine]) {
        gap = mark(form.newLine, form.after(place, form.newLine), [...found, form.newLine]);
      }
      place = form.after(place, drawn);
      found = [...found, drawn];
      last = drawn;
    }
    if (again === gap || place.line > line) {
      start = mark(last, place, found);
      [gap, tries] = [null, 0];
    }
    yield found;
  }
  return last === form.newLine ? found.slice(0, -1) : found;
}

/** Where a line may not end yet, what the network gives to a line's end goes to the space. */
function gapsAreSpaces(logits, allowed, {newLine, space}) {
  if (allowed[newLine] || !allowed[space]) return;
  const most = Math.max(logits[space], logits[newLine]);
  logits[space] = most + Math.log(Math.exp(logits[space] - most) + Math.exp(logits[newLine] - most));
}

/** Whether the line must end here, although the network finds it likelier that its last word goes on; or must not end,
 * although it finds it likelier that the word is over. */
function spoilsAWord(logits, allowed, {newLine, space, goesOn}, {inside}) {
  const chances = softmax(logits), share = kinds => chances.reduce((sum, chance, one) => sum + (kinds[one] ? chance : 0), 0);
  if (!allowed[newLine] && !allowed[space]) return inside > 0 && chances[newLine] + chances[space] > 0.5;
  return allowed[newLine] && allowed.filter((may, symbol) => may && symbol !== END).length === 1 && share(goesOn) > 0.5;
}

/** A symbol by its number from 0 to 1; at heat 0 the likeliest. */
function draw(logits, allowed, heat, number) {
  const some = Array.from(logits, (y, symbol) => (allowed[symbol] ? y : -Infinity));
  if (heat === 0) return some.indexOf(Math.max(...some));
  const chances = softmax(some.map(y => y / heat));
  let sum = 0;
  const drawn = chances.findIndex(chance => (sum += chance) > number);
  return drawn < 0 ? some.indexOf(Math.max(...some)) : drawn;  // where rounding leaves none
}
