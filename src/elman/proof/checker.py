"""Accepts or rejects a certificate: `python -m elman.proof.checker MODEL CERTIFICATE` (exit 0, or 1 and the reason).

It stands alone: it reads both files itself, shares no code with the engine or with the prover, and computes in interval
arithmetic (mpmath's: every operation rounded outward). A certificate names finitely many boxes of hidden states, the
symbol that is answered on the way into each, and to which box each input symbol leads. What is checked:

    1. The initial state is in box 0.
    2. From anywhere in a box, a symbol leads into the box that the table names. Whatever float32 may do is included.
    3. Anywhere in a box the output is on the right side of the threshold, by at least `margin`.
    4. The boxes, as a machine, answer every word as the reference does.

From 1 and 2, by induction over the length: the network is always in the box that the table names. With 3 and 4 it
always answers right. The arithmetic is assumed to be: sums in any order, fused with products or not, each rounding at
most u = 2^-24 (float64: 2^-53) of the result; what is smaller than 2^-126 may become 0; sigmoid and tanh within 4 units
in the last place and within their range. docs/proof.md derives the bounds.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

from mpmath.ctx_iv import MPIntervalContext

iv = MPIntervalContext()
iv.prec = 100
TINY = iv.mpf([-(2.0**-100), 2.0**-100])  # more than all that underflow can cost in a sum, given LARGEST
LARGEST = 1 << 10  # of weights, states, and terms in a sum
FORMATS = {"F32": ("f", 2.0**-24), "F64": ("d", 2.0**-53)}  # of tensors: letter of struct, unit roundoff

Interval = Any  # mpmath's own has no types
Box = list[Interval]
Sum = tuple[Interval, Interval, int]  # of terms: their sum, the sum of their magnitudes, their number
Transition = Callable[[int, Sequence[int]], tuple[int, int]]  # state, digits -> answer, next state


class Rejected(Exception):  # noqa: N818 (an answer, not an error)
    """The certificate proves nothing of this model; the message says why."""


def check(model: bytes, certificate: bytes) -> float:
    """The margin that was proved; raises Rejected. The arguments are the contents of the two files."""
    try:
        return _check(model, json.loads(certificate))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error) as error:
        raise Rejected(f"a file is not what it should be: {error!r}") from None


def _check(model: bytes, claim: dict[str, Any]) -> float:
    require(claim.pop("checksum") == digest(claim), "its checksum is wrong: it was damaged or altered")
    known = {"format", "task", "model", "margin", "regions", "transitions"}
    require(set(claim) == known and claim["format"] == 1, f"expected format 1 with the fields {sorted(known)}")
    require(claim["model"] == sha256(model).hexdigest(), "it is a certificate of another model file")
    network = Network(model)
    require(claim["task"] == network.header["task"], "it is about another task")
    inputs, answers, reference = _reference(network.header)
    boxes = [_box(network, region) for region in claim["regions"]]
    outputs, table = [region["output"] for region in claim["regions"]], claim["transitions"]
    _check_table(table, outputs, len(inputs), answers)
    _check_equivalence(table, outputs, inputs, reference)

    inside = all(x in box for x, box in zip(network.initial(), boxes[0], strict=True))
    require(inside, "the initial state is outside of box 0")
    first = [
        network.entering(0, [iv.mpf(n) for n in _read(digits, x, network.header)]) for x, digits in enumerate(inputs)
    ]
    for i, box in enumerate(boxes):
        recurring = network.recurring(box)
        for x, entering in enumerate(first):
            after, j = network.step(box, recurring, entering), table[i][x]
            inside = all(new in old for new, old in zip(after, boxes[j], strict=True))
            require(inside, f"symbol {x} leads from box {i} out of box {j}")
    entered = {j for row in table for j in row}
    margin = min(_margin(network.logits(boxes[j]), outputs[j], answers) for j in entered)
    require(margin > 0 and margin >= claim["margin"], f"the margin is {margin}; it claims {claim['margin']}")
    return margin


def require(holds: bool, otherwise: str) -> None:
    """Rejects unless the condition holds."""
    if not holds:
        raise Rejected(otherwise)


# --- the certificate and what it claims ---


def digest(claim: dict[str, Any]) -> str:
    """The checksum of a certificate without one."""
    return sha256(json.dumps(claim, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _box(network: Network, region: dict[str, Any]) -> Box:
    low, high = region["low"], region["high"]
    require(len(low) == len(high) == network.size, f"a box needs {network.size} bounds on each side")
    for a, b in zip(low, high, strict=True):
        require(isinstance(a, float) and isinstance(b, float), "a bound is no number")
        require(-LARGEST <= a <= b <= LARGEST, "a bound is out of range, or above its partner")
    return [iv.mpf([a, b]) for a, b in zip(low, high, strict=True)]


def _check_table(table: Any, outputs: Any, symbols: int, answers: int) -> None:
    n = len(outputs)
    require(len(table) == n and all(len(row) == symbols for row in table), f"expected {n} rows of {symbols} symbols")
    require(all(type(j) is int and 0 <= j < n for row in table for j in row), "the table names a box that is not there")
    entered = {j for row in table for j in row}
    fits = all(type(outputs[j]) is int and 0 <= outputs[j] < answers for j in entered)
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
    if header["task"] == "add":
        return list(product(range(2), repeat=2)), 2, lambda carry, d: ((sum(d) + carry) % 2, (sum(d) + carry) // 2)
    if header["task"] == "subtract":
        pairs = list(product(range(2), repeat=2))
        return pairs, 2, lambda borrow, d: ((d[0] - d[1] - borrow) % 2, -((d[0] - d[1] - borrow) // 2))
    require(header["task"] == "transducer", f"no reference is known for the task {header['task']!r}")
    inputs = list(product(range(codec["base"]), repeat=codec["operands"]))
    number, machine = {digits: x for x, digits in enumerate(inputs)}, codec["machine"]

    def reference(q: int, digits: Sequence[int]) -> tuple[int, int]:
        x = number[tuple(digits)]
        return machine["output"][q][x], machine["next"][q][x]

    return inputs, codec["answers"], reference


def _read(digits: Sequence[int], x: int, header: dict[str, Any]) -> Sequence[int]:
    """What the network reads: two bits as they are; for a transducer, one input of many is 1."""
    symbols = header["architecture"]["inputs"]
    return [int(n == x) for n in range(symbols)] if header["task"] == "transducer" else digits


def _margin(logits: Box, answer: int, answers: int) -> float:
    """How far the output stays on the right side: above or below 0, or, of several, above all others."""
    require(len(logits) == (1 if answers == 2 else answers), "the network has another number of outputs")
    if answers == 2:
        return lower(logits[0] if answer == 1 else -logits[0])
    return min(lower(logits[answer] - other) for k, other in enumerate(logits) if k != answer)


# --- intervals, and what floating point adds to them ---


def lower(x: Interval) -> float:
    """A float that is not above the interval."""
    return math.nextafter(float(x.a), -math.inf)


def magnitude(x: Interval) -> Interval:
    """The greatest absolute value."""
    return abs(x).b


class Network:
    """The network of a model file, as far as a proof needs it; states are (layer 0: h, c; layer 1: h, c; …)."""

    def __init__(self, data: bytes) -> None:
        size = int.from_bytes(data[:8], "little")
        tensors = json.loads(data[8 : 8 + size])
        self.header = json.loads(tensors.pop("__metadata__")["elman"])["header"]
        self.a = a = self.header["architecture"]
        self.weights = {
            name: self._tensor(tensor, data[8 + size :])
            for name, tensor in tensors.items()
            if not name.startswith("training.")
        }
        handled = a["cell"] in ("rnn", "lstm", "gru") and not a["bidirectional"] and not a["symbols"]
        require(handled, "networks of this architecture are not handled")
        self.states = 2 if a["cell"] == "lstm" else 1
        self.size = a["layers"] * self.states * a["hidden"]
        numbers = [x for rows in self.weights.values() for row in rows for x in row]
        terms = a["inputs"] + 2 * a["hidden"] + 2
        require(terms <= LARGEST and all(magnitude(x) <= LARGEST for x in numbers), f"expected sizes up to {LARGEST}")

    def _tensor(self, tensor: dict[str, Any], data: bytes) -> list[Box]:
        """Rows of exact numbers; a vector is a single row."""
        letter, self.unit = FORMATS[tensor["dtype"]]
        *rows, columns = tensor["shape"]
        start, end = tensor["data_offsets"]
        values = struct.unpack(f"<{math.prod(tensor['shape'])}{letter}", data[start:end])
        require(all(map(math.isfinite, values)), "a weight is not finite")
        return [[iv.mpf(v) for v in values[i * columns : (i + 1) * columns]] for i in range(math.prod(rows))]

    def initial(self) -> Box:
        """The state before the first symbol."""
        constant = self.a["initial"]
        if constant == "learned":
            names = ("initial_h", "initial_c")[: self.states]
            return [x for layer in range(self.a["layers"]) for name in names for x in self.weights[name][layer]]
        letter = "f" if self.unit == FORMATS["F32"][1] else "d"
        return [iv.mpf(struct.unpack(letter, struct.pack(letter, constant))[0])] * self.size

    def recurring(self, box: Box) -> list[list[Sum]]:
        """W_hh h + b_hh of every layer, row by row, with h anywhere in a box."""
        width = self.states * self.a["hidden"]
        return [
            self.product("hh", layer, box[layer * width :][: self.a["hidden"]]) for layer in range(self.a["layers"])
        ]

    def entering(self, layer: int, x: Box) -> list[Sum]:
        """W_ih x + b_ih of a layer, row by row."""
        return self.product("ih", layer, x)

    def step(self, box: Box, recurring: list[list[Sum]], entering: list[Sum]) -> Box:
        """The state after one step from anywhere in a box, of which `recurring` tells."""
        size = self.a["hidden"]
        after: Box = []
        for layer in range(self.a["layers"]):
            start = layer * self.states * size
            before = [box[start + k * size : start + (k + 1) * size] for k in range(self.states)]
            x = entering if layer == 0 else self.entering(layer, after[start - self.states * size :][:size])
            after += getattr(self, "_" + self.a["cell"])(x, recurring[layer], *before)
        return after

    def logits(self, box: Box) -> Box:
        """The outputs anywhere in a box: the head reads h of the last layer."""
        start = (self.a["layers"] - 1) * self.states * self.a["hidden"]
        h = box[start : start + self.a["hidden"]]
        bias = self.weights.get("head.bias", [[]])[0]
        rows = range(self.a["outputs"])
        return [self.total(self.sum(self.weights["head.weight"][o], h, bias[o : o + 1])) for o in rows]

    # The engine's arithmetic.

    def product(self, kind: str, layer: int, x: Box) -> list[Sum]:
        """W x + b, row by row."""
        weights = self.weights[f"weight_{kind}_l{layer}"]
        bias = self.weights.get(f"bias_{kind}_l{layer}", [[]])[0]
        return [self.sum(row, x, bias[n : n + 1]) for n, row in enumerate(weights)]

    def sum(self, row: Box, x: Box, bias: Box) -> Sum:
        """The terms of a sum: what they add up to, what their magnitudes do, and how many they are."""
        terms = [*(w * value for w, value in zip(row, x, strict=True) if value != 0), *bias]
        return iv.fsum(terms), iv.fsum(map(magnitude, terms)), len(terms)

    def total(self, *parts: Sum) -> Interval:
        """Added in any order: n terms, off by at most n u / (1 - n u) of the sum of their magnitudes."""
        value, size, n = map(sum, zip(*parts, strict=True))
        return self.off(value, size, iv.mpf(n) / (1 - n * self.unit))

    def off(self, exact: Interval, size: Interval, roundings: Any) -> Interval:
        """What may be computed in place of an exact value: off by so many roundings of numbers of this size."""
        return exact + size * roundings * iv.mpf([-self.unit, self.unit]) + TINY

    def sigmoid(self, x: Interval) -> Interval:
        """4 units in the last place are 8 roundings."""
        y = 1 / (1 + iv.exp(-x))
        return self._within(0, self.off(y, magnitude(y), 8))

    def tanh(self, x: Interval) -> Interval:
        """The same, by tanh x = 1 - 2 / (e^2x + 1)."""
        y = 1 - 2 / (iv.exp(2 * x) + 1)
        return self._within(-1, self.off(y, magnitude(y), 8))

    def _within(self, least: int, x: Interval) -> Interval:
        return iv.mpf([max(x.a, iv.mpf(least)), min(x.b, iv.mpf(1))])

    def relu(self, x: Interval) -> Interval:
        """The greater of x and 0."""
        return iv.mpf([max(x.a, iv.mpf(0)), max(x.b, iv.mpf(0))])

    # The cells: sums of the input and of the state before, gate by gate, and that state -> the state after.

    def _rnn(self, x: list[Sum], h: list[Sum], _: Box) -> Box:
        function = getattr(self, self.a["nonlinearity"])
        return [function(self.total(*pair)) for pair in zip(x, h, strict=True)]

    def _lstm(self, x: list[Sum], h: list[Sum], _: Box, before: Box) -> Box:
        size, new_h, new_c = len(before), [], []
        for j, c in enumerate(before):
            i, f, g, o = (self.total(x[k * size + j], h[k * size + j]) for k in range(4))
            kept, new = self.sigmoid(f) * c, self.sigmoid(i) * self.tanh(g)
            cell = self.off(kept + new, magnitude(kept) + magnitude(new), 3)
            said = self.sigmoid(o) * self.tanh(cell)
            new_h.append(self.off(said, magnitude(said), 1))
            new_c.append(cell)
        return new_h + new_c

    def _gru(self, x: list[Sum], h: list[Sum], before: Box) -> Box:
        size, new = len(before), []
        for j, old in enumerate(before):
            r, z = (self.sigmoid(self.total(x[k * size + j], h[k * size + j])) for k in range(2))
            enters, gated = self.total(x[2 * size + j]), r * self.total(h[2 * size + j])
            n = self.tanh(self.off(enters + gated, magnitude(enters) + magnitude(gated), 3))
            # n + z (h - n) is linear in each of them: its extremes are at corners.
            corners = [p + q * (s - p) for p in (n.a, n.b) for q in (z.a, z.b) for s in (old.a, old.b)]
            both = iv.mpf([min(p.a for p in corners), max(p.b for p in corners)])
            new.append(self.off(both, magnitude(n) + magnitude(old), 8))
        return new


if __name__ == "__main__":
    try:
        check(*(Path(name).read_bytes() for name in sys.argv[1:3]))
    except Rejected as rejected:
        sys.exit(f"rejected: {rejected}")
