"""Forecasts beside simple methods, on series that others have measured, too.

Sunspots come with statsmodels. The folder that the environment variable ELMAN_SERIES names may hold `m4/` (the files
`m4-hourly-train.csv.gz` … of the M4 competition), and `series/` (`Airline.csv`; `ETTh1.csv` of the ETDataset); what is
not there is left out, and that is said. Nothing is chosen by what is forecast here.
"""

from __future__ import annotations

import csv
import gzip
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import elman
from benchmarks.report import Report, say
from elman.errors import DataError
from elman.tasks.series import baselines
from elman.tasks.series.measures import Actual, overall
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel

FOLDER = "ELMAN_SERIES"
LEVEL = 90.0
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A problem: what is known, and what came then.

    Args:
        name: of it.
        panel: all values.
        origins: from which is forecast.
        known: (N,) how many values of each series a model may learn from.
        settings: of the training.
        season: of MASE and of the baselines.
        bar: what stands beside it, of others.
        measure: what is shown of errors.
        each: whether each origin has a model of its own, which knows what was before it.
        refit: whether the simple forecast is fitted anew at each origin; the network is not.
    """

    name: str
    panel: Panel
    origins: Origins
    known: NDArray[np.int64]
    settings: dict[str, Any]
    season: int
    bar: str
    measure: str
    each: bool = False
    refit: bool = False


def run(quick: bool) -> Report:
    """A line for each problem."""
    rows, data = [], []
    for case in cases(quick):
        found = measured(case)
        rows.append(row(case, found))
        data.append({"problem": case.name, **found})
        say(" | ".join(rows[-1]))
    return Report(
        title="What comes next",
        text=text(),
        header=(
            "problem",
            "elman",
            "its simple forecast",
            "the best that needs no training",
            "inside 90 %",
            "MSIS 95 %",
            "seconds",
            "others",
        ),
        rows=rows,
        data={"problems": data},
    )


def text() -> str:
    """What was measured, and what could not be."""
    said = (
        "`elman.SeriesModel.fit` with the defaults on what is known, then forecasts of what came. *Its simple "
        "forecast*: the weighted mean with which the network begins. *Needs no training*: the best of naive, seasonal "
        "naive with and without drift, Naive2, and, for airline, Theta, ETS and an autoregression of statsmodels. "
        "*Inside*: of the intervals. *Seconds*: learning and forecasting. M4: OWA (Makridakis et al., 2020), all "
        "series, the horizons of the competition; the figures of others are those of its organisers. Sunspots (RMSE): "
        "1700 to 1920 are known, 1921 to 2008 are forecast a year ahead, with the weights as they are; *learning on*: "
        "the simple forecast is fitted anew to what is known each year, the network is not. Airline (MAE): "
        "the last 24 months from one origin, and from each of 20 rolling ones, each with a model of its own. ETTh1: "
        "the column OT, 12 months known, and 4 more for validation; MSE of standardised values over the next 4. "
        "DLinear (Zeng et al., 2023) is fitted to the first 12 by least squares, with 336 steps."
    )
    return said if FOLDER in os.environ else f"{said} Only sunspots: {FOLDER} names the folder of the others."


def cases(quick: bool) -> Iterator[Case]:
    """Those whose data are at hand."""
    yield sunspots()
    yield replace(sunspots(), name="sunspots, learning on", bar="AR(9) on log(1 + y) 14.21", refit=True)
    named = os.environ.get(FOLDER)
    if named is None:
        return
    folder = Path(named)
    if (file := folder / "series" / "Airline.csv").exists():
        yield airline(file, 1)
        yield airline(file, 3 if quick else 20)
    for name, season, settings in (("Hourly", 24, "24,168"), ("Weekly", 1, "52")):
        if (folder / "m4" / f"m4-{name.lower()}-train.csv.gz").exists() and not quick:
            yield m4(folder / "m4", name, season, settings)
    if (file := folder / "series" / "ETTh1.csv").exists() and not quick:
        yield from transformer(file)


def panel_of(ids: list[str], series: list[Values]) -> Panel:
    """Series without times."""
    return Panel.of(ids, None, series, lambda number, step: f"{ids[number]}, value {step + 1}")


def sunspots() -> Case:
    """A year ahead, 88 times."""
    module: Any = import_module("statsmodels.datasets.sunspots")
    y = module.load_pandas().data["SUNACTIVITY"].to_numpy(float)
    ends = np.arange(221, len(y))
    origins = Origins(np.zeros(len(ends), np.int64), ends)
    bar = "AR(9) on roots 15.44, on log(1 + y) 14.66"
    return Case("sunspots", panel_of(["sunspots"], [y]), origins, np.array([221]), {"horizon": 1}, 1, bar, "RMSE")


def airline(file: Path, origins: int) -> Case:
    """24 months ahead, from the last origins, a month apart."""
    with file.open() as opened:
        y = np.array([float(one["Passengers"]) for one in csv.DictReader(opened)])
    ends = len(y) - 24 - np.arange(origins)
    name = "airline, the last 24 months" if origins == 1 else f"airline, {origins} rolling origins"
    return Case(
        name=name,
        panel=panel_of(["airline"], [y]),
        origins=Origins(np.zeros(origins, np.int64), ends),
        known=ends[:1],
        settings={"horizon": 24, "season": "12"},
        season=12,
        bar="log SARIMA 39.45" if origins == 1 else "",
        measure="MAE",
        each=True,
    )


def m4(folder: Path, name: str, season: int, settings: str) -> Case:
    """All series of a frequency."""

    def read(part: str) -> dict[str, Values]:
        with gzip.open(folder / f"m4-{name.lower()}-{part}.csv.gz", "rt") as opened:
            rows = [[word.strip('" ') for word in line.strip().split(",")] for line in opened]
        return {
            row[0]: np.array([float(word) for word in row[1:] if word]) for row in rows if row[1:] and _number(row[1])
        }

    train, test = read("train"), read("test")
    ids = list(train)
    known = np.array([len(train[one]) for one in ids])
    horizon = len(test[ids[0]])
    panel = panel_of(ids, [np.concatenate([train[one], test[one]]) for one in ids])
    bars = {"Hourly": "ES-RNN .440, Doornik .410, M4's RNN 1.036", "Weekly": "Darin .739, ES-RNN .851, M4's RNN 1.755"}
    return Case(
        name=f"M4 {name}",
        panel=panel,
        origins=Origins(np.arange(len(ids)), known),
        known=known,
        settings={"horizon": horizon, "season": settings},
        season=season,
        bar=bars[name],
        measure="OWA",
    )


def _number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def transformer(file: Path) -> Iterator[Case]:
    """ETTh1's OT, 1, 24 and 96 hours ahead."""
    with file.open() as opened:
        y = np.array([float(one["OT"]) for one in csv.DictReader(opened)])
    month = 30 * 24
    mean, deviation = y[: 12 * month].mean(), y[: 12 * month].std()
    y = (y[: 20 * month] - mean) / deviation
    for horizon in (1, 24, 96):
        ends = np.arange(16 * month, 20 * month - horizon + 1)
        bar = f"last value {last_value(y, ends, horizon):.4f}, DLinear {linear(y, 12 * month, ends, horizon):.4f}"
        yield Case(
            name=f"ETTh1 OT, {horizon} ahead",
            panel=panel_of(["OT"], [y]),
            origins=Origins(np.zeros(len(ends), np.int64), ends),
            known=np.array([16 * month]),
            settings={"horizon": horizon, "season": "24,168"},
            season=24,
            bar=bar,
            measure="MSE",
        )


