"""Staging: files are read once, into one table of the database, whose columns are what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.spelling import spelled
from elman.tables import hints
from elman.tables.columns import Columns, WrongKindError
from elman.tables.database import Database, QueryError
from elman.tables.kinds import SAMPLE, Found, What, kinds, misfit, refuse_mixed_offsets, with_key
from elman.tables.roles import Roles, roles
from elman.tables.scans import File, Scan, Value
from elman.tables.words import listed

EXPECTED = {"number": "numbers", "boolean": "true or false", "date": "dates", "list": "lists of numbers"}


@dataclass(frozen=True, eq=False)
class Staged:
    """The table `raw`: a row for each row of the files, in their order; `rowid` is its number.

    Its columns: `file`; `key`, the id, else the number of the file; `time`, if there is one; `f0`, `f1` … the features;
    `a0` … the labels or targets; `g` the group.
    """

    database: Database
    asked: Columns
    roles: Roles
    files: tuple[File, ...]
    starts: NDArray[np.int64]  # row -> file

    def file(self, row: int) -> File:
        """The file of a row."""
        return self.files[self._number(row)]

    def where(self, row: int) -> str:
        """A row, as messages name it."""
        number = self._number(row)
        return self.files[number].where(row - int(self.starts[number]))

    def _number(self, row: int) -> int:
        return int(np.searchsorted(self.starts, row, side="right")) - 1

    def first(self, condition: str) -> int:
        """The number of the first row that meets a condition."""
        return int(self.database.run(f"SELECT min(rowid) FROM raw WHERE {condition}").fetchone()[0])

    def wrong(self, condition: str, name: str, expected: str, found: str, hint: str = "") -> DataError:
        """For the first row that meets a condition; `found` is a query's expression, or text in quotes."""
        row = self.first(condition)
        value, key = self.database.run(f"SELECT {found}, CAST(key AS VARCHAR) FROM raw WHERE rowid = {row}").fetchone()
        shown = value if isinstance(value, str) and found.startswith("'") else repr(value)
        where = with_key(self.where(row), key if self.roles.columns.id not in (None, name) else None)
        return DataError(f"{where}: column {name!r}: expected {expected}; found {shown}", hint)


def stage(database: Database, scans: Sequence[Scan], columns: Columns) -> Staged:
    """Reads files. What text means is guessed from the first rows; where others differ, all rows are looked at.

    Raises:
        DataError: a file is not what it should be, or a column has values of several kinds.
    """
    if not any(_rows(database, scan) for scan in scans):
        names = listed([file.name for scan in scans for file in scan.files], 3)
        hint = "the first line has the names of the columns" * all(scan.types is None for scan in scans)
        raise DataError(f"{names}: expected rows; found none", hint)
    try:
        return _stage(database, scans, columns, everything=False)
    except (QueryError, _DoubtfulError):
        return _stage(database, scans, columns, everything=True)


def _rows(database: Database, scan: Scan) -> bool:
    """Whether there are any."""
    with database.explained(scan.files):
        return database.run(scan.rows({}, limit=1)).fetchone() is not None


class _DoubtfulError(Exception):
    """The first rows did not tell what all the others are."""


def _stage(database: Database, scans: Sequence[Scan], columns: Columns, everything: bool) -> Staged:
    first = scans[0]
    where = first.files[0].name
    found = kinds(database, scans, first.names, everything)
    chosen = roles(where, first.names, found, columns)
    for scan in scans:
        if missing := [name for name in chosen.found if name not in scan.names]:
            raise DataError(
                f"{scan.files[0].name}: expected the column {missing[0]!r}, as {where} has; found the columns "
                f"{listed(scan.names)}"
            )
    _refuse_mixed(database, scans, chosen)
    made, values = _values(chosen)
    database.run("DROP TABLE IF EXISTS raw")
    order = "CREATE TABLE raw AS"
    for scan in scans:
        query = f"SELECT file, {', '.join(made)} FROM ({scan.rows(values)})"
        try:
            database.run(f"{order} {query}")
        except QueryError:
            if not everything:
                raise
            with database.explained(scan.files):
                raise
        order = "INSERT INTO raw"
    files = tuple(file for scan in scans for file in scan.files)
    staged = Staged(database, columns, chosen, files, _starts(database, files))
    if not everything:
        _doubt(staged, [scan for scan in scans if scan.types is None], found)
    return staged


