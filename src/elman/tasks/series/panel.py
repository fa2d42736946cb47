"""Panel: many series, one behind another, each on the grid of its frequency; what is missing there is NaN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import DataError
from elman.spelling import called, either
from elman.tables.scale import FARTHEST
from elman.tasks.series.calendar import Calendar
from elman.tasks.series.exogenous import Exogenous
from elman.tasks.series.frequency import Frequency, Times, anchor, clock, infer, most, shown
from elman.tasks.series.static import Static

Values = NDArray[np.float64]
Counts = NDArray[np.int64]
LARGEST = 100_000_000  # steps on the grid, at most
LISTED = 10  # of what is missing, in a message
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
        exogenous: columns that are known in advance, if there are any.
        past: columns that are known up to the last step only, if there are any.
        static: columns of one value for each series, if there are any.
        calendar: what dates say by themselves, if that is read.
    """

    ids: tuple[str, ...]
    values: Values
    offsets: Counts
    first: Sequence[Any]
    begin: Counts
    frequency: Frequency
    season: int = 1
    exogenous: Exogenous | None = None
    past: Exogenous | None = None
    static: Static | None = None
    calendar: Calendar | None = None

    @classmethod
    def of(
        cls,
        ids: list[str],
        times: list[Times] | None,
        values: list[Values],
        where: Callable[[int, int], str],
        frequency: Frequency | None = None,
        known: Mapping[str, Sequence[Values]] | None = None,
        past: Mapping[str, Sequence[Values]] | None = None,
    ) -> Self:
        """Of series whose times are in order; those of no value at all are refused.

        Args:
            ids: of the series.
            times: (T_i,) of each, dates or numbers; None: they are in the order of rows.
            values: (T_i,) of each.
            where: names the row of a series' step.
            frequency: that they have to have; default: it is found.
            known: column -> (T_i,) of each: what is known in advance.
            past: likewise: what is known up to the last step; NaN where missing.

        Raises:
            DataError: times are there twice or on no grid, a series or a column has no value, or one that is known in
                advance is missing; it names the series and the row, or the column.
        """
        known, past = dict(known or {}), dict(past or {})
        for name, column in past.items():
            if not any(np.isfinite(one).any() for one in column):
                raise DataError(f"{where(0, 0)}: column {name!r}: expected values; found none", "leave it out")
        columns = [*known.values(), *past.values()]
        for number, one in enumerate(values):
            if not np.isfinite(one).any():
                raise DataError(f"{where(number, 0)}: {ids[number]!r}: expected values; found none", "leave it out")
            if (far := np.abs(one) > FARTHEST).any():
                step = int(far.argmax())
                raise DataError(
                    f"{where(number, step)}: {ids[number]!r}: expected values up to {FARTHEST:g}; found {one[step]:g}"
                )
        if times is None:
            frequency = frequency if frequency is not None and frequency.unit == "row" else Frequency("row", 1)
            firsts: list[Any] = [None] * len(ids)
            grid, at = list(_beside(values, columns)), np.zeros(len(ids), np.int64)
        else:
            refuse_same(ids, times, where)
            known_before = frequency is not None
            frequency = frequency or infer(ids, times, where)
            firsts = [anchor(frequency, one) for one in times]
            placed = [
                _on_grid(frequency, ids[i], firsts[i], times[i], one, lambda step, i=i: where(i, step))  # type: ignore[misc]
                for i, one in enumerate(_beside(values, columns))
            ]
            grid, at = [one for _, one in placed], np.array([place for place, _ in placed])
            if known_before:
                _refuse_wider(frequency, ids, firsts, times, where)
        skipped = np.array([np.isfinite(one[:, 0]).argmax() for one in grid], np.int64)
        kept = [one[start:] for one, start in zip(grid, skipped, strict=True)]
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in kept])]).astype(np.int64)
        joined = np.concatenate(kept)
        panel = cls(tuple(ids), np.ascontiguousarray(joined[:, 0]), offsets, firsts, at + skipped, frequency)
        if past:
            panel = replace(panel, past=Exogenous(tuple(past), joined[:, 1 + len(known) :], offsets))
        if not known:
            return panel
        panel = replace(panel, exogenous=Exogenous(tuple(known), joined[:, 1 : 1 + len(known)], offsets))
        hint = f"{called('past')} takes columns in which values are missing"
        panel.reaches(np.arange(len(ids)), np.zeros(len(ids), np.int64), panel.lengths, hint)
        return panel

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

    @cached_property
    def counts(self) -> NDArray[np.bool_]:
        """(N,) which series are counts: whole numbers, none below 0, and some of them 0."""
        starts = self.offsets[:-1]
        whole = np.logical_and.reduceat(self.filled == np.round(self.filled), starts)
        found: NDArray[np.bool_] = whole & (np.minimum.reduceat(self.filled, starts) == 0)
        return found

    def level(self, upto: Counts) -> Values:
        """(N,) how far the first `upto` (N,) values of each are from 0, on the mean."""
        return np.array([np.nanmean(np.abs(one[:stop])) for one, stop in zip(self, upto, strict=True)])

    @property
    def checksum(self) -> int:
        """Of all that is learned from."""
        found = 0
        beside = [one.values for one in (self.exogenous, self.past) if one is not None]
        for part in (self.values, self.offsets, *beside):
            found = crc32(np.ascontiguousarray(part).data, found)
        for words in (self.ids, *(one.tolist() for one in (self.static.columns if self.static else ()))):
            found = crc32(repr(words).encode(), found)
        return found

    @property
    def missing(self) -> int:
        """How many values are missing."""
        return int(np.isnan(self.values).sum())

    def times(self, number: int, start: int, stop: int) -> Times:
        """Of one series, the times from one step to another; steps behind its last are those to come."""
        places = np.arange(start, stop, dtype=np.int64) + self.begin[number]
        return self.frequency.ahead(self.first[number], places)

    def last(self, number: int) -> Any:
        """The time of the last value of one series."""
        stop = int(self.lengths[number])
        return self.times(number, stop - 1, stop)[0]

    def moments(self, rows: Counts, steps: Counts) -> Times:
        """(…) the times of these steps of rows, which have dates; for steps before its first, that of a series."""
        places = np.maximum(steps, 0) + self.begin[rows]
        return self.frequency.ahead(np.array(self.first, "datetime64[us]")[rows], places)

    @property
    def moving(self) -> int:
        """How many numbers of a step are known in advance that may move a series."""
        known = len(self.exogenous.names) if self.exogenous else 0
        return known + self._holidays

    @property
    def _holidays(self) -> bool:
        return self.calendar is not None and self.calendar.holidays is not None

    def moved_by(self, rows: Counts, steps: Counts) -> Values:
        """(…, K) columns that are known in advance, at these steps of rows; then whether it is a holiday."""
        parts = [self.exogenous.at(rows, steps)] if self.exogenous else []
        if self._holidays and self.calendar:
            parts.append(self.calendar.days_off(self.moments(rows, steps)))
        return np.concatenate(parts, axis=-1)

    def some(self, numbers: Sequence[int] | Counts) -> Self:
        """Some of the series."""
        rows = [int(number) for number in numbers]
        kept = [self.values[self.offsets[row] : self.offsets[row + 1]] for row in rows]
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in kept])]).astype(np.int64)
        values = np.concatenate(kept) if kept else np.zeros(0)
        first = [self.first[row] for row in rows]
        known, past = (one and one.some(rows) for one in (self.exogenous, self.past))
        return replace(self, ids=tuple(self.ids[r] for r in rows), values=values, offsets=offsets, first=first,
                       begin=self.begin[rows], exogenous=known, past=past,
                       static=self.static and self.static.some(rows))  # fmt: skip

    def tail(self, count: int) -> Self:
        """The last values of each."""
        kept = np.minimum(self.lengths, count)
        starts = self.offsets[1:] - kept
        values = [self.values[start:stop] for start, stop in zip(starts, self.offsets[1:], strict=True)]
        offsets = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
        begin = self.begin + self.lengths - kept

        def late(row: int, columns: Values) -> Values:
            return columns[min(self.lengths[row] - kept[row], len(columns) - 1) :]

        known, past = (one and one.each(late) for one in (self.exogenous, self.past))
        return replace(self, values=np.concatenate(values), offsets=offsets, begin=begin, exogenous=known, past=past)

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

    def below(self, number: int) -> str:
        """The id, time and value of the first value below 0 of a series that has one."""
        values = self.values[self.offsets[number] : self.offsets[number + 1]]
        step = int((values < 0).argmax())
        return f"{self.ids[number]!r}, {_shown(self.times(number, step, step + 1)[0])}: {values[step]:g}"

    def reaches(self, rows: Counts, starts: Counts, stops: Counts, hint: str = "") -> None:
        """A DataError where of these steps something is not known that should be in advance; by ids and times."""
        if self.exogenous is None:
            return
        first, last = self.exogenous.lengths, np.zeros(len(self), np.int64)
        np.minimum.at(first, rows, starts)
        np.maximum.at(last, rows, stops)
        gone = [
            f"{self.ids[row]!r}, {_shown(self.times(row, step, step + 1)[0])}"
            for row in np.unique(rows).tolist()
            for step in self.exogenous.gap(row, int(first[row]), int(last[row])).tolist()
        ]
        if gone:
            names = ", ".join(map(repr, self.exogenous.names))
            more = f" and {len(gone) - LISTED:,} more" * (len(gone) > LISTED)
            raise DataError(
                f"expected {names} for each series and each time; found none for {'; '.join(gone[:LISTED])}{more}",
                hint or either("future=df", "`--future FILE`") + " has what is known of the steps to come",
            )

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


