"""Calibration: how far intervals have to reach, by what was held out: conformal prediction over rolling origins.

At origins that were held out, the error e of the median, in units of what the network said of it, is

    e / (median - low) below, e / (high - median) above    (Romano, Patterson and Candès, 2019, scaled)

Its quantiles, for each horizon, are kept. An interval of level p goes from the quantile (1 - p) / 2 to that of
(1 + p) / 2, in the same units: so intervals of higher levels hold those of lower ones, and all hold the median.

Where there are few errors that have no steps in common, n of them, quantiles reach farther: by the ratio of Student's
distribution of n degrees of freedom to the normal one. Those that so few errors do not show follow it, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from elman.tasks.series.panel import Counts, Values

LEVELS = (0.05, 0.5, 0.95)  # quantiles that networks say
GRID = np.concatenate([[0.001, 0.0025, 0.005], np.arange(1, 100) / 100, [0.995, 0.9975, 0.999]])
GRID = np.sort(np.concatenate([GRID, [0.025, 0.975]]))
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of what the network adds, one of which is taken
ENOUGH = 200  # errors for the quantiles of a horizon; with fewer, those of its neighbours count, too
RARE, LEAST = 3.0, 0.8  # errors that have to lie beyond a quantile, and the quantile that is always taken as it is
FEW = 20  # independent errors, below which their signs say nothing: each counts with both
BLOCKS = 8  # origins without steps in common, at least, for the network to add anything
SURE = 2.0  # standard errors: chance has more once in forty times
NARROWEST = 0.05  # in units of the scale, what the network may say of its error at least


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was found at origins that were held out.

    Args:
        share: of what the network adds to the simple forecast, by which the median is best: 0 to 1.
        quantiles: (H, G) of errors, at the levels of GRID.
        errors: how many there were.
    """

    share: float
    quantiles: Values
    errors: int

    @classmethod
    def none(cls, horizon: int) -> Self:
        """Where nothing was held out: as if errors were what the network says."""
        return cls(1.0, np.repeat(_plain()[None], horizon, axis=0), 0)

    @classmethod
    def of(cls, answers: Values, residuals: Values, blocks: Counts) -> Self:
        """By answers (B, H, 3) of the network, and what drafts were wrong by, (B, H); NaN where it is not known.

        Origins of the same block (B,) have steps in common, and so errors.
        """
        there = np.isfinite(residuals)
        if not there.any():
            return cls.none(residuals.shape[1])
        share = _share(answers[:, :, 1], residuals, blocks)
        median, low, high = spread(answers, share)
        errors = residuals - median
        scores = np.where(errors < 0, errors / low, errors / high)
        apart, steps = len(np.unique(blocks)), residuals.shape[1]
        quantiles = np.empty((steps, len(GRID)))
        for horizon in range(steps):
            count = min(there[:, horizon].sum(), apart * steps / (horizon + 1))
            quantiles[horizon] = _quantiles(_near(scores, there, horizon), max(1.0, count))
        quantiles = np.where(GRID < 0.5, np.minimum(quantiles, 0), np.maximum(quantiles, 0))
        return cls(share, quantiles, int(there.sum()))

    @property
    def lost(self) -> str:
        """What is to be known of the network alone; "" where all of what it adds is taken."""
        if self.share == 0:
            return "the network did not help: forecasts are simple forecasts, without it"
        return f"forecasts take {self.share:.0%} of what the network adds" if self.share < 1 else ""

    def interval(self, answers: Values, level: float) -> tuple[Values, Values]:
        """(B, H) from and to, in units of the scale, of a level in percent."""
        median, low, high = spread(answers, self.share)
        edges = [(1 - level / 100) / 2, (1 + level / 100) / 2]
        below, above = (np.array([np.interp(edge, GRID, row) for row in self.quantiles]) for edge in edges)
        return median + low * below, median + high * above

    def quantile(self, answers: Values, levels: Values) -> Values:
        """(B, H, L): what is below with these probabilities, in units of the scale."""
        median, low, high = spread(answers, self.share)
        there = np.stack([np.interp(levels, GRID, row) for row in self.quantiles])
        size = np.where(there < 0, low[:, :, None], high[:, :, None])
        found: Values = median[:, :, None] + size * there
        return found


def _share(medians: Values, residuals: Values, blocks: Counts) -> float:
    """How much of what the network adds is taken: what is best, if that is better by more than chance has it.

    The gain has to be larger than SURE standard errors over blocks, of which there have to be some.
    """
    there = np.isfinite(residuals)
    counts = np.bincount(blocks, there.sum(axis=1))
    known = counts > 0
    if known.sum() < BLOCKS:
        return 0.0

    def costs(share: float) -> Values:
        wrong = np.where(there, np.abs(residuals - share * medians), 0).sum(axis=1)
        return np.bincount(blocks, wrong)[known] / counts[known]

    plain, of_shares = costs(0.0), {share: costs(share) for share in SHARES}
    share = min(of_shares, key=lambda one: float(of_shares[one].mean()))
    gain = plain - of_shares[share]
    return share if gain.mean() > SURE * gain.std() / np.sqrt(len(gain)) else 0.0


def spread(answers: Values, share: float) -> tuple[Values, Values, Values]:
    """(B, H) each: the median, and how far the quantiles of the network are below and above it."""
    low, median, high = (answers[:, :, place] for place in range(3))
    return share * median, np.maximum(median - low, NARROWEST), np.maximum(high - median, NARROWEST)


def _near(scores: Values, there: NDArray[np.bool_], horizon: int) -> Values:
    """Those of a horizon, and of as many beside it as it takes."""
    for reach in range(scores.shape[1] + 1):
        part = slice(max(0, horizon - reach), horizon + reach + 1)
        found = scores[:, part][there[:, part]]
        if len(found) >= ENOUGH or part.stop - part.start > scores.shape[1] + horizon:
            break
    return found


def _quantiles(scores: Values, count: float) -> Values:
    """(G,) of scores, of which so many are independent."""
    if count < FEW:
        scores = np.concatenate([scores, -scores])
    sure = max(LEAST, 1 - RARE / count)
    inner = np.clip(GRID, 1 - sure, sure)
    there, z = _normal(inner), _normal(GRID)
    found: Values = np.quantile(scores, inner, method="weibull")
    return found * np.where(there != 0, _student(z, count) / np.where(there != 0, there, 1), 1)


def _student(z: Values, n: float) -> Values:
    """Quantiles of Student's distribution, by those of the normal one: the first terms of Cornish and Fisher (1960)."""
    found: Values = z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
    return found


def _normal(levels: Values) -> Values:
    """Quantiles of the normal distribution."""
    from statistics import NormalDist

    return np.array([NormalDist().inv_cdf(level) for level in levels])


def _plain() -> Values:
    """The same, in units of the 95 % point."""
    return _normal(GRID) / _normal(np.array(LEVELS[-1:]))
