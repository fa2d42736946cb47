// What arrives from outside, checked: an error says where, what was expected, what was found.

export class EngineError extends Error {
  constructor(message) {
    super(message);
    this.name = "EngineError";
  }
}

export function choose(where, found, names) {
  if (!names.includes(found)) throw new EngineError(`${where}: expected one of ${names.join(", ")}; found ${found}`);
  return found;
}

export function whole(where, value, least, most = 2 ** 31 - 1) {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new EngineError(`${where}: expected a whole number from ${least} to ${most}; found ${value}`);
  return value;
}

export function product(numbers) {
  return numbers.reduce((x, y) => x * y, 1);
}

export function floats(where, values, count = values?.length) {
  if (!values || values.length !== count)
    throw new EngineError(`${where}: expected ${count ?? "some"} numbers; found ${values?.length ?? "none"}`);
  const found = Float32Array.from(values);
  if (!found.every(Number.isFinite)) throw new EngineError(`${where}: expected finite numbers`);
  return found;
}

export function symbols(where, values, below, count = values?.length) {
  if (!values || values.length !== count)
    throw new EngineError(`${where}: expected ${count ?? "some"} whole numbers; found ${values?.length ?? "none"}`);
  for (const value of values) whole(where, value, 0, below - 1);
  return Int32Array.from(values);
}
