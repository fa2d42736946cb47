"""Tables in the database: rows are sorted once, and read in pieces as often as is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.tables import hints
from elman.tables.columns import Columns, Kind
from elman.tables.database import Database
from elman.tables.feature import Feature
from elman.tables.lists import Step
from elman.tables.roles import told
from elman.tables.sequences import Arranged, arrange
from elman.tables.staging import Staged
from elman.tables.table import Block, Known, Table

COMMON = 1000  # different strings in a column, at most, for it to be a feature without being named
TEXT = Step("f0", "", "text")
MANY = 1_000_000  # different strings in a column, at most, for it to be a feature at all


def table(staged: Staged, notes: Sequence[str]) -> Table:
    """The table of what was staged.

    Raises:
        DataError: rows are not what they should be.
    """
    arranged = arrange(staged)
    columns = staged.roles.columns
    if staged.roles.form == "texts":
        features, left_out = [(TEXT, Feature(columns.text or "", "text"))], list[str]()
    else:
        features, left_out = _features(staged, arranged)
    classes = _classes(staged, arranged)
    groups = _dictionary(staged.database, "groups", "sequences", "g") if columns.group is not None else ()
    known = _known(staged, groups)
    store = Stored(staged, arranged.steps, tuple(step for step, _ in features))
    return Table(
        columns=_fixed(staged, [step for step, _ in features]),
        features=tuple(feature for _, feature in features),
        known=known,
        classes=classes,
        counts=_counts(staged, arranged, known, len(classes)),
        groups=groups,
        files=tuple(file.name for file in staged.files),
        notes=(*notes, *told(staged.roles), *left_out, *arranged.notes),
        store=store,
        dates=staged.roles.dates,
    )


@dataclass(frozen=True)
class Stored:
    """Steps in the database."""

    staged: Staged
    steps: str  # their relation
    features: tuple[Step, ...]

    def block(self, first: int, last: int, start: int, stop: int) -> Block:
        """Sequences from one number up to another; their steps from one to another."""
        columns, form = self.staged.roles.columns, self.staged.roles.form
        text = ["f0"] * (form == "texts")
        found = self.staged.database.run(
            f"SELECT {', '.join(['CAST(key AS VARCHAR)', 'first', *text])} FROM sequences "
            f"WHERE seq >= {first} AND seq < {last} ORDER BY seq"
        ).fetchall()
        ids = [row[0] for row in found]
        if columns.id is None:
            ids = (
                [self.staged.files[int(n)].name for n in ids] if form == "steps" else [str(row) for _, row, *_ in found]
            )
        if text:
            return _texts(ids, found)
        parts = [_number(one) + f" AS {one.alias}" for one in self.features] + ["place"]
        parts += ["time"] * (columns.time is not None and form == "steps")
        if columns.per == "step":
            parts += [f"{_code('a0', 'classes')} AS a0"] if columns.label is not None else []
            parts += [f"coalesce(a{n}, 'nan'::DOUBLE) AS a{n}" for n in range(len(columns.target))]
        arrays = self.staged.database.arrays(
            f"SELECT {', '.join(parts)} FROM {self.steps} WHERE step >= {start} AND step < {stop}"
        )
        targets = [arrays[f"a{n}"] for n in range(len(columns.target))] if columns.per == "step" else []
        return Block(
            ids=ids,
            values=np.column_stack([arrays[one.alias] for one in self.features]),
            rows=arrays["place"],
            times=arrays.get("time"),
            labels=arrays["a0"] if columns.per == "step" and columns.label is not None else None,
            targets=np.column_stack(targets) if targets else None,
        )

    def where(self, row: int) -> tuple[str, Callable[[int], str]]:
        """The file of a row, and what names a row."""
        return self.staged.file(row).name, self.staged.where

    def close(self) -> None:
        """Removes the temporary files."""
        self.staged.database.remove()


def _texts(ids: list[str], found: Sequence[tuple[Any, ...]]) -> Block:
    """Characters are steps."""
    texts = [text or "" for *_, text in found]
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    rows = np.repeat(np.array([row for _, row, _ in found], np.int64), [len(text) for text in texts])
    return Block(ids=ids, values=points.astype(np.float64)[:, None], rows=rows)


def _number(step: Step) -> str:
    """A feature as a number that is never NULL."""
    made = f"enum_code(CAST({step.alias} AS {_type(step)}))" if step.kind == "category" else step.alias
    return f"coalesce(CAST({made} AS DOUBLE), 'nan'::DOUBLE)"


def _type(step: Step) -> str:
    return f"categories_of_{step.alias}"


def _code(column: str, dictionary: str) -> str:
    """A number in a dictionary; -1 where there is no value."""
    return f"coalesce(CAST(enum_code(CAST({column} AS {dictionary})) AS BIGINT), -1)"


def _dictionary(database: Database, name: str, relation: str, column: str) -> tuple[str, ...]:
    """Makes a type of the different strings of a column: numbers in their order, then others in that of Unicode."""
    values = f"SELECT DISTINCT CAST({column} AS VARCHAR) AS value FROM {relation} WHERE {column} IS NOT NULL"
    number = "nullif(TRY_CAST(value AS DOUBLE), 'nan'::DOUBLE)"
    database.run(f"CREATE TYPE {name} AS ENUM (SELECT value FROM ({values}) ORDER BY {number} NULLS LAST, value)")
    found = database.run(f"SELECT unnest(enum_range(NULL::{name}))").fetchall()
    return tuple(value for (value,) in found)


def _features(staged: Staged, arranged: Arranged) -> tuple[list[tuple[Step, Feature]], list[str]]:
    """The features, and what is left out, as its strings are too many to be categories."""
    database, made, left_out = staged.database, [], []
    for step in arranged.features:
        empty = f"count_if({step.alias} IS NULL" + (")" if step.kind == "category" else f" OR isnan({step.alias}))")
        distinct = f"approx_count_distinct({step.alias})" if step.kind == "category" else "0"
        missing, different = database.run(f"SELECT {empty}, {distinct} FROM {arranged.steps}").fetchone()
        if step.kind == "category" and staged.asked.features is None and different > COMMON:
            left_out.append(f"the column {step.name!r} is left out: about {different:,} different strings")
            continue
        if different > MANY:
            raise DataError(
                f"{staged.files[0].name}: column {step.name!r}: expected at most {MANY:,} different strings; "
                f"found about {different:,}"
            )
        categories: tuple[str, ...] = ()
        if step.kind == "category":
            categories = _dictionary(database, _type(step), arranged.steps, step.alias)
        kind = cast(Kind, step.kind)
        made.append((step, Feature(step.name, kind, categories, missing)))
    if not made:
        raise DataError(
            f"{staged.files[0].name}: expected features; found only strings, each of them rare",
            hints.characters(),
        )
    return made, left_out


def _classes(staged: Staged, arranged: Arranged) -> tuple[str, ...]:
    columns = staged.roles.columns
    if columns.label is None:
        return ()
    relation = arranged.steps if columns.per == "step" else "sequences"
    classes = _dictionary(staged.database, "classes", relation, "a0")
    if not classes:
        raise DataError(f"{staged.files[0].name}: column {columns.label!r}: expected labels; found none")
    return classes


def _counts(staged: Staged, arranged: Arranged, known: Known, classes: int) -> NDArray[np.int64]:
    """How often each class is there."""
    if known.labels is not None:
        return np.bincount(known.labels, minlength=classes)
    counts = np.zeros(classes, np.int64)
    if classes:
        found = staged.database.run(
            f"SELECT {_code('a0', 'classes')} AS code, count(*) FROM {arranged.steps} GROUP BY code"
        )
        for code, count in found.fetchall():
            if code >= 0:
                counts[code] = count
    return counts


def _known(staged: Staged, groups: tuple[str, ...]) -> Known:
    columns = staged.roles.columns
    single = columns.per == "sequence"
    parts = ["length", "first"]
    parts += [f"{_code('a0', 'classes')} AS label"] * (single and columns.label is not None)
    parts += [f"a{n}" for n in range(len(columns.target)) if single]
    parts += [f"{_code('g', 'groups')} AS g"] * (columns.group is not None)
    arrays = staged.database.arrays(f"SELECT {', '.join(parts)} FROM sequences ORDER BY seq")
    targets = [arrays[f"a{n}"] for n in range(len(columns.target)) if single]
    return Known(
        lengths=arrays["length"].astype(np.int64),
        first=arrays["first"].astype(np.int64),
        labels=arrays.get("label"),
        targets=np.column_stack(targets) if targets else None,
        groups=arrays.get("g"),
    )


def _fixed(staged: Staged, steps: Sequence[Step]) -> Columns:
    """The columns as they were chosen, so that other files can be read in the same way."""
    chosen = staged.roles
    if chosen.form == "texts":
        return chosen.columns
    kept = {step.name for step in steps}
    names = [name for name in chosen.features if name in kept or chosen.kinds[name] == "list"]
    kinds = {name: cast(Kind, chosen.kinds[name]) for name in names if chosen.kinds[name] != "list"}
    return replace(chosen.columns, features=names, kinds=kinds)
