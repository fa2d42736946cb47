"""Frames to series: pandas, polars, Arrow, a mapping of columns, or NumPy; none of them is imported here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.spelling import is_frame
from elman.tables.columns import DATES, IDS, TIMES, guess
from elman.tables.words import listed
from elman.tasks.series.frequency import Frequency, Times
from elman.tasks.series.future import ahead, refuse_none
from elman.tasks.series.panel import Panel, Values
from elman.tasks.series.reading import TARGET, Layout
from elman.tasks.series.static import Rows, Static


def from_frame(frame: Any, layout: Layout, frequency: Frequency | None = None) -> Panel:
    """The series of a frame in long form: a row for each step; or of an array, (T,) of one, (T, N) of several.

    Args:
        frame: columns `unique_id`, `ds`, `y`, or as the layout calls them.
        layout: names of columns.
        frequency: that the series have to have; default: it is found.

    Raises:
        DataError: it is no such frame; the message names the row, counted from 0, and the id.
    """
    frame = _with_index(frame)
    if isinstance(frame, np.ndarray | list | tuple) or _is_column(frame):
        return _of_array(frame, frequency)
    names = _names(frame)
    target = _picked(names, layout.target, (TARGET,), "target")
    id_, time = (_picked(names, given, known, role) for given, known, role in
                 ((layout.id, IDS, "id"), (layout.time, (*TIMES, *DATES), "time")))  # fmt: skip
    if target is None:
        others = [name for name in names if name not in (id_, time, *layout.beside)]
        if len(others) != 1:
            raise DataError(f"df: expected the column 'y', or target='COLUMN'; found {listed(names)}")
        target = others[0]
    layout = replace(layout, target=target, id=id_, time=time)  # refuses a column that is two of them
    values = _numbers(_column(frame, target), target)
    ids = [target] * len(values) if id_ is None else _ids(_column(frame, id_), id_)
    times = None if time is None else _times(_column(frame, time), time)
    grouped = Grouped.of(ids, times)
    known, past = (
        {name: grouped.split(_numbers(_column(frame, str(_picked(names, name, (), role))), name)) for name in some}
        for role, some in (("known", layout.known), ("past", layout.past))
    )
    static = {name: _rows(_column(frame, str(_picked(names, name, (), "static"))), name, grouped)
              for name in layout.static}  # fmt: skip
    panel = Panel.of(
        grouped.ids,
        None if times is None else grouped.split(times),
        grouped.split(values),
        grouped.where,
        frequency,
        known,
        past,
    )
    return replace(panel, static=Static.of(static, grouped.ids, grouped.where))


def future_from_frame(frame: Any, panel: Panel, layout: Layout) -> Panel:
    """The series, with what a frame says of the columns that are known in advance; as `future.from_file`.

    Raises:
        ConfigError: the model has no such columns.
        DataError: it is no such frame; the message names the row, counted from 0.
    """
    frame = _with_index(frame)
    names = _names(frame)
    refuse_none(panel)
    columns = [_numbers(_column(frame, str(_picked(names, name, (), "known"))), name) for name in layout.known]
    id_, time = _picked(names, layout.id, IDS, "id"), _picked(names, layout.time, TIMES, "time")
    if id_ is None and len(panel) > 1:
        raise DataError(f"df: expected a column of ids, as of the {len(panel):,} series; found {listed(names)}")
    ids = [panel.ids[0]] * len(columns[0]) if id_ is None else _ids(_column(frame, id_), id_)
    times = None if time is None else _times(_column(frame, time), time)
    grouped = Grouped.of(ids, times)
    moments = None if times is None else grouped.split(times)
    return ahead(panel, grouped.ids, moments, grouped.split(np.stack(columns, axis=1)), grouped.where)


def _of_array(given: Any, frequency: Frequency | None) -> Panel:
    try:
        found = _numbers(np.asarray(given), "values")
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            "df: expected an array (T,) or (T, N) of values; found rows of different lengths",
            "a frame with the columns unique_id, ds and y takes series of different lengths",
        ) from None
    if found.ndim not in (1, 2) or not found.size:
        raise DataError(f"df: expected an array (T,) or (T, N) of values; found shape {found.shape}")
    columns = list(found.reshape(len(found), -1).T)
    ids = [str(number) for number in range(len(columns))]
    return Panel.of(ids, None, columns, lambda number, step: f"row {step}", frequency)


def _with_index(frame: Any) -> Any:
    """A frame of pandas with what its index says as columns: of levels that have names, or dates; a series as a frame.

    Raises:
        DataError: the index says something else.
    """
    index = getattr(frame, "index", None)
    levels = getattr(index, "names", None)
    if index is None or levels is None:  # not of pandas
        return frame
    if not hasattr(frame, "columns"):
        frame = frame.to_frame(frame.name or TARGET)
    if list(levels) == [None]:
        if index.dtype.kind in "iu":  # numbers of rows
            return frame
        if index.dtype.kind != "M":
            raise DataError(
                f"df: expected an index of dates, or one with a name; found {index[:1].tolist()[0]!r:.60}",
                "df.reset_index(drop=True) leaves it out",
            )
        frame, levels = frame.rename_axis(TIMES[-1]), [TIMES[-1]]
    if any(name is None for name in levels):
        raise DataError(f"df: expected a name for each level of the index; found {list(levels)}", "df.reset_index()")
    told = [name for name in levels if name in frame.columns]  # again, as columns
    frame = frame.droplevel(told) if 0 < len(told) < len(levels) else frame
    return frame.reset_index(drop=len(told) == len(levels))


def _is_column(frame: Any) -> bool:
    """Whether it is one column, such as a series of polars."""
    return hasattr(frame, "to_numpy") and not hasattr(frame, "columns")


def _names(frame: Any) -> list[str]:
    """Of its columns."""
    if isinstance(frame, Mapping):
        return [str(name) for name in frame]
    for attribute in ("column_names", "columns"):  # of Arrow; of pandas and polars
        found = getattr(frame, attribute, None) if is_frame(frame) else None
        if found is not None and all(isinstance(name, str) for name in found):
            return list(found)
    raise DataError(f"df: expected a frame, a mapping of columns, or an array; found {type(frame).__name__}")


def _picked(names: list[str], given: str | None, known: tuple[str, ...], role: str) -> str | None:
    if given is not None:
        if given not in names:
            raise DataError(f"df: expected the column {given!r} ({role}); found {listed(names)}")
        return given
    place = guess(known, names, [])
    return None if place is None else names[place]


def _column(frame: Any, name: str) -> NDArray[Any]:
    """(T,) values; a DataError where they are no column."""
    column = frame[name]
    dates: Any = getattr(column, "dt", None)
    if getattr(dates, "tz", None) is not None:  # of pandas: as UTC
        column = dates.tz_convert("UTC").dt.tz_localize(None)
    try:
        found = np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)
    except ValueError:  # values of different lengths
        found = np.empty(())
    if found.ndim != 1:
        raise DataError(f"df: column {name!r}: expected a value for each row; found {column!r:.60}")
    return found


def _numbers(found: NDArray[Any], name: str) -> Values:
    if found.dtype.kind not in "biuf":
        for row, one in enumerate(found.ravel().tolist()):
            if one is not None and not _is_number(one):
                raise DataError(f"df: row {row}: column {name!r}: expected numbers; found {one!r:.60}")
    values: Values = found.astype(np.float64)
    wrong = np.isinf(values)
    if wrong.any():
        row = int(wrong.reshape(len(values), -1).any(axis=1).argmax())
        raise DataError(f"df: row {row}: column {name!r}: expected finite numbers; found infinity", "NaN is missing")
    return values


def _is_number(one: Any) -> bool:
    try:
        return isinstance(one, int | float) and isinstance(float(one), float)
    except OverflowError:  # no float is that large
        return False


def _rows(found: NDArray[Any], name: str, grouped: Grouped) -> Rows:
    """Of a static column: numbers, or words."""
    words = found.tolist()
    if found.dtype.kind in "biuf" or not any(isinstance(one, str) for one in words):
        return Rows(grouped.split(_numbers(found, name)))
    for row, one in enumerate(words):
        if isinstance(one, int | float) and one == one:
            raise DataError(f"df: row {row}: column {name!r}: expected words, as in other rows; found {one!r:.60}")
    there = np.array([isinstance(one, str) for one in words], bool)
    categories, places = np.unique([one for one, good in zip(words, there, strict=True) if good], return_inverse=True)
    values = np.full(len(words), np.nan)
    values[there] = places
    return Rows(grouped.split(values), tuple(categories.tolist()))


def _ids(found: NDArray[Any], name: str) -> list[str]:
    ids = found.tolist()
    for row, one in enumerate(ids):
        if one is None or one != one:
            raise DataError(f"df: row {row}: column {name!r}: expected an id in each row; found none")
    return list(map(str, ids))


def _times(found: NDArray[Any], name: str) -> Times:
    if found.dtype.kind in "iuf":
        times: Times = found.astype(np.float64)
    else:
        aware = _all_have_offsets(found, name)
        try:
            given = [_moment(one) for one in found.tolist()] if aware else found
            times = np.asarray(given, "datetime64[us]")
        except (ValueError, TypeError):
            row = next(row for row, one in enumerate(found.tolist()) if not _is_date(one))
            raise DataError(
                f"df: row {row}: column {name!r}: expected dates or numbers; found {found.tolist()[row]!r:.60}"
            ) from None
    missing = np.isnan(times) if times.dtype.kind == "f" else np.isnat(times)
    if missing.any():
        raise DataError(f"df: row {int(missing.argmax())}: column {name!r}: expected a time in each row; found none")
    return times


def _all_have_offsets(found: NDArray[Any], name: str) -> bool:
    """Whether dates say how far they are from UTC; a DataError where only some do."""
    given = found.tolist() if found.dtype.kind in "OU" else []
    offsets = [_has_offset(one) for one in given]
    if any(offsets) and not all(offsets):
        row = offsets.index(not offsets[0])
        raise DataError(
            f"df: row {row}: column {name!r}: expected an offset such as +02:00 in all dates, or in none; found "
            f"{given[row]!s:.60} behind {given[0]!s:.60}"
        )
    return any(offsets)


def _has_offset(one: Any) -> bool:
    return re.search(r":.*[A-Za-z+-]", one) is not None if isinstance(one, str) else _zone(one) is not None


def _zone(one: Any) -> Any:
    return getattr(one, "tzinfo", None)


def _moment(one: Any) -> datetime:
    """A date with an offset, in UTC."""
    moment: datetime = datetime.fromisoformat(one) if isinstance(one, str) else one
    return moment.astimezone(UTC).replace(tzinfo=None)


def _is_date(one: Any) -> bool:
    try:
        if _has_offset(one):
            _moment(one)
        else:
            np.datetime64(one, "us")
    except (ValueError, TypeError):
        return False
    return True


@dataclass(frozen=True)
class Grouped:
    """Rows of series in the order of their first rows, each in the order of its times."""

    ids: list[str]
    rows: list[NDArray[np.int64]]

    @classmethod
    def of(cls, ids: list[str], times: Times | None) -> Self:
        """By the id of each row, and its time."""
        if not ids:
            raise DataError("df: expected rows; found none")
        numbers: dict[str, int] = {}
        codes = np.array([numbers.setdefault(one, len(numbers)) for one in ids], np.int64)
        order = np.argsort(codes, kind="stable") if times is None else np.lexsort((times, codes))
        bounds = np.searchsorted(codes[order], np.arange(1, len(numbers)))
        return cls(list(numbers), np.split(order, bounds))

    def split(self, column: NDArray[Any]) -> list[NDArray[Any]]:
        """Of each series."""
        return [column[some] for some in self.rows]

    def where(self, number: int, step: int) -> str:
        """What names a row."""
        return f"df: row {self.rows[number][step]}"
