"""Outliers: numbers so far from the others that, in standard deviations, the others look all the same.

The standard deviation cannot find them, as they are what makes it large; quartiles do not move with them. A sentinel
such as 99999 for a missing value is the usual case.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from elman.tables.scale import Scale

SAMPLE = 1 << 14  # rows that quartiles are taken of, about
NARROW = 0.01  # standard deviations between the quartiles: less is too little to learn from. Of normal numbers, 1.35


class Outliers:
    """Columns of numbers that come in pieces, and of each what lies far out.

    Args:
        rows: how many will come.
    """

    def __init__(self, rows: int) -> None:
        self._share = SAMPLE / max(rows, 1)
        self._random = np.random.default_rng(0)
        self._sample: list[NDArray[np.float64]] = []
        self._ends: list[NDArray[np.float64]] = []

    def add(self, values: NDArray[np.float64]) -> None:
        """Of rows (R, K), R above 0; NaN does not count."""
        kept = values if self._share >= 1 else values[self._random.random(len(values)) < self._share]
        self._sample.append(kept)
        self._ends += [np.fmin.reduce(values), np.fmax.reduce(values)]

    def told(self, column: int, scale: Scale, where: Callable[[int, float], str]) -> list[str]:
        """A line where a column has some; `where` says where it has a value."""
        sample = np.concatenate([one[:, column] for one in self._sample])
        sample = sample[~np.isnan(sample)]
        if not len(sample):
            return []
        low, high = np.quantile(sample, [0.25, 0.75]).tolist()
        deviation = scale.deviation[column]
        if not 0 < high - low < NARROW * deviation:  # where half of them are the same, the others are rare, not far
            return []
        ends = np.array([one[column] for one in self._ends])
        far = float(ends[np.nanargmax(np.abs(ends - (low + high) / 2))])
        return [
            f"{where(column, far)}: half of the values lie between {low:.4g} and {high:.4g}, but one is {far:.6g}: "
            f"divided by the standard deviation {deviation:.4g}, the others look all the same"
        ]
