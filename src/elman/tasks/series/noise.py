"""Noise: how wrong forecasts of each series were, and under which transform errors are alike for all its values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from elman.tasks.series import transforms
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Counts, Panel, Values

SOME = 500  # series that tell how far values move
YOUNG = 12  # steps of a series from which on its scale goes by itself alone
FEW = 4  # errors that the scale of a series is like, where none are known
TAILS = (0.05, 0.95)


def noise(panel: Panel, upto: Counts, made: Values, tried: Origins, log: str) -> tuple[Counts, Values]:
    """(N,) each: the network's transform, and the mean absolute error under it, of forecasts made at origins (B, H).

    Where few errors are known, the latter also goes by how far the series moves in a step, as it does for others.
    """
    actual = panel.following(tried.rows, tried.ends, made.shape[1])
    kinds = _kinds(panel, made, actual, tried, log)
    moves = np.zeros(len(panel))
    for number, values in enumerate(panel):
        moved = np.abs(np.diff(transforms.forward(values[: upto[number]], int(kinds[number]))))
        moves[number] = np.nanmean(moved) if np.isfinite(moved).any() else 0.0
    of_each = kinds[tried.rows][:, None]
    wrong = np.abs(transforms.forward(actual, of_each) - transforms.forward(made, of_each))
    sums, counts = np.zeros(len(panel)), np.zeros(len(panel))
    np.add.at(sums, tried.rows, np.nansum(wrong, axis=1))
    np.add.at(counts, tried.rows, np.isfinite(wrong).sum(axis=1))
    known = (counts > 0) & (moves > 0)
    ratio = float(np.median(sums[known] / counts[known] / moves[known])) if known.any() else 1.0
    return kinds, (sums + FEW * ratio * moves) / (counts + FEW)


def usual(series: Sequence[Values], horizon: int) -> float:
    """How far values are from those up to `horizon` steps before, relative to the level: the median of some series.

    So wrong is whoever takes the last value for the next ones. 0 where no series is long enough to tell.
    """
    long = [one for one in series if len(one) > max(YOUNG, horizon)]
    found = []
    for one in long[:: -(-len(long) // SOME) or 1]:
        level = np.nanmean(np.abs(one))
        moves = [
            np.nanmean(moved) for h in range(1, horizon + 1) if np.isfinite(moved := np.abs(one[h:] - one[:-h])).any()
        ]
        if level > 0 and moves:
            found.append(np.mean(moves) / level)
    return float(np.median(found)) if found else 0.0


def like_others(scale: Values, steps: Counts, level: Values, kinds: Counts, relative: float) -> Values:
    """(N,) scales: the fewer steps a series has, the more its scale goes by what is usual, relative to the level."""
    others = transforms.forward(level * (1 + relative), kinds) - transforms.forward(level, kinds)
    share = np.clip((YOUNG + 1 - steps) / YOUNG, 0, 1)
    found: Values = np.where(others > 0, share * others + (1 - share) * scale, scale)
    return found


def _kinds(panel: Panel, made: Values, actual: Values, tried: Origins, log: str) -> Counts:
    """(N,) the transform under which intervals of one width for all values cost least; the pinball loss says so."""
    if log != "auto":
        of_log = panel.above & (log != "none")
        return np.where(of_log, transforms.TRANSFORMS.index(log), transforms.NONE)
    allowed, found = panel.above, np.zeros(len(panel), np.int64)
    order = np.argsort(tried.rows, kind="stable")
    bounds = np.searchsorted(tried.rows[order], np.arange(len(panel) + 1))
    for row in np.flatnonzero(allowed):
        part = order[bounds[row] : bounds[row + 1]]
        y, f = actual[part].ravel(), made[part].ravel()
        y, f = y[np.isfinite(y)], f[np.isfinite(y)]
        if len(y):
            found[row] = int(np.argmin([_cost(y, f, kind) for kind in range(len(transforms.TRANSFORMS))]))
    return found


def _cost(y: Values, made: Values, kind: int) -> float:
    """The pinball loss of the interval of 90 % that has the same width for all values under a transform."""
    z = transforms.forward(made, kind)
    edges = np.quantile(transforms.forward(y, kind) - z, TAILS)
    gap = y - transforms.backward(z + edges[:, None], kind)
    levels = np.array(TAILS)[:, None]
    return float(np.maximum(levels * gap, (levels - 1) * gap).sum())