def _values(chosen: Roles) -> tuple[list[str], dict[str, Value]]:
    """The columns of `raw`, and the values in the files that they are made of."""
    columns, found = chosen.columns, chosen.found
    made: list[str] = []
    values: dict[str, Value] = {}

    def add(alias: str, name: str, value: Value) -> None:
        made.append(f"v{len(values)} AS {alias}")
        values[name] = value

    if columns.id is None:
        made.append("file AS key")
    else:
        add("key", columns.id, found[columns.id].value("category"))
    if columns.time is not None and chosen.form == "steps":
        add("time", columns.time, found[columns.time].order())
    for n, name in enumerate(chosen.features):
        add(f"f{n}", name, found[name].value("text" if columns.text is not None else chosen.kinds[name]))
    for n, name in enumerate(columns.answers):
        add(f"a{n}", name, _answer(chosen, found[name]))
    if columns.group is not None:
        add("g", columns.group, found[columns.group].value("category"))
    return made, values


def _answer(chosen: Roles, found: Found) -> Value:
    """How a label or target is read."""
    number: What = "boolean" if found.kind == "boolean" else "number"
    kind = number if chosen.columns.label is None else "category"
    if chosen.form == "lists" and chosen.columns.per == "step":
        return replace(found, element=kind, depth=1).value("list")
    return found.value(kind)


def _starts(database: Database, files: Sequence[File]) -> NDArray[np.int64]:
    """The number of the first row of each file."""
    counts = dict(database.run("SELECT file, count(*) FROM raw GROUP BY file").fetchall())
    sizes = [counts.get(file.number, 0) for file in files]
    return np.cumsum([0, *sizes[:-1]], dtype=np.int64)


def _refuse_mixed(database: Database, scans: Sequence[Scan], chosen: Roles) -> None:
    """A DataError where a column that is used has not the kind that its role asks for."""
    for name, kind in _wanted(chosen).items():
        found = chosen.found[name]
        if (place := misfit(database, scans, name, kind, found.depth, chosen.columns.id)) is not None:
            where, value = place
            shown = f"{value!r} ({found.shown})" if found.kind in ("mixed", "list") else repr(value)
            expected = f"{where}: column {name!r}: expected {EXPECTED[kind]}"
            raise WrongKindError(f"{expected}; found {shown}", _hint(chosen, name))
    for name, found in chosen.found.items():
        refuse_mixed_offsets(database, scans, name, found, chosen.columns.id)


def _wanted(chosen: Roles) -> dict[str, What]:
    """Columns that seem to be something else than their roles ask for, and what that is."""
    columns, found = chosen.columns, chosen.found
    asked: dict[str, tuple[What, ...]] = {
        name: (kind,) for name, kind in chosen.kinds.items() if kind in ("number", "boolean", "date")
    }
    if columns.time is not None and chosen.form == "steps":
        asked[columns.time] = ("date", "number") if found[columns.time].kind == "category" else ("number", "date")
    asked |= {name: ("number", "boolean") for name in columns.target if found[name].kind != "list"}
    wanted: dict[str, What] = {
        name: kinds[0] for name, kinds in asked.items() if found[name].kind not in (*kinds, "empty")
    }
    for name, kind in chosen.kinds.items():
        if kind == "mixed" or (kind == "list" and found[name].element == "mixed"):
            wanted[name] = "list" if found[name].depth else "number"
    return wanted


def _hint(chosen: Roles, name: str) -> str:
    if name in chosen.kinds:
        written = [hints.as_written(name)] * (name not in chosen.columns.kinds)
        return "; ".join([*written, *[hints.MISSING] * (not chosen.found[name].depth)])
    if name == chosen.columns.time:
        return "dates are read as 2026-01-31, 2026-01, or 2026-01-31 12:30:00"
    return f"{spelled('label', name)} takes this column as classes" if name in chosen.columns.target else ""


def _doubt(staged: Staged, scans: Sequence[Scan], found: Mapping[str, Found]) -> None:
    """A _DoubtfulError where a column that looked like strings has mostly numbers, or an empty one has values."""
    chosen = staged.roles
    doubtful = [
        f"f{n}"
        for n, name in enumerate(chosen.features)
        if chosen.kinds.get(name) == "category" and chosen.found[name].text and name not in chosen.columns.kinds
    ]
    if doubtful:
        counts = ", ".join(f"2 * count(TRY_CAST({one} AS DOUBLE)) > count({one})" for one in doubtful)
        if any(staged.database.run(f"SELECT {counts} FROM raw").fetchone()):
            raise _DoubtfulError
    if staged.database.run("SELECT count(*) FROM raw").fetchone()[0] <= SAMPLE:
        return
    for scan in scans:
        empty = [name for name in scan.names if name in found and found[name].kind == "empty"]
        counts = ", ".join(f"count(v{n})" for n in range(len(empty)))
        rows = scan.rows(dict.fromkeys(empty, Value()))
        if empty and any(staged.database.run(f"SELECT {counts} FROM ({rows})").fetchone()):
            raise _DoubtfulError
