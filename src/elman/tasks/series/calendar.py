"""Calendar: what dates say by themselves, of past and future steps: cycles such as the week, and holidays."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError
from elman.spelling import spelled
from elman.tables.words import listed
from elman.tasks.series.frequency import NAMES, Frequency, Times

Values = NDArray[np.float64]

DAY, WEEK, YEAR = NAMES["day"], NAMES["week"], 365 * NAMES["day"]  # microseconds
MONTH, MONTHS = YEAR // 12, 12
LONG = {
    "time of day": DAY,
    "day of the week": WEEK,
    "day of the month": MONTH,
    "day of the year": YEAR,
    "month of the year": YEAR,
}  # how long each cycle is
REPEATED = 2  # cycles that are learned from, about, at least: what was seen once may be no cycle
ABOUT = 0.99
CLOSE = 3  # countries that a hint names


@dataclass(frozen=True)
class Calendar:
    """What is known of each date.

    Args:
        cycles: of `LONG`, each of which a network reads as a sine and a cosine.
        holidays: of where, as the package `holidays` names it, such as DE or DE-BY; None: they are not read.
    """

    cycles: tuple[str, ...] = ()
    holidays: str | None = None

    @classmethod
    def of(cls, frequency: Frequency, times: Times, cycles: bool, holidays: str | None) -> Self | None:
        """For steps of this frequency; None where nobody wants one.

        Args:
            frequency: of the series.
            times: (T,) of the longest series, as far as it is learned.
            cycles: whether cycles are wanted: those that have several steps, and that these times span twice.
            holidays: of where they are wanted.

        Raises:
            ConfigError: steps are no dates, or too far apart; there is no such country; or `holidays` is not installed.
        """
        if holidays is not None:
            _refuse_steps("holidays", frequency, _step(frequency) <= DAY, "a day or less")
            _known(holidays)
        if not cycles:
            return None if holidays is None else cls((), holidays)
        found = _cycles(frequency)
        _refuse_steps("calendar", frequency, bool(found), "less than a year")
        span = float((times[-1] - times[0]).astype(np.int64)) + _step(frequency)
        spanned = tuple(name for name in found if span >= ABOUT * REPEATED * LONG[name])
        if not spanned:
            shortest = LONG[found[0]] * REPEATED // DAY
            raise ConfigError(
                f"calendar: expected {shortest} days or more to learn from, to see a cycle twice: the {found[0]}; "
                f"found {span / DAY:.3g} days",
                "leave it out",
            )
        return cls(spanned, holidays)

    def told(self, frequency: Frequency) -> str:
        """Which cycles are read, and which are not."""
        short = [name for name in _cycles(frequency) if name not in self.cycles]
        less = f"; not {', '.join(short)}: no series has it twice to learn from" * bool(short)
        return f"calendar: {', '.join(self.cycles)}{less}"

    @property
    def width(self) -> int:
        """Numbers that a network reads of each date."""
        return 2 * len(self.cycles) + (self.holidays is not None)

    @property
    def names(self) -> list[str]:
        """Of what is read."""
        return [*self.cycles, *[f"holidays of {self.holidays}"] * (self.holidays is not None)]

    def turns(self, moments: Times) -> Values:
        """(…, 2 C) sine and cosine of each cycle."""
        angles = [2 * np.pi * _phase(name, moments) for name in self.cycles]
        parts = [part for angle in angles for part in (np.sin(angle), np.cos(angle))]
        return np.stack(parts, axis=-1) if parts else np.zeros((*moments.shape, 0))

    def days_off(self, moments: Times) -> Values:
        """(…, 1): 1 on holidays, 0 on other days; (…, 0) where they are not read.

        Raises:
            ConfigError: the package `holidays` is not installed, or does not know the country any more.
            DataError: it knows nothing of these years.
        """
        if self.holidays is None or not moments.size:
            return np.zeros((*moments.shape, int(self.holidays is not None)))
        days = moments.astype("datetime64[D]")
        first, last = (int(str(one.astype("datetime64[Y]"))) for one in (days.min(), days.max()))
        begun = np.datetime64(f"{first:04}-01-01", "D")
        table = np.zeros(366 * (last - first + 1), bool)
        for year in range(first, last + 1):
            table[(_days(self.holidays, year) - begun).astype(np.int64)] = True
        return table[(days - begun).astype(np.int64)][..., None].astype(np.float64)

    def to_json(self) -> dict[str, Any]:
        """The names; the dates of holidays come from the package."""
        return asdict(self)


def _step(frequency: Frequency) -> float:
    """Microseconds between two steps, about; infinity where they are no dates."""
    unit = {"time": 1, "business day": DAY, "month": MONTH, "month end": MONTH}.get(frequency.unit, np.inf)
    return unit * frequency.count


def _cycles(frequency: Frequency) -> tuple[str, ...]:
    """Those of which a step is a part, the shortest first."""
    step, months = _step(frequency), frequency.unit in ("month", "month end")
    parts = {
        "time of day": not months and step % DAY > 0,
        "day of the week": not months and step < WEEK and step != np.inf,
        "day of the month": not months and DAY <= step < WEEK,
        "day of the year": not months and step < YEAR,
        "month of the year": months and frequency.count % MONTHS > 0,
    }
    return tuple(name for name, there in parts.items() if there and step != np.inf)


def _refuse_steps(name: str, frequency: Frequency, good: bool, wanted: str) -> None:
    if good:
        return
    dates = _step(frequency) != np.inf
    hint = "leave it out" if dates else f"{spelled('time', 'COLUMN')} names a column of dates, such as 2026-01-31"
    expected = f"steps of {wanted}" if dates else "dates as times"
    raise ConfigError(f"{name}: expected {expected}; found {frequency}", hint)


def _phase(name: str, moments: Times) -> Values:
    """How much of a cycle is over, from 0 to 1."""
    part: Any
    whole: Any
    days = moments.astype("datetime64[D]")
    if name == "time of day":
        part, whole = (moments - days).astype("timedelta64[us]").astype(np.int64), DAY
    elif name == "day of the week":
        part, whole = (days.astype(np.int64) + 3) % 7, 7  # 1970-01-01 was a Thursday
    elif name == "month of the year":
        part, whole = days.astype("datetime64[M]").astype(np.int64) % MONTHS, MONTHS
    else:
        begun = days.astype("datetime64[M]" if name == "day of the month" else "datetime64[Y]")
        first, following = (one.astype("datetime64[D]") for one in (begun, begun + 1))
        part, whole = (days - first).astype(np.int64), (following - first).astype(np.int64)
    found: Values = part / whole
    return found


@cache
def _days(place: str, year: int) -> Times:
    """The holidays of a year."""
    package, (country, _, part) = _package(), place.partition("-")
    found = package.country_holidays(country, subdiv=part or None, years=year)
    if not found.start_year <= year <= found.end_year:
        raise DataError(
            f"holidays of {place}: expected years from {found.start_year} to {found.end_year}, which the package "
            f"holidays knows; found {year}",
            "leave rows of other years out, or train without holidays",
        )
    return np.array([day for day in found if isinstance(day, date) and day.year == year], "datetime64[D]")


def _known(place: str) -> None:
    """A ConfigError where there is no such country, or no such part of it; the hint names those that are close."""
    from difflib import get_close_matches

    package, (country, _, part) = _package(), place.partition("-")
    known = package.list_supported_countries(include_aliases=False)
    if country not in known:
        # By their codes, and by the names of the package's classes, such as UnitedKingdom.
        called = {
            name.casefold(): codes[0] for one, *codes in package.registry.COUNTRIES.values() for name in (one, *codes)
        }
        close = get_close_matches(country.replace(" ", "").casefold(), called, n=CLOSE, cutoff=0.5)
        near = listed(list(dict.fromkeys(called[one] for one in close)))
        raise ConfigError(
            f"holidays: expected the two letters of a country, and after a hyphen its part, such as DE or DE-BY; "
            f"found {place!r}",
            f"close to it: {near}" if near else "",
        )
    if part and part not in known[country]:
        raise ConfigError(
            f"holidays: expected a part of {country} that the package holidays knows: {listed(known[country])}; "
            f"found {part!r}"
            if known[country]
            else f"holidays: expected {country} without a part, as the package holidays knows none; found {part!r}",
        )


def _package() -> Any:
    try:
        import holidays
        import holidays.registry
    except ImportError:
        raise ConfigError(
            "holidays: expected the package holidays; it is not installed", "pip install 'elman[holidays]'"
        ) from None
    return holidays
