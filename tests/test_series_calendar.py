"""What dates say by themselves: cycles and holidays, which nobody has to know of the steps to come."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import ConfigError, DataError
from elman.tasks.series.calendar import Calendar

holidays = pytest.importorskip("holidays")

SMALL: dict[str, Any] = {"horizon": 14, "steps": 20, "hidden": 4}
DAYS = np.arange("2021-01-01", "2023-12-31", dtype="datetime64[D]")
SPLIT = np.datetime64("2023-12-20")  # before Christmas


def shop() -> dict[str, Any]:
    """Sales that all but vanish on the holidays of Germany."""
    rng = np.random.default_rng(0)
    off = np.isin(DAYS, np.array(list(holidays.country_holidays("DE", years=[2021, 2022, 2023])), "datetime64[D]"))
    y = 100 + 10 * np.sin(2 * np.pi * np.arange(len(DAYS)) / 7) - 60 * off + rng.normal(size=len(DAYS))
    return {"ds": DAYS, "y": y}


def until(frame: dict[str, Any], late: bool = False) -> dict[str, Any]:
    which = (frame["ds"] >= SPLIT) == late
    return {name: values[which] for name, values in frame.items()}


def test_holidays_to_come_are_known_from_the_dates_alone(tmp_path: Path) -> None:
    past, future = until(shop()), until(shop(), late=True)
    blind, knows = (elman.SeriesModel.fit(past, holidays=place, **SMALL) for place in (None, "DE"))
    without, with_it = (np.abs(one.predict(len(future["y"]))["elman"] - future["y"]).mean() for one in (blind, knows))
    assert with_it < without / 2
    knows.save(tmp_path / "shop")
    again: Any = elman.load(tmp_path / "shop")
    assert again.predict(5)["elman"] == pytest.approx(knows.predict(5)["elman"])


def test_the_network_reads_where_each_day_stands_in_its_cycles() -> None:
    model: Any = elman.SeriesModel.fit(until(shop()), calendar=True, **SMALL)
    codec = model.task.known
    assert codec.panel.calendar == Calendar(
        ("day of the week", "day of the month")
    )  # of the year, too little is learned
    assert codec.panel.calendar.told(codec.panel.frequency).endswith(
        "; not day of the year: no series has it twice to learn from"
    )
    assert codec.windows.inputs == codec.windows.piece * (1 + 4) + 2
    assert len(model.predict(3)["elman"]) == 3
    long = {"ds": DAYS[0] + np.arange(2000), "y": np.sin(np.arange(2000))}
    years: Any = elman.SeriesModel.fit(long, calendar=True, **SMALL)
    assert years.task.known.panel.calendar.cycles[-1] == "day of the year"


@pytest.mark.parametrize(
    ("cycle", "moment", "phase"),
    [
        ("time of day", "2026-11-27T18:00", 3 / 4),
        ("day of the week", "2026-11-27", 4 / 7),  # a Friday; the week begins on Monday
        ("day of the month", "2024-02-29", 28 / 29),
        ("day of the year", "2024-12-31", 365 / 366),
        ("month of the year", "2024-04-30", 3 / 12),
    ],
)
def test_a_cycle_turns_once(cycle: str, moment: str, phase: float) -> None:
    found = Calendar((cycle,)).turns(np.array([moment], "datetime64[us]"))
    assert found == pytest.approx(np.array([[np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)]]))


def frame(first: str, step: str, count: int = 200) -> dict[str, Any]:
    times = np.datetime64(first) + np.arange(count).astype(f"timedelta64[{step}]")
    return {"ds": times.astype("datetime64[D]") if step in "YM" else times, "y": np.sin(np.arange(count))}


NUMBERS = {"y": np.sin(np.arange(200))}


@pytest.mark.parametrize(
    ("data", "given", "message", "hint"),
    [
        (NUMBERS, {"calendar": True}, "calendar: expected dates as times; found", "names a column of dates"),
        (NUMBERS, {"holidays": "DE"}, "holidays: expected dates as times; found", "names a column of dates"),
        (frame("1800", "Y"), {"calendar": True}, "calendar: expected steps of less than a year; found", "leave it out"),
        (frame("1990", "M"), {"holidays": "DE"}, "holidays: expected steps of a day or less; found", "leave it out"),
        (frame("2026-01-05", "h", 40), {"calendar": True}, "expected 2 days or more to learn from", "leave it out"),
        (shop(), {"holidays": "Germany"}, "expected the two letters of a country", "DE"),
        (shop(), {"holidays": "DE-XX"}, "expected a part of DE that the package holidays knows: 'BB', ", ""),
    ],
)  # fmt: skip
def test_what_has_no_calendar_is_refused(data: Any, given: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        elman.SeriesModel.fit(data, **{**SMALL, "horizon": 2}, **given)
    assert hint in refused.value.hint


def test_years_that_the_package_does_not_know_are_refused() -> None:
    with pytest.raises(DataError, match=r"holidays of DE: expected years from \d+ to \d+, .*; found 1800"):
        Calendar((), "DE").days_off(np.array(["1800-01-01"], "datetime64[us]"))


def test_the_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sold = shop()
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(ConfigError, match="the package holidays") as refused:
        elman.SeriesModel.fit(sold, holidays="DE", **SMALL)
    assert "elman[holidays]" in refused.value.hint