def last_value(y: Values, ends: NDArray[np.int64], horizon: int) -> float:
    """Its MSE."""
    there = y[ends[:, None] + np.arange(horizon)]
    return float(((there - y[ends - 1, None]) ** 2).mean())


def linear(y: Values, known: int, ends: NDArray[np.int64], horizon: int, back: int = 336, ridge: float = 1.0) -> float:
    """The MSE of DLinear's function: the steps ahead from the last 336, less the last value, by least squares.

    Its trend is a moving average, and so linear in the same steps: its two layers are one.
    """
    starts = np.arange(back, known - horizon + 1)

    def past(at: NDArray[np.int64]) -> Values:
        found: Values = y[at[:, None] + np.arange(-back, 0)] - y[at - 1, None]
        return found

    x, t = past(starts), y[starts[:, None] + np.arange(horizon)] - y[starts - 1, None]
    weights = np.linalg.solve(x.T @ x + ridge * np.eye(back), x.T @ t)
    made = past(ends) @ weights + y[ends - 1, None]
    return float(((made - y[ends[:, None] + np.arange(horizon)]) ** 2).mean())


def measured(case: Case) -> dict[str, Any]:
    """Learns, forecasts, measures."""
    began = time.perf_counter()
    panel, horizon = case.panel, case.settings["horizon"]
    parts = (
        [case.origins.part(slice(place, place + 1)) for place in range(len(case.origins))]
        if case.each
        else [case.origins]
    )
    found = [one for part in parts for one in forecasts(case, part, part.ends if case.each else case.known)]
    seconds = time.perf_counter() - began
    mean, simple = (np.concatenate([getattr(one, name) for one in found]) for name in ("mean", "simple"))
    edges = {
        level: tuple(np.concatenate([one.intervals[level][side] for one in found]) for side in (0, 1))
        for level in (LEVEL, 95.0)
    }
    actual = Actual.of(panel, case.origins, horizon, case.season)
    if not np.isfinite(actual.values).all():
        raise DataError(f"{case.name}: expected what came after each origin; found less")
    methods = {**baselines.SIMPLE, **(baselines.fitted() if case.each else {})}
    several = len(case.origins) <= 1000  # each of them is a loop in Python
    beside = baselines.made(panel, case.origins, case.season, horizon, methods) if several else {}
    points = {"elman": actual.points(mean), "simple": actual.points(simple)}
    points |= {name: actual.points(values) for name, values in beside.items()}
    for one in points.values():
        one["MSE"] = one["RMSE"] ** 2
        if beside:
            one["OWA"] = overall(one, points["Naive2"])
    return {
        "seconds": seconds,
        "points": points,
        "coverage": actual.covered(*edges[LEVEL]),
        **actual.interval(*edges[95.0]),
    }


