// What Python wrote of bytes and weights, as numbers.

/** The bytes that base64 stands for. */
export function bytes(text) {
  const letters = atob(text.trim()), found = new Uint8Array(letters.length);
  for (let at = 0; at < found.length; at++) found[at] = letters.charCodeAt(at);
  return found;
}

/** A half (IEEE 754, 16 bits) as a number. */
function wide(half) {
  const exponent = (half >> 10) & 31, fraction = half & 1023, sign = half >> 15 ? -1 : 1;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

/** Halves as floats: there are millions, of 65,536 kinds. */
function widened(halves) {
  const each = Float32Array.from({length: 1 << 16}, (_, half) => wide(half)), found = new Float32Array(halves.length);
  for (let at = 0; at < halves.length; at++) found[at] = each[halves[at]];
  return found;
}

/** The parameters of a network, one after the other, of what `packed` in building.py wrote. */
export function weights({weights: text, form}) {
  const {buffer} = bytes(text);
  return form === "float16" ? widened(new Uint16Array(buffer)) : new Float32Array(buffer);
}
