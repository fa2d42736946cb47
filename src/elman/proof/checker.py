"""Accepts or rejects a certificate: `python -m elman.proof.checker MODEL CERTIFICATE` (exit 0, or 1 and the reason).

It stands alone: it reads both files itself, shares no code with the engine or with the prover, and computes in interval
arithmetic, every operation rounded outward. A certificate names finitely many boxes of hidden states, the
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
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TINY = 2.0**-100  # more than all that underflow can cost in a sum, given LARGEST
LARGEST = 1 << 10  # of weights, states, and terms in a sum
FORMATS = {"F32": ("<f4", 2.0**-24), "F64": ("<f8", 2.0**-53)}  # of tensors: numpy's name, unit roundoff

Floats = NDArray[np.float64]
Transition = Callable[[int, Sequence[int]], tuple[int, int]]  # state, digits -> answer, next state


class Rejected(Exception):  # noqa: N818 (an answer, not an error)
    """The certificate proves nothing of this model; the message says why."""


def check(model: bytes, certificate: bytes) -> float:
    """The margin that was proved; raises Rejected. The arguments are the contents of the two files."""
    try:
        return _check(model, json.loads(certificate))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Rejected(f"a file is not what it should be: {error!r}") from None


def _check(model: bytes, claim: dict[str, Any]) -> float:
    require(claim.pop("checksum") == digest(claim), "its checksum is wrong: it was damaged or altered")
    known = {"format", "task", "model", "margin", "regions", "transitions"}
    require(set(claim) == known and claim["format"] == 1, f"expected format 1 with the fields {sorted(known)}")
    require(claim["model"] == sha256(model).hexdigest(), "it is a certificate of another model file")
    network = Network(model)
    require(claim["task"] == network.header["task"], "it is about another task")
    inputs, answers, reference = _reference(network.header)
    boxes = _boxes(network, claim["regions"])
    outputs, table = [region["output"] for region in claim["regions"]], claim["transitions"]
    _check_table(table, outputs, len(inputs), answers)
    _check_equivalence(table, outputs, inputs, reference)

    require(bool(network.initial().inside(boxes[:1]).all()), "the initial state is outside of box 0")
    recurring, targets = network.recurring(boxes), np.array(table)
    for x, digits in enumerate(inputs):
        entering = network.entering(0, point([_read(digits, x, network.header)]))
        left = ~network.step(boxes, recurring, entering).inside(boxes[targets[:, x]])
        i = int(left.argmax())
        require(not left[i], f"symbol {x} leads from box {i} out of box {targets[i, x]}")
    entered = np.unique(targets)
    margin = _margin(network.logits(boxes[entered]), np.array([outputs[j] for j in entered]), answers)
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


def _boxes(network: Network, regions: Sequence[dict[str, Any]]) -> Interval:
    """The boxes (N, n)."""
    sides = [[region[name] for region in regions] for name in ("low", "high")]
    rows = [row for side in sides for row in side]
    require(all(len(row) == network.size for row in rows), f"a box needs {network.size} bounds on each side")
    require(all(type(bound) is float for row in rows for bound in row), "a bound is no number")
    boxes = Interval(*map(np.array, sides))
    in_range = (boxes.low >= -LARGEST) & (boxes.low <= boxes.high) & (boxes.high <= LARGEST)
    require(bool(in_range.all()), "a bound is out of range, or above its partner")
    return boxes


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


def _margin(logits: Interval, wanted: NDArray[np.int64], answers: int) -> float:
    """How far outputs (N, O) stay on the right side: above or below 0, or, of several, above all others."""
    require(logits.low.shape[1] == (1 if answers == 2 else answers), "the network has another number of outputs")
    if answers == 2:
        return float(np.where(wanted == 1, logits.low[:, 0], -logits.high[:, 0]).min())
    rows = np.arange(len(wanted))
    ahead = (logits[rows, wanted][:, None] - logits).low
    ahead[rows, wanted] = np.inf
    return float(ahead.min())


# --- intervals, and what floating point adds to them ---


@dataclass(frozen=True)
class Interval:
    """Arrays of intervals. Results are moved outward by one float64; in IEEE 754 arithmetic they are off by less."""

    low: Floats
    high: Floats

    def __getitem__(self, index: Any) -> Interval:
        return Interval(self.low[index], self.high[index])

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Interval) -> Interval:
        return outward(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return outward(np.minimum.reduce(corners), np.maximum.reduce(corners))

    def inverse(self) -> Interval:
        """1 / x, of what is above 0."""
        return outward(1 / self.high, 1 / self.low)

    def around(self) -> Interval:
        """From minus the greatest absolute value to plus it."""
        size = np.maximum(-self.low, self.high)
        return Interval(-size, size)

    def cut(self, low: float, high: float) -> Interval:
        """Nothing below, nothing above."""
        return Interval(np.clip(self.low, low, high), np.clip(self.high, low, high))

    def inside(self, others: Interval) -> NDArray[np.bool_]:
        """Whether each row lies within the other one's."""
        within: NDArray[np.bool_] = np.all((others.low <= self.low) & (self.high <= others.high), axis=1)
        return within


