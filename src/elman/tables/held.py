"""Tables in memory: sequences of files that hold whole sequences, `.ts` and NPZ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.tables import hints
from elman.tables.columns import Columns, pick
from elman.tables.feature import Feature
from elman.tables.table import Block, Known, Table
from elman.tables.words import left_out_lines


@dataclass(frozen=True, eq=False)
class Part:
    """The n sequences of one file.

    Args:
        file: its name.
        names: (F,) of the features.
        values: (R, F) float64, all steps of all sequences, in order; NaN where a value is missing.
        lengths: (n,) steps of each sequence.
        lines: (n,) where each begins, in units of the file.
        unit: of these: "line" or "sequence".
        labels: (n,) or, where each step has one, (R,) strings; "" where it is missing.
        classes: the different labels, where the file says them; else they are found.
        targets: (n, K) or (R, K) float64.
        groups: (n,) strings.
        ids: (n,) strings; by default sequences are numbered from 0, those of all files together.
    """

    file: str
    names: tuple[str, ...]
    values: NDArray[np.float64]
    lengths: NDArray[np.int64]
    lines: NDArray[np.int64]
    unit: str
    labels: Sequence[str] | None = None
    classes: tuple[str, ...] = ()
    targets: NDArray[np.float64] | None = None
    groups: Sequence[str] | None = None
    ids: Sequence[str] | None = None
    notes: tuple[str, ...] = field(default=(), repr=False)

    def where(self, number: int) -> str:
        """A sequence of it, as messages name it."""
        return f"{self.file}: {self.unit} {self.lines[number]:,}"


@dataclass(frozen=True, eq=False)
class Held:
    """Steps in memory. The rows that places count are sequences here."""

    parts: tuple[Part, ...]
    ids: Sequence[str]
    values: NDArray[np.float64]
    rows: NDArray[np.int64]  # (R,) the number of the sequence that each step came from, of all that were read
    labels: NDArray[np.int64] | None
    targets: NDArray[np.float64] | None

    def block(self, first: int, last: int, start: int, stop: int) -> Block:
        """Sequences from one number up to another; their steps from one to another."""
        return Block(
            ids=list(self.ids[first:last]),
            values=self.values[start:stop],
            rows=self.rows[start:stop],
            labels=None if self.labels is None else self.labels[start:stop],
            targets=None if self.targets is None else self.targets[start:stop],
        )

    def where(self, row: int) -> tuple[str, Callable[[int], str]]:
        """The file of a sequence, and what names a sequence."""
        part, _ = self._part(row)
        return part.file, lambda row: Part.where(*self._part(row))

    def _part(self, row: int) -> tuple[Part, int]:
        for part in self.parts:
            if row < len(part.lengths):
                return part, row
            row -= len(part.lengths)
        raise IndexError(row)

    def close(self) -> None:
        """There is nothing to remove."""


def table(parts: Sequence[Part], columns: Columns, notes: Sequence[str]) -> Table:
    """The table of all sequences of some files.

    Args:
        parts: of the files, with the labels or targets that the columns ask for, and no others.
        columns: of these only `per`, `features` and `skip_empty` are looked at.
        notes: what is to be said.

    Raises:
        DataError: files differ in their features, or sequences have no label.
    """
    first = parts[0]
    for part in parts[1:]:
        if part.names != first.names:
            raise DataError(
                f"{part.file}: expected {len(first.names)} features, as {first.file} has; found {len(part.names)}"
            )
    chosen, told = _chosen(first, columns)
    values = np.concatenate([part.values for part in parts])[:, chosen]
    lengths = np.concatenate([part.lengths for part in parts])
    labels, classes = _codes(parts, "labels", [name for part in parts for name in part.classes])
    groups, group_names = _codes(parts, "groups", [])
    targets = None if first.targets is None else np.concatenate([_of(part.targets) for part in parts])
    each_of = enumerate((part, n) for part in parts for n in range(len(part.lengths)))
    ids = [str(number) if part.ids is None else part.ids[n] for number, (part, n) in each_of]  # as rows: from 0
    kept = np.arange(len(lengths))
    each = columns.per == "step"
    if not each and (labels is not None or targets is not None):
        without = np.asarray(np.isnan(_of(targets)).any(1) if labels is None else labels < 0)
        kept, more = _kept(parts, without, columns)
        told += more
    if columns.skip_empty and (empty := int((lengths[kept] == 0).sum())):
        told += left_out_lines(len(lengths), {"step": empty})
        kept = kept[lengths[kept] > 0]
        if not len(kept):
            raise DataError(f"{first.file}: expected sequences with steps; found none")
    rows = np.repeat(np.arange(len(lengths)), lengths)
    if len(kept) < len(lengths):
        steps = np.isin(rows, kept)
        values, rows = values[steps], rows[steps]
        lengths, ids = lengths[kept], [ids[n] for n in kept]
        labels, targets, groups = (None if one is None else one[kept] for one in (labels, targets, groups))
    features = tuple(
        Feature(first.names[n], "number", missing=int(np.isnan(values[:, place]).sum()))
        for place, n in enumerate(chosen)
    )
    counts = np.zeros(0, np.int64) if labels is None else np.bincount(labels[labels >= 0], minlength=len(classes))
    return Table(
        columns=replace(columns, features=[one.name for one in features], kinds={}),
        features=features,
        known=Known(
            lengths=lengths,
            first=kept,
            labels=None if each else labels,
            targets=None if each else targets,
            groups=groups,
        ),
        classes=classes,
        counts=counts,
        groups=group_names,
        files=tuple(part.file for part in parts),
        notes=(*notes, *(note for part in parts for note in part.notes), *told),
        store=Held(tuple(parts), ids, values, rows, labels if each else None, targets if each else None),
    )


def _chosen(part: Part, columns: Columns) -> tuple[list[int], list[str]]:
    """The features that are asked for, and what is to be said."""
    if columns.features is None:
        return list(range(len(part.names))), []
    picked = [pick(part.file, "features", name, part.names) for name in columns.features]
    places = [place for place, _ in picked]
    unused = [name for n, name in enumerate(part.names) if n not in places]
    told = [note for _, note in picked if note]
    return places, told + [f"features that are not used: {', '.join(unused)}"] * bool(unused)


def _codes(parts: Sequence[Part], what: str, known: Sequence[str]) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Strings as their numbers in a list of the different ones; -1 for ""."""
    if getattr(parts[0], what) is None:
        return None, ()
    strings = [one for part in parts for one in getattr(part, what)]
    names = tuple(dict.fromkeys(known)) or tuple(sorted(set(strings) - {""}, key=_natural))
    numbers = {name: number for number, name in enumerate(names)} | {"": -1}
    return np.array([numbers[one] for one in strings], np.int64), names


def _natural(text: str) -> tuple[int, float, str]:
    """Numbers in their order, then other strings in theirs."""
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    return (1, 0.0, text) if np.isnan(number) else (0, number, text)


def _kept(parts: Sequence[Part], without: NDArray[np.bool_], columns: Columns) -> tuple[NDArray[np.int64], list[str]]:
    """The sequences that have a label or target, and what is to be said of the others."""
    count = int(without.sum())
    if count == 0:
        return np.arange(len(without)), []
    what = "label" if columns.label is not None or not columns.target else "target"
    if count == len(without):
        raise DataError(f"{parts[0].file}: expected sequences with a {what}; found none")
    if not columns.skip_empty:
        place = int(np.flatnonzero(without)[0])
        for part in parts:
            if place < len(part.lengths):
                raise DataError(
                    f"{part.where(place)}: expected a {what} for each sequence; found none for {count:,} of "
                    f"{len(without):,} sequences, of which this is the first",
                    hints.skipping(),
                )
            place -= len(part.lengths)
    return np.flatnonzero(~without), left_out_lines(len(without), {what: count})


def _of(targets: NDArray[np.float64] | None) -> NDArray[np.float64]:
    assert targets is not None
    return targets
