"""Numbers as answers: regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.network.losses import Loss
from elman.tables import Scale, Table
from elman.tables.encoding import UNKNOWN
from elman.tables.outliers import Outliers
from elman.tasks.labelled.answers import Answers, Flat
from elman.tasks.labelled.settings import OF_NUMBERS, LabelledSettings

SYMBOL = "the mean of each symbol"


@dataclass(frozen=True)
class Numbers(Answers):
    """A number, which a network gives as its distance from the mean of the training part, in standard deviations."""

    kind = "numbers"
    figures = of_answers = ("rmse", "mae", "r2")
    trivial = "the mean"

    scale: Scale
    of_symbols: tuple[float, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def fit(cls, table: Table, learned: Flat) -> Self:
        """Mean and deviation, and what lies so far out that these say little."""
        column, where = learned[:, None], partial(target_at, table)
        scale, outliers = Scale.fit([column], where), Outliers(len(column))
        outliers.add(column)
        return cls(scale, notes=tuple(outliers.told(0, scale, where)))

    @property
    def outputs(self) -> int:
        """One."""
        return 1

    def loss(self, settings: LabelledSettings) -> Loss:
        """As it is set."""
        return OF_NUMBERS[settings.loss]

    @staticmethod
    def missing(values: Flat) -> NDArray[np.bool_]:
        """NaN."""
        return np.isnan(values)

    def targets(self, values: Flat) -> Flat:
        """Deviations."""
        return np.nan_to_num(self.scale.apply(values[:, None]))

    def by_symbol(self, symbols: Flat, values: Flat, count: int, unknown: int = 0) -> Self:
        """The mean of each; of unknown ones, that of those that are there once; else that of all."""
        often = np.bincount(symbols, minlength=count)
        sums = np.bincount(symbols, weights=values, minlength=count)
        once = often == 1
        sums[UNKNOWN] += sums[once].sum()
        often[UNKNOWN] += once.sum()
        means = np.where(often > 0, sums / np.maximum(often, 1), self.scale.mean[0])
        return replace(self, of_symbols=(*means.tolist(), *[float(means[UNKNOWN])] * unknown))

    def told(self, y: Flat) -> list[dict[str, Any]]:
        """The numbers."""
        return [{"output": number} for number in self._numbers(y).tolist()]

    def known(self, values: Flat, names: Sequence[str]) -> list[Any]:
        """The numbers."""
        return [None if np.isnan(value) else value for value in values.tolist()]

    def judged(self, y: Flat, values: Flat) -> Flat:
        """The numbers."""
        return self._numbers(y)

    def said(self, judged: Flat) -> list[Any]:
        """They themselves."""
        found: list[Any] = judged.tolist()
        return found

    def measured(self, judged: Flat, values: Flat, names: list[str], unit: str) -> dict[str, Any]:
        """RMSE, MAE and R²."""
        return {unit: len(values), **errors(judged, values)}

    def simple(self, values: Flat, symbols: Flat | None) -> dict[str, dict[str, Any]]:
        """The mean of the training part, or that of each symbol."""
        found = {self.trivial: errors(np.full(len(values), self.scale.mean[0]), values)}
        if self.of_symbols and symbols is not None:
            found[SYMBOL] = errors(np.array(self.of_symbols)[symbols], values)
        return found

    def cost(self, metrics: Mapping[str, Any]) -> float | None:
        """The root of the mean squared error."""
        return metrics.get("rmse")

    def cost_told(self, cost: float, one: str) -> str:
        """As a root mean squared error."""
        return f"RMSE {cost:.4g}"

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """RMSE and R²."""
        baseline = metrics["baselines"][self.trivial]["rmse"]
        told = f"RMSE {metrics['rmse']:.4g} ({self.trivial}: {baseline:.4g})"
        return told if metrics["r2"] is None else f"{told}, R² {metrics['r2']:.4f}"

    def to_json(self) -> dict[str, Any]:
        """The scale, and means."""
        return {"kind": self.kind, "scale": asdict(self.scale), "of_symbols": self.of_symbols}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """From that."""
        scale = Scale(*(tuple(float(one) for one in found["scale"][name]) for name in ("mean", "deviation")))
        return cls(scale, tuple(map(float, found["of_symbols"])))

    def _numbers(self, y: Flat) -> NDArray[np.float64]:
        return self.scale.undo(y)[:, 0]


def target_at(table: Table, _: int, value: float) -> str:
    """Where the target has a value, as messages name it."""
    place = table.holding(value, lambda one: np.atleast_2d([] if one.target is None else one.target)[:, 0])
    return f"{place}: column {table.columns.target[0]!r}"


def errors(answers: NDArray[np.float64], values: NDArray[np.float64]) -> dict[str, float | None]:
    """The root of the mean squared error, the mean absolute error, and R², the share of the variance that is explained.

    R² is None where all values are the same.
    """
    wrong, spread = answers - values, values - values.mean()
    squares, variance = float((wrong**2).mean()), float((spread**2).mean())
    return {
        "rmse": float(np.sqrt(squares)),
        "mae": float(np.abs(wrong).mean()),
        "r2": 1 - squares / variance if variance else None,
    }
