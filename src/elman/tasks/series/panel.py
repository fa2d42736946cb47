"""Panel: many series, one behind another, each on the grid of its frequency; what is missing there is NaN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import DataError
from elman.tasks.series.frequency import Frequency, Times, anchor, infer, shown

Values = NDArray[np.float64]
Counts = NDArray[np.int64]
LARGEST = 100_000_000  # steps on the grid, at most
BACK = 8  # seasons, at most, from which a gap is filled


@dataclass(frozen=True, eq=False)
class Panel:
    """N series.

    Args:
        ids: of each.
        values: all values, one series behind another, from the first that is there to the last step; NaN where missing.
        offsets: (N + 1,) where each begins.
        first: of each, the time of its place 0.
        begin: (N,) the place of its first value.
        frequency: of all.
        season: steps after which values are alike: by what was there then, gaps are filled.
    """

    ids: tuple[str, ...]
    values: Values
    offsets: Counts
    first: Sequence[Any]
    begin: Counts
    frequency: Frequency
    season: int = 1

    @classmethod
    def of(
        cls,
        ids: list[str],
        times: list[Times] | None,
        values: list[Values],
        where: Callable[[int, int], str],
        frequency: Frequency | None = None,
    ) -> Self:
        """Of series whose times are in order; those of no value at all are refused.

        Args:
            ids: of the series.
            times: (T_i,) of each, dates or numbers; None: they are in the order of rows.
            values: (T_i,) of each.
            where: names the row of a series' step.
            frequency: that they have to have; default: it is found.

        Raises:
            DataError: times are there twice or on no grid, or a series has no value; it names the series and the row.
        """
        for number, one in enumerate(values):
            if not np.isfinite(one).any():
                raise DataError(f"{where(number, 0)}: {ids[number]!r}: expected values; found none", "leave it out")
        if times is None:
            frequency = frequency if frequency is not None and frequency.unit == "row" else Frequency("row", 1)
            firsts: list[Any] = [None] * len(ids)
            grid, at = values, np.zeros(len(ids), np.int64)
        else:
            _refuse_same(ids, times, where)
            frequency = frequency or infer(ids, times, where)
            firsts = [anchor(frequency, one) for one in times]
            placed = [
                _on_grid(frequency, ids[i], firsts[i], times[i], values[i], lambda step, i=i: where(i, step))  # type: ignore[misc]
                for i in range(len(ids))
            ]
            grid, at = [one for _, one in placed], np.array([place for place, _ in placed])
        skipped = np.array([np.isfinite(one).argmax() for one in grid], np.int64)
        kept = [one[start:] for one, start in zip(grid, skipped, strict=True)]
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in kept])]).astype(np.int64)
        return cls(tuple(ids), np.concatenate(kept), offsets, firsts, at + skipped, frequency)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Values]:
        for start, stop in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            yield self.values[start:stop]

    @cached_property
    def lengths(self) -> Counts:
        """(N,) steps of each."""
        return np.diff(self.offsets)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Of ids."""
        return {name: number for number, name in enumerate(self.ids)}

    @cached_property
    def above(self) -> NDArray[np.bool_]:
        """(N,) whether no value is below 0."""
        found: NDArray[np.bool_] = np.minimum.reduceat(self.filled, self.offsets[:-1]) >= 0
        return found

    @property
    def missing(self) -> int:
        """How many values are missing."""
        return int(np.isnan(self.values).sum())

    def times(self, number: int, start: int, stop: int) -> Times:
        """Of one series, the times from one step to another; steps behind its last are those to come."""
        places = np.arange(start, stop, dtype=np.int64) + self.begin[number]
        return self.frequency.ahead(self.first[number], places)

    def some(self, numbers: Sequence[int] | Counts) -> Self:
        """Some of the series."""
        rows = [int(number) for number in numbers]
        kept = [self.values[self.offsets[row] : self.offsets[row + 1]] for row in rows]
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in kept])]).astype(np.int64)
        values = np.concatenate(kept) if kept else np.zeros(0)
        first = [self.first[row] for row in rows]
        return replace(self, ids=tuple(self.ids[r] for r in rows), values=values, offsets=offsets, first=first,
                       begin=self.begin[rows])  # fmt: skip

    def tail(self, count: int) -> Self:
        """The last values of each."""
        kept = np.minimum(self.lengths, count)
        starts = self.offsets[1:] - kept
        values = [self.values[start:stop] for start, stop in zip(starts, self.offsets[1:], strict=True)]
        offsets = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
        begin = self.begin + self.lengths - kept
        return replace(self, values=np.concatenate(values), offsets=offsets, begin=begin)

    def followed(self, values: Values) -> Self:
        """With (N, K) more values behind each."""
        pieces = [np.concatenate([one, more]) for one, more in zip(self, values, strict=True)]
        offsets = self.offsets + np.arange(len(self) + 1) * values.shape[1]
        return replace(self, values=np.concatenate(pieces), offsets=offsets)

    def grown(self, came: Mapping[int, Values]) -> Self:
        """With more values behind some of them, by their numbers."""
        ends = [self.offsets[number + 1] for number in came for _ in range(len(came[number]))]
        values = np.insert(self.values, ends, np.concatenate(list(came.values())) if came else [])
        more = np.zeros(len(self) + 1, np.int64)
        for number, one in came.items():
            more[number + 1] = len(one)
        return replace(self, values=values, offsets=self.offsets + np.cumsum(more))

    @cached_property
    def filled(self) -> Values:
        """The values; for one that is missing, that of a season before it, or of a few, or the last one."""
        there = np.isfinite(self.values)
        if there.all():
            return self.values
        found = self.values.copy()
        gaps = np.flatnonzero(~there)
        starts = np.repeat(self.offsets[:-1], self.lengths)[gaps]
        for back in range(1, BACK + 1):
            places = gaps - back * self.season
            known = (places >= starts) & np.isnan(found[gaps]) & there[np.maximum(places, 0)]
            found[gaps[known]] = self.values[places[known]]
        last = np.maximum.accumulate(np.where(there, np.arange(len(there)), 0))
        return np.where(np.isnan(found), self.values[last], found)

    def reaching(self, rows: Counts, ends: Counts, width: int) -> Counts:
        """(B, width) places of the values before the ends of rows; a series' first one where it is shorter."""
        starts = self.offsets[rows]
        places = (starts + ends)[:, None] + np.arange(-width, 0)
        found: Counts = np.maximum(places, starts[:, None])
        return found

    def following(self, rows: Counts, ends: Counts, count: int) -> Values:
        """(B, count) what came after these ends; NaN where it is missing, or not there yet."""
        places = (self.offsets[rows] + ends)[:, None] + np.arange(count)
        inside = places < self.offsets[rows + 1][:, None]
        return np.where(inside, self.values[np.minimum(places, len(self.values) - 1)], np.nan)


