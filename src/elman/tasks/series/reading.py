"""Files to series: long form (an id, a time, a value in each row), wide form (a column for each series), one column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import numpy as np

from elman.errors import DataError
from elman.files import STANDARD_INPUT, STDIN
from elman.files.names import whole
from elman.spelling import counted, spelled
from elman.tables import Columns, Table, hints, read
from elman.tables.columns import CALENDAR, IDS, NoColumnError, NoFeaturesError, WrongKindError, check_own, guess
from elman.tables.feature import Feature
from elman.tables.words import listed
from elman.tasks.series.frequency import Frequency
from elman.tasks.series.panel import Panel, Values
from elman.tasks.series.static import Rows, Static

TARGET = "y"
LISTS = ("known", "past", "static")  # roles of several columns


@dataclass(frozen=True)
class Layout:
    """Which column is what.

    Args:
        target: of values; in wide form, None: each column is a series, or those that are named.
        id: of what tells series apart; None where each file, or each column, is one.
        time: of times; None: the order of rows.
        wide: the columns of wide form.
        known: of numbers that are known in advance.
        past: of numbers that are known up to the present only.
        static: of one value for each series, a number or a category.
    """

    target: str | None = None
    id: str | None = None
    time: str | None = None
    wide: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    static: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_own(self.named)

    @property
    def beside(self) -> tuple[str, ...]:
        """What a network reads beside the values."""
        return (*self.known, *self.past, *self.static)

    @property
    def named(self) -> list[tuple[str, str]]:
        """Role and column of all that are named."""
        values = [("target", name) for name in ((self.target,) if self.target is not None else self.wide)]
        single = [(role, name) for role in ("id", "time") if (name := getattr(self, role)) is not None]
        return [*values, *single, *((role, name) for role in LISTS for name in getattr(self, role))]

    @property
    def columns(self) -> Columns:
        """As tables are read."""
        values = [self.target] if self.target else list(self.wide)
        features = [*values, *self.beside] if values else None
        return Columns(id=self.id, time=self.time, features=features)


@dataclass(frozen=True)
class Read:
    """What was read: the series, how, and what is to be said."""

    panel: Panel
    layout: Layout
    notes: list[str]


def from_files(
    files: Sequence[str], layout: Layout, ways: Mapping[str, Any], frequency: Frequency | None = None
) -> Read:
    """The series of files.

    Args:
        files: their names.
        layout: what is known of the columns.
        ways: how tables are read.
        frequency: that the series have to have; default: it is found.

    Raises:
        DataError: the files are not such series; it names the id, the row and the column.
    """

    notes = []
    asked = layout.columns.features
    with _opened(files, layout, ways) as table:
        if layout.target is None and not layout.wide:
            layout = _found(table, layout)
            notes = [_guessed(layout)]
        layout = replace(layout, id=table.columns.id, time=layout.time or table.columns.time or _dated(table))
        in_order = layout.time is None or table.columns.time is not None
        complete = in_order and (asked is not None or not layout.beside)
        found = _of_table(table, layout, asked, frequency) if complete else None
    if found is None:
        if STDIN in files:  # it can be read once
            role = "time" if not in_order else "target"
            expected = f"expected to be told which column has the {'values' if in_order else 'times'}"
            raise DataError(
                f"{STANDARD_INPUT}: {expected}; found none named", spelled(role, getattr(layout, role) or "")
            )
        with _opened(files, layout, ways) as table:
            found = _of_table(table, layout, layout.columns.features, frequency)
    return replace(found, notes=[*notes, *found.notes])


def _opened(files: Sequence[str], layout: Layout, ways: Mapping[str, Any]) -> Table:
    """The table of the files; errors speak of series, not of features."""
    try:
        return read(list(files), layout.columns, **ways)
    except NoColumnError as error:
        role = next(role for role, name in layout.named if name == error.column)
        raise NoColumnError(error.where, role, error.column, error.found) from None
    except NoFeaturesError as error:
        raise DataError(
            f"{error.where}: expected a column of numbers; found none: {listed(error.found)}",
            f"{spelled('target', 'COLUMN')} names the column of values",
        ) from None
    except WrongKindError as error:
        raise WrongKindError(str(error), error.hint if "dates are read" in error.hint else hints.MISSING) from None


def _dated(table: Table) -> str | None:
    """The only column of dates, whatever it is called; None where there is none."""
    if len(table.dates) > 1:
        raise DataError(
            f"{table.files[0]}: expected one column of dates; found {listed(table.dates)}",
            f"{spelled('time', 'COLUMN')} names the times",
        )
    return table.dates[0] if table.dates else None


def _found(table: Table, layout: Layout) -> Layout:
    """With the columns of values: `y`, the only one, or, where there are no ids, all."""
    names = [one.name for one in table.features if one.name not in layout.beside]
    both = guess((TARGET,), layout.beside, []) is not None
    if both or not names:
        said = (
            f"expected to be told which column has the values; found {TARGET!r} among those that are read beside them"
            if both
            else f"expected a column of values beside {listed(layout.beside)}; found none"
        )
        raise DataError(f"{table.files[0]}: {said}", f"{spelled('target', 'COLUMN')} names it")
    layout = replace(layout, id=table.columns.id, time=table.columns.time)
    if layout.time is None and len(names) > 1:
        layout = replace(layout, time=_year(table, names))
        names = [name for name in names if name != layout.time]
    place = guess((TARGET,), names, [])
    if place is not None or len(names) == 1:
        return replace(layout, target=names[place or 0])
    if layout.id is None:
        if layout.static:
            raise DataError(
                f"{table.files[0]}: expected rows of one series each, as columns are static; found a column for each "
                f"series: {listed(names)}",
                f"{spelled('id', 'COLUMN')} names what tells series apart, {spelled('target', 'COLUMN')} their values",
            )
        return replace(layout, wide=tuple(names))
    raise DataError(
        f"{table.files[0]}: expected one column of values; found {listed(names)}",
        f"{spelled('target', 'COLUMN')} names it",
    )


def _guessed(layout: Layout) -> str:
    """What is said of the columns of values where nobody named them."""
    if layout.target is not None:
        return f"values to forecast: the column {layout.target!r}"
    return f"values to forecast: each column is a series: {listed(layout.wide)}"


def _year(table: Table, names: list[str]) -> str | None:
    """The column of years that are numbers, if no other says which part of the year it is."""
    parts = [name for name in names if name.casefold() in CALENDAR]
    if len(parts) > 1:
        raise DataError(
            f"{table.files[0]}: expected one column of times; found {listed(parts)}",
            "write them as one date, as 2026-04-01 for the second quarter",
        )
    place = guess(("year",), names, [])
    return None if place is None else names[place]


def _of_table(table: Table, layout: Layout, asked: Sequence[str] | None, frequency: Frequency | None) -> Read:
    """The series of a table, whose features are the columns that were asked for, or all that there are."""
    ids: list[str] = []
    values: list[Values] = []
    columns: dict[str, list[Values]] = {name: [] for name in layout.beside}
    times: list[Any] = []
    places: list[tuple[Any, Any]] = []
    # A series is called after its id; without ids, after its column, and where there are several files, its file, too.
    names, with_ids, alone = layout.wide or (layout.target or "",), table.columns.id is not None, len(table) == 1
    files = _without_folders(table.files)
    at = {name: place for place, name in enumerate(asked or [feature.name for feature in table.features])}
    used = [*names, *layout.beside]
    refuse_other_kinds(table, {name: table.features[at[name]] for name in used}, layout)
    for one in table:
        for name in names:
            of_file = name if alone else f"{files.get(one.id, one.id)}/{name}"
            ids.append(one.id if layout.target and with_ids else of_file)
            values.append(one.values[:, at[name]])
            for place, beside in columns.items():
                beside.append(one.values[:, at[place]])
            times.append(one.times)
            places.append((one.place, one.rows))
    where = named(places)
    with_times = table.columns.time is not None
    known, past = ({name: columns[name] for name in some} for some in (layout.known, layout.past))
    categories = {name: table.features[at[name]].categories for name in layout.static}
    static = Static.of({name: Rows(columns[name], categories[name]) for name in layout.static}, ids, where)
    panel = Panel.of(ids, times if with_times else None, values, where, frequency, known, past)
    panel = replace(panel, static=static)
    backwards = [ids[number] for number, (_, rows) in enumerate(places) if (np.diff(rows) < 0).any()]
    left_out = ["each row is a step", "rows were not in the order"]
    left_out += ["each file is one sequence"] * bool(layout.wide or alone)
    left_out += ["columns that are not used", "the column"] * with_times
    said = [line for line in table.notes if not line.startswith(tuple(left_out))]
    unused = [name for name in at if name not in used]
    if unused and not with_times:
        said.append(f"columns that are not used: {listed(unused)}")
    if backwards:
        count = f"{backwards[0]!r}" + f", and of {len(backwards) - 1:,} more series" * (len(backwards) > 1)
        said.append(f"rows of {count} were not in the order of their times: they were sorted")
    return Read(panel, layout, said)


def _without_folders(names: Sequence[str]) -> dict[str, str]:
    """Names of files without the folders that all have in common: the same from any folder."""
    parts = [whole(name).split("/") for name in names]
    folders = [one[:-1] for one in parts]
    common = sum(1 for _ in takewhile(lambda same: len(set(same)) == 1, zip(*folders, strict=False)))
    return {name: "/".join(one[common:]) for name, one in zip(names, parts, strict=True)}


def named(places: list[tuple[Any, Any]]) -> Callable[[int, int], str]:
    """What names the row of a series' step."""

    def name(number: int, step: int) -> str:
        place, rows = places[number]
        return str(place.where(int(rows[step])))

    return name


