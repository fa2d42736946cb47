"""Data frames of numbers and strings, a frame for each sequence, as values of features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.spelling import is_frame
from elman.tables import Feature
from elman.tables.rows import missing
from elman.tables.words import listed

Values = NDArray[np.float64]


def unnamed(width: int) -> tuple[Feature, ...]:
    """Features of arrays, which have no names."""
    return tuple(Feature(f"x{place}", "number") for place in range(width))


def framed(frames: Sequence[Any], known: tuple[Feature, ...] = ()) -> tuple[tuple[Feature, ...], list[Values]]:
    """The features of N frames, and their values (T_i, F): NaN where one is missing, a category its number.

    Args:
        frames: of pandas or polars.
        known: the features of training, in whose order columns are taken; of their categories, the last stands for
            what is none of the others. By default they are the columns of the first, categories where there are
            strings.

    Raises:
        DataError: one has no steps, other columns, or a value of another kind.
    """
    names = tuple(one.name for one in known)
    if names == tuple(one.name for one in unnamed(len(names))):  # training had none
        names = _columns(frames[0])
    tables = [_ordered(f"X[{place}]", one, names) for place, one in enumerate(frames)]
    if known and len(known) != len(names):
        raise DataError(f"X: expected {len(known)} features, as in training; found {len(names)}")
    features, columns = [], []
    for place, name in enumerate(names):
        parts = [table[:, place] for table in tables]
        one = known[place] if known else _found(name, parts)
        features.append(one)
        columns.append([_read(f"X[{number}]: column {name!r}", one, part) for number, part in enumerate(parts)])
    return tuple(features), [np.stack(parts, axis=1) for parts in zip(*columns, strict=True)]


def holds_words(one: Any) -> bool:
    """Whether it is a data frame with strings."""
    return is_frame(one) and any(isinstance(word, str) for word in np.asarray(one, object).flat)


def is_word(one: Any) -> bool:
    """Whether it is a data frame of one column, of strings: each step is a symbol."""
    return holds_words(one) and len(one.columns) == 1


def words(where: str, frame: Any) -> list[str]:
    """(T,) those of such a frame; "" where one is missing."""
    if not is_frame(frame) or len(frame.columns) != 1:
        raise DataError(f"{where}: expected a data frame of one column, as X[0] is; found {frame!r:.60}")
    place = f"{where}: column {_columns(frame)[0]!r}"
    return ["" if missing(one) else _word(place, one) for one in np.asarray(frame).ravel().tolist()]


def _columns(frame: Any) -> tuple[str, ...]:
    return tuple(map(str, frame.columns))


def _ordered(where: str, frame: Any, names: tuple[str, ...]) -> NDArray[Any]:
    """(T, F): columns in the order of these names."""
    if not is_frame(frame):
        raise DataError(f"{where}: expected a data frame, as X[0] is; found {frame!r:.60}")
    columns, values = _columns(frame), np.asarray(frame)
    if sorted(columns) != sorted(names) or len(set(names)) != len(names):
        raise DataError(f"{where}: expected the columns {listed(names)}; found {listed(columns)}")
    if values.ndim != 2 or not len(values):
        raise DataError(f"{where}: expected at least one step; found none", "leave it out")
    return values[:, [columns.index(name) for name in names]]


def _found(name: str, parts: Sequence[NDArray[Any]]) -> Feature:
    """The feature of a column: its strings are categories."""
    words = {one for part in parts if part.dtype.kind in "OU" for one in part.tolist() if isinstance(one, str)}
    return Feature(name, "category", tuple(sorted(words))) if words else Feature(name, "number")


def _read(where: str, feature: Feature, column: NDArray[Any]) -> Values:
    """(T,) values of a column, or the numbers of categories."""
    if column.dtype.kind in "biuf" and feature.kind != "category":
        found = column.astype(np.float64)
    elif feature.kind == "category":
        numbers = {name: number for number, name in enumerate(feature.categories)}
        found = np.array([_category(where, numbers, one) for one in column.tolist()])
    else:
        found = np.array([_number(where, one) for one in column.tolist()])
    if (infinite := np.isinf(found)).any():
        raise DataError(f"{where}: expected finite numbers; found infinity at step {infinite.argmax()}")
    return found


def _category(where: str, numbers: dict[str, int], one: Any) -> float:
    return np.nan if missing(one) else numbers.get(_word(where, one), len(numbers) - 1)


def _word(where: str, one: Any) -> str:
    if not isinstance(one, str):
        raise DataError(f"{where}: expected strings, as in other steps; found {one!r:.60}")
    return one


def _number(where: str, one: Any) -> float:
    if missing(one):
        return np.nan
    try:
        if not isinstance(one, str):
            return float(one)
    except (TypeError, ValueError, OverflowError):
        pass
    raise DataError(f"{where}: expected numbers; found {one!r:.60}")
