"""Table: sequences of a data set, in order, with what is known of each without reading it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from elman.tables import description
from elman.tables.columns import Columns
from elman.tables.feature import Feature
from elman.tables.kinds import with_key

ROWS = 1 << 16  # steps that are read at a time, about


@dataclass(frozen=True)
class Place:
    """Where a sequence begins. As a string it is what messages say: the file, and the line, row or record."""

    file: str
    row: int  # of all files, from 0
    where: Callable[[int], str] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self.where(self.row)


@dataclass(frozen=True, eq=False, slots=True)
class Sequence:
    """One sequence of T steps, F features.

    Args:
        number: from 0, in the order of the table.
        id: what the data call it.
        values: (T, F) float64; NaN where a value is missing. `Feature` says what numbers mean.
        label: the number of its class, or (T,) int64 of them where each step has one; -1 where it is missing; None
            where there are none.
        target: (K,) float64, or (T, K) where each step has one; NaN where it is missing; None where there are none.
        group: the number of its group; None where there are none.
        times: (T,), numbers or dates; None where there are none.
        rows: (T,) int64: the row of each step, counted over all files, from 0.
        place: where it begins.
    """

    number: int
    id: str
    values: NDArray[np.float64]
    label: int | NDArray[np.int64] | None
    target: NDArray[np.float64] | None
    group: int | None
    times: NDArray[Any] | None
    rows: NDArray[np.int64]
    place: Place

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of n sequences.

    Args:
        lengths: (n,) steps of each.
        first: (n,) the row where each begins.
        labels: (n,) the class of each; of none where labels are of steps, or there are none.
        targets: (n, K); of none likewise.
        groups: (n,) the group of each, or of none.
    """

    lengths: NDArray[np.int64]
    first: NDArray[np.int64]
    labels: NDArray[np.int64] | None = None
    targets: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Block:
    """Steps that follow each other, and the ids of the sequences that they belong to."""

    ids: list[str]
    values: NDArray[np.float64]
    rows: NDArray[np.int64]
    times: NDArray[Any] | None = None
    labels: NDArray[np.int64] | None = None
    targets: NDArray[np.float64] | None = None


class Store(Protocol):
    """Where the steps are."""

    def block(self, first: int, last: int, start: int, stop: int) -> Block:
        """Sequences from one number up to another; their steps from one to another."""

    def where(self, row: int) -> tuple[str, Callable[[int], str]]:
        """The file of a row, and what names a row."""

    def close(self) -> None:
        """Lets go of it."""


@dataclass(frozen=True, eq=False)
class Table:
    """Sequences, in a stable order: that of their first rows.

    Args:
        columns: which column is what, as it was chosen. With it, `read` reads other files in the same way.
        features: what is read of each step.
        known: of all sequences.
        classes: the names of the labels, in order; empty where there are none.
        groups: the names of the groups.
        files: that were read.
        notes: what is to be said about them.
        dates: columns of dates that have no role.
        store: where the steps are.
    """

    columns: Columns
    features: tuple[Feature, ...]
    known: Known
    classes: tuple[str, ...] = field(repr=False)
    groups: tuple[str, ...] = field(repr=False)
    files: tuple[str, ...] = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)
    store: Store = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)  # of each class: sequences, or steps where each step has a label
    dates: tuple[str, ...] = field(repr=False, default=())

    def __len__(self) -> int:
        return len(self.known.lengths)

    @property
    def steps(self) -> int:
        """Of all sequences."""
        return int(self.known.lengths.sum())

    def __iter__(self) -> Iterator[Sequence]:
        for chunk in self.chunks():
            yield from chunk

    def chunks(self, steps: int = ROWS, first: int = 0, last: int | None = None) -> Iterator[list[Sequence]]:
        """The sequences from one number up to another, in order, so many at a time as have about so many steps."""
        lengths = self.known.lengths
        starts = np.concatenate([[0], np.cumsum(lengths)])
        last = len(self) if last is None else min(last, len(self))
        while first < last:
            end = int(np.searchsorted(starts, starts[first] + steps, side="right")) - 1
            end = min(max(end, first + 1), last)
            yield self._chunk(first, end, starts[first : end + 1])
            first = end

    def __getitem__(self, number: int) -> Sequence:
        """One sequence. Who needs all of them iterates, which is faster."""
        number = range(len(self))[number]
        [chunk] = self.chunks(1, number, number + 1)
        return chunk[0]

    def _chunk(self, first: int, last: int, starts: NDArray[np.int64]) -> list[Sequence]:
        known = self.known
        block = self.store.block(first, last, int(starts[0]), int(starts[-1]))
        made = []
        for number in range(first, last):
            part = slice(int(starts[number - first] - starts[0]), int(starts[number - first + 1] - starts[0]))
            label: int | NDArray[np.int64] | None = None
            if known.labels is not None:
                label = int(known.labels[number])
            elif block.labels is not None:
                label = block.labels[part]
            target = None if known.targets is None else known.targets[number]
            row = int(known.first[number])
            file, where = self.store.where(row)
            made.append(
                Sequence(
                    number=number,
                    id=block.ids[number - first],
                    values=block.values[part],
                    label=label,
                    target=target if block.targets is None else block.targets[part],
                    group=None if known.groups is None else int(known.groups[number]),
                    times=None if block.times is None else block.times[part],
                    rows=block.rows[part],
                    place=Place(file, row, where),
                )
            )
        return made

    def describe(self) -> list[str]:
        """What was read, and what was chosen, in lines."""
        counts = dict(zip(self.classes, self.counts.tolist(), strict=True))
        return [
            *description.size(self.files, self.known.lengths),
            *self.notes,
            *description.features(self.features),
            *description.classes(counts),
        ]

    def holding(self, value: float, of: Callable[[Sequence], NDArray[Any]]) -> str:
        """The first sequence that has a value, and the row of it where each step has one, as messages name it.

        Args:
            value: which.
            of: the values of a sequence, (T,) of its steps, or (1,).
        """
        for sequence in self:
            for step in np.flatnonzero(of(sequence) == value)[:1].tolist():
                place = sequence.place.where(int(sequence.rows[step]) if step else sequence.place.row)
                return with_key(place, sequence.id if self.columns.id is not None else None)
        raise LookupError(value)

    def close(self) -> None:
        """Removes what was kept in temporary files; the table cannot be read after that."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
