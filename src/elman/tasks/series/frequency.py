"""Frequency: how far the steps of series are apart, from their dates or numbers; never guessed where these disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError

Unit = Literal["row", "number", "time", "business day", "month", "month end"]
Times = NDArray[Any]
Counts = NDArray[np.int64]

UNITS = ("row", "number", "time", "business day", "month", "month end")
NAMES = {"week": 604_800_000_000, "day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000, "second": 10**6}
PUT = 3_600_000_000  # by how much clocks are put forward or back, at most
DIGITS = 12  # that numbers of times have, at most: 0.1 + 0.2 is 0.3
OFTEN = {"quarter of an hour": (96, 672), "half hour": (48, 336), "hour": (24, 168), "day": (7,), "week": (52,)}


@dataclass(frozen=True)
class Frequency:
    """So many of a unit between two steps.

    Args:
        unit: "row", where there are no times; "number"; "time", for microseconds; "business day"; "month", with the day
            of the month of the first date, or the last day where a month has no such day; "month end".
        count: of the unit.
    """

    unit: Unit
    count: float

    def __post_init__(self) -> None:
        if self.unit not in UNITS or not self.count > 0:
            raise ConfigError(f"frequency: expected one of {', '.join(UNITS)}, and a count; found {self}")

    def __str__(self) -> str:
        if self.unit == "row":
            return "row by row"
        if self.unit == "number":
            return f"a step of {self.count:g}"
        if self.unit == "business day":
            return "each business day"
        if self.unit == "time":
            return _of_time(int(self.count))
        months = int(self.count)
        name = {1: "month", 3: "quarter", 12: "year"}.get(months)
        whole = f"each {name}" if name else f"each {months} months"
        return f"{whole}, at its end" if self.unit == "month end" else whole

    @property
    def seasons(self) -> tuple[int, ...]:
        """How many steps have a season, as the calendar has it; of numbers, nothing is known."""
        if self.unit in ("month", "month end"):
            steps = 12 // int(self.count) if 12 % int(self.count) == 0 else 1
            return (steps,) if steps > 1 else ()
        if self.unit == "business day":
            return (5,)
        if self.unit != "time":
            return ()
        name = _of_time(int(self.count)).removeprefix("each ")
        return OFTEN.get({"15 minutes": "quarter of an hour", "30 minutes": "half hour"}.get(name, name), ())

    def ahead(self, first: Any, places: Counts) -> Times:
        """The times of these places of a series, counted from `first`, whose place is 0; or of series, each its own."""
        if self.unit == "row":
            return np.asarray(places + 1)
        if self.unit == "number":
            found = _digits(float(first) + places * self.count)
            return found.astype(np.int64) if (found == np.round(found)).all() else found
        if self.unit == "time":
            moments: Times = np.asarray(first, "datetime64[us]") + (places * int(self.count)).astype("timedelta64[us]")
            return moments
        begun = np.asarray(first, "datetime64[us]")
        day = begun.astype("datetime64[D]")
        rest = begun - day.astype("datetime64[us]")
        if self.unit == "business day":
            days = np.busday_offset(day, places, roll="forward")  # a weekend is on no grid: see `places`
        else:
            month = day.astype("datetime64[M]")
            wanted = 31 if self.unit == "month end" else (day - month.astype("datetime64[D]")).astype(np.int64) + 1
            days = _in_month(month + (places * int(self.count)).astype("timedelta64[M]"), wanted)
        at: Times = days.astype("datetime64[us]") + rest
        return at

    def places(self, first: Any, times: Times) -> NDArray[np.float64]:
        """The places of times, counted from `first`; NaN where one is between two."""
        if self.unit == "number":
            found = (times.astype(np.float64) - float(first)) / self.count
        elif self.unit == "time":
            found = (times - np.datetime64(first, "us")).astype(np.int64) / int(self.count)
        else:
            day, days = (np.asarray(t).astype("datetime64[D]") for t in (first, times))
            if self.unit == "business day":
                found = np.busday_count(day, days).astype(np.float64)
            else:
                months = days.astype("datetime64[M]").astype(np.int64) - day.astype("datetime64[M]").astype(np.int64)
                found = months / int(self.count)
        near = np.round(found)
        there = np.abs(found - near) < 1e-6 * np.maximum(1, np.abs(found)) if self.unit == "number" else found == near
        if self.unit not in ("number", "time"):
            there &= self.ahead(first, near.astype(np.int64)) == times
        return np.where(there, near, np.nan)


def _of_time(count: int) -> str:
    for name, size in NAMES.items():
        if count % size == 0:
            return f"each {name}" if count == size else f"each {count // size} {name}s"
    return f"each {count} µs"


def _in_month(months: Times, day: int | Counts) -> Times:
    """The day of each month, or its last one where there is no such day."""
    first = months.astype("datetime64[D]")
    last = (months + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    found: Times = np.minimum(first + (np.asarray(day) - 1).astype("timedelta64[D]"), last)
    return found


def infer(ids: list[str], times: list[Times], where: Callable[[int, int], str]) -> Frequency:
    """Of series with their times, each in order and without the same twice.

    Args:
        ids: of the series.
        times: (T_i,) of each, dates or numbers.
        where: names the row of a series' step.

    Raises:
        DataError: there is no such frequency, or series have different ones; it names the series and the row.
    """
    long = [number for number, one in enumerate(times) if len(one) > 1]
    if not long:
        raise DataError(
            f"{where(0, 0)}: expected a series of two steps or more, to see how far they are apart; found none"
        )
    dates = times[long[0]].dtype.kind == "M"
    usual = [
        _calendar(times[number]) if dates else Frequency("number", most(_digits(np.diff(times[number]))))
        for number in long
    ]
    found = _common(usual)
    for number, one in zip(long, usual, strict=True):
        if one != found and len(times[number]) > 3:
            first = long[usual.index(found)]
            raise DataError(
                f"{where(number, 0)}: {ids[number]!r}: expected steps as of {ids[first]!r}, {found}; found {one}",
                "one model is for one frequency: train one for each",
            )
    for number in long:
        wrong = np.isnan(found.places(anchor(found, times[number]), times[number]))
        hint = _as_date(times[number])
        if hint:  # the day after 19580331 is not 70 steps away
            wrong[1:] |= np.diff(times[number]) != found.count
        if wrong.any():
            step = int(wrong.argmax())
            before, there = shown(times[number][[max(0, step - 1), step]])
            raise DataError(
                f"{where(number, step)}: {ids[number]!r}: expected {found}; found {there} after {before}",
                hint or clock(found, times[number][:1], times[number][step]),
            )
    return found


def clock(frequency: Frequency, first: Times, there: Any) -> str:
    """A hint, where steps are days, and this one is an hour off: a clock was put forward or back there."""
    day = NAMES["day"]
    if frequency.unit != "time" or frequency.count % day:
        return ""
    off = int((np.datetime64(there, "us") - first.astype("datetime64[us]")[0]).astype(np.int64)) % day
    return "a clock was changed there: for days, write dates without a time of day" * (min(off, day - off) <= PUT)


def _as_date(times: Times) -> str:
    """A hint, where all are numbers of eight digits such as 19580329."""
    if times.dtype.kind == "M":
        return ""
    year, rest = np.divmod(times, 10_000)
    month, day = np.divmod(rest, 100)
    if not ((year >= 1000) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all():
        return ""
    return (
        f"{int(times[0])} looks like a date: written {year[0]:04.0f}-{month[0]:02.0f}-{day[0]:02.0f} it is read as one"
    )


def anchor(frequency: Frequency, times: Times) -> Any:
    """The time from which places are counted: the first; or one in its place, with the latest day that is met."""
    if frequency.unit != "month":
        return times[0]
    days = times.astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    latest = int((days - month.astype("datetime64[D]")).astype(int).max()) + 1
    rest = times[0] - days[0].astype("datetime64[us]")
    for back in (0, int(frequency.count)):  # 28 February may be one of the 30th of each month: so is 30 January
        first = _in_month(month[:1] - back, latest)[0]
        if int((first - first.astype("datetime64[M]").astype("datetime64[D]")).astype(int)) + 1 == latest:
            return first.astype("datetime64[us]") + rest
    return times[0]


def _digits(numbers: NDArray[Any]) -> NDArray[Any]:
    """Without what rounding adds behind the last of their digits."""
    size = np.maximum(np.abs(numbers).max(initial=0), 1e-300)
    return np.round(numbers, int(np.clip(DIGITS - np.ceil(np.log10(size)), -300, 300)))


def _common(found: list[Frequency]) -> Frequency:
    return max(found, key=found.count)


def _calendar(times: Times) -> Frequency:
    """What one series' dates look like."""
    days = times.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    day = (days - months.astype("datetime64[D]")).astype(int) + 1
    same_time = len(np.unique(times - days.astype("datetime64[us]"))) == 1
    apart = np.diff(months.astype(np.int64))
    if same_time and (apart > 0).all():
        count = most(apart)
        if (_in_month(months, 31) == days).all() and (len(np.unique(day)) > 1 or day[0] == 31):
            return Frequency("month end", count)
        if (_in_month(months, int(day.max())) == days).all():
            return Frequency("month", count)
    steps = np.diff(times).astype(np.int64)
    usual, single = most(steps), NAMES["day"]
    weekday = np.is_busday(days)
    if usual == single and weekday.all() and same_time and (np.diff(days).astype(int) == 3).any():
        return Frequency("business day", 1)
    return Frequency("time", usual)


def most(steps: NDArray[Any]) -> float:
    """The most frequent."""
    values, counts = np.unique(steps, return_counts=True)
    return values[counts.argmax()].item()  # type: ignore[no-any-return]


def shown(times: Times) -> list[Any]:
    """Times as files have them: dates without a time of day where none has one; numbers as they are."""
    if times.dtype.kind != "M":
        return times.tolist()  # type: ignore[no-any-return]
    if (times == times.astype("datetime64[D]")).all():
        return np.datetime_as_string(times.astype("datetime64[D]")).tolist()  # type: ignore[no-any-return]
    unit: Any = "s" if (times == times.astype("datetime64[s]")).all() else "us"
    return [text.replace("T", " ") for text in np.datetime_as_string(times.astype(f"datetime64[{unit}]")).tolist()]


def plain(times: Times) -> list[Any]:
    """Dates as such, numbers as they are."""
    return list(times) if times.dtype.kind == "M" else times.tolist()