def refuse_other_kinds(table: Table, used: Mapping[str, Feature], layout: Layout) -> None:
    """A DataError where a column has other values than numbers; those that are static may have words."""
    for name, feature in used.items():
        static = name in layout.static
        if feature.kind in ("number", "boolean", *["category"] * static):
            continue
        expected = "numbers or words" if static else "numbers"
        some = f"values: {listed(list(feature.categories[:3]))}" if feature.categories else "values"
        raise DataError(
            f"{table.files[0]}: column {feature.name!r}: expected {expected}; found {feature.kind} {some}",
            "a column beside the values has to have numbers, such as 0 and 1 for a holiday"
            if name in layout.beside
            else f"{spelled('target', 'COLUMN')} names the column of values, {spelled('id', 'COLUMN')} the one that "
            "tells series apart",
        )


def described(panel: Panel) -> list[str]:
    """What was read, in lines."""
    lengths, count = panel.lengths, len(panel)
    span = f"{lengths.min():,}" if lengths.min() == lengths.max() else f"{lengths.min():,} to {lengths.max():,}"
    lines = [
        f"{count:,} series of {span} steps, {panel.frequency}"
        if count > 1
        else f"a series of {span} steps, {panel.frequency}"
    ]
    if panel.missing:
        lines.append(f"{counted(panel.missing, 'value')} missing: neither learned nor scored")
    return lines + gaps(panel)


def gaps(panel: Panel) -> list[str]:
    """What is missing of columns that are known up to the present only, in lines."""
    if panel.past is None:
        return []
    missing = np.isnan(panel.past.values).sum(axis=0).tolist()
    return [
        f"column {name!r}: {counted(count, 'value')} missing: read as the last one before, or the mean"
        for name, count in zip(panel.past.names, missing, strict=True)
        if count
    ]


__all__ = ["IDS", "Layout", "Read", "described", "from_files"]
