"""Simple forecasts, for many series at once: what a network begins with, and is measured by.

Each takes the last L values before B origins, `z` (B, L), already filled and transformed, with the first value of a
series repeated where it is shorter; `length` (B,), how many values the series has; `slopes`, for each m, (B, 1), the
mean of all z_s - z_{s-m}; and gives (B, H). With m, the length of
the season, and t, the origin:

    naive         z_t
    drift         z_t + h (z_t - z_1) / (t - 1)
    damped        z_t + b (φ + … + φ^h), b the mean of the last differences, by weights that fall as (1 - β)^k
    seasonal      z_{t+h-km}, k the seasons between
    seasonal+     the same and k times the mean of all z_s - z_{s-m}, the growth of a season
    level         the exponential smoothing of z without its season, and the season again (Brown, 1959)
    theta         the same, and half of the growth (Assimakopoulos and Nikolopoulos, 2000)
    growth        the same, and all of it

A level of weights α lags behind a growth by (1 - α) / α steps, or (1 - (1 - α)^(n - 1)) times that where there are only
n values; so much is added again.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

ALPHAS = (0.1, 0.3, 0.6, 0.9)  # of exponential smoothing
BLOCKS = 4  # the last seasons that a season's shape is the mean of, at most
BETA, PHI = 0.2, 0.9  # of the damped trend
KINDS = ("level", "theta", "growth")


def names(seasons: tuple[int, ...]) -> list[str]:
    """Of the forecasts, in the order of `forecasts`."""
    found = ["naive", "drift", "damped"]
    for m in seasons:
        found += [f"seasonal {m}", f"seasonal+ {m}"]
    for m in (1, *seasons):
        found += [f"{kind} {alpha}" + f" {m}" * (m > 1) for alpha in ALPHAS for kind in KINDS]
    return found


def forecasts(
    z: Values, length: Counts, horizon: int, seasons: tuple[int, ...], slopes: dict[int, Values]
) -> Iterator[Values]:
    """(B, H) of each, in the order of `names`. What needs a season that was not seen yet, is naive."""
    steps = np.arange(1, horizon + 1)
    last = z[:, -1:]
    naive = np.repeat(last, horizon, axis=1)
    yield naive
    yield last + slopes[1] * steps
    yield last + trend(z) * np.cumsum(PHI**steps)
    for m in seasons:
        known = (length >= m)[:, None]
        there = np.where(known, z[:, seasonal_places(z.shape[1], m, steps)], naive) if z.shape[1] >= m else naive
        yield there
        yield np.where(known, there + slopes[m] * -(-steps // m), naive)
    for m in (1, *seasons):
        shape = profile(z, length, m, slopes[m])
        flat = z - shape[:, np.arange(-z.shape[1], 0) % m]
        level = np.einsum("bl,la->ba", flat, smoothing(z.shape[1]))  # small: threads of BLAS would only wait
        season = shape[:, (steps - 1) % m]
        growth = slopes[m] / m
        for number, alpha in enumerate(ALPHAS):
            lag = lags(alpha, np.minimum(length, z.shape[1]))[:, None]
            found = level[:, number : number + 1] + season
            yield found
            yield found + growth * (steps + lag) / 2
            yield found + growth * (steps + lag)


def seasonal_places(width: int, m: int, steps: Counts) -> Counts:
    """Of the values that are whole seasons before these steps."""
    return width - m + (steps - 1) % m


def trend(z: Values) -> Values:
    """(B, 1): the mean of the last differences, the newest counting most."""
    differences = np.diff(z, axis=1)
    weights = BETA * (1 - BETA) ** np.arange(differences.shape[1])[::-1]
    found: Values = (differences @ weights)[:, None]
    return found


def smoothing(width: int) -> Values:
    """(L, A): how much each value counts in the level, for each alpha. The first stands for all before it."""
    age = np.arange(width)[::-1]
    weights = np.stack([alpha * (1 - alpha) ** age for alpha in ALPHAS], axis=1)
    weights[0] += 1 - weights.sum(axis=0)
    found: Values = weights
    return found


def lags(alpha: float, count: Counts) -> Values:
    """(B,): by how many steps the level of so many values, growing by the same in each, is behind the last one."""
    age = count.astype(np.float64) - 1
    found: Values = (1 - alpha) / alpha * (1 - (1 - alpha) ** age)
    return found


def profile(z: Values, length: Counts, m: int, slope: Values) -> Values:
    """(B, m): the shape of a season, by the last of them, without level and growth; from the next step on."""
    width = z.shape[1]
    blocks = min(BLOCKS, width // m)
    if m == 1 or not blocks:
        return np.zeros((len(z), m))
    parts = z[:, width - blocks * m :].reshape(len(z), blocks, m)
    own = (np.minimum(length, width) // m)[:, None] >= np.arange(blocks, 0, -1)
    ramp = (slope / m)[:, :, None] * (np.arange(m) - (m - 1) / 2)
    shapes = (parts - parts.mean(axis=2, keepdims=True) - ramp) * own[:, :, None]
    found: Values = shapes.sum(axis=1) / np.maximum(own.sum(axis=1), 1)[:, None]
    return found
