"""How good forecasts are, as the M4 competition measures it (Makridakis et al., 2020), and as probabilities.

    RMSE, MAE   in the units of the values
    sMAPE       the mean of 200 |y - f| / (|y| + |f|), in percent; 0 where both are 0
    MASE        |y - f| in units of d, the mean of all |y_s - y_{s-m}| up to the origin (Hyndman and Koehler, 2006)
    OWA         the mean of sMAPE and MASE, each relative to that of Naive2
    MSIS        of the interval of 95 %: its width, and 40 times what it misses by, in units of d (Gneiting and Raftery)
    CRPS        the mean pinball loss of many quantiles, twice: the continuous ranked probability score

sMAPE, MASE and MSIS are means over series and origins; what is missing is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel, Values

MISSED = 40.0  # 2 / α of an interval of 95 %


@dataclass(frozen=True, eq=False)
class Actual:
    """What came after B origins: values (B, H), NaN where missing; and d (B,), NaN where a series has not moved."""

    values: Values
    scale: Values

    @classmethod
    def of(cls, panel: Panel, origins: Origins, horizon: int, season: int) -> Actual:
        """With d by this season."""
        scale = np.empty(len(origins))
        for place, (row, end) in enumerate(zip(origins.rows, origins.ends, strict=True)):
            start = panel.offsets[row]
            y = panel.values[start : start + end]
            moves = np.abs(y[season:] - y[:-season]) if len(y) > season else np.zeros(0)
            moves = moves[np.isfinite(moves)]
            scale[place] = moves.mean() if len(moves) and moves.any() else np.nan
        return cls(panel.following(origins.rows, origins.ends, horizon), scale)

    def points(self, made: Values) -> dict[str, float]:
        """RMSE, MAE, sMAPE and MASE of forecasts (B, H)."""
        wrong = self.values - made
        size = np.abs(self.values) + np.abs(made)
        relative = np.where(
            size > 0, 200 * np.abs(wrong) / np.where(size > 0, size, 1.0), np.where(np.isnan(size), np.nan, 0.0)
        )
        return {
            "RMSE": float(np.sqrt(_mean(wrong**2))),
            "MAE": _mean(np.abs(wrong)),
            "sMAPE": _mean(_rows(relative)),
            "MASE": _mean(_rows(np.abs(wrong)) / self.scale),
        }

    def interval(self, low: Values, high: Values) -> dict[str, float]:
        """MSIS of intervals of 95 %."""
        y = self.values
        outside = np.maximum(low - y, 0) + np.maximum(y - high, 0)
        return {"MSIS": _mean(_rows(high - low + MISSED * outside) / self.scale)}

    def covered(self, low: Values, high: Values) -> float:
        """The share of values inside."""
        there = np.isfinite(self.values)
        inside = (low <= self.values) & (self.values <= high)
        return float(inside[there].mean()) if there.any() else float("nan")

    def ranked(self, quantiles: Values, levels: Values) -> dict[str, float]:
        """CRPS, of quantiles (B, H, L)."""
        gap = self.values[:, :, None] - quantiles
        return {"CRPS": 2 * _mean(np.maximum(levels * gap, (levels - 1) * gap))}

    def horizons(self, made: Values) -> list[dict[str, Any]]:
        """RMSE and MAE, step by step."""
        wrong = self.values - made
        return [
            {"h": place + 1, "RMSE": float(np.sqrt(_mean(one**2))), "MAE": _mean(np.abs(one))}
            for place, one in enumerate(wrong.T)
        ]


def overall(found: dict[str, float], naive2: dict[str, float]) -> float:
    """OWA."""
    return (found["sMAPE"] / naive2["sMAPE"] + found["MASE"] / naive2["MASE"]) / 2


def _rows(values: Values) -> Values:
    """(B,) the means of rows without what is missing; NaN where all is."""
    there = np.isfinite(values)
    count = there.sum(axis=1)
    sums = np.where(there, values, 0).sum(axis=1)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def _mean(values: Values) -> float:
    there = np.isfinite(values)
    return float(values[there].mean()) if there.any() else float("nan")
