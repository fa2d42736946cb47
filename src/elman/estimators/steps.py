"""Steps: sequences as programs have them, laid one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.tables import Feature
from elman.tables.words import listed

Form = Literal["list", "array", "table"]


@dataclass(frozen=True)
class Steps:
    """N sequences, R steps in all.

    Args:
        values: (R, F) float64, NaN where one is missing; or (R,) strings, where a step is a symbol.
        lengths: (N,) steps of each sequence.
        form: what they were: a list, an array (N, T, F), or a table.
        names: of the features, where they have some.
    """

    values: NDArray[Any]
    lengths: NDArray[np.int64]
    form: Form
    names: tuple[str, ...] = ()

    @classmethod
    def listed(cls, sequences: Sequence[Any], names: tuple[str, ...] = ()) -> Self:
        """Of a list: arrays (T_i, F), data frames, series (T_i,) of one number a step, lists of strings, or strings.

        Args:
            sequences: the list.
            names: of the features of training, in the order of which columns of data frames are taken; by default
                those of the first.

        Raises:
            DataError: there is none, one is empty, is something else, or not like the first.
        """
        if not len(sequences):
            raise DataError("X: expected sequences; found none")
        symbols = _symbols(sequences[0])
        names = names or _columns(sequences[0])
        width: int | None = None
        found = []
        for place, one in enumerate(sequences):
            where = f"X[{place}]"
            values = _strings(where, one) if symbols else _numbers(where, _ordered(where, one, names), width)
            if not len(values):
                raise DataError(f"{where}: expected at least one step; found none", "leave it out")
            width = None if symbols else values.shape[1]
            found.append(values)
        lengths = np.array([len(one) for one in found], np.int64)
        return cls(np.concatenate(found), lengths, "list", names)

    @property
    def symbols(self) -> bool:
        """Whether steps are strings."""
        return self.values.ndim == 1

    def features(self) -> tuple[tuple[Feature, ...], NDArray[np.float64]]:
        """What is read of each step, and its values (R, F) as a table has them."""
        if self.symbols:
            kinds, numbers = np.unique(self.values, return_inverse=True)
            return (Feature("x0", "category", tuple(kinds.tolist())),), numbers.astype(np.float64)[:, None]
        names = self.names or _unnamed(self.values.shape[1])
        return tuple(Feature(name, "number") for name in names), self.values

    def apart(self, values: NDArray[Any]) -> list[NDArray[Any]]:
        """Values of all steps (R, …), as a list of those of each sequence."""
        return np.split(values, np.cumsum(self.lengths)[:-1])

    def like(self, values: NDArray[Any]) -> NDArray[Any] | list[NDArray[Any]]:
        """Values of all steps (R, …) as the sequences were: a list of (T_i, …), (N, T, …), or of a table (N, …)."""
        if self.form == "list":
            return self.apart(values)
        return values if self.form == "table" else values.reshape(len(self.lengths), -1, *values.shape[1:])


def _unnamed(width: int) -> tuple[str, ...]:
    """What features are called that have no names."""
    return tuple(f"x{place}" for place in range(width))


def _columns(one: Any) -> tuple[str, ...]:
    """The names that a data frame has; none of an array."""
    return tuple(map(str, getattr(one, "columns", ())))


def _ordered(where: str, one: Any, names: tuple[str, ...]) -> Any:
    """A data frame as an array whose columns are in the order of these names; anything else as it is."""
    columns = _columns(one)
    if not columns:
        return one
    values = np.asarray(one)
    if sorted(columns) == sorted(names):
        values = values[:, [columns.index(name) for name in names]]
    elif names != _unnamed(len(names)):  # else training had no names
        raise DataError(f"{where}: expected the columns {listed(names)}; found {listed(columns)}")
    else:
        names = columns
    for name, column in zip(names, values.T, strict=True):
        if column.dtype == object and (words := [value for value in column.tolist() if isinstance(value, str)]):
            raise DataError(f"{where}: column {name!r}: expected numbers; found {words[0]!r}")
    return values


def _symbols(one: Any) -> bool:
    """Whether a sequence is one of strings, or a string."""
    if isinstance(one, str):
        return True
    return isinstance(one, list | tuple | np.ndarray) and len(one) > 0 and isinstance(one[0], str)


def _strings(where: str, one: Any) -> NDArray[np.str_]:
    if not isinstance(one, str | list | tuple | np.ndarray) or not all(isinstance(step, str) for step in one):
        raise DataError(f"{where}: expected strings, as in X[0]; found {one!r:.60}")
    return np.array(list(one), np.str_)


def _numbers(where: str, one: Any, width: int | None) -> NDArray[np.float64]:
    try:
        given = np.asarray(one)
        values = given.astype(np.float64) if given.dtype.kind in "biufO" else np.zeros(())
    except (TypeError, ValueError, OverflowError):
        values = np.zeros(())
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or width not in (None, values.shape[1]):
        wanted = "an array (steps, features)" if width is None else f"an array (steps, {width}), as X[0] is"
        raise DataError(f"{where}: expected {wanted} of numbers, or a list of strings; found {one!r:.60}")
    if (infinite := np.isinf(values).any(axis=1)).any():
        raise DataError(f"{where}: expected finite numbers; found infinity at step {infinite.argmax()}")
    return values
