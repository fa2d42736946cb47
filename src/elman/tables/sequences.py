"""Sequences: rows of the same key, each sequence in the order of its steps; sequences in the order of the rows.

Of the table `raw` become `sequences` (`seq`, the number of a sequence; `key`; `first`, its first row; `length`; `a0` …,
its label or targets, if it has one; `g`, its group) and `steps` (a row for each step, in order; `place`, the row of it
in `raw`; and what a row of `raw` has).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from elman.errors import DataError
from elman.spelling import counted
from elman.tables import hints, lists
from elman.tables.lists import Step
from elman.tables.staging import Staged
from elman.tables.words import have, left_out_lines

IN_ORDER = "(SELECT rowid AS step, rowid AS place, * FROM raw)"
SORTED = "(SELECT rowid AS step, * FROM steps)"


class Arranged(NamedTuple):
    """What became of the rows.

    Args:
        features: of a step.
        steps: the relation with a row for each step: `step`, its number; `place`, its row; and the columns of `raw`.
        notes: what is to be said.
    """

    features: list[Step]
    steps: str
    notes: list[str]


def arrange(staged: Staged) -> Arranged:
    """Makes the tables `sequences` and `steps`.

    Raises:
        DataError: a value is missing, infinite, or not the same in all rows of a sequence.
    """
    chosen = staged.roles
    _refuse_infinite(staged)
    _check_rows(staged)
    if chosen.form == "steps":
        notes = list(_group(staged))
        steps, sorting = _sort(staged)
        features = [Step(f"f{n}", name, chosen.kinds[name]) for n, name in enumerate(chosen.features)]
        return Arranged(features, steps, notes + sorting)
    length = "length(f0)" if chosen.form == "texts" else lists.length(staged)
    notes = list(_finish(staged, f"(SELECT *, rowid AS first, coalesce({length}, 0) AS length FROM raw)"))
    if chosen.columns.id is not None:
        notes += _same_ids(staged)
    return Arranged([] if chosen.form == "texts" else lists.unnest(staged), SORTED, notes)


def _group(staged: Staged) -> Iterator[str]:
    """Sequences of rows with the same key."""
    columns = staged.roles.columns
    constant = list(zip(_single(staged), columns.answers, strict=False))
    if columns.group is not None:
        constant.append(("g", columns.group))
    extremes = "".join(f", min({one}) AS {one}, max({one}) AS {one}_" for one, _ in constant)
    staged.database.run(
        f"CREATE TABLE grouped AS SELECT key, min(rowid) AS first, count(*) AS length{extremes} FROM raw GROUP BY key"
    )
    for alias, name in constant:
        _check_constant(staged, alias, name)
    yield from _finish(staged, "grouped")


def _finish(staged: Staged, grouped: str) -> Iterator[str]:
    """The table of sequences; if asked for, without those that have no label or no step."""
    database, columns = staged.database, staged.roles.columns
    single = _single(staged)
    without = " OR ".join(f"{one} IS NULL" for one in single) or "false"
    stepless = f"length = 0 AND NOT ({without})" if columns.skip_empty else "false"
    left_out, empty, count = database.run(
        f"SELECT count_if({without}), count_if({stepless}), count(*) FROM {grouped}"
    ).fetchone()
    what = "label" if columns.label is not None else "target"
    if left_out and not columns.skip_empty:
        row = database.run(f"SELECT min(first) FROM {grouped} WHERE {without}").fetchone()[0]
        raise DataError(
            f"{staged.where(row)}: column {columns.answers[0]!r}: expected a {what} for each sequence; found none for "
            f"{left_out:,} of {counted(count, 'sequence')}, of which this is the first row",
            hints.skipping(),
        )
    if left_out == count:
        raise DataError(f"{staged.files[0].name}: expected sequences with a {what}; found none")
    if left_out + empty == count:
        raise DataError(f"{staged.files[0].name}: expected sequences with steps; found none")
    yield from left_out_lines(count, {what: left_out, "step": empty})
    text = ["f0"] * (staged.roles.form == "texts")
    kept = ", ".join(["key", "first", "length", *single, *["g"] * (columns.group is not None), *text])
    database.run(
        f"CREATE TABLE sequences AS SELECT row_number() OVER (ORDER BY first) - 1 AS seq, {kept} FROM {grouped} "
        f"WHERE NOT ({without}) AND NOT ({stepless}) ORDER BY first"
    )


def _sort(staged: Staged) -> tuple[str, list[str]]:
    """Steps in the order of sequences and times, and what is to be said. Rows in order stay where they are."""
    database = staged.database
    time = staged.roles.columns.time is not None
    back = "count_if(key = key_ AND time < time_)" if time else "0"
    before = ", lag(time) OVER () AS time_, time" if time else ""
    rows = f"SELECT key, lag(key) OVER () AS key_{before} FROM raw"
    changes, backward = database.run(f"SELECT count_if(key IS DISTINCT FROM key_), {back} FROM ({rows})").fetchone()
    count = database.run("SELECT count(*) FROM sequences").fetchone()[0]
    notes, steps = [], IN_ORDER
    if changes != count or backward:
        order = "seq, time, raw.rowid" if time else "seq, raw.rowid"
        database.run(
            "CREATE TABLE steps AS SELECT raw.rowid AS place, raw.* FROM raw JOIN sequences USING (key) "
            f"ORDER BY {order}"
        )
        steps = SORTED
        if backward:
            notes.append("rows were not in the order of their times: they were sorted")
    if time:
        notes += _same_times(staged, steps)
    return steps, notes


def _same_ids(staged: Staged) -> Iterator[str]:
    """Where rows are whole sequences, what is to be said of those with the same id."""
    same = staged.database.run("SELECT count(*) - count(DISTINCT key) FROM sequences").fetchone()[0]
    if same:
        said = f"{counted(same, 'row')} {have(same)} the id of a row before: each is a sequence of its own"
        yield f"{said}; {hints.steps()} takes each row for a step" if staged.roles.form == "lists" else said


def _same_times(staged: Staged, steps: str) -> Iterator[str]:
    rows = f"SELECT place, key, time, lag(key) OVER () AS key_, lag(time) OVER () AS time_ FROM {steps}"
    same = "key = key_ AND time = time_"
    count, row = staged.database.run(f"SELECT count(*), min(place) FROM ({rows}) WHERE {same}").fetchone()
    if count:
        yield (
            f"{counted(count, 'step')} {have(count)} the time of the step before: in the order of their rows "
            f"(the first: {staged.where(row)})"
        )


def _single(staged: Staged) -> list[str]:
    """The columns of labels or targets of which each sequence has one."""
    columns = staged.roles.columns
    return [f"a{n}" for n in range(len(columns.answers))] if columns.per == "sequence" else []


def _check_rows(staged: Staged) -> None:
    """A DataError where a row has no id or time."""
    columns, form = staged.roles.columns, staged.roles.form
    time = columns.time if form == "steps" else None  # which nothing is ordered by, else
    for alias, role, name in (("key", "an id", columns.id), ("time", "a time", time)):
        if name is not None and staged.database.run(f"SELECT count(*) > count({alias}) FROM raw").fetchone()[0]:
            raise staged.wrong(f"{alias} IS NULL", name, f"{role} in each row", "'none'")


def _refuse_infinite(staged: Staged) -> None:
    """A DataError where a column of `raw` has a number that is not finite."""
    chosen, columns = staged.roles, staged.roles.columns
    numbers = [(f"f{n}", name) for n, name in enumerate(chosen.features) if chosen.kinds.get(name) == "number"]
    if columns.time is not None and chosen.form == "steps":
        numbers.append(("time", columns.time))
    if columns.per == "sequence" or chosen.form == "steps":
        numbers += [(f"a{n}", name) for n, name in enumerate(columns.target)]
    for alias, name in numbers:
        if staged.database.run(f"SELECT count_if(isinf({alias})) FROM raw").fetchone()[0]:
            hint = "an empty cell is a missing value" if alias != "time" else ""
            raise staged.wrong(f"isinf({alias})", name, "finite numbers", alias, hint)


def _check_constant(staged: Staged, alias: str, name: str) -> None:
    """A DataError where a sequence has several labels."""
    found = staged.database.run(
        f"WITH wrong AS (SELECT key FROM grouped WHERE {alias} <> {alias}_ ORDER BY first LIMIT 1), "
        f"known AS (SELECT key, {alias} AS value FROM raw JOIN wrong USING (key) WHERE {alias} IS NOT NULL "
        f"ORDER BY raw.rowid LIMIT 1) SELECT raw.rowid, key, value, {alias} FROM raw JOIN known USING (key) "
        f"WHERE {alias} <> value ORDER BY raw.rowid LIMIT 1"
    ).fetchone()
    if found is not None:
        row, key, value, other = found
        sequence = f"the sequence {key!r}" if staged.roles.columns.id else "this file"
        hint = hints.each_step() if alias != "g" else ""
        if not staged.roles.columns.id:
            hint = hints.apart()
        raise DataError(
            f"{staged.where(row)}: column {name!r}: expected {value!r}, as in the rows of {sequence} before; "
            f"found {other!r}",
            hint,
        )
