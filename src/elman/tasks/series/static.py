"""Static columns: one value for each series, a number or a category, such as the size or the region of a shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.tables.words import listed

Values = NDArray[np.float64]
FARTHEST = 8.0  # standard deviations that a network sees, at most
MOST = 256  # categories of a column: each is an input


@dataclass(frozen=True, eq=False)
class Rows:
    """A column as it was read: the value of each row, series by series.

    Args:
        values: (T_i,) of each: numbers, or places among the categories; NaN where missing.
        categories: the values of a category; none where the column has numbers.
    """

    values: Sequence[Values]
    categories: tuple[str, ...] = ()

    def shown(self, value: float) -> str:
        """As messages have it."""
        if np.isnan(value):
            return "none"
        return repr(self.categories[int(value)]) if self.categories else f"{value:g}"


@dataclass(frozen=True, eq=False)
class Static:
    """K columns of N series.

    Args:
        names: of the columns.
        columns: (N,) of each: float64 numbers, or strings, which are categories.
    """

    names: tuple[str, ...]
    columns: tuple[NDArray[Any], ...]

    @classmethod
    def of(cls, found: Mapping[str, Rows], ids: Sequence[str], where: Callable[[int, int], str]) -> Self | None:
        """By the rows of series; None where there are no such columns.

        Args:
            found: the columns.
            ids: of the series.
            where: names the row of a series' step.

        Raises:
            DataError: a value is missing, or changes within a series; it names the row, the id and the column.
        """
        for name, rows in found.items():
            for number, values in enumerate(rows.values):
                other = np.flatnonzero(values != values[0])  # NaN is another one than itself
                if not len(other):
                    continue
                step = int(other[0])
                expected = f"{rows.shown(values[0])}, as in other rows" if step else "a value"
                raise DataError(
                    f"{where(number, step)}: {ids[number]!r}: column {name!r}: expected {expected}; "
                    f"found {rows.shown(values[step])}",
                    "static columns have one value for each series; `known` and `past` are for those that change",
                )
        first = [np.array([one[0] for one in rows.values]) for rows in found.values()]
        columns = [
            np.array(rows.categories)[one.astype(np.int64)] if rows.categories else one
            for rows, one in zip(found.values(), first, strict=True)
        ]
        return cls(tuple(found), tuple(columns)) if found else None

    def some(self, numbers: Sequence[int]) -> Self:
        """Of some of the series."""
        rows = np.asarray(numbers, np.int64)
        return type(self)(self.names, tuple(one[rows] for one in self.columns))

    @property
    def traits(self) -> tuple[Trait, ...]:
        """How a network that learns from these series reads them."""
        return tuple(Trait.of(name, one) for name, one in zip(self.names, self.columns, strict=True))


@dataclass(frozen=True)
class Trait:
    """How a network reads a static column: a number in its standard deviations, or an input for each category.

    Args:
        name: of the column.
        categories: in order; none where it has numbers.
        centre: the mean of the numbers.
        spread: their standard deviation.
    """

    name: str
    categories: tuple[str, ...] = ()
    centre: float = 0.0
    spread: float = 1.0

    @classmethod
    def of(cls, name: str, column: NDArray[Any]) -> Self:
        """By the values of the series that are learned from; a DataError where there are too many categories."""
        if column.dtype.kind != "U":
            return cls(name, centre=float(column.mean()), spread=float(column.std()) or 1.0)
        categories = tuple(np.unique(column).tolist())
        if len(categories) > MOST:
            raise DataError(
                f"column {name!r}: expected at most {MOST} categories; found {len(categories):,}",
                "a static column is what series have in common, such as a region",
            )
        return cls(name, categories)

    @property
    def width(self) -> int:
        """Inputs."""
        return len(self.categories) or 1

    def read(self, column: NDArray[Any]) -> Values:
        """(B, width) of B values; all 0 for a category that was not learned."""
        found: Values = (
            (column[:, None] == np.array(self.categories)).astype(np.float64)
            if self.categories
            else np.clip((column[:, None] - self.centre) / self.spread, -FARTHEST, FARTHEST)
        )
        return found

    def unknown(self, column: NDArray[Any]) -> str:
        """That there are categories which were not learned; empty where there are none.

        Raises:
            DataError: it has numbers, and words were learned, or the other way round.
        """
        if (column.dtype.kind == "U") != bool(self.categories):
            expected = f"words such as {self.categories[0]!r}" if self.categories else "numbers"
            raise DataError(
                f"column {self.name!r}: expected {expected}, as the model learned it; found {column.tolist()[0]!r}"
            )
        other = np.setdiff1d(column, self.categories).tolist() if self.categories else []
        said = f"column {self.name!r}: unknown to the model: {listed(other)}; read as none of "
        return said + listed(list(self.categories)) if other else ""
