"""Accepts or rejects a certificate: `python -m elman.proof.checker MODEL CERTIFICATE` (exit 0, or 1 and the reason).

It stands alone: it reads both files itself, shares no code with the engine or with the prover, and computes with balls,
midpoint and radius, of the library FLINT: whatever a result may be lies in its ball. A certificate names finitely many
boxes of hidden states, the symbol that is answered on the way into each, and to which box each input symbol leads. What
is checked:

    1. The initial state is in box 0.
    2. From anywhere in a box, a symbol leads into the box that the table names. Whatever float32 may do is included.
    3. Anywhere in a box the output is on the right side of the threshold, by at least `margin`.
    4. The boxes, as a machine, answer every word as the reference does.

From 1 and 2, by induction over the length: the network is always in the box that the table names. With 3 and 4 it
always answers right. The arithmetic is assumed to be: sums in any order, fused with products or not, each rounding at
most u = 2^-24 (float64: 2^-53) of the result; what is smaller than 2^-126 may become 0; sigmoid and tanh within 4 units
in the last place. docs/proof.md derives the bounds.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from itertools import product, starmap
from pathlib import Path
from typing import Any, NamedTuple

from flint import arb, arb_mat

TINY = arb(0, 2.0**-100)  # more than all that underflow can cost in a sum, given LARGEST
LARGEST = 1 << 10  # of weights, states, and terms in a sum
UNITS = {"float32": 2.0**-24, "float64": 2.0**-53}  # unit roundoff of what a network computes with
TYPES = {"int8": ("I8", "b"), "float16": ("F16", "e"), "float32": ("F32", "f"), "float64": ("F64", "d")}  # of tensors

Balls = list[arb]
Transition = Callable[[int, Sequence[int]], tuple[int, int]]  # state, digits -> answer, next state


class Rejected(Exception):  # noqa: N818 (an answer, not an error)
    """The certificate proves nothing of this model; the message says why."""


def check(model: bytes, certificate: bytes, *, on_box: Callable[[int, int], None] = lambda done, total: None) -> float:
    """The margin that was proved, by the contents of two files; raises Rejected. `on_box` hears how far it is."""
    try:
        claim = _json(certificate)
    except (RecursionError, ValueError) as error:  # of an encoding, too
        at = getattr(error, "pos", getattr(error, "start", 0))  # of what is no JSON, or no text
        found = "its end" if at == len(certificate) else "something else"
        raise Rejected(f"it is no certificate: expected JSON; found {found} at character {at + 1:,}") from None
    require(type(claim) is dict and "checksum" in claim, "it is no certificate: it has no checksum")
    try:
        return _check(model, claim, on_box)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error) as error:
        raise Rejected(f"a file is not what it should be: {error}") from None


def _check(model: bytes, claim: dict[str, Any], on_box: Callable[[int, int], None]) -> float:
    require(claim.pop("checksum") == digest(claim), "its checksum is wrong: it was damaged or altered")
    known = {"format", "task", "model", "margin", "regions", "transitions"}
    require(set(claim) == known and _whole(claim["format"], 1, 1), f"expected format 1 with the fields {sorted(known)}")
    require(type(claim["margin"]) is float and claim["margin"] >= 0, "the margin is no number from 0 up")
    require(claim["model"] == sha256(model).hexdigest(), "it is a certificate of another model file")
    network = Network(model)
    require(claim["task"] == network.header["task"], "it is about another task")
    inputs, answers, reference = _reference(network.header)
    boxes = [_box(network, region) for region in claim["regions"]]
    outputs, table = [region["output"] for region in claim["regions"]], claim["transitions"]
    _check_table(table, outputs, len(inputs), answers)
    _check_equivalence(table, outputs, inputs, reference)

    require(boxes[0].holds(network.initial()), "the initial state is outside of box 0")
    balls = [box.balls() for box in boxes]
    entering = network.ih[0]([_read(digits, x, network.header) for x, digits in enumerate(inputs)])
    for i, (before, *products) in enumerate(zip(balls, *network.recurring(balls), strict=True)):
        for x, j in enumerate(table[i]):
            after = network.step(before, products, entering[x])
            require(boxes[j].holds(after), f"symbol {x} leads from box {i} out of box {j}")
        on_box(i + 1, len(boxes))
    entered = sorted({j for row in table for j in row})
    logits = network.logits([balls[j] for j in entered])
    margin = min(_margin(row, outputs[j], answers) for row, j in zip(logits, entered, strict=True))
    require(margin > 0 and margin >= claim["margin"], f"the margin is {margin}; it claims {claim['margin']}")
    return margin


def require(holds: bool, otherwise: str) -> None:
    """Rejects unless the condition holds."""
    if not holds:
        raise Rejected(otherwise)


# --- JSON, read strictly: what two readers could take for two things is nothing ---


def _json(text: bytes) -> Any:
    """Its value; a name that comes twice in an object, NaN and infinities are rejected."""
    no_number: Callable[[str], None] = lambda name: require(False, f"{name} is no number")  # noqa: E731
    return json.loads(text.decode(), object_pairs_hook=_object, parse_constant=no_number)


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    require(len(dict(pairs)) == len(pairs), f"a name comes twice among {[name for name, _ in pairs]}")
    return dict(pairs)


def _whole(value: Any, least: int, most: int) -> bool:
    """Whether it is a whole number in this range: 1, but neither true nor 1.0, which Python takes for equal."""
    return type(value) is int and least <= value <= most


# --- the certificate and what it claims ---


def digest(claim: dict[str, Any]) -> str:
    """The checksum of a certificate without one."""
    return sha256(json.dumps(claim, sort_keys=True, allow_nan=False).encode()).hexdigest()


class Box(NamedTuple):
    """Bounds (n,) of a state."""

    low: Sequence[float]
    high: Sequence[float]

    def holds(self, state: Balls) -> bool:
        """Whether all of the state is within the bounds."""
        return all(low <= x <= high for low, x, high in zip(self.low, state, self.high, strict=True))

    def balls(self) -> Balls:
        """The least balls around the bounds."""
        return [arb(low).union(high) for low, high in zip(self.low, self.high, strict=True)]


def _box(network: Network, region: dict[str, Any]) -> Box:
    low, high = region["low"], region["high"]
    require(set(region) == {"output", "low", "high"}, "expected boxes of output, low and high")
    require(len(low) == len(high) == network.size, f"a box needs {network.size} bounds on each side")
    require(all(type(bound) is float for bound in low + high), "a bound is no number")
    in_range = all(-LARGEST <= a <= b <= LARGEST for a, b in zip(low, high, strict=True))
    require(in_range, "a bound is out of range, or above its partner")
    return Box(low, high)


def _check_table(table: Any, outputs: Any, symbols: int, answers: int) -> None:
    n = len(outputs)
    require(len(table) == n and all(len(row) == symbols for row in table), f"expected {n} rows of {symbols} symbols")
    require(all(_whole(j, 0, n - 1) for row in table for j in row), "the table names a box that is not there")
    entered = {j for row in table for j in row}
    fits = all(_whole(outputs[j], 0, answers - 1) or (outputs[j] is None and j not in entered) for j in range(n))
    require(fits, f"the answer of a box is none of the {answers} symbols")


def _check_equivalence(table: Any, outputs: Any, inputs: Sequence[Sequence[int]], reference: Transition) -> None:
    """Walks through both machines at once, through all pairs of states that some word leads to."""
    pairs = [(0, 0)]
    seen = set(pairs)
    for i, q in pairs:
        for x, digits in enumerate(inputs):
            answer, after = reference(q, digits)
            require(outputs[table[i][x]] == answer, f"box {i} answers digits {digits} in state {q} wrongly")
            pair = table[i][x], after
            if pair not in seen:
                seen.add(pair)
                pairs.append(pair)


def _reference(header: dict[str, Any]) -> tuple[list[tuple[int, ...]], int, Transition]:
    """All tuples of digits, the number of answers, and what the model should compute."""
    codec = header["codec"]
    pairs = list(product(range(2), repeat=2))
    if header["task"] == "add":
        return pairs, 2, lambda carry, d: ((sum(d) + carry) % 2, (sum(d) + carry) // 2)
    if header["task"] == "subtract":
        return pairs, 2, lambda borrow, d: ((d[0] - d[1] - borrow) % 2, -((d[0] - d[1] - borrow) // 2))
    require(header["task"] == "transducer", f"no reference is known for the task {header['task']!r}")
    base, operands, answers, machine = (codec[name] for name in ("base", "operands", "answers", "machine"))
    require(_whole(base, 2, 16) and _whole(operands, 1, 8), "expected up to 8 operands in a base from 2 to 16")
    require(_whole(answers, 2, LARGEST), f"expected answers of a digit with 2 to {LARGEST} values")
    symbols = base**operands
    require(_whole(header["architecture"]["inputs"], symbols, symbols), "expected an input for each tuple of digits")
    inputs = list(product(range(base), repeat=operands))
    number, states = {digits: x for x, digits in enumerate(inputs)}, len(machine["next"])
    for name, below in (("next", states), ("output", answers)):
        fits = len(machine[name]) == states and all(len(row) == len(inputs) for row in machine[name])
        fits = fits and all(_whole(n, 0, below - 1) for row in machine[name] for n in row)
        require(fits, f"expected {states} rows of {len(inputs)} numbers below {below} in the machine's {name!r}")

    def reference(q: int, digits: Sequence[int]) -> tuple[int, int]:
        x = number[tuple(digits)]
        return machine["output"][q][x], machine["next"][q][x]

    return inputs, answers, reference


def _read(digits: Sequence[int], x: int, header: dict[str, Any]) -> Balls:
    """What the network reads: two bits as they are; for a transducer, one input of many is 1."""
    symbols = header["architecture"]["inputs"]
    return [arb(int(n == x)) for n in range(symbols)] if header["task"] == "transducer" else [arb(n) for n in digits]


def _margin(logits: Balls, answer: int, answers: int) -> float:
    """How far the outputs stay on the right side: above or below 0, or, of several, above all others."""
    require(len(logits) == (1 if answers == 2 else answers), "the network has another number of outputs")
    if answers == 2:
        return least(logits[0] if answer == 1 else -logits[0])
    return min(least(logits[answer] - other) for k, other in enumerate(logits) if k != answer)


# --- balls, and what floating point adds to them ---


def least(x: arb) -> float:
    """A float that is below the ball."""
    return math.nextafter(float(x.lower()), -math.inf)


def over(function: Callable[..., arb], *balls: arb) -> arb:
    """All values of a function that rises or falls in each argument while the others stay: extremes are at ends."""
    return reduce(arb.union, starmap(function, product(*((x.lower(), x.upper()) for x in balls))))


@dataclass(frozen=True)
class Sum:
    """Of terms, entry by entry: what they add up to, what their magnitudes do, and how many they are."""

    values: Balls
    sizes: Balls
    terms: int

    def __add__(self, other: Sum) -> Sum:
        values = [a + b for a, b in zip(self.values, other.values, strict=True)]
        sizes = [a + b for a, b in zip(self.sizes, other.sizes, strict=True)]
        return Sum(values, sizes, self.terms + other.terms)

    def gate(self, k: int, size: int) -> Sum:
        """The k-th `size` entries."""
        part = slice(k * size, (k + 1) * size)
        return Sum(self.values[part], self.sizes[part], self.terms)


class Affine:
    """W x + b."""

    def __init__(self, weights: Sequence[Sequence[float]], bias: Sequence[float]) -> None:
        rows = [[*row, b] for row, b in zip(weights, bias, strict=True)]
        self.matrix = arb_mat(rows).transpose()
        self.sizes = arb_mat([[abs(w) for w in row] for row in rows]).transpose()

    def __call__(self, inputs: Sequence[Sequence[arb]]) -> list[Sum]:
        """The terms for each x."""
        values = arb_mat([[*x, 1] for x in inputs]) * self.matrix
        sizes = arb_mat([[*(value.abs_upper() for value in x), 1] for x in inputs]) * self.sizes
        return [Sum(*pair, self.matrix.nrows()) for pair in zip(values.tolist(), sizes.tolist(), strict=True)]


class Network:
    """The network of a model file, as far as a proof needs it; states are (layer 0: h, c; layer 1: h, c; …)."""

    def __init__(self, data: bytes) -> None:
        size = int.from_bytes(data[:8], "little")
        self.tensors, self.data = _json(data[8 : 8 + size]), data[8 + size :]
        body = _json(self.tensors.pop("__metadata__")["elman"].encode())
        require(_whole(body["format"], 2, 2), "expected a model file of format 2")
        self.header = body["header"]
        self.a = a = self.header["architecture"]
        self.stored, self.unit, self.letter = self.header["stored"], UNITS[a["dtype"]], TYPES[a["dtype"]][1]
        require(self.stored in (a["dtype"], "float16", "int8"), "its tensors are of another type")
        self.rounding = arb(0, self.unit)
        handled = a["cell"] in ("rnn", "lstm", "gru") and a["bidirectional"] is False and a["symbols"] is False
        handled = handled and a.get("readout", "steps") == "steps"  # older files have no such field
        require(handled, "networks of this architecture are not handled")
        sizes = [a[name] for name in ("inputs", "outputs", "hidden", "layers")]
        require(all(_whole(size, 1, LARGEST) for size in sizes), f"expected sizes from 1 to {LARGEST}")
        self.hidden = a["hidden"]
        require(a["inputs"] + 2 * self.hidden + 2 <= LARGEST, f"expected sizes up to {LARGEST}")
        self.states = 2 if a["cell"] == "lstm" else 1
        self.width = self.states * self.hidden
        self.size = a["layers"] * self.width
        gates = {"rnn": 1, "lstm": 4, "gru": 3}[a["cell"]] * self.hidden
        widths = [a["inputs"], *[self.hidden] * (a["layers"] - 1)]
        self.ih = [self._affine(f"weight_ih_l{n}", f"bias_ih_l{n}", gates, width) for n, width in enumerate(widths)]
        self.hh = [self._affine(f"weight_hh_l{n}", f"bias_hh_l{n}", gates, self.hidden) for n in range(a["layers"])]
        self.head = self._affine("head.weight", "head.bias", a["outputs"], self.hidden)

    def _affine(self, weights: str, bias: str, rows: int, columns: int) -> Affine:
        numbers = self._tensor(weights, rows, columns)
        biases = self._tensor(bias, rows) if bias in self.tensors else [0.0] * rows
        return Affine([numbers[n : n + columns] for n in range(0, rows * columns, columns)], biases)

    def _tensor(self, name: str, *shape: int) -> tuple[float, ...]:
        """A parameter's numbers, row by row, as the network computes with them."""
        matrix = len(shape) == 2
        values = self._stored(name, "float32" if self.stored == "int8" and not matrix else self.stored, shape)
        if self.stored == "int8" and matrix:
            scales = self._stored(f"{name}.scale", "float32", shape[:1])
            values = tuple(value * scales[n // shape[1]] for n, value in enumerate(values))  # exact: 7 by 24 bits
        numbers = f"<{len(values)}{self.letter}"
        values = struct.unpack(numbers, struct.pack(numbers, *values))
        require(all(map(math.isfinite, values)), "a weight is not finite")
        require(all(abs(value) <= LARGEST for value in values), f"expected sizes up to {LARGEST}")
        return values

    def _stored(self, name: str, form: str, shape: tuple[int, ...]) -> tuple[float, ...]:
        """The numbers of a tensor."""
        tensor, (kind, letter) = self.tensors[name], TYPES[form]
        require(tensor["dtype"] == kind, f"{name} is of another type")
        same = len(tensor["shape"]) == len(shape) and all(map(_whole, tensor["shape"], shape, shape))
        require(same, f"{name} has another shape")
        start, end = tensor["data_offsets"]
        inside = _whole(start, 0, len(self.data)) and _whole(end, start, len(self.data))
        require(inside, f"{name} lies outside of the file")
        return struct.unpack(f"<{math.prod(shape)}{letter}", self.data[start:end])

    def initial(self) -> Balls:
        """The state before the first symbol."""
        constant = self.a["initial"]
        if constant != "learned":
            require(type(constant) in (int, float), "the initial state is no number")
            return [arb(struct.unpack(self.letter, struct.pack(self.letter, constant))[0])] * self.size
        n, size = self.a["layers"], self.hidden
        parts = [self._tensor(name, n, size) for name in ("initial_h", "initial_c")[: self.states]]
        return [arb(x) for layer in range(n) for part in parts for x in part[layer * size : (layer + 1) * size]]

    def recurring(self, boxes: Sequence[Balls]) -> list[list[Sum]]:
        """W_hh h + b_hh of every layer, with h in each of the boxes."""
        return [hh([box[n * self.width :][: self.hidden] for box in boxes]) for n, hh in enumerate(self.hh)]

    def step(self, before: Balls, recurring: Sequence[Sum], entering: Sum) -> Balls:
        """The state after one step from a box, given its `recurring`, layer by layer, and W_ih x + b_ih."""
        after: Balls = []
        for layer, h in enumerate(recurring):
            start = layer * self.width
            x = self.ih[layer]([after[start - self.width :][: self.hidden]])[0] if layer else entering
            after += getattr(self, "_" + self.a["cell"])(x, h, before[start : start + self.width])
        return after

    def logits(self, boxes: Sequence[Balls]) -> list[Balls]:
        """The outputs in each of the boxes: the head reads h of the last layer."""
        return [self.total(sum_) for sum_ in self.head([box[self.size - self.width :][: self.hidden] for box in boxes])]

    def total(self, sum_: Sum) -> Balls:
        """Added in any order: n terms, off by at most n u / (1 - n u) of the sum of their magnitudes."""
        roundings = arb(sum_.terms) / (1 - sum_.terms * arb(self.unit))
        return [self.off(value, size * roundings) for value, size in zip(sum_.values, sum_.sizes, strict=True)]

    def off(self, exact: arb, rounded: arb) -> arb:
        """What may be computed in place of an exact value, when so much was rounded in all."""
        return exact + rounded * self.rounding + TINY

    def sigmoid(self, x: arb) -> arb:
        """4 units in the last place are 8 roundings."""
        y = over(lambda x: 1 / (1 + (-x).exp()), x)
        return self.off(y, 8 * y.abs_upper())

    def tanh(self, x: arb) -> arb:
        """The same."""
        y = over(arb.tanh, x)
        return self.off(y, 8 * y.abs_upper())

    # The cells: sums of the input and of the state before, gate by gate, and that state -> the state after.

    def _rnn(self, x: Sum, h: Sum, _: Balls) -> Balls:
        relu: Callable[[arb], arb] = lambda x: x.max(0)  # noqa: E731
        function = {"sigmoid": self.sigmoid, "tanh": self.tanh, "relu": relu}[self.a["nonlinearity"]]
        return [function(a) for a in self.total(x + h)]

    def _lstm(self, x: Sum, h: Sum, before: Balls) -> Balls:
        gates = (self.total((x + h).gate(k, self.hidden)) for k in range(4))
        new_h, new_c = [], []
        for i, f, g, o, c in zip(*gates, before[self.hidden :], strict=True):
            kept, new = over(arb.__mul__, self.sigmoid(f), c), over(arb.__mul__, self.sigmoid(i), self.tanh(g))
            cell = self.off(kept + new, 3 * (kept.abs_upper() + new.abs_upper()))
            said = over(arb.__mul__, self.sigmoid(o), self.tanh(cell))
            new_h.append(self.off(said, said.abs_upper()))
            new_c.append(cell)
        return new_h + new_c

    def _gru(self, x: Sum, h: Sum, before: Balls) -> Balls:
        size, after = self.hidden, []
        gates = (self.total((x + h).gate(k, size)) for k in range(2))
        sums = self.total(x.gate(2, size)), self.total(h.gate(2, size))
        for r, z, enters, recurs, old in zip(*gates, *sums, before, strict=True):
            gated = over(arb.__mul__, self.sigmoid(r), recurs)
            n = self.tanh(self.off(enters + gated, 3 * (enters.abs_upper() + gated.abs_upper())))
            both = over(lambda n, z, h: n + z * (h - n), n, self.sigmoid(z), old)
            after.append(self.off(both, 8 * (n.abs_upper() + old.abs_upper())))
        return after


if __name__ == "__main__":
    try:
        check(*(Path(name).read_bytes() for name in sys.argv[1:3]))
    except Rejected as rejected:
        sys.exit(f"rejected: {rejected}")
