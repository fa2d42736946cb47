"""Answers: what is said of a sequence, or of each of its steps. One of some classes, or a number."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from elman.network.losses import Loss
from elman.tables import Table

Flat = NDArray[Any]
Values = NDArray[Any] | Sequence[NDArray[Any]]  # (N,) of N sequences, or of each an array (T_i,) of its steps


class Baseline(NamedTuple):
    """What a model without a recurrent network answers."""

    name: str
    y: NDArray[np.float64] | None  # (M, K) what stands for the outputs of a network; None where it is left out
    certain: bool = False  # whether its probabilities are 0 or 1, which are no measure of it
    why: str = ""  # it is left out


class Answers(ABC):
    """What a network is to say, as the training part had it.

    Values are what a table has: the numbers of classes, -1 where there is none, or numbers, NaN where there is none.
    They come flat, (M,) of M sequences or of all their steps, and so do a network's outputs, y (M, K).
    """

    kind: ClassVar[str]  # by which a model file knows them
    figures: ClassVar[tuple[str, ...]]  # of `measured`, as people are shown them
    of_answers: ClassVar[tuple[str, ...]]  # those of them that need no probabilities
    trivial: ClassVar[str]  # what the answer is called that needs no input
    of_symbols: Sequence[float]  # the best answer to each symbol by itself; empty where there is none
    notes: Sequence[str] = ()  # what is to be said of the training part

    @classmethod
    @abstractmethod
    def fit(cls, table: Table, learned: Flat) -> Self:
        """By the values of the training part."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """K, how many a network has."""

    @abstractmethod
    def loss(self, settings: Any) -> Loss:
        """What is made small."""

    @staticmethod
    @abstractmethod
    def missing(values: Flat) -> NDArray[np.bool_]:
        """(M,) where there is none."""

    @abstractmethod
    def targets(self, values: Flat) -> Flat:
        """What the loss compares a network's outputs with; anything where there is none."""

    @abstractmethod
    def by_symbol(self, symbols: Flat, values: Flat, count: int, unknown: int = 0) -> Self:
        """The same with the best answer to each of so many symbols, by the training part (M,).

        Behind them stand so many symbols more that are answered as what is not known.
        """

    @abstractmethod
    def told(self, y: Flat) -> list[dict[str, Any]]:
        """Of each answer its `output`, as people know it, and of classes the `probabilities` of all."""

    @abstractmethod
    def known(self, values: Flat, names: Sequence[str]) -> list[Any]:
        """Values as people know them; None where there is none."""

    @abstractmethod
    def judged(self, y: Flat, values: Flat) -> Flat:
        """(M,) what is measured of outputs y (M, K), which then need not be kept; values (M,) may be missing."""

    @abstractmethod
    def said(self, judged: Flat) -> list[Any]:
        """The answers, as people know them."""

    @abstractmethod
    def measured(self, judged: Flat, values: Flat, names: list[str], unit: str) -> dict[str, Any]:
        """How good answers are.

        Args:
            judged: (M,) M above 0.
            values: (M,) none is missing.
            names: of all classes, those that a network does not know behind the others.
            unit: what M counts.
        """

    @abstractmethod
    def simple(self, values: Flat, symbols: Flat | None) -> dict[str, dict[str, Any]]:
        """The same figures of what is answered without a network: always the same, or by the symbol (M,) alone."""

    @abstractmethod
    def cost(self, metrics: Mapping[str, Any]) -> float | None:
        """What a better network has less of, by its metrics; None where these do not have it."""

    @abstractmethod
    def cost_told(self, cost: float, one: str) -> str:
        """The same in words; `one` is what it is counted for."""

    @abstractmethod
    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """The metrics in a few words."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """What a model file keeps."""

    @classmethod
    @abstractmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """From that; a ValueError, TypeError or KeyError where it is not."""


def given(table: Table) -> Values:
    """The labels or targets of a table."""
    if table.known.labels is not None:
        return table.known.labels
    if table.known.targets is not None:
        return table.known.targets[:, 0]
    found = []
    for sequence in table:
        label, target = sequence.label, sequence.target
        found.append(np.asarray(label) if target is None else target[:, 0])
    return found


def flat(values: Any) -> Flat:
    """Of all sequences, one behind the other."""
    return values if isinstance(values, np.ndarray) else np.concatenate(values)


def some(values: Values, rows: NDArray[np.intp]) -> Values:
    """Those of some sequences."""
    return values[rows] if isinstance(values, np.ndarray) else [values[row] for row in rows]
