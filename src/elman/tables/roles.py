"""Roles: which of the columns that were found is what; and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from elman.errors import DataError
from elman.spelling import counted
from elman.tables import hints
from elman.tables.columns import CALENDAR, DATES, IDS, TEXT, TIMES, Columns, Kind, NoFeaturesError, bare, guess, pick
from elman.tables.kinds import Found, What
from elman.tables.words import listed

Form = Literal["steps", "lists", "texts"]
SHOWN = 3  # columns of which an error says why they are none
FEATURES = ("number", "boolean", "category")  # kinds that are features without being named
FORMS = {"steps": "each row is a step", "lists": "each row is a sequence of lists", "texts": "each row is a text"}


@dataclass(frozen=True)
class Roles:
    """What is read of a table.

    Args:
        form: what a row is.
        columns: the same, as they were chosen: every role has its column, or there is none.
        found: column -> what its values are, of all columns that are read.
        kinds: feature -> the kind as which it is read.
        notes: what is to be said.
        dates: columns of dates that have no role.
    """

    form: Form
    columns: Columns
    found: Mapping[str, Found]
    kinds: Mapping[str, What]
    notes: tuple[str, ...]
    dates: tuple[str, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """Columns of what a network reads."""
        columns = self.columns
        return (columns.text,) if columns.text is not None else tuple(columns.features or ())


def roles(where: str, names: Sequence[str], found: Mapping[str, Found], columns: Columns) -> Roles:
    """The roles of the columns of a file.

    Args:
        where: messages place them.
        names: of the columns.
        found: what they are.
        columns: as they were asked for.

    Raises:
        DataError: a column is not there, or is not what its role asks for.
    """
    notes: list[str] = []
    picked: dict[tuple[str, str], str] = {}
    for role, name in columns.named:
        place, note = pick(where, role, name, names)
        picked[role, name] = names[place]
        notes += [note] * bool(note)
    single: dict[str, Any] = {role: name for (role, _), name in picked.items() if role not in ("target", "features")}
    chosen = replace(
        columns,
        **single,
        target=[picked["target", name] for name in columns.target],
        features=columns.features and [picked["features", name] for name in columns.features],
        kinds={picked.get(("features", name), name): kind for name, kind in columns.kinds.items()},
    )
    chosen = _with_defaults(chosen, names, found)
    form = _form(chosen, found)
    if form != "texts" and chosen.features is None:
        features, left_out = _features(form, chosen, names, found)
        if not features:
            raise NoFeaturesError(where, names, "; ".join([*left_out[:SHOWN], hints.features()]))
        chosen = replace(chosen, features=features)
        notes += left_out
    elif unused := [name for name in names if name not in {used for _, used in chosen.named}]:
        notes.append(f"columns that are not used: {listed(unused)}")
    _check_answers(where, form, chosen, found)
    kinds = {name: _kind(where, form, name, chosen, found[name]) for name in chosen.features or ()}
    for name, kind in kinds.items():
        if kind == "category" and found[name].numbers and name not in chosen.kinds:
            numbers = counted(found[name].numbers, "value")
            notes.append(f"{name!r} is taken for categories: {numbers} could be a number, as many or more could not")
        if kind == "category" and found[name].signed and name not in chosen.kinds:
            values = counted(found[name].signed, "value")
            notes.append(f"{name!r} is taken for categories: {values} could be a number without a sign such as % $ −")
    read = {name: _as_asked(found[name], chosen.kinds.get(name)) for _, name in chosen.named}
    dates = tuple(name for name in names if name not in read and found[name].kind == "date")
    return Roles(form, chosen, read, kinds, tuple(notes), dates)


def _with_defaults(columns: Columns, names: Sequence[str], found: Mapping[str, Found]) -> Columns:
    """With the columns that are known by their names."""
    taken = [names.index(name) for _, name in columns.named]
    defaults: dict[str, Any] = {}
    if columns.text is None:
        single = [name if found[name].kind != "list" else "" for name in names]
        known = {"id": IDS, "time": TIMES} if _form(columns, found) == "steps" else {"id": IDS}
        for role, usual in known.items():
            if getattr(columns, role) is None and (place := guess(usual, single, taken)) is not None:
                defaults[role] = names[place]
    if columns.text is None and columns.features is None and not columns.id and not defaults.keys() & {"id", "time"}:
        place = guess((TEXT,), names, taken)
        if place is not None and found[names[place]].kind in ("category", "empty"):
            defaults["text"] = names[place]
    if columns.time is None and "time" not in defaults and _form(replace(columns, **defaults), found) == "steps":
        dated = [name if bare(name) in DATES or found[name].kind == "date" else "" for name in names]
        if (place := guess((*DATES, *CALENDAR), dated, taken)) is not None:
            defaults["time"] = names[place]
    return replace(columns, **defaults)


def _form(columns: Columns, found: Mapping[str, Found]) -> Form:
    if columns.text is not None:
        return "texts"
    if columns.features is not None:
        return "lists" if any(found[name].kind == "list" for name in columns.features) else "steps"
    if columns.time is not None:  # whole sequences have none
        return "steps"
    used = {name for _, name in columns.named}
    return "lists" if any(one.kind == "list" and name not in used for name, one in found.items()) else "steps"


def _features(
    form: Form, columns: Columns, names: Sequence[str], found: Mapping[str, Found]
) -> tuple[list[str], list[str]]:
    """All columns that have no other role and can be features; and why others are none."""
    used = {name for _, name in columns.named}
    good = ("list",) if form == "lists" else FEATURES
    features, left_out = [], []
    for place, name in enumerate(names):
        if name in used:
            continue
        kind = found[name].kind if form == "lists" else columns.kinds.get(name, found[name].kind)
        if name and (kind in good or kind == "mixed"):
            features.append(name)
        else:
            why = "no list" if form == "lists" and kind in FEATURES else found[name].shown or kind
            left_out.append(f"the column {name!r} is left out: {why}" if name else f"column {place + 1} has no name")
    return features, left_out


def _check_answers(where: str, form: Form, columns: Columns, found: Mapping[str, Found]) -> None:
    """A DataError where labels or targets are lists, and should be none; or the other way round."""
    lists = form == "lists" and columns.per == "step"
    for name in columns.answers:
        kind = found[name].kind
        if kind == "other" or (kind != "empty" and (kind == "list") != lists):
            expected = "a list with one for each step" if lists else "one value in each row"
            hint = hints.each_step() * (kind == "list")
            raise DataError(f"{where}: column {name!r}: expected {expected}; found {found[name].shown}", hint)


def _kind(where: str, form: Form, name: str, columns: Columns, found: Found) -> What:
    """The kind of a feature."""
    kind = found.kind if form == "lists" and found.kind == "list" else columns.kinds.get(name, found.kind)
    if kind == "other" or (kind == "list" and form == "steps"):
        raise DataError(f"{where}: column {name!r}: expected numbers, booleans or categories; found {found.shown}")
    return "number" if kind == "empty" else kind


def _as_asked(found: Found, kind: Kind | None) -> Found:
    """`kinds` says what values are, and so of lists what is in them."""
    return replace(found, element=kind) if found.kind == "list" and kind == "category" else found


def told(roles: Roles) -> Iterator[str]:
    """What was chosen."""
    columns = roles.columns
    yield FORMS[roles.form]
    if roles.form == "steps":
        yield f"rows of the same {columns.id!r} are one sequence" if columns.id else "each file is one sequence"
        utc = ", in UTC" if columns.time and roles.found[columns.time].offsets == "all" else ""
        yield f"steps are ordered by {columns.time!r}{utc}" if columns.time else "steps are in the order of the rows"
    yield from roles.notes
