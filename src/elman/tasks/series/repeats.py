"""Repeats: a season that nobody named and no calendar tells, seen in the values. It is only said, never taken."""

from __future__ import annotations

import math

import numpy as np

from elman.tasks.series.panel import Panel, Values

LONGEST = 200  # steps
SERIES, STEPS = 50, 2000  # so much is looked at, at most
STRONG = 0.5  # the correlation of changes with those of a season before
AS_GOOD = 0.8  # of the best: the shortest such season is told, not a multiple of it
NEAR = 1.25  # times that, at most: where the peak may be if noise has moved it


def repeats(panel: Panel) -> int | None:
    """The steps after which the changes of values are much the same, in most series; None where there are none.

    It is a peak of the autocorrelation of first differences, behind a trough: without one, changes only last.
    """
    found = [_autocorrelation(panel.filled[first:last][-STEPS:])
             for first, last in zip(panel.offsets[:SERIES], panel.offsets[1:], strict=False)]  # fmt: skip
    long = [one for one in found if one is not None]
    if not long:
        return None
    size = int(np.median([len(one) for one in long]))
    middle = np.median([one[:size] for one in long if len(one) >= size], axis=0)
    best = 0.0
    peaks = []
    for lag in range(2, size - 1):
        here = middle[lag]
        if here >= max(STRONG, middle[lag - 1], middle[lag + 1]) and middle[1:lag].min() < here / 2:
            peaks.append(lag)
            best = max(best, float(here))
    first = next((lag for lag in peaks if middle[lag] >= AS_GOOD * best), None)
    if first is None:
        return None
    near = range(math.ceil(first / NEAR), min(size - 1, math.floor(first * NEAR)) + 1)
    seasons = np.arange(1, max(2, size // (near[-1] + 1)))  # a season that is one step off is more steps off later
    return max(near, key=lambda lag: middle[lag * seasons].mean())


def _autocorrelation(values: Values) -> Values | None:
    """(L,) at lags from 0; None of what is constant, or too short to repeat three times."""
    changes = np.diff(values)
    changes = changes - changes.mean() if len(changes) else changes
    most = min(LONGEST, len(changes) // 3)
    if most < 4 or not changes.any():
        return None
    parts = [changes[lag:] @ changes[: len(changes) - lag] / (len(changes) - lag) for lag in range(most + 1)]
    found: Values = np.array(parts) / parts[0]
    return found
