"""Times of events: numbers or dates, finite, of one unit."""

from __future__ import annotations

from collections.abc import Sequence

from elman.errors import DataError
from elman.tables.database import Database
from elman.tables.kinds import Found, misfit
from elman.tables.scans import Scan

DATES = "seconds since 1970, or dates as 2026-01-31 12:30:00"
# What numbers of times are taken for, above which size, and how many make a second. Each one ends in the year 5138.
UNITS = (
    (1e8, "seconds", 1.0),  # of 1973; smaller numbers may be of any unit
    (1e11, "milliseconds", 1e3),
    (1e14, "microseconds", 1e6),
    (1e17, "nanoseconds", 1e9),
)


def refuse_other_times(database: Database, scans: Sequence[Scan], name: str, found: Found) -> None:
    """A DataError where a column of times has something else, or numbers beside dates."""
    if found.kind in ("number", "date", "empty"):
        return
    refuse_infinite(database, scans, name)
    if (wrong := misfit(database, scans, name, "time")) is not None:
        raise DataError(f"{wrong[0]}: column {name!r}: expected times; found {wrong[1]!r}", DATES)
    date, number = misfit(database, scans, name, "number"), misfit(database, scans, name, "no number")
    if date and number:
        other = f"{date[1]!r} beside the number {number[1]} ({number[0]})"
        raise DataError(f"{date[0]}: column {name!r}: expected numbers alone, or dates alone; found {other}", DATES)


def refuse_infinite(database: Database, scans: Sequence[Scan], name: str) -> None:
    """A DataError where a column of times has one that never comes."""
    if (wrong := misfit(database, scans, name, "finite")) is not None:
        raise DataError(f"{wrong[0]}: column {name!r}: expected finite times; found {wrong[1]!r}", DATES)


def unit_of(database: Database, scans: Sequence[Scan], name: str) -> tuple[float, list[str]]:
    """How many units of time a second has in the table `raw`, and what is said of that.

    Most of the times that tell a unit decide.

    Raises:
        DataError: a time is of another unit.
    """
    size = " + ".join(f"CAST(time > {start} AS INTEGER)" for start, *_ in UNITS)  # 0 tells none, 1 the first unit
    times, told, most = database.run(
        "SELECT count(time), count_if(size > 0), quantile_disc(size, 0.5) FILTER (size > 0) "
        f"FROM (SELECT time, {size} AS size FROM raw)"
    ).fetchone()
    if not told:
        return 1.0, []
    _, unit, scale = UNITS[most - 1]
    row = database.run(f"SELECT min(rowid) FROM raw WHERE {size} NOT IN (0, {most})").fetchone()[0]
    if row is not None:
        number, time, other = database.run(f"SELECT file, time, {size} FROM raw WHERE rowid = {row}").fetchone()
        first = database.run(f"SELECT min(rowid) FROM raw WHERE file = {number}").fetchone()[0]
        where = next(file for scan in scans for file in scan.files if file.number == number).where(row - first)
        found = repr(time).removesuffix(".0")
        raise DataError(
            f"{where}: column {name!r}: expected {unit}, as most times are; found {found}",
            f"{found} is as large as {UNITS[other - 1][1]} since 1970 are; all times of a log are of one unit",
        )
    some = "" if told == times else f", as {told:,} of {times:,} are so large"
    return scale, [f"column {name!r}: numbers are taken for {unit}{some}"] * (scale > 1)
