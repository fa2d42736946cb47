"""Steps: sequences as programs have them, laid one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.estimators.frames import framed, is_word, unnamed, words
from elman.spelling import is_frame
from elman.tables import Feature
from elman.tables.words import is_list, listed

Form = Literal["list", "array", "table"]


@dataclass(frozen=True)
class Steps:
    """N sequences, R steps in all.

    Args:
        values: (R, F) float64, NaN where one is missing, a category its number; or (R,) strings, where a step is a
            symbol.
        lengths: (N,) steps of each sequence.
        form: what they were: a list, an array (N, T, F), or a table.
        known: the features, where they have names.
    """

    values: NDArray[Any]
    lengths: NDArray[np.int64]
    form: Form
    known: tuple[Feature, ...] = ()

    @classmethod
    def listed(cls, sequences: Sequence[Any], known: tuple[Feature, ...] = ()) -> Self:
        """Of a list: arrays (T_i, F), data frames, series (T_i,) of one number a step, lists of strings, or strings.

        Args:
            sequences: the list.
            known: the features of training; by default, those that are found.

        Raises:
            DataError: there is none, one is empty, is something else, or not like the first.
        """
        if not len(sequences):
            raise DataError("X: expected sequences; found none")
        if is_word(sequences[0]):
            sequences = [words(f"X[{place}]", one) for place, one in enumerate(sequences)]
        if is_frame(sequences[0]):
            features, tables = framed(sequences, known)
            return cls(np.concatenate(tables), np.array([len(one) for one in tables], np.int64), "list", features)
        symbols = _symbols(sequences[0])
        if symbolic(known):
            names = listed([one.name for one in known])
            raise DataError(
                f"X[0]: expected a data frame with the columns {names}, as in training; found {sequences[0]!r:.60}"
            )
        width: int | None = None
        found: list[NDArray[Any]] = []
        for place, one in enumerate(sequences):
            where = f"X[{place}]"
            values: NDArray[Any] = _strings(where, one) if symbols else _numbers(where, one, width)
            if not len(values):
                raise DataError(f"{where}: expected at least one step; found none", "leave it out")
            width = None if symbols else values.shape[1]
            found.append(values)
        lengths = np.array([len(one) for one in found], np.int64)
        return cls(np.concatenate(found), lengths, "list", known)

    @property
    def symbols(self) -> bool:
        """Whether steps are strings."""
        return self.values.ndim == 1

    def features(self) -> tuple[tuple[Feature, ...], NDArray[np.float64]]:
        """What is read of each step, and its values (R, F) as a table has them."""
        if self.symbols:
            kinds, numbers = np.unique(self.values, return_inverse=True)
            return (Feature("x0", "category", tuple(kinds.tolist())),), numbers.astype(np.float64)[:, None]
        return self.known or unnamed(self.values.shape[1]), self.values

    def apart(self, values: NDArray[Any]) -> list[NDArray[Any]]:
        """Values of all steps (R, …), as a list of those of each sequence."""
        return np.split(values, np.cumsum(self.lengths)[:-1])

    def like(self, values: NDArray[Any]) -> NDArray[Any] | list[NDArray[Any]]:
        """Values of all steps (R, …) as the sequences were: a list of (T_i, …), (N, T, …), or of a table (N, …)."""
        if self.form == "list":
            return self.apart(values)
        return values if self.form == "table" else values.reshape(len(self.lengths), -1, *values.shape[1:])


def symbolic(known: tuple[Feature, ...]) -> bool:
    """Whether only data frames can have these features: several, of which some are categories."""
    return len(known) > 1 and any(one.kind == "category" for one in known)


def _symbols(one: Any) -> bool:
    """Whether a sequence is one of strings, or a string."""
    if isinstance(one, str):
        return True
    return is_list(one) and len(one) > 0 and isinstance(one[0], str)


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
