"""Columns: which column of a table is what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Self, get_args

from elman.errors import ConfigError, DataError, choose, suggested
from elman.keywords import keywords
from elman.spelling import plain
from elman.tables.words import listed

Kind = Literal["number", "boolean", "category", "date", "text"]
Each = Literal["sequence", "step"]

IDS = ("id", "sequence_id", "series_id", "unique_id", "session_id", "sequence")  # names of columns; see `guess`
TIMES = ("time", "timestamp", "step", "t", "ds")
DATES = ("datetime", "date", "ts")  # times, too, where steps have no other; beside a text they do not order anything
CALENDAR = ("year", "quarter", "month", "week", "day")  # likewise, if their values are dates
TEXT = "text"


@keywords
@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which column is what. What is None is found, or is not there.

    Args:
        label: the class of each sequence, or of each step.
        target: the number to predict, in place of a label; or several.
        per: whether there is one label or target for each "sequence" or for each "step".
        id: rows of the same id are one sequence. By default the first column that has one of the names IDS, in any
            letters, spaces, hyphens and underscores aside; where there is none, each file is one sequence.
        time: steps are put in this order: numbers or dates. By default the first column with one of the names TIMES;
            then DATES, and one of CALENDAR whose values are dates; where there is none, steps are in the order of the
            rows.
        features: what the network reads, in this order; by default all other columns of numbers, booleans or
            categories, or all lists. A column that is named here may also be a date: it becomes seconds since 1970.
        text: each row is a sequence, whose steps are the characters of this column. By default the column `text`, where
            no features are named and no column has the name of an id or a time.
        group: what belongs together when data are split, such as the person who was measured.
        kinds: column -> kind, where it is not what its values look like: "category" for numbers that are names.
        skip_empty: whether sequences without a step, label or target are left out and counted. Else the latter are an
            error.
    """

    label: str | None = None
    target: str | Sequence[str] = ()
    per: Each = "sequence"
    id: str | None = None
    time: str | None = None
    features: Sequence[str] | None = None
    text: str | None = None
    group: str | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    skip_empty: bool = False

    def __post_init__(self) -> None:
        target = (self.target,) if isinstance(self.target, str) else tuple(self.target)
        object.__setattr__(self, "target", target)
        if self.features is not None:
            named = [self.features] if isinstance(self.features, str) else self.features
            object.__setattr__(self, "features", tuple(named))
            if not self.features:
                raise ConfigError("features: expected at least one column; found none")
        choose("per", self.per, get_args(Each))
        for name, kind in self.kinds.items():
            choose(f"kinds: {name}", kind, [one for one in get_args(Kind) if one != "text"])
        if self.label is not None and self.target:
            raise ConfigError("label: expected label or target; found both", "a label is a class, a target a number")
        if self.text is not None and self.features is not None:
            raise ConfigError("text: expected text or features; found both")
        if self.text is not None and self.per == "step" and self.answers:
            raise ConfigError(
                "per: expected one label or target for each text; found one for each step",
                "lists of words, with lists of labels, have one for each step",
            )
        check_own(self.named)

    @property
    def answers(self) -> tuple[str, ...]:
        """The columns of what is to be predicted."""
        return tuple(self.target) if self.label is None else (self.label,)

    @property
    def named(self) -> list[tuple[str, str]]:
        """Role and column of all that are named."""
        single = ("label", "id", "time", "text", "group")
        several = [("target", name) for name in self.target] + [("features", name) for name in self.features or ()]
        return [(role, name) for role in single if (name := getattr(self, role)) is not None] + several

    def without_answers(self) -> Self:
        """The same for data whose labels or targets are not known, or do not matter."""
        return replace(self, label=None, target=())


class NoColumnError(DataError):
    """A column is not there that a role asks for.

    Args:
        where: messages place it.
        role: that asks for it.
        column: its name.
        found: the names of those that are there.
    """

    def __init__(self, where: str, role: str, column: str, found: Sequence[str]) -> None:
        shown = {"features": "feature"}.get(role, role)
        super().__init__(
            f"{where}: expected the column {column!r} ({shown}); found the columns {listed(found)}",
            suggested(column, found),
        )
        self.where, self.role, self.column, self.found = where, role, column, found


class NoFeaturesError(DataError):
    """No column can be a feature by itself; `where` messages place it, and `found` names the columns."""

    def __init__(self, where: str, found: Sequence[str], hint: str) -> None:
        expected = "columns of numbers, booleans or categories beside the others"
        super().__init__(f"{where}: expected {expected}; found none: {listed(found)}", hint)
        self.where, self.found = where, found


class WrongKindError(DataError):
    """A column has values of another kind than its role asks for."""


def check_own(named: Iterable[tuple[str, str]]) -> None:
    """A ConfigError where a column has two roles, or a role no name; of pairs of role and name."""
    roles: dict[str, str] = {}
    for role, name in named:
        if not isinstance(name, str) or not name:
            raise ConfigError(f"{role}: expected the name of a column; found {plain(name)}")
        if name in roles:
            also = "named twice" if roles[name] == role else f"named as {roles[name]}, too"
            raise ConfigError(f"{role}: expected a column of its own; found {name!r}, {also}")
        roles[name] = role


def pick(where: str, role: str, asked: str, found: Sequence[str]) -> tuple[int, str]:
    """The place of a column among those of a file, and what is to be told of it.

    Raises:
        NoColumnError: there is none of this name, in capital letters or small ones.
        DataError: there are several of exactly this name.
    """
    if (same := found.count(asked)) > 1:
        raise DataError(f"{where}: expected one column {asked!r} ({role}); found {same}")
    if same:
        return found.index(asked), ""
    alike = [index for index, name in enumerate(found) if name.casefold() == asked.casefold()]
    if len(alike) == 1:
        return alike[0], f"{role}: the column {found[alike[0]]!r} is taken for {asked!r}"
    raise NoColumnError(where, role, asked, found)


def guess(names: Sequence[str], found: Sequence[str], taken: Sequence[int]) -> int | None:
    """The place of the first column, not taken, that has one of these names in any letters; or else one as `bare`."""
    for alike in (str.casefold, bare):
        known = [alike(name) for name in found]
        for name in names:
            for index, one in enumerate(known):
                if one == alike(name) and index not in taken:
                    return index
    return None


def bare(name: str) -> str:
    """In small letters, without spaces, hyphens and underscores between them: `Item ID` is `item_id`, and `itemId`."""
    return re.sub(r"(?<=[^\W_])[\s_-]+(?=[^\W_])", "", name.casefold())