def _refuse_same(ids: list[str], times: list[Times], where: Callable[[int, int], str]) -> None:
    for number, one in enumerate(times):
        same = np.flatnonzero(one[1:] == one[:-1])
        if len(same):
            step = int(same[0]) + 1
            hint = "a series has one value for each time; times of a clock that is put back need their offset: +01:00"
            raise DataError(
                f"{where(number, step)}: {ids[number]!r}: expected another time; found {_shown(one[step])} twice", hint
            )


def _shown(time: Any) -> str:
    return str(shown(np.array([time]))[0])


def _on_grid(
    frequency: Frequency, name: str, first: Any, times: Times, values: Values, where: Callable[[int], str]
) -> tuple[int, Values]:
    """The place of the first, and values at all places of the grid from there on."""
    if (times.dtype.kind == "M") == (frequency.unit in ("row", "number")):
        raise DataError(
            f"{where(0)}: {name!r}: expected times {frequency}, as the model has them; found {_shown(times[0])}"
        )
    places = frequency.places(first, times)
    wrong = np.isnan(places)
    if wrong.any():
        step = int(wrong.argmax())
        raise DataError(f"{where(step)}: {name!r}: expected {frequency}; found {_shown(times[step])}")
    at = places.astype(np.int64) - int(places[0])
    if at[-1] > LARGEST or at[-1] > 1000 * len(at) + 1000:
        raise DataError(f"{where(len(at) - 1)}: {name!r}: expected few gaps; found {len(at):,} steps of {at[-1] + 1:,}")
    found = np.full(int(at[-1]) + 1, np.nan)
    found[at] = values
    return int(places[0]), found
