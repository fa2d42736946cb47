"""Exogenous columns: numbers beside series: known in advance, such as holidays, or up to now only, such as weather."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property

Values = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Exogenous:
    """K columns beside N series; they may go on behind what is known of these.

    Args:
        names: of the columns.
        values: (S, K), one series behind another, each from the place 0 of its values; NaN where nothing is known.
        offsets: (N + 1,) where each begins.
    """

    names: tuple[str, ...]
    values: Values
    offsets: Counts

    @property
    def lengths(self) -> Counts:
        """(N,) steps of each."""
        return np.diff(self.offsets)

    def of(self, number: int) -> Values:
        """(L, K) of one series."""
        return self.values[self.offsets[number] : self.offsets[number + 1]]

    def at(self, rows: Counts, steps: Counts) -> Values:
        """(…, K) at these steps of rows; the first and the last value beyond what is there."""
        places = self.offsets[rows] + steps
        found: Values = self.filled[np.clip(places, self.offsets[rows], self.offsets[rows + 1] - 1)]
        return found

    def each(self, change: Callable[[int, Values], Values], numbers: Counts | None = None) -> Self:
        """Of these series, by default all, each with what `change` makes of it."""
        rows = range(len(self.offsets) - 1) if numbers is None else [int(number) for number in numbers]
        return self._with([change(row, self.of(row)) for row in rows])

    def some(self, numbers: Any) -> Self:
        """Of some of the series."""
        return self.each(lambda _, values: values, np.asarray(numbers, np.int64))

    def until(self, rows: Counts, ends: Counts) -> Self:
        """Of B origins, each as it was known there."""
        return self._with([self.of(int(row))[:end] for row, end in zip(rows, ends, strict=True)])

    def _with(self, kept: list[Values]) -> Self:
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in kept])]).astype(np.int64)
        values = np.concatenate(kept) if kept else np.zeros((0, len(self.names)))
        return replace(self, values=values, offsets=offsets)

    @cached_property
    def filled(self) -> Values:
        """(S, K) the values; for one that is missing, the last one of its series; NaN where none is before it."""
        there = np.isfinite(self.values)
        if there.all():
            return self.values
        last = np.maximum.accumulate(np.where(there, np.arange(len(there))[:, None], -1), axis=0)
        starts = np.repeat(self.offsets[:-1], self.lengths)[:, None]
        return np.where(last >= starts, np.take_along_axis(self.values, np.maximum(last, 0), axis=0), np.nan)

    def gap(self, number: int, start: int, stop: int) -> Counts:
        """Which steps of one series, from one up to another, lack a value."""
        there = np.zeros(stop - start, bool)
        known: Any = np.isfinite(self.of(number)[start:stop]).all(axis=1)
        there[: len(known)] = known
        return start + np.flatnonzero(~there)


PENALTY = 1e-6  # of the mean of the diagonal


def effects(y: list[Values], beside: list[Values], season: int) -> Values:
    """(N, K): by how much each of N series moves with its columns.

    The least squares of differences, z_t - z_{t-m} = ∑ b_k (x_{t,k} - x_{t-m,k}), of one step or of a season m,
    whichever leaves less; 0 where Akaike's criterion (1974) says that they explain too little.

    Args:
        y: (T_i,) values; NaN where missing.
        beside: (T_i, K) columns.
        season: m.
    """
    return np.stack([_effect(*one, season) for one in zip(y, beside, strict=True)])


def _effect(y: Values, x: Values, season: int) -> Values:
    best: Values = np.zeros(x.shape[1])
    least = np.inf
    for lag in sorted({1, season}):
        moved, with_it = y[lag:] - y[:-lag], x[lag:] - x[:-lag]
        there = np.isfinite(moved) & np.isfinite(with_it).all(axis=1)
        moved, with_it = moved[there], with_it[there]
        if len(moved) < 3 * (1 + x.shape[1]):
            continue
        gram = with_it.T @ with_it
        size = np.maximum(np.diag(gram), 1e-300)
        found: Any = np.linalg.solve(gram + PENALTY * np.diag(size), with_it.T @ moved)
        before, left = (moved**2).mean(), ((moved - with_it @ found) ** 2).mean()
        if left < least:
            explains = len(moved) * np.log(max(left, 1e-300) / max(before, 1e-300)) + 2 * x.shape[1] < 0
            best, least = found if explains else np.zeros_like(found), left
    return best
