"""Scale: numbers with mean 0 and standard deviation 1, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError

FARTHEST = 1e100  # of numbers from 0: sums of squares are numbers yet


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of several numbers; the latter is 1 where all values are the same."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def fit(cls, chunks: Iterable[NDArray[np.float64]], where: Callable[[int, float], str]) -> Self:
        """Of the columns of arrays (…, K), one after another; NaN does not count.

        Args:
            chunks: the arrays.
            where: which column it is, by its number, and where it has a value, as messages name it.

        Raises:
            DataError: a number is larger than FARTHEST.
        """
        count = mean = squares = np.zeros(0)
        for chunk in chunks:
            refuse_larger(chunk, where)
            if not len(count):
                count, mean, squares = np.zeros((3, chunk.shape[1]))
            count, mean, squares = _joined((count, mean, squares), _moments(chunk))
        with np.errstate(invalid="ignore", divide="ignore"):
            deviation = np.sqrt(squares / count)
        whole = np.where((deviation > 0) & (count > 1), deviation, 1.0)
        return cls(tuple(np.where(count > 0, mean, 0.0).tolist()), tuple(whole.tolist()))

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distances from the mean, in standard deviations."""
        scaled: NDArray[np.float64] = (values - np.array(self.mean)) / np.array(self.deviation)
        return scaled

    def undo(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """The numbers again."""
        numbers: NDArray[np.float64] = np.asarray(values, np.float64) * np.array(self.deviation) + np.array(self.mean)
        return numbers


def refuse_larger(values: NDArray[np.float64], where: Callable[[int, float], str]) -> None:
    """A DataError where one of the numbers (R, K) is larger than FARTHEST; `where` is that of `Scale.fit`."""
    for row, column in np.argwhere(np.abs(values) > FARTHEST)[:1].tolist():
        found = float(values[row, column])
        raise DataError(f"{where(column, found)}: expected numbers up to {FARTHEST:g}; found {found:g}")


Moments = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def _moments(values: NDArray[np.float64]) -> Moments:
    """Count, mean and sum of squared distances from it, of each column."""
    given = ~np.isnan(values)
    count = given.sum(0)
    mean = np.where(given, values, 0.0).sum(0) / np.maximum(count, 1)
    squares = (np.where(given, values - mean, 0.0) ** 2).sum(0)
    return count, mean, squares


def _joined(one: Moments, other: Moments) -> Moments:
    """Of both together (Chan, Golub & LeVeque, 1979)."""
    count = one[0] + other[0]
    apart = other[1] - one[1]
    share = other[0] / np.maximum(count, 1)
    return count, one[1] + apart * share, one[2] + other[2] + apart**2 * one[0] * share
