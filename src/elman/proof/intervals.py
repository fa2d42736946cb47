"""One step of a network on boxes of states: what can come out, float32's rounding included.

A box is a pair of arrays, least and greatest values (N, n). The bounds are computed in float64 and widened by what the
engine's arithmetic may add, so that regions found with them have room for it. They are what the prover searches with;
what is true is decided by the checker, in ball arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.network import Network

Floats = NDArray[np.float64]
TINY = 2.0**-120  # more than anything that is lost below the smallest normal float32
FUNCTION_ULPS = 4  # of exp, tanh and sigmoid; tests/test_math.py holds less


@dataclass(frozen=True)
class Box:
    """Least and greatest values (N, n)."""

    low: Floats
    high: Floats

    def __add__(self, other: Box) -> Box:
        return Box(self.low + other.low, self.high + other.high)

    def __getitem__(self, index: Any) -> Box:
        return Box(self.low[index], self.high[index])

    def __mul__(self, other: Box) -> Box:
        corners = [self.low * other.low, self.low * other.high, self.high * other.low, self.high * other.high]
        return Box(np.minimum.reduce(corners), np.maximum.reduce(corners))

    @property
    def size(self) -> Floats:
        """The greatest magnitudes."""
        return np.maximum(abs(self.low), abs(self.high))

    def widened(self, by: Floats) -> Box:
        """Larger by so much on each side."""
        return Box(self.low - by, self.high + by)


def stacked(boxes: list[Box]) -> Box:
    """Side by side."""
    return Box(np.concatenate([b.low for b in boxes], axis=1), np.concatenate([b.high for b in boxes], axis=1))


class Step:
    """A network's step on boxes.

    States are laid out as (layer 0: h, c; layer 1: h, c; …), n = layers * states * H numbers.
    """

    def __init__(self, network: Network, inputs: NDArray[Any]) -> None:
        self.a = network.architecture
        self.unit = float(np.finfo(network.dtype).eps) / 2
        self.weights = {name: np.asarray(w, np.float64) for name, w in network.parameters.items()}
        self.inputs = Box(np.asarray(inputs, np.float64), np.asarray(inputs, np.float64))

    def initial(self) -> Floats:
        """The state before the first symbol (n,)."""
        a = self.a
        if a.initial == "learned":
            learned = [self.weights[f"initial_{name}"] for name in a.states]
            return np.stack(learned, axis=1).reshape(-1)
        return np.full(a.layers * len(a.states) * a.hidden, np.float32(a.initial) if self.unit > 1e-10 else a.initial)

    def __call__(self, states: Box, source: NDArray[np.int64], symbol: NDArray[np.int64]) -> Box:
        """The states (E, n) after `symbol` (E,) was read in a state of box `source` (E,) of the boxes (N, n)."""
        a, parts = self.a, []
        below: Box | None = None
        for layer in range(a.layers):
            width = len(a.states) * a.hidden
            before = [
                states[:, layer * width + k * a.hidden : layer * width + (k + 1) * a.hidden]
                for k in range(len(a.states))
            ]
            terms = a.inputs + 2 * a.hidden
            recurrent = self._product("hh", layer, before[0], terms)[source]
            if below is None:
                entering = self._product("ih", layer, self.inputs, terms)[symbol]
            else:
                entering = self._product("ih", layer, below, terms)
            after = self._cell(entering, recurrent, [b[source] for b in before])
            below = after[0]
            parts += after
        return stacked(parts)

    def logits(self, states: Box) -> Box:
        """The outputs (N, O) in boxes (N, n)."""
        a = self.a
        start = (a.layers - 1) * len(a.states) * a.hidden
        return self._affine("head.weight", "head.bias", states[:, start : start + a.hidden], a.hidden)

    def _product(self, kind: str, layer: int, x: Box, terms: int) -> Box:
        return self._affine(f"weight_{kind}_l{layer}", f"bias_{kind}_l{layer}", x, terms)

    def _affine(self, weight: str, bias: str, x: Box, terms: int) -> Box:
        """W x + b, as part of a sum of so many terms in any order, every addition rounded."""
        w, b = self.weights[weight], self.weights.get(bias, np.zeros(1))
        up, down = np.maximum(w, 0).T, np.minimum(w, 0).T
        exact = Box(x.low @ up + x.high @ down + b, x.high @ up + x.low @ down + b)
        return exact.widened((terms + 6) * self.unit * (x.size @ abs(w).T + abs(b)) + TINY)

    def _cell(self, x: Box, h: Box, before: list[Box]) -> list[Box]:
        a = self.a
        if a.cell == "gru":
            return [self._gru(x, h, before[0])]
        total = x + h
        if a.cell == "rnn":
            assert a.nonlinearity is not None
            return [self._function(a.nonlinearity, total)]
        i, f, g, o = (total[:, k * a.hidden : (k + 1) * a.hidden] for k in range(4))
        i, f, o = (self._function("sigmoid", gate) for gate in (i, f, o))
        kept, new = f * before[1], i * self._function("tanh", g)
        c = (kept + new).widened(4 * self.unit * (kept.size + new.size) + TINY)
        out = o * self._function("tanh", c)
        return [out.widened(2 * self.unit * out.size + TINY), c]

    def _gru(self, x: Box, h: Box, before: Box) -> Box:
        size = self.a.hidden
        both = x[:, : 2 * size] + h[:, : 2 * size]
        r, z = (self._function("sigmoid", both[:, k * size : (k + 1) * size]) for k in range(2))
        enters, gated = x[:, 2 * size :], r * h[:, 2 * size :]
        total = (enters + gated).widened(4 * self.unit * (enters.size + gated.size) + TINY)
        n = self._function("tanh", total)
        # n + z (h - n) is linear in each of z, h, n, and grows with h and n: its extremes are at corners.
        low = np.minimum(n.low + z.low * (before.low - n.low), n.low + z.high * (before.low - n.low))
        high = np.maximum(n.high + z.low * (before.high - n.high), n.high + z.high * (before.high - n.high))
        return Box(low, high).widened(8 * self.unit * (n.size + before.size) + TINY)

    def _function(self, name: str, x: Box) -> Box:
        if name == "relu":
            return Box(np.maximum(x.low, 0), np.maximum(x.high, 0))
        with np.errstate(over="ignore"):
            low, high = (np.tanh(v) if name == "tanh" else 1 / (1 + np.exp(-v)) for v in (x.low, x.high))
        exact = Box(low, high)
        return exact.widened((2 * FUNCTION_ULPS + 1) * self.unit * exact.size + TINY)
