"""Classes as answers: labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.network.losses import CrossEntropy, Loss
from elman.tables import Table
from elman.tables.encoding import UNKNOWN
from elman.tasks.labelled.answers import Answers, Flat
from elman.tasks.labelled.measures import agreement, commonest, judged, measures, softmax
from elman.tasks.labelled.settings import LearningSettings

SYMBOL = "the commonest class of each symbol"


@dataclass(frozen=True)
class Classes(Answers):
    """One of some classes.

    Args:
        names: of the classes, in the order of the outputs.
        counts: how often each was there in the training part.
        of_symbols: the commonest class of each symbol.
    """

    kind = "classes"
    figures = ("accuracy", "balanced_accuracy", "macro_f1", "auc", "log_loss", "ece")
    of_answers = ("accuracy", "balanced_accuracy", "macro_f1")
    trivial = "the commonest class"

    names: tuple[str, ...]
    counts: tuple[int, ...]
    of_symbols: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.names) != len(self.counts) or len(set(self.names)) != len(self.names):
            raise ValueError(f"{len(self.counts)} counts of {len(self.names)} classes")

    @classmethod
    def fit(cls, table: Table, learned: Flat) -> Self:
        """The classes of the whole table, and how often each is learned."""
        counts = np.bincount(learned, minlength=len(table.classes))
        return cls(table.classes, tuple(counts.tolist()))

    @property
    def outputs(self) -> int:
        """One for each class."""
        return len(self.names)

    def loss(self, settings: LearningSettings) -> Loss:
        """The cross-entropy."""
        return CrossEntropy(smoothing=settings.smoothing or 0.0)

    @staticmethod
    def missing(values: Flat) -> NDArray[np.bool_]:
        """-1."""
        return values < 0

    def targets(self, values: Flat) -> Flat:
        """Numbers of classes."""
        return np.maximum(values, 0)

    def by_symbol(self, symbols: Flat, values: Flat, count: int, unknown: int = 0) -> Self:
        """The commonest class of each; of unknown ones, that of those that are there once; else that of all."""
        often = np.zeros((count, len(self.names)), np.int64)
        np.add.at(often, (symbols, values), 1)
        often[UNKNOWN] += often[often.sum(axis=1) == 1].sum(axis=0)
        best = np.where(often.any(axis=1), often.argmax(axis=1), np.argmax(self.counts))
        return replace(self, of_symbols=(*best.tolist(), *[int(best[UNKNOWN])] * unknown))

    def told(self, y: Flat) -> list[dict[str, Any]]:
        """The likeliest class, and the probabilities of all."""
        return [
            {
                "output": self.names[int(np.argmax(chances))],
                "probabilities": dict(zip(self.names, chances, strict=True)),
            }
            for chances in softmax(y).tolist()
        ]

    def known(self, values: Flat, names: Sequence[str]) -> list[Any]:
        """The names."""
        return [None if value < 0 else names[value] for value in values.tolist()]

    def judged(self, y: Flat, values: Flat) -> Flat:
        """The likeliest class, and how likely it and the label are."""
        return judged(softmax(y), values)

    def said(self, judged: Flat) -> list[Any]:
        """Their names."""
        return [self.names[answer] for answer in judged["answer"].tolist()]

    def measured(self, judged: Flat, values: Flat, names: list[str], unit: str) -> dict[str, Any]:
        """As in `measures`."""
        return measures(judged, values, names, len(self.names), unit)

    def simple(self, values: Flat, symbols: Flat | None) -> dict[str, dict[str, Any]]:
        """The commonest class of all, or of each symbol."""
        found: dict[str, dict[str, Any]] = {self.trivial: commonest(np.array(self.counts), values)}
        if self.of_symbols and symbols is not None:
            found[SYMBOL] = agreement(np.array(self.of_symbols)[symbols], values)
        return found

    def cost(self, metrics: Mapping[str, Any]) -> float | None:
        """The log loss."""
        return metrics.get("log_loss")

    def cost_told(self, cost: float, one: str) -> str:
        """In nats."""
        return f"{cost:.4f} nats per {one}"

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """Accuracy, and the log loss."""
        simple = "; ".join(f"{name}: {one['accuracy']:.4f}" for name, one in metrics["baselines"].items())
        told = f"accuracy {metrics['accuracy']:.4f} ({simple})"
        return told if metrics["log_loss"] is None else f"{told}, log loss {metrics['log_loss']:.4f}"

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {"kind": self.kind, **asdict(self)}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """From that."""
        whole = (tuple(map(int, found[name])) for name in ("counts", "of_symbols"))
        return cls(tuple(map(str, found["names"])), *whole)
