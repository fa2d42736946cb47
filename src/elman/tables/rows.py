"""Rows that arrive line by line, as CSV or JSON lines, for whoever answers one before the next is there.

They are steps in the order in which they come. Nothing is sorted, and nothing is kept. Files are not read so: all of a
file is there, and duckdb sorts it.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from elman.errors import DataError
from elman.tables.columns import Columns, pick
from elman.tables.kinds import FALSE, TRUE
from elman.tables.scans import MISSING_WORDS

DELIMITERS = (",", ";", "\t", "|")


Values = tuple[float | str | None, ...]  # of the features: numbers, booleans as 0 or 1, categories; None is missing


class Row(NamedTuple):
    """A step that has arrived."""

    place: str  # as messages name it
    id: str  # of its sequence; "" where there is one only
    values: Values


def rows(
    where: str,
    lines: Iterable[str],
    columns: Columns,
    features: Sequence[tuple[str, str]],
    delimiter: str | None = None,
) -> Iterator[Row]:
    """Rows as they come.

    Args:
        where: what messages call the lines.
        lines: without their ends; the first tells the columns, unless each is a JSON object.
        columns: of these, the `id` is looked at.
        features: name and kind of each.
        delimiter: of CSV; default: the one that the first line has most of.

    Raises:
        DataError: columns are missing, which the first line tells at once, or a row is no such row; rows before it have
            been given.
    """
    asked = [*([] if columns.id is None else [("id", columns.id)]), *(("features", name) for name, _ in features)]
    for place, record in _records(where, lines, delimiter, asked):
        found = list(record)
        name = None if columns.id is None else record[found[pick(place, "id", columns.id, found)[0]]]
        if columns.id is not None and name in (None, ""):
            raise DataError(f"{place}: column {columns.id!r}: expected an id in each row; found none")
        yield Row(place, "" if name is None else str(name), read(place, record, features))


def read(where: str, step: Mapping[str, Any], features: Sequence[tuple[str, str]]) -> Values:
    """What a step says of each feature.

    Args:
        where: messages place it.
        step: column -> value.
        features: name and kind of each.

    Raises:
        DataError: a column is missing, or a value is none of its kind.
    """
    found = list(step)
    names = list(map(str, found))
    chosen = (step[found[pick(where, "features", feature, names)[0]]] for feature, _ in features)
    return tuple(
        _value(f"{where}: column {feature!r}", kind, value)
        for (feature, kind), value in zip(features, chosen, strict=True)
    )


def _records(
    where: str, lines: Iterable[str], delimiter: str | None, asked: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each line says of each column, and where it stands; a header has the columns that are asked for, by role."""
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    first = next(numbered, None)
    if first is None:
        raise DataError(f"{where}: expected rows; found none")
    if first[1].lstrip().startswith("{"):
        for number, line in chain([first], numbered):
            yield f"{where}, line {number}", _object(f"{where}, line {number}", line)
        return
    cut = delimiter or max(DELIMITERS, key=first[1].count)
    [names] = csv.reader([first[1]], delimiter=cut)
    for role, name in asked:
        pick(f"{where}, line {first[0]}", role, name, names)
    for number, line in numbered:
        place = f"{where}, line {number}"
        try:
            [fields] = csv.reader([line], delimiter=cut, strict=True)
        except csv.Error as error:
            raise DataError(f"{place}: expected CSV, a row in each line; found {line!r:.60}: {error}") from None
        if len(fields) != len(names):
            raise DataError(f"{place}: expected {len(names)} fields, as the first line has; found {len(fields)}")
        yield place, dict(zip(names, fields, strict=True))


def _object(place: str, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DataError(f"{place}: expected a JSON object, as the first line is; found {line!r:.60}")
    return found


def missing(value: Any) -> bool:
    """Whether there is none: None, an empty string, NaN, or what pandas has for it."""
    if value is None or isinstance(value, str):
        return not value
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA is neither
        return True
    except ValueError:  # an array
        return False


def _value(where: str, kind: str, value: Any) -> float | str | None:
    """As the table of a file would have it."""
    symbolic = kind in ("category", "text")
    if missing(value) or (not symbolic and isinstance(value, str) and value in MISSING_WORDS):
        return None
    if symbolic:
        return str(value)
    if kind == "boolean":
        word = str(value).lower()
        if word not in TRUE + FALSE:
            raise DataError(f"{where}: expected true or false; found {value!r:.60}")
        return float(word in TRUE)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if not math.isfinite(number):
        raise DataError(f"{where}: expected a finite number; found {value!r:.60}")
    return number