def forecasts(case: Case, origins: Origins, known: NDArray[np.int64]) -> list[Any]:
    """Some origins after the other, of a model that learned from what was known, (N,) values of each series."""
    panel = case.panel
    before = panel_of(list(panel.ids), [one[:end] for one, end in zip(panel, known, strict=True)])
    model: Any = elman.train("series", [before], **case.settings)

    def made(codec: Any, some: Origins) -> Any:
        return codec.forecast(model.network, codec.panel, some, case.settings["horizon"], (LEVEL, 95.0))

    if not case.refit:
        return [made(model.task.known.on(panel, known, "auto"), origins)]
    parts = [origins.part(slice(place, place + 1)) for place in range(len(origins))]
    return [made(model.task.known.refitted(panel, part.ends, "auto"), part) for part in parts]


def row(case: Case, found: dict[str, Any]) -> tuple[str, ...]:
    """As the table has it."""

    def shown(one: dict[str, float]) -> str:
        value = one[case.measure]
        return f"{value:.4f}" if value < 1 else f"{value:.2f}"

    points = found["points"]
    others = {name: one for name, one in points.items() if name not in ("elman", "simple")}
    best = min(others, key=lambda name: others[name][case.measure], default=None)
    return (
        f"{case.name}, {case.measure}",
        shown(points["elman"]),
        shown(points["simple"]),
        "" if best is None else f"{shown(others[best])} ({best})",
        f"{found['coverage']:.1%}",
        f"{found['MSIS']:.2f}",
        f"{found['seconds']:.1f}",
        case.bar,
    )
