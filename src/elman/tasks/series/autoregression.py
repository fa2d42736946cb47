"""Linear autoregressions of many series, fitted at once by least squares.

    z_t = c + ∑ φ_k z_{t-k}    over some lags k, of values or of differences

A little is added to the diagonal of the normal equations (ridge), so that they have one solution for every series.
Their sums of products, of values that are d steps apart, come from running sums, one for each d: so long series and
hundreds of lags take little time. A forecast goes on from itself, and stays within what the series has been, and as far
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

RIDGE = 1e-3  # of the mean of the diagonal
PER_LAG, PER_LAG_LONG = 3, 10  # values of a series for each coefficient, at least
SHORT, ORDERS = 3, 12  # lags of the short one, and how many at most, if Akaike's criterion (1974) likes them
MANY = 400  # lags one after another, at most
AT_ONCE = 1 << 22  # numbers that are held at a time


@dataclass(frozen=True)
class Lags:
    """Which values a forecast is made of: `back` steps before it; of `differences`, or of the values themselves."""

    name: str
    back: tuple[int, ...]
    differences: bool
    per_lag: int = PER_LAG
    chosen: bool = False  # only the first of the lags: as many as Akaike's criterion likes best for each series

    @property
    def reach(self) -> int:
        """Values that a forecast needs."""
        return max(self.back) + self.differences


def lags(seasons: tuple[int, ...]) -> list[Lags]:
    """All that are tried."""
    far = sorted({1, 2, 3, *(k * m + d for m in seasons for k in (1, 2) for d in (-1, 0, 1) if k * m + d > 0)})
    tried: list[tuple[str, Sequence[int], int, bool]] = [("AR", range(1, ORDERS + 1), PER_LAG, True)]
    if seasons:
        tried.append(("seasonal AR", far, PER_LAG, False))
    if spans := [k * m for m in seasons for k in (1, 2) if k * m <= MANY]:
        tried.append((f"AR({max(spans)})", range(1, max(spans) + 1), PER_LAG_LONG, False))
    return [
        Lags(name + " of differences" * differences, tuple(back), differences, per_lag, chosen)
        for name, back, per_lag, chosen in tried
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
    enough = np.flatnonzero(length - one.reach >= one.per_lag * (len(one.back) + 1))
    size = max(1, AT_ONCE // (z.shape[1] + len(one.back) ** 2))
    for first in range(0, len(enough), size):
        rows = enough[first : first + size]
        found[rows] = _fit(z[rows], length[rows], one)
    if one.chosen:  # of series that are too short to choose, a short one
        short = Lags(one.name, one.back[:SHORT], one.differences, one.per_lag)
        rest = np.setdiff1d(np.arange(len(z)), enough)
        found[rest] = np.pad(fit(z[rest], length[rest], short), ((0, 0), (0, len(one.back) - SHORT)))
    return found


def _fit(z: Values, length: Counts, one: Lags) -> Values:
    """(n, 1 + K) of series that are long enough."""
    x = np.diff(z, axis=1) if one.differences else z
    longest, width = max(one.back), x.shape[1]
    own = length - one.differences
    there = np.arange(width) >= width - own[:, None]
    mean = (x * there).sum(axis=1, keepdims=True) / own[:, None]
    scale = np.sqrt((((x - mean) * there) ** 2).sum(axis=1, keepdims=True) / own[:, None])
    moves = scale[:, 0] > 1e-9 * np.maximum(1.0, np.abs(mean[:, 0]))
    x = np.where(there, (x - mean) / np.where(scale > 0, scale, 1.0), 0.0)
    count = (own - longest)[:, None]
    sums, products = _moments(x, width - own + longest, (0, *one.back))
    centre = sums / count
    products -= count[:, :, None] * centre[:, :, None] * centre[:, None, :]
    gram = products[:, 1:, 1:] + RIDGE * count[:, :, None] * np.eye(len(one.back))
    found = np.full((len(z), 1 + len(one.back)), np.nan)
    slopes = _slopes(gram[moves], products[moves], count[moves, 0], one.chosen)
    found[moves, 1:] = slopes
    constant = centre[moves, 0] - (centre[moves, 1:] * slopes).sum(axis=1)
    found[moves, 0] = constant * scale[moves, 0] + mean[moves, 0] * (1 - slopes.sum(axis=1))
    return found


def _slopes(gram: Values, products: Values, count: Values, chosen: bool) -> Values:
    """(n, K): least squares; of all lags, or of the first p, for which n log(error) + 2 p is least, and 0."""
    lags = gram.shape[1]
    best, least = np.zeros((len(gram), lags)), np.full(len(gram), np.inf)
    for order in range(1, lags + 1) if chosen else (lags,):
        known, with_target = products[:, 1 : order + 1, 1 : order + 1], products[:, 1 : order + 1, 0]
        found = np.linalg.solve(gram[:, :order, :order], with_target[:, :, None])[:, :, 0]
        moved = np.einsum("nk,nkl,nl->n", found, known, found)
        left = products[:, 0, 0] - 2 * (found * with_target).sum(axis=1) + moved
        cost = count * np.log(np.maximum(left, 1e-12 * count) / count) + 2 * order
        better = cost < least
        best[better] = np.pad(found[better], ((0, 0), (0, lags - order)))
        least[better] = cost[better]
    return best


def _moments(x: Values, first: Counts, back: tuple[int, ...]) -> tuple[Values, Values]:
    """(n, K) ∑ x_{t-i} and (n, K, K) ∑ x_{t-i} x_{t-j} for all lags i and j, over t from `first` (n,) to the end."""
    lag, width = np.array(back), x.shape[1]
    low, high = np.triu_indices(len(lag))
    products = np.empty((len(x), len(lag), len(lag)))

    def over(values: Values, lags: Counts) -> Values:
        """(n, K) sums of values (n, L), the last L, at these lags."""
        running = np.zeros((len(values), values.shape[1] + 1))
        np.cumsum(values, axis=1, out=running[:, 1:])
        begin = first[:, None] - lags - (width - values.shape[1])
        found: Values = running[:, values.shape[1] - lags] - np.take_along_axis(running, begin, axis=1)
        return found

    apart = lag[high] - lag[low]
    order = np.argsort(apart, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(apart[order])) + 1):
        i, j, d = low[part], high[part], int(apart[part[0]])
        found = over(x[:, d:] * x[:, : width - d], lag[i])
        products[:, i, j] = products[:, j, i] = found
    return over(x, lag), products


def forecast(z: Values, horizon: int, one: Lags, coefficients: Values) -> Values:
    """(B, H), of the last values (B, L) before B origins, by (B, 1 + K) coefficients; naive where these are NaN."""
    width = z.shape[1]
    if width < one.reach + 1:
        return np.repeat(z[:, -1:], horizon, axis=1)
    x = np.diff(z, axis=1) if one.differences else z
    longest = max(one.back)
    held = np.concatenate(
        [x[:, -longest:].T, np.empty((horizon, len(z)))]
    )  # a step is a row: those are read as a whole
    places, slopes = longest - np.array(one.back), np.ascontiguousarray(coefficients[:, 1:].T)
    low, high = z.min(axis=1), z.max(axis=1)
    low, high = low - (high - low), high + (high - low)
    for step in range(horizon):
        made = coefficients[:, 0] + np.einsum("kb,kb->b", held[places + step], slopes)
        held[longest + step] = made if one.differences else np.clip(made, low, high)
    made = held[longest:]
    if one.differences:
        made = np.clip(z[:, -1] + np.cumsum(made, axis=0), low, high)
    found: Values = np.where(np.isfinite(coefficients[:, :1]), made.T, z[:, -1:])
    return found
