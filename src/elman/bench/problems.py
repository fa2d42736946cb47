"""What is computed: sizes, initial weights, data, and how many multiply-adds it takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from elman.bench import listing
from elman.network import CELLS, Network
from elman.network.checks import Array

SEED = 0
GRADIENTS = 3  # times the products of a forward pass are those of forward and backward passes together


@dataclass(frozen=True)
class Adder:
    """W1: U updates of a network 2→H→1 without biases, by one pair of numbers of T bits each, with plain SGD."""

    nonlinearity: str
    scale: float  # weights are uniform in ± this
    updates: int
    hidden: int = 16
    rate: float = 0.1
    seed: int = SEED

    @cached_property
    def weights(self) -> tuple[Array, Array, Array]:
        """(H, 2), (H, H), (1, H)."""
        rng = np.random.default_rng(self.seed + 1)
        rows = (2, self.hidden, 1)
        w_in, w_hidden, w_out = (rng.uniform(-self.scale, self.scale, (n, self.hidden)) for n in rows)
        return w_in.T.astype(np.float32), w_hidden.astype(np.float32), w_out.astype(np.float32)

    @cached_property
    def pairs(self) -> Array:
        """(U, 2) operands below 128: drawn in one go, they are those that the listing draws one number at a time."""
        return np.random.default_rng(self.seed).integers(listing.LARGEST // 2, size=(self.updates, 2))

    @cached_property
    def x(self) -> Array:
        """(U, T, 2): the bits of the operands, from the right."""
        shifted: Array = self.pairs[:, None, :] >> np.arange(listing.BITS)[:, None]
        return (shifted & 1).astype(np.float32)

    @cached_property
    def targets(self) -> Array:
        """(U, T): those of the sums."""
        sums: Array = self.pairs.sum(axis=1)[:, None] >> np.arange(listing.BITS)
        return (sums & 1).astype(np.float32)


@dataclass(frozen=True)
class Adders:
    """W9: many networks of W1, each with weights and pairs of its own."""

    count: int
    updates: int

    @cached_property
    def each(self) -> list[Adder]:
        """They differ in their seeds."""
        return [Adder("sigmoid", 1.0, self.updates, seed=seed) for seed in range(self.count)]

    @cached_property
    def weights(self) -> tuple[Array, ...]:
        """(N, H, 2), (N, H, H), (N, 1, H)."""
        return tuple(np.stack(tensors) for tensors in zip(*(one.weights for one in self.each), strict=True))

    @cached_property
    def x(self) -> Array:
        """(N, U, T, 2)."""
        return np.stack([one.x for one in self.each])

    @cached_property
    def targets(self) -> Array:
        """(N, U, T)."""
        return np.stack([one.targets for one in self.each])


@dataclass(frozen=True)
class Model:
    """A symbol in (one of V, one-hot), L recurrent layers of H units, the logits of the next symbol out."""

    cell: str
    hidden: int
    layers: int
    symbols: int

    def network(self) -> Network:
        """With the initial weights that all contestants get."""
        return Network(
            self.symbols,
            self.symbols,
            cell=self.cell,
            hidden=self.hidden,
            layers=self.layers,
            symbols=True,
            seed=SEED,
        )

    def parameters(self) -> dict[str, Array]:
        """The same by PyTorch's names, and `head.weight` and `head.bias`."""
        return dict(self.network().parameters)

    @property
    def multiply_adds(self) -> int:
        """Of the products of one step of one row, forwards; a one-hot input's product is a row of the weights."""
        gates = len(CELLS[self.cell].gates)
        recurrent = self.layers * gates * self.hidden**2
        inputs = (self.layers - 1) * gates * self.hidden**2
        return recurrent + inputs + self.symbols * self.hidden


@dataclass(frozen=True)
class Folded:
    """An LSTM's weights as one lays them out who writes its step by hand: two products become one, a lookup is a row.

    Gates of the first layer are table[x] + products[0] h, of layer l > 0 biases[l] + products[l] [h of l - 1; h].
    """

    table: Array  # (V, 4H), with the biases
    products: list[Array]  # (4H, H), then (4H, 2H)
    biases: list[Array | None]  # None, then (4H,)
    head: Array  # (V, H)
    head_bias: Array  # (V,)

    @classmethod
    def of(cls, model: Model) -> Folded:
        """Of the model's initial weights."""
        w = model.parameters()
        biases = [w[f"bias_ih_l{layer}"] + w[f"bias_hh_l{layer}"] for layer in range(model.layers)]
        pairs = [np.hstack([w[f"weight_ih_l{layer}"], w[f"weight_hh_l{layer}"]]) for layer in range(1, model.layers)]
        table = np.ascontiguousarray(w["weight_ih_l0"].T + biases[0])
        return cls(table, [w["weight_hh_l0"], *pairs], [None, *biases[1:]], w["head.weight"], w["head.bias"])


@dataclass(frozen=True)
class Training:
    """Updates by windows of T steps of B rows of text: softmax cross-entropy, mean over all.

    There are `windows` of them, one after the other in the text; after the last comes the first again. The state at
    the start of a window is zero, or, with `carry` and but for the first window, where the window before ended.
    """

    model: Model
    batch: int
    steps: int
    optimizer: Literal["adam", "adagrad"] = "adam"
    rate: float = 2e-3
    clip: float | None = 5.0  # of the gradient's norm
    windows: int = 8
    carry: bool = False

    @property
    def window(self) -> list[tuple[slice, slice]]:
        """The steps of the inputs and of the targets of each window."""
        starts = range(0, self.windows * self.steps, self.steps)
        return [(slice(t, t + self.steps), slice(t + 1, t + self.steps + 1)) for t in starts]

    @cached_property
    def text(self) -> NDArray[np.int32]:
        """(windows T + 1, B) symbols, drawn evenly: no target is easier than another, and no loss comes near zero."""
        shape = (self.windows * self.steps + 1, self.batch)
        return np.random.default_rng(SEED).integers(self.model.symbols, size=shape, dtype=np.int32)

    @property
    def flops(self) -> float:
        """Of the products of one update, two per multiply-add."""
        return 2.0 * GRADIENTS * self.model.multiply_adds * self.batch * self.steps


@dataclass(frozen=True)
class Streaming:
    """One symbol at a time: each is drawn by the softmax of the logits that the one before gave; the first is 0."""

    model: Model
    most: int  # symbols in one go

    @cached_property
    def uniform(self) -> NDArray[np.float64]:
        """(most,), even in [0, 1)."""
        return np.random.default_rng(SEED).random(self.most)


@dataclass(frozen=True)
class Scoring:
    """How well a text is foreseen: the mean negative log-likelihood of each of B streams of T symbols."""

    model: Model
    batch: int
    steps: int  # a multiple of the window
    window: int = 100  # steps in one go

    @cached_property
    def text(self) -> NDArray[np.int32]:
        """(T + 1, B) symbols."""
        shape = (self.steps + 1, self.batch)
        return np.random.default_rng(SEED).integers(self.model.symbols, size=shape, dtype=np.int32)

    def windows(self, symbols: int) -> list[tuple[slice, slice]]:
        """The steps of the inputs and of the targets, window by window, of the first so many symbols."""
        starts = range(0, symbols // self.batch, self.window)
        return [(slice(t, t + self.window), slice(t + 1, t + self.window + 1)) for t in starts]

    @property
    def flops(self) -> float:
        """Of the products for one symbol, two per multiply-add."""
        return 2.0 * self.model.multiply_adds