def refuse_same(ids: list[str], times: list[Times], where: Callable[[int, int], str]) -> None:
    """A DataError where a time is there twice."""
    for number, one in enumerate(times):
        same = np.flatnonzero(one[1:] == one[:-1])
        if len(same):
            step = int(same[0]) + 1
            hint = "a series has one value for each time; times of a clock that is put back need their offset: +01:00"
            raise DataError(
                f"{where(number, step)}: {ids[number]!r}: expected another time; found {_shown(one[step])} twice", hint
            )


def _beside(values: list[Values], columns: Sequence[Sequence[Values]]) -> Iterator[Values]:
    """(T_i, 1 + K) of each series."""
    for number, one in enumerate(values):
        yield np.stack([one, *(column[number] for column in columns)], axis=1)


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
        hint = clock(frequency, times[:1], times[step])
        raise DataError(f"{where(step)}: {name!r}: expected {frequency}; found {_shown(times[step])}", hint)
    at = places.astype(np.int64) - int(places[0])
    if at[-1] > LARGEST or at[-1] > 1000 * len(at) + 1000:
        raise DataError(f"{where(len(at) - 1)}: {name!r}: expected few gaps; found {len(at):,} steps of {at[-1] + 1:,}")
    found = np.full((int(at[-1]) + 1, values.shape[1]), np.nan)
    found[at] = values
    return int(places[0]), found


def _refuse_wider(
    frequency: Frequency, ids: list[str], firsts: list[Any], times: list[Times], where: Callable[[int, int], str]
) -> None:
    """A DataError where most steps of a series are farther apart than those of the model: weeks for one of days."""
    for number, one in enumerate(times):
        if len(one) > 3 and (apart := int(most(np.diff(frequency.places(firsts[number], one))))) > 1:
            raise DataError(
                f"{where(number, 1)}: {ids[number]!r}: expected {frequency}, as the model has it; found most values "
                f"{apart} such steps apart",
                "a row with an empty cell stands for a value that is missing",
            )