Sum = tuple[Interval, Interval, int]  # of terms: their sum, that of all around them, their number


def outward(low: Floats, high: Floats) -> Interval:
    """The interval with both ends moved by one float64."""
    return Interval(np.nextafter(low, -np.inf), np.nextafter(high, np.inf))


def point(values: Any) -> Interval:
    """Numbers that are known exactly."""
    exact = np.asarray(values, np.float64)
    return Interval(exact, exact)


def joined(parts: Sequence[Interval]) -> Interval:
    """Columns side by side."""
    return Interval(*(np.concatenate([getattr(p, side) for p in parts], axis=1) for side in ("low", "high")))


def exp(x: Interval) -> Interval:
    """e^x for |x| <= 80, which grows with x."""
    return Interval(_exp(x.low).low, _exp(x.high).high)


def _exp(x: Floats) -> Interval:
    """Taylor's series of x / 2^10 up to the ninth power, squared ten times; the rest is < 2 * 0.08^10 / 10! < 2^-57."""
    y, power = point(x / 1024), point(1.0)
    for n in range(9, 0, -1):
        power = point(1.0) + y * power * point(n).inverse()
    power = power + point(2.0**-57).around()
    for _ in range(10):
        power = power * power
    return power


def logistic(x: Interval) -> Interval:
    """1 / (1 + e^-x); from ±80 on it is less than TINY off 0 or 1."""
    return (point(1.0) + exp(-x.cut(-80, 80))).inverse()


