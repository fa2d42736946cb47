"""Linear autoregressions of many series, fitted at once by least squares.

    z_t = c + ∑ φ_k z_{t-k}    over some lags k, of values or of differences

A little is added to the diagonal of the normal equations (ridge), so that they have one solution for every series. A
forecast goes on from itself, and stays within what the series has been, and as far again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

RIDGE = 1e-3  # of the mean of the diagonal
PER_LAG = 3  # values of a series for each coefficient, at least
AT_ONCE = 1 << 22  # numbers that are held at a time


@dataclass(frozen=True)
class Lags:
    """Which values a forecast is made of: `back` steps before it; of `differences`, or of the values themselves."""

    name: str
    back: tuple[int, ...]
    differences: bool

    @property
    def reach(self) -> int:
        """Values that a forecast needs."""
        return max(self.back) + self.differences


def lags(seasons: tuple[int, ...]) -> list[Lags]:
    """All that are tried."""
    near = {"AR(3)": tuple(range(1, 4)), "AR(10)": tuple(range(1, 11))}
    far = sorted({1, 2, 3, *(k * m + d for m in seasons for k in (1, 2) for d in (-1, 0, 1) if k * m + d > 0)})
    tried = {**near, **({"seasonal AR": tuple(far)} if seasons else {})}
    return [
        Lags(name + " of differences" * differences, back, differences)
        for name, back in tried.items()
        for differences in (False, True)
    ]


def fit(z: Values, length: Counts, one: Lags) -> Values:
    """(n, 1 + K): constant and coefficients of each of n series; NaN where one is too short, or constant.

    What is fitted is standardised first, so that the ridge means the same for every series.

    Args:
        z: (n, L), series that end together, with anything before their beginning.
        length: (n,) the values of each.
        one: the lags.
    """
    found = np.full((len(z), 1 + len(one.back)), np.nan)
    size = max(1, AT_ONCE // max(1, z.shape[1] * len(one.back)))
    for first in range(0, len(z), size):
        part = slice(first, first + size)
        found[part] = _fit(z[part], length[part], one)
    return found


def _fit(z: Values, length: Counts, one: Lags) -> Values:
    x = np.diff(z, axis=1) if one.differences else z
    longest, width = max(one.back), x.shape[1]
    own = length - one.differences
    enough = own - longest >= PER_LAG * (len(one.back) + 1)
    found = np.full((len(z), 1 + len(one.back)), np.nan)
    if not enough.any():
        return found
    there = np.arange(width) >= width - own[:, None]
    count = np.maximum(own, 1)[:, None]
    mean = (x * there).sum(axis=1, keepdims=True) / count
    scale = np.sqrt((((x - mean) * there) ** 2).sum(axis=1, keepdims=True) / count)
    enough &= scale[:, 0] > 1e-9 * np.maximum(1.0, np.abs(mean[:, 0]))
    x = np.where(there, (x - mean) / np.where(scale > 0, scale, 1.0), 0.0)
    known = (np.arange(longest, width) >= width - own[:, None] + longest)[:, :, None]
    past = np.stack([x[:, longest - k : width - k] for k in one.back], axis=2)
    future = x[:, longest:, None]
    rows = np.maximum(known.sum(axis=1, keepdims=True), 1)
    centre, level = ((v * known).sum(axis=1, keepdims=True) / rows for v in (past, future))
    past, future = (past - centre) * known, (future - level) * known
    gram = past.transpose(0, 2, 1) @ past + RIDGE * rows * np.eye(len(one.back))
    slopes = np.linalg.solve(gram[enough], (past.transpose(0, 2, 1) @ future)[enough])[:, :, 0]
    found[enough, 1:] = slopes
    constant = level[enough, 0, 0] - (centre[enough, 0] * slopes).sum(axis=1)
    found[enough, 0] = constant * scale[enough, 0] + mean[enough, 0] * (1 - slopes.sum(axis=1))
    return found


def forecast(z: Values, horizon: int, one: Lags, coefficients: Values) -> Values:
    """(B, H), of the last values (B, L) before B origins, by (B, 1 + K) coefficients; naive where these are NaN."""
    width = z.shape[1]
    if width < one.reach + 1:
        return np.repeat(z[:, -1:], horizon, axis=1)
    x = np.diff(z, axis=1) if one.differences else z
    longest = max(one.back)
    held = np.concatenate([x[:, -longest:], np.empty((len(z), horizon))], axis=1)
    places = longest - np.array(one.back)
    low, high = z.min(axis=1), z.max(axis=1)
    low, high = low - (high - low), high + (high - low)
    for step in range(horizon):
        made = coefficients[:, 0] + np.einsum("bk,bk->b", held[:, places + step], coefficients[:, 1:])
        held[:, longest + step] = made if one.differences else np.clip(made, low, high)
    made = held[:, longest:]
    if one.differences:
        made = np.clip(z[:, -1:] + np.cumsum(made, axis=1), low[:, None], high[:, None])
    found: Values = np.where(np.isfinite(coefficients[:, :1]), made, z[:, -1:])
    return found
