"""Arithmetic with two binary numbers: what `add` and `subtract` share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.tasks.arithmetic.settings import PairSettings
from elman.tasks.arithmetic.task import CHUNK, Arithmetic
from elman.tasks.plans import drawn
from elman.training import Batch, Plan

PAIRS, NUMBERS = 1 << 18, 1 << 27  # the most pairs that are laid out at a time, and numbers that they are


class Pairs(Arithmetic):
    """A function of two numbers, which are given in bits."""

    settings_type = PairSettings
    settings: PairSettings

    @property
    def steps_per_pair(self) -> int:
        """T: nothing is left of carry or borrow where the larger number comes first."""
        return self.length if self.settings.ordered else super().steps_per_pair

    def plans(self, done: int) -> Iterator[Plan]:
        """Pairs drawn uniformly."""
        s = self.settings
        return drawn(s.seed, done, self.goal, rows=s.batch, chunk=self._chunk, draw=self._draw)

    @property
    def _chunk(self) -> int:
        batch = self.settings.batch
        numbers = int(self._vectors.shape[1]) * self.steps_per_pair * batch
        return max(1, min(CHUNK, PAIRS // batch, NUMBERS // numbers))

    def _draw(self, rng: np.random.Generator, _: int, count: int) -> Batch:
        pairs = rng.integers(0, self.definition.base**self.length, (count, self.definition.operands))
        if self.settings.ordered:
            pairs = -np.sort(-pairs, axis=1)
        return self._batch(self.definition.words(pairs, self.steps_per_pair))

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """Those that are checked."""
        pairs = super().pairs
        return pairs[pairs[:, 0] >= pairs[:, 1]] if self.settings.ordered else pairs

    @cached_property
    def _probes(self) -> list[tuple[int, ...]]:
        found = super()._probes
        return [some for some in found if some[0] >= some[1]] if self.settings.ordered else found

    # --- on a page ---

    def lessons(self) -> list[dict[str, Any]]:
        """The usual networks, and that of the tutorial."""
        kind = type(self)
        return [kind(cell=cell).lesson(cell) for cell in ("rnn", "lstm", "gru")] + [
            kind(recipe="tutorial").lesson("the tutorial's rnn")
        ]

    def lesson(self, name: str) -> dict[str, Any]:
        """The page draws the same pairs."""
        pairs = {"digits": self.length, "steps": self.steps_per_pair, "ordered": self.settings.ordered}
        return {**super().lesson(name), "pairs": pairs}

    # --- data ---

    def fingerprint(self) -> str:
        """The data is a function of these words."""
        s = self.settings
        order = "larger first" if s.ordered else "any order"
        return f"pairs below 2^{s.bits}, {order}, seed {s.seed}"

    def codec(self) -> dict[str, Any]:
        """Bits, and how many of them in training."""
        s = self.settings
        return {"kind": "bits", "order": "least significant first", "bits": s.bits, "ordered": s.ordered}

    def right(self, operands: NDArray[np.int64]) -> NDArray[np.int64]:
        """The right answers for pairs (N, 2)."""
        found: NDArray[np.int64] = self.answer(*operands.T)
        return found

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """In one line."""
        kind = "pairs" if metrics["exhaustive"] else "random pairs"
        exact = f"exact on {metrics['exact']:,} of {metrics['pairs']:,} {kind} of {self.length}-bit numbers"
        return exact + self.longer(metrics)
