"""Lists: a row that is a whole sequence, with a list for each feature, or a list of lists; of them become steps."""

from __future__ import annotations

from typing import NamedTuple

from elman.errors import DataError
from elman.tables.kinds import What
from elman.tables.staging import Staged


class Step(NamedTuple):
    """A feature of a step: its column in `steps`, what it is called, and its kind."""

    alias: str
    name: str
    kind: What


def length(staged: Staged) -> str:
    """The expression for the number of steps in a row of `raw`.

    Raises:
        DataError: lists of a row differ in length.
    """
    first, *others = _lists(staged)
    for alias, name in others:
        condition = f"coalesce(len({alias}), 0) <> coalesce(len({first[0]}), 0)"
        if staged.database.run(f"SELECT count_if({condition}) FROM raw").fetchone()[0]:
            row = staged.first(condition)
            sizes = f"SELECT coalesce(len({first[0]}), 0), coalesce(len({alias}), 0) FROM raw WHERE rowid = {row}"
            expected, found = staged.database.run(sizes).fetchone()
            raise DataError(
                f"{staged.where(row)}: column {name!r}: expected {expected:,} steps, as {first[1]!r} has; "
                f"found {found:,}"
            )
    return f"len({first[0]})"


def unnest(staged: Staged) -> list[Step]:
    """Makes `steps`: a row for each step of the lists; and what they have for features.

    Raises:
        DataError: a list of lists has rows of several lengths, or a number is not finite.
    """
    chosen = staged.roles
    made, steps = [], []
    for n, name in enumerate(chosen.features):
        found = chosen.found[name]
        if chosen.kinds[name] != "list":
            steps.append(Step(f"f{n}", name, chosen.kinds[name]))
            made.append(f"f{n}")
            continue
        kind: What = "category" if found.element == "category" else "number"
        if found.depth == 1:
            steps.append(Step(f"f{n}", name, kind))
            made.append(f"unnest(f{n}) AS f{n}")
            continue
        for place in range(_width(staged, f"f{n}", name)):
            steps.append(Step(f"f{n}_{place}", f"{name}{place + 1}", kind))
            made.append(f"list_extract(unnest(f{n}), {place + 1}) AS f{n}_{place}")
    if chosen.columns.per == "step":
        made += [f"unnest(a{n}) AS a{n}" for n in range(len(chosen.columns.answers))]
    staged.database.run(
        f"CREATE TABLE steps AS SELECT first AS place, {', '.join(made)} FROM "
        "(SELECT raw.*, first FROM raw JOIN sequences ON raw.rowid = first ORDER BY first)"
    )
    _refuse_infinite(staged, steps)
    return steps


def _lists(staged: Staged) -> list[tuple[str, str]]:
    """Columns of `raw` that are lists, and their names."""
    chosen = staged.roles
    found = [(f"f{n}", name) for n, name in enumerate(chosen.features) if chosen.kinds[name] == "list"]
    if chosen.columns.per == "step":
        found += [(f"a{n}", name) for n, name in enumerate(chosen.columns.answers)]
    return found


def _width(staged: Staged, alias: str, name: str) -> int:
    """How many numbers each step of a list of lists has."""
    sizes = f"list_transform({alias}, lambda step: coalesce(len(step), 0))"
    least, most = staged.database.run(f"SELECT min(list_min({sizes})), max(list_max({sizes})) FROM raw").fetchone()
    if least != most:
        row = staged.first(f"list_min({sizes}) <> {most}")
        raise DataError(
            f"{staged.where(row)}: column {name!r}: expected {most:,} numbers in each step; found {least:,}"
        )
    return int(most or 0)


def _refuse_infinite(staged: Staged, steps: list[Step]) -> None:
    targets = [f"a{n}" for n in range(len(staged.roles.columns.target)) if staged.roles.columns.per == "step"]
    named = [(one.alias, one.name) for one in steps if one.kind == "number"]
    for alias, name in [*named, *zip(targets, staged.roles.columns.target, strict=False)]:
        row = staged.database.run(f"SELECT min(place) FROM steps WHERE isinf({alias})").fetchone()[0]
        if row is not None:
            raise DataError(
                f"{staged.where(row)}: column {name!r}: expected finite numbers; found an infinite one",
                "null is a missing value",
            )