class Network:
    """The network of a model file, as far as a proof needs it; states are (layer 0: h, c; layer 1: h, c; …)."""

    def __init__(self, data: bytes) -> None:
        size = int.from_bytes(data[:8], "little")
        tensors = json.loads(data[8 : 8 + size])
        self.header = json.loads(tensors.pop("__metadata__")["elman"])["header"]
        self.a = a = self.header["architecture"]
        self.unit = FORMATS[tensors["head.weight"]["dtype"]][1]
        self.weights = {
            name: self._tensor(tensor, data[8 + size :])
            for name, tensor in tensors.items()
            if not name.startswith("training.")
        }
        handled = a["cell"] in ("rnn", "lstm", "gru") and not a["bidirectional"] and not a["symbols"]
        require(handled, "networks of this architecture are not handled")
        self.states = 2 if a["cell"] == "lstm" else 1
        self.width = self.states * a["hidden"]
        self.size = a["layers"] * self.width
        terms = a["inputs"] + 2 * a["hidden"] + 2
        small = terms <= LARGEST and all((abs(w) <= LARGEST).all() for w in self.weights.values())
        require(small, f"expected sizes up to {LARGEST}")

    def _tensor(self, tensor: dict[str, Any], data: bytes) -> Floats:
        """Its numbers, which float64 holds exactly."""
        kind, unit = FORMATS[tensor["dtype"]]
        require(unit == self.unit, "its tensors are of more than one type")
        start, end = tensor["data_offsets"]
        values = np.frombuffer(data[start:end], kind).reshape(tensor["shape"]).astype(np.float64)
        require(bool(np.isfinite(values).all()), "a weight is not finite")
        return values

    def initial(self) -> Interval:
        """The state before the first symbol (1, n)."""
        constant = self.a["initial"]
        if constant == "learned":
            names = ("initial_h", "initial_c")[: self.states]
            return point(np.concatenate([self.weights[name] for name in names], axis=1).reshape(1, self.size))
        kind = np.float32 if self.unit == FORMATS["F32"][1] else np.float64
        return point(np.full((1, self.size), kind(constant)))

    def recurring(self, boxes: Interval) -> list[Sum]:
        """W_hh h + b_hh (N, gates) of every layer, with h anywhere in boxes (N, n)."""
        starts = range(0, self.size, self.width)
        return [self.product("hh", n, boxes[:, start:][:, : self.a["hidden"]]) for n, start in enumerate(starts)]

    def entering(self, layer: int, x: Interval) -> Sum:
        """W_ih x + b_ih of a layer."""
        return self.product("ih", layer, x)

    def step(self, boxes: Interval, recurring: list[Sum], entering: Sum) -> Interval:
        """The states (N, n) after one step from anywhere in boxes (N, n), of which `recurring` tells."""
        size = self.a["hidden"]
        after: list[Interval] = []
        for layer, start in enumerate(range(0, self.size, self.width)):
            before = [boxes[:, start + k * size :][:, :size] for k in range(self.states)]
            x = self.entering(layer, after[-self.states]) if layer else entering
            after += getattr(self, "_" + self.a["cell"])(x, recurring[layer], *before)
        return joined(after)

    def logits(self, boxes: Interval) -> Interval:
        """The outputs (N, O) anywhere in boxes: the head reads h of the last layer."""
        h = boxes[:, self.size - self.width :][:, : self.a["hidden"]]
        return self.total(self.sum("head.weight", "head.bias", self.a["outputs"], h))

    # The engine's arithmetic.

    def product(self, kind: str, layer: int, x: Interval) -> Sum:
        """W x + b of a layer, for each row of x."""
        gates = {"rnn": 1, "lstm": 4, "gru": 3}[self.a["cell"]]
        return self.sum(f"weight_{kind}_l{layer}", f"bias_{kind}_l{layer}", gates * self.a["hidden"], x)

    def sum(self, weights: str, bias: str, rows: int, x: Interval) -> Sum:
        """The terms of W x + b: what they add up to (N, rows), what all around them do, and how many they are."""
        w, b = self.weights[weights], self.weights.get(bias, np.zeros(rows))
        columns = x.low.shape[1]
        require(w.shape == (rows, columns) and b.shape == (rows,), f"{weights} has another shape")
        total, sizes = point(b[None, :]), point(b[None, :]).around()
        for k in range(columns):
            term = x[:, k : k + 1] * point(w[:, k])
            total, sizes = total + term, sizes + term.around()
        return total, sizes, columns + 1

    def total(self, *parts: Sum) -> Interval:
        """Added in any order: n terms, off by at most n u / (1 - n u) of the sum of their magnitudes."""
        value, sizes, n = parts[0]
        for more, around, count in parts[1:]:
            value, sizes, n = value + more, sizes + around, n + count
        return self.off(value, sizes, point(n) * point(1 - n * self.unit).inverse())

    def off(self, exact: Interval, sizes: Interval, roundings: Interval) -> Interval:
        """What may be computed in place of an exact value: off by so many roundings of numbers of this size."""
        return exact + sizes * roundings * point(self.unit) + point(TINY).around()

    def sigmoid(self, x: Interval) -> Interval:
        """4 units in the last place are 8 roundings."""
        y = logistic(x)
        return self.off(y, y.around(), point(8)).cut(0, 1)

    def tanh(self, x: Interval) -> Interval:
        """The same, by tanh x = 2 / (1 + e^-2x) - 1."""
        y = point(2) * logistic(point(2) * x) - point(1)
        return self.off(y, y.around(), point(8)).cut(-1, 1)

    def relu(self, x: Interval) -> Interval:
        """The greater of x and 0."""
        return x.cut(0, np.inf)

    # The cells: sums of the input and of the state before, gate by gate, and that state -> the state after.

    def _gate(self, sum_: Sum, k: int) -> Sum:
        size = self.a["hidden"]
        value, sizes, n = sum_
        return value[:, k * size : (k + 1) * size], sizes[:, k * size : (k + 1) * size], n

    def _rnn(self, x: Sum, h: Sum, _: Interval) -> list[Interval]:
        functions = {"sigmoid": self.sigmoid, "tanh": self.tanh, "relu": self.relu}
        return [functions[self.a["nonlinearity"]](self.total(x, h))]

    def _lstm(self, x: Sum, h: Sum, _: Interval, before: Interval) -> list[Interval]:
        i, f, g, o = (self.total(self._gate(x, k), self._gate(h, k)) for k in range(4))
        kept, new = self.sigmoid(f) * before, self.sigmoid(i) * self.tanh(g)
        cell = self.off(kept + new, kept.around() + new.around(), point(3))
        said = self.sigmoid(o) * self.tanh(cell)
        return [self.off(said, said.around(), point(1)), cell]

    def _gru(self, x: Sum, h: Sum, before: Interval) -> list[Interval]:
        r, z = (self.sigmoid(self.total(self._gate(x, k), self._gate(h, k))) for k in range(2))
        enters, gated = self.total(self._gate(x, 2)), r * self.total(self._gate(h, 2))
        n = self.tanh(self.off(enters + gated, enters.around() + gated.around(), point(3)))
        # n + z (h - n) is linear in each of them, and grows with n and h, as z is from 0 to 1.
        least = point(n.low) + z * (point(before.low) - point(n.low))
        greatest = point(n.high) + z * (point(before.high) - point(n.high))
        both = Interval(least.low, greatest.high)
        return [self.off(both, n.around() + before.around(), point(8))]


if __name__ == "__main__":
    try:
        check(*(Path(name).read_bytes() for name in sys.argv[1:3]))
    except Rejected as rejected:
        sys.exit(f"rejected: {rejected}")
