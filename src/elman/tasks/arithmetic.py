"""What `add` and `subtract` share: two operands, bit by bit from the right, and the carry in the hidden state.

Two bits go in per time step, the least significant first, and one bit of the answer comes out. After the last bits
comes one further step with zeros, at which what is left of the carry or borrow comes out.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError, choose, in_range, whole
from elman.network import CELLS, Architecture, Network
from elman.tasks.bits import encode
from elman.tasks.task import Settings, Task, drawn, setting
from elman.training import SGD, Adam, Batch, Constant, Plan, Steps, Trainer

EXHAUSTIVE_BITS = 10  # up to here every pair is checked; beyond, as many pairs as there are of 10 bits
SEVERAL = 1 << 10  # pairs that a glance looks at
CHUNK = 250  # updates that are planned, and drawn, at a time
PAIRS = 1 << 18  # the most pairs that are laid out at a time
PIECE = 1 << 14  # pairs that go through the network side by side


# What the tutorials' two networks have in common: a sigmoid rnn 2 -> 16 -> 1 without biases, squared error on the
# sigmoid output, plain SGD, one pair per update. Their gradients are summed over the steps.
TUTORIAL: Mapping[str, Any] = {
    "bias": False,
    "noise": 0.0,
    "decay": 0.0,
    "optimizer": "sgd",
    "halve": 0,
    "batch": 1,
    "steps": 10_000,
    "loss": "squared_sigmoid",
    "reduction": "sum",
}


@dataclass(frozen=True, kw_only=True)
class ArithmeticSettings(Settings):
    """The settings of `add` and `subtract`."""

    steps: int = setting(2000, "updates, counted from the very first one")
    bits: int = setting(8, "length of the operands in training")
    ordered: bool = setting(False, "the larger operand always comes first, and no step follows the last bits")
    cell: str = setting("rnn", "rnn, lstm, gru, or none: the feed-forward contrast, which cannot carry")
    nonlinearity: str | None = setting(None, "of rnn and none: sigmoid (the default here), tanh or relu")
    hidden: int = setting(16, "hidden units per layer")
    layers: int = setting(1, "recurrent layers")
    bias: bool = setting(True, "whether there are biases")
    initial: float = setting(0.0, "every hidden unit before the first step")
    scale: float | None = setting(None, "initial weights uniform in ±SCALE (default ±1/√hidden)")
    noise: float = setting(0.4, "uniform noise of ±NOISE on the hidden state in training: it keeps states apart")
    decay: float = setting(0.002, "weight decay of the recurrent weights")
    optimizer: str = setting("adam", "adam or sgd")
    rate: float = setting(0.05, "learning rate")
    halve: int = setting(500, "the rate is halved after every so many updates; 0: never")
    batch: int = setting(32, "pairs of operands per update")
    loss: str = setting("bits", "bits (cross-entropy) or squared_sigmoid")
    reduction: str = setting("mean", "of the loss over the steps of a batch: mean or sum")
    dtype: str = setting("float32", "float32 or float64")

    def check(self) -> None:
        """A ConfigError where a value is wrong; the network and the trainer check the rest."""
        super().check()
        whole("bits", self.bits, 1, 60)
        whole("batch", self.batch, 1, 1 << 20)
        choose("cell", self.cell, CELLS)
        choose("loss", self.loss, ("bits", "squared_sigmoid"))
        choose("optimizer", self.optimizer, ("adam", "sgd"))
        whole("halve", self.halve, 0, 1 << 40)
        if self.nonlinearity is not None and not CELLS[self.cell].nonlinearities:
            raise ConfigError(f"nonlinearity: a {self.cell} has no choice of it; found {self.nonlinearity!r}")
        if self.scale is not None:
            in_range("scale", self.scale, 0, 100)


class Arithmetic(Task):
    """A function of two whole numbers that is computed digit by digit from the right."""

    settings_type = ArithmeticSettings
    settings: ArithmeticSettings
    sign: ClassVar[str]  # between the operands
    baseline: ClassVar[str]  # what a network without memory can do

    @abstractmethod
    def answer(self, a: Any, b: Any) -> Any:
        """The right answer, for ints and arrays of them."""

    @abstractmethod
    def read(self, bits: NDArray[np.bool_]) -> list[int]:
        """Answers from output bits (T, N)."""

    # --- network and trainer ---

    def architecture(self) -> Architecture:
        """Two bits in, one out."""
        s = self.settings
        choice = CELLS[s.cell].nonlinearities
        return Architecture(
            inputs=2,
            outputs=1,
            cell=s.cell,
            nonlinearity=(s.nonlinearity or "sigmoid") if choice else None,
            hidden=s.hidden,
            layers=s.layers,
            bias=s.bias,
            initial=s.initial,
            noise=s.noise,
            dtype=s.dtype,
        )

    def initialise(self, network: Network) -> None:
        """Uniform in ±scale."""
        network.initialise(np.random.default_rng((self.settings.seed, 0)), self.settings.scale)

    def trainer(self, network: Network) -> Trainer:
        """The trainer of the settings."""
        s = self.settings
        decay = {"weight_hh*": s.decay} if CELLS[s.cell].recurrent else 0.0
        return Trainer(
            network,
            loss=s.loss,
            optimizer=Adam(s.rate, weight_decay=decay) if s.optimizer == "adam" else SGD(s.rate, weight_decay=decay),
            schedule=Steps(every=s.halve) if s.halve else Constant(),
            reduction=s.reduction,
            seed=s.seed,
        )

    # --- data ---

    @property
    def steps_per_pair(self) -> int:
        """T: the bits, and the step at which the last carry or borrow comes out."""
        return self.settings.bits + (not self.settings.ordered)

    def plans(self, done: int) -> Iterator[Plan]:
        """Pairs drawn uniformly."""
        s = self.settings
        chunk = max(1, min(CHUNK, PAIRS // s.batch))
        return drawn(s, done, rows=s.batch, chunk=chunk, draw=self._draw)

    def _draw(self, rng: np.random.Generator, count: int) -> Batch:
        pairs = rng.integers(0, 1 << self.settings.bits, (count, 2))
        return self._batch(-np.sort(-pairs, axis=1) if self.settings.ordered else pairs)

    def _batch(self, pairs: NDArray[np.int64]) -> Batch:
        steps = self.steps_per_pair
        x = np.stack([encode(pairs[:, 0], steps), encode(pairs[:, 1], steps)], axis=-1)
        return Batch(inputs=x, targets=encode(self.answer(pairs[:, 0], pairs[:, 1]), steps)[..., None])

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """The pairs (N, 2) that are checked: all of them, or a sample of 2^20 where there are too many."""
        s = self.settings
        if s.bits > EXHAUSTIVE_BITS:
            pairs = np.random.default_rng(0).integers(0, 1 << s.bits, (1 << (2 * EXHAUSTIVE_BITS), 2))
        else:
            grid = np.indices((1 << s.bits, 1 << s.bits))
            pairs = grid.reshape(2, -1).T.astype(np.int64)
        return pairs[pairs[:, 0] >= pairs[:, 1]] if s.ordered else pairs

    def fingerprint(self) -> str:
        """The data is a function of these words."""
        s = self.settings
        order = "larger first" if s.ordered else "any order"
        return f"pairs below 2^{s.bits}, {order}, seed {s.seed}"

    def codec(self) -> dict[str, Any]:
        """Bits, and how many of them in training."""
        s = self.settings
        return {"kind": "bits", "order": "least significant first", "bits": s.bits, "ordered": s.ordered}

    # --- answers ---

    def _exact(self, network: Network, pairs: NDArray[np.int64]) -> int:
        """How many whole answers are right."""
        exact = 0
        for first in range(0, len(pairs), PIECE):
            batch = self._batch(pairs[first : first + PIECE])
            y, _ = network.forward(batch.inputs)
            exact += int(((y > 0) == (np.asarray(batch.targets) > 0.5)).all(axis=(0, 2)).sum())
        return exact

    def glance(self, network: Network) -> str:
        """Exact answers among a few pairs."""
        every = max(1, len(self.pairs) // SEVERAL)
        some = self.pairs[::every]
        return f"{self._exact(network, some):,} of {len(some):,} exact"

    def score(self, network: Network) -> dict[str, Any]:
        """Whole answers: how many pairs were checked, and how many of them are exact."""
        a, b = self.pairs.T
        without_memory = int((self.answer(a, b) == (a ^ b)).sum())
        return {
            "pairs": len(self.pairs),
            "exact": self._exact(network, self.pairs),
            "exhaustive": self.settings.bits <= EXHAUSTIVE_BITS,
            "baselines": {self.baseline: without_memory},
        }

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Every pair exact."""
        return bool(metrics["exact"] == metrics["pairs"])

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """In one line."""
        kind = "pairs" if metrics["exhaustive"] else "random pairs"
        return f"exact on {metrics['exact']:,} of {metrics['pairs']:,} {kind} of {self.settings.bits}-bit numbers"

    def parse(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Pairs: `17+25` each, or two numbers after one another."""
        numbers: list[int] = []
        for word in words:
            found = re.fullmatch(rf"\s*(\d+)\s*(?:{re.escape(self.sign)}|\s)\s*(\d+)\s*", word, re.ASCII)
            if found and len(numbers) % 2 == 0:
                numbers += [int(found[1]), int(found[2])]
            elif re.fullmatch(r"\s*\d+\s*", word, re.ASCII):
                numbers.append(int(word))
            else:
                shown = word if len(word) <= 40 else word[:40] + "…"
                raise DataError(
                    f"input {shown!r}: expected whole numbers from 0 up, as in 17{self.sign}25; the model's task is "
                    f"{self.name!r}",
                    f"`elman predict MODEL 17{self.sign}25 3{self.sign}5`, or `elman predict MODEL 17 25`",
                )
        if len(numbers) % 2:
            raise DataError(f"input {numbers[-1]}: expected a second operand after it; found none")
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[int]:
        """The network's answers for pairs of whole numbers of any size, which are not negative."""
        pairs = [_pair(i) for i in inputs]
        answers: list[int] = []
        # Pieces of similar work: a few long numbers, or many short ones.
        longest = max((max(p).bit_length() for p in pairs), default=0)
        piece = max(1, min(PIECE, (1 << 22) // (longest + 2)))
        for first in range(0, len(pairs), piece):
            some = pairs[first : first + piece]
            steps = max(self.settings.bits, *(max(p).bit_length() for p in some)) + 1
            operands = [encode([p[k] for p in some], steps) for k in (0, 1)]
            y, _ = network.forward(np.stack(operands, axis=-1))
            answers += self.read(y[..., 0] > 0)
        return answers


def _pair(value: Any) -> tuple[int, int]:
    try:
        a, b = value
    except (TypeError, ValueError):
        raise DataError(f"input: expected a pair of whole numbers; found {value!r:.60}") from None
    for n in (a, b):
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
            raise DataError(f"input: expected whole numbers from 0 up; found {n!r:.60}")
    return int(a), int(b)
