"""Weighing: how much each of several forecasts counts in their mean, by how wrong it was.

A weight is the mean absolute error E to the power of -p; of each series, weights have the sum 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman.tasks.series.panel import Counts, Values

POWERS = (2, 4, 6, 8, 16, 32)
MODEST = 6  # p that few trials may say; E^-n is how likely n independent errors are, so n of them say no more than n
LITTLE = 0.01  # of the largest weight of a series, below which a forecast is left out
NONE = 1e-9  # of the size of a series, what is as good as no error


def weighed(errors: Values, there: NDArray[np.bool_], size: Values, power: int) -> Values:
    """(N, C) weights.

    Args:
        errors: (N, C); NaN where none is known.
        there: (N, C) which forecasts may be used.
        size: (N,) of the values of each series.
        power: p.
    """
    known = (np.isfinite(errors) & there).any(axis=1)
    weights = np.zeros(there.shape)
    some = np.where(there[known] & np.isfinite(errors[known]), errors[known], np.inf)
    some = np.maximum(some, NONE * size[known, None] + 1e-12)
    weights[known] = (some / some.min(axis=1, keepdims=True)) ** -power
    weights[weights < LITTLE * weights.max(axis=1, keepdims=True)] = 0
    weights[known] /= weights[known].sum(axis=1, keepdims=True)
    of_all = weights[known].mean(axis=0) if known.any() else np.zeros(there.shape[1])
    for row in np.flatnonzero(~known):  # too short to try anything: as the others, on the whole, or naive
        found = of_all * there[row]
        if found.sum() > 0:
            weights[row] = found / found.sum()
        else:
            weights[row, there[row].argmax()] = 1.0
    return weights


def sharpness(
    made: Values,
    actual: Values,
    rows: Counts,
    late: NDArray[np.bool_],
    there: NDArray[np.bool_],
    size: Values,
    apart: int,
) -> int:
    """The best of POWERS: by weights of the older half of origins, tried on the newer half, and the other way round.

    It is not larger than the number of origins that have no steps in common, or MODEST.

    Args:
        made: (B, C, H) forecasts at B origins.
        actual: (B, H) what came; NaN where missing.
        rows: (B,) the series of each.
        late: (B,) which origins are the newer half.
        there: (N, C) as for `weighed`.
        size: (N,) likewise.
        apart: origins without steps in common, of all series.
    """
    powers = [power for power in POWERS if power <= max(MODEST, apart)]
    gaps = np.isfinite(actual)
    count = np.maximum(gaps.sum(axis=1), 1)
    wrong = np.where(gaps[:, None], np.abs(made - np.where(gaps, actual, 0)[:, None]), 0).sum(axis=2) / count[:, None]
    costs = np.zeros(len(powers))
    for learned in (late, ~late):
        sums, counts = np.zeros(there.shape), np.zeros(len(there))
        np.add.at(sums, rows[learned], wrong[learned])
        np.add.at(counts, rows[learned], 1.0)
        errors = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], np.nan)
        unit = np.where(there, np.nan_to_num(errors), np.inf).min(axis=1) + NONE * size + 1e-12
        tried = ~learned & (counts[rows] > 0)
        weights = np.stack([weighed(errors, there, size, power)[rows[tried]] for power in powers], axis=1)
        off = np.abs(weights @ made[tried] - np.where(gaps, actual, 0)[tried, None])  # (B, P, H)
        mean = np.where(gaps[tried, None], off, 0).sum(axis=2) / count[tried, None]
        costs += np.minimum(mean / unit[rows[tried], None], FARTHEST).sum(axis=0)
    return powers[int(costs.argmin())]


FARTHEST = 100.0  # times the error of the best forecast, what one series may count at most
