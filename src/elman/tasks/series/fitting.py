"""How a beginning is made: simple forecasts are fitted to the past, tried at rolling origins, and weighed.

Origins are in the last half of what is known. They are tried in four stages, the oldest first: for each, all is fitted
anew to what was known before its first origin. So what comes late is tried with most of what came before it, as it will
be when all is known.

A forecast is weighed by its mean absolute error E after these origins: as E to the power of -p (the sum is 1). How
sharp that is, p, is what was best for all series together: by weights of the older half of the origins, tried on the
newer half, and the other way round. Where few origins have no steps in common, p is small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from elman.tasks.series.beginning import Beginning
from elman.tasks.series.noise import YOUNG, like_others, noise, usual
from elman.tasks.series.origins import Origins, last_half
from elman.tasks.series.panel import Counts, Panel, Values
from elman.tasks.series.weighing import sharpness
from elman.telling import so_far

STAGES = 4
SAMPLE = 1 << 25  # numbers of forecasts by which p is chosen, at most


def fit(
    panel: Panel, upto: Counts, horizon: int, seasons: tuple[int, ...], log: str, others: Panel | None = None
) -> tuple[Beginning, Values]:
    """Fitted and weighed; and (N,) how wrong it was on the whole, in what the network sees: the scale of each.

    Args:
        panel: the series.
        upto: (N,) how many values of each may be seen.
        horizon: H; what comes after an origin that is tried comes before `upto`, too.
        seasons: lengths of seasons.
        log: "auto", or the name of the one transform that is tried.
        others: series whose values tell how uncertain one is that is too short to tell; default: these.
    """
    work, steps = "steps to fit simple forecasts", STAGES + 4
    tried = last_half(panel, upto, horizon)
    trials = []
    for number, origins in enumerate(_stages(tried, len(panel))):
        so_far(work, number, steps)
        before = upto.copy()
        np.minimum.at(before, origins.rows, origins.ends)
        trials.append(Trial(panel, horizon, origins, Beginning.of(panel, before, seasons, log)))
    so_far(work, STAGES, steps)
    last = Beginning.of(panel, upto, seasons, log)
    so_far(work, STAGES + 1, steps)
    sums, counts = (sum(parts) for parts in zip(*(one.errors() for one in trials), strict=True))
    errors = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    so_far(work, STAGES + 2, steps)
    power = _sharpness(trials, tried)
    so_far(work, STAGES + 3, steps)
    made = [one.beginning.weighed(errors, power).forecast(panel, one.origins, horizon) for one in trials]
    joined = Origins(*(np.concatenate([getattr(one.origins, name) for one in trials]) for name in ("rows", "ends")))
    kinds, scale = noise(panel, upto, np.concatenate(made), joined, log)
    if (upto <= YOUNG).any():
        known = list(others) if others else [one[:stop] for one, stop in zip(panel, upto, strict=True)]
        scale = like_others(scale, upto, panel.level(upto), kinds, usual(known, horizon))
    return replace(last.weighed(errors, power), kinds=kinds), scale


def _stages(tried: Origins, series: int) -> list[Origins]:
    """Of each series, about as many origins in each; the oldest first."""
    order = np.lexsort((tried.ends, tried.rows))
    rows = tried.rows[order]
    count = np.bincount(rows, minlength=series)
    place = np.arange(len(rows)) - (np.cumsum(count) - count)[rows]
    stage = place * STAGES // np.maximum(count, 1)[rows]
    return [tried.part(order[stage == number]) for number in range(STAGES)]


@dataclass(frozen=True, eq=False)
class Trial:
    """A stage: what was fitted before its origins."""

    panel: Panel
    horizon: int
    origins: Origins
    beginning: Beginning

    def errors(self) -> tuple[Values, Values]:
        """(N, 3 C) the sums of the absolute errors of each forecast, and (N, 1) of how many values."""
        return self.beginning.errors(self.panel, self.origins, self.horizon)


def _sharpness(trials: list[Trial], tried: Origins) -> int:
    """How sharp weights are, by as many series as there is room for."""
    first = trials[0]
    series, width = first.beginning.weights.shape
    few = min(1.0, SAMPLE // (width * first.horizon) / max(1, len(tried)))
    parts = [one.origins.rows < series * few for one in trials]
    some = [one.origins.part(part) for one, part in zip(trials, parts, strict=True)]
    rows = np.concatenate([one.rows for one in some])
    ends = np.concatenate([one.ends for one in some])
    middle = np.zeros(series)
    for row in np.unique(rows):
        middle[row] = np.median(ends[rows == row])
    panels = [one.beginning.without(one.panel) for one in trials]
    actual = [panel.following(one.rows, one.ends, first.horizon) for panel, one in zip(panels, some, strict=True)]
    made = [
        one.beginning.all(panel, part, first.horizon) for one, panel, part in zip(trials, panels, some, strict=True)
    ]
    return sharpness(
        np.concatenate(made),
        np.concatenate(actual),
        rows,
        ends > middle[rows],
        first.beginning.weights > 0,
        first.beginning.size,
        len(np.unique(np.stack([rows, ends // first.horizon]), axis=1).T),
    )
