"""Inside of what may be learned: how much intervals cover there, and what the mean of three seeds is worth.

Models learn what was known before rolling cutoffs, and forecast what came soon after. All of it lies in the training
parts of the problems of `benchmarks/series.py`: nothing of their tests is seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import elman
from benchmarks import series
from benchmarks.report import Report, say
from elman.tasks.series.measures import Actual
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel

LEVELS = (80.0, 90.0, 95.0)
SEEDS = 3
SOME = 60  # series of M4, the first ones
MONTH = 720  # hours


@dataclass(frozen=True)
class Part:
    """A problem inside of its training part.

    Args:
        name: of it.
        panel: what may be learned.
        cuts: (N,) how many values of each series are known, of each cutoff.
        span: steps behind a cutoff that are forecast.
        step: between two origins.
        settings: of the training.
        season: of MASE.
    """

    name: str
    panel: Panel
    cuts: list[NDArray[np.int64]]
    span: int
    step: int
    settings: dict[str, Any]
    season: int


def run(quick: bool) -> Report:
    """A line for each problem."""
    rows, data = [], []
    for part in parts(quick):
        found = measured(part)
        values = (f"{found[name]:.3f}" for name in ("simple", "one", "mean"))
        covered = (f"{found[f'{level:g}']:.1%}" for level in LEVELS)
        rows.append((part.name, f"{found['origins']:,}", *values, *covered))
        data.append({"problem": part.name, **found})
        say(" | ".join(rows[-1]))
    return Report(
        title="Inside of what may be learned",
        text=(
            "The training parts of the problems above, and no value of their tests. Models learn what was known before "
            "rolling cutoffs, and forecast what came soon after: sunspots in the 20 years after 1799, 1819 … 1899; "
            "ETTh1 in the two months after the months 8, 10, 12 and 14, from every sixth hour; the first 60 series of "
            "M4 one horizon, and two, before the end of what is known. MASE of the simple forecast, of one network "
            "(the mean of three seeds), and of three networks averaged (`elman average`). *Inside*: how many of these "
            "values were in the intervals of the model of seed 0."
        ),
        header=(
            "problem",
            "origins",
            "simple forecast, MASE",
            "one network",
            "three averaged",
            "inside 80 %",
            "inside 90 %",
            "inside 95 %",
        ),
        rows=rows,
        data={"problems": data},
    )


def parts(quick: bool) -> Iterator[Part]:
    """Those whose data are at hand."""
    yield part("sunspots", series.sunspots(), [np.array([cut]) for cut in range(100, 201, 20)], 20, 1)
    named = os.environ.get(series.FOLDER)
    if named is None or quick:
        return
    folder = Path(named)
    if (file := folder / "series" / "ETTh1.csv").exists():
        for case in list(series.transformer(file))[1:]:
            yield part(case.name, case, [np.array([MONTH * cut]) for cut in (8, 10, 12, 14)], 2 * MONTH, 6)
    for name, season, settings in (("Hourly", 24, "24,168"), ("Weekly", 1, "52")):
        if (folder / "m4" / f"m4-{name.lower()}-train.csv.gz").exists():
            case = series.m4(folder / "m4", name, season, settings)
            horizon, known = case.settings["horizon"], case.known[:SOME]
            yield part(f"M4 {name}, {SOME} series", case, [known - horizon, known - 2 * horizon], horizon, 1)


def part(name: str, case: series.Case, cuts: list[NDArray[np.int64]], span: int, step: int) -> Part:
    """Of a case, what may be learned of its first series."""
    ids = list(case.panel.ids[: len(cuts[0])])
    kept = [one[:end] for one, end, _ in zip(case.panel, case.known, ids, strict=False)]
    return Part(name, series.panel_of(ids, kept), cuts, span, step, case.settings, case.season)


def measured(found: Part) -> dict[str, Any]:
    """Means over all cutoffs, each weighed by its origins."""
    made = [at(found, cut) for cut in found.cuts]
    counts = [one["origins"] for one in made]
    means = {name: float(np.average([one[name] for one in made], weights=counts)) for name in made[0]}
    return {**means, "origins": int(sum(counts))}


def at(found: Part, cut: NDArray[np.int64]) -> dict[str, float]:
    """Of one cutoff."""
    panel, horizon = found.panel, found.settings["horizon"]
    before = series.panel_of(list(panel.ids), [one[:end] for one, end in zip(panel, cut, strict=True)])
    ahead = np.arange(0, found.span - horizon + 1, found.step)
    origins = Origins(np.repeat(np.arange(len(panel)), len(ahead)), (cut[:, None] + ahead).ravel())
    actual = Actual.of(panel, origins, horizon, found.season)
    models: list[Any] = [elman.train("series", [before], seed=seed, **found.settings) for seed in range(SEEDS)]

    def forecast(model: Any) -> Any:
        codec = model.task.known.on(panel, cut, "auto")
        return codec.forecast(model.network, codec.panel, origins, horizon, LEVELS)

    each, together = [forecast(model) for model in models], forecast(elman.average(models))
    return {
        "origins": len(origins),
        "simple": actual.points(together.simple)["MASE"],
        "one": float(np.mean([actual.points(one.mean)["MASE"] for one in each])),
        "mean": actual.points(together.mean)["MASE"],
        **{f"{level:g}": actual.covered(*each[0].intervals[level]) for level in LEVELS},
    }
