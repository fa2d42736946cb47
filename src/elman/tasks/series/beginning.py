"""What a network begins with: of each series, the weighted mean of simple forecasts, by how good they were on it.

All are tried on y, √y and log(1 + y), where no value is negative. How they are fitted and weighed: `fitting`.

Where columns are known in advance, all this is said of y - ∑ b_k x_k, and the sum is added again to what comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from elman.tasks.series import autoregression, simple, transforms
from elman.tasks.series.exogenous import effects
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Counts, Panel, Values
from elman.tasks.series.weighing import weighed
from elman.telling import so_far

KINDS = range(len(transforms.TRANSFORMS))  # transforms under which simple forecasts are made
AT_ONCE = 1 << 21  # numbers that are held at a time
FITTED = 1 << 14  # values of a series, the last ones, to which autoregressions are fitted, at most
LEAST = 64  # values before an origin that forecasts see, at least, where there are as many


@dataclass(frozen=True)
class Beginning:
    """The simple forecast of N series.

    Args:
        seasons: lengths of seasons, in steps; none or more.
        weights: (N, 3 C) of C simple forecasts of the values, of their roots, and of the logarithms.
        coefficients: for each of the three, for each of the autoregressions, (N, 1 + K).
        early: (N, 3, 1 + S) sums of the first value, and of the first season of each length.
        count: (N,) values before those of the panel that it is used with.
        kinds: (N,) the transform of each series under which errors are alike, large values or small: the network's.
        effects: (N, K) b, of each column that is known in advance, and of holidays; None where there are none.
    """

    seasons: tuple[int, ...]
    weights: Values
    coefficients: list[list[Values]]
    early: Values
    count: Counts
    kinds: Counts
    effects: Values | None = None

    # --- how it is made ---

    @property
    def size(self) -> Values:
        """(N,) of the first value."""
        found: Values = np.abs(self.early[:, 0, 0])
        return found

    def all(self, panel: Panel, origins: Origins, horizon: int) -> Values:
        """(B, 3 C, H) all forecasts; 0 where nobody wants one."""
        found = np.zeros((len(origins), self.weights.shape[1], horizon))
        for part in self._parts(len(origins), self.width + 4 * horizon):
            some = origins.part(part)
            for number, wanted, made in self._each(panel, some, horizon, self.weights[some.rows]):
                found[part.start + wanted, number] = made
        return found

    @classmethod
    def of(cls, panel: Panel, upto: Counts, seasons: tuple[int, ...], log: str) -> Self:
        """With coefficients by `upto` (N,) values of each series, and equal weights."""
        moves = None
        if panel.moving:
            known = [values[:stop] for values, stop in zip(panel, upto, strict=True)]
            beside = [panel.moved_by(np.array(row), np.arange(stop)) for row, stop in enumerate(upto)]
            moves = effects(known, beside, panel.season)
            panel = _apart(panel, moves)
        size = len(simple.names(seasons)) + len(autoregression.lags(seasons))
        above = panel.above
        wanted = [np.full(len(panel), log in ("auto", name)) for name in transforms.TRANSFORMS]
        allowed = np.stack([wanted[0] | ~above, *(one & above for one in wanted[1:])], axis=1)
        made = cls(seasons, np.repeat(allowed.astype(float), size, axis=1), [], _early(panel, seasons),
                   np.zeros(len(panel), np.int64), np.zeros(len(panel), np.int64), moves)  # fmt: skip
        lags = autoregression.lags(seasons)
        width = int(min(upto.max(), max(made.width, FITTED)))
        for kind in KINDS:
            found = [np.full((len(panel), 1 + len(one.back)), np.nan) for one in lags]
            for part in made._parts(len(panel), width):
                rows = np.arange(len(panel))[part]
                z = transforms.forward(panel.filled[panel.reaching(rows, upto[rows], width)], kind)
                for one, values in zip(lags, found, strict=True):
                    values[rows] = autoregression.fit(z, np.minimum(upto[rows], width), one)
            made.coefficients.append(found)
        return made

    def weighed(self, errors: Values, power: int) -> Self:
        """With weights by errors (N, 3 C); NaN where there are none."""
        return replace(self, weights=weighed(errors, self.weights > 0, self.size, power))

    def anew(self, panel: Panel) -> Self:
        """Of other values of the same series; all of them are in the panel."""
        return replace(self, early=_early(self.without(panel), self.seasons), count=np.zeros(len(panel), np.int64))

    def some(self, numbers: Counts) -> Self:
        """Of some of the series."""
        return replace(
            self,
            weights=self.weights[numbers],
            coefficients=[[values[numbers] for values in each] for each in self.coefficients],
            early=self.early[numbers],
            count=self.count[numbers],
            kinds=self.kinds[numbers],
            effects=None if self.effects is None else self.effects[numbers],
        )

    def beside(self, other: Self) -> Self:
        """Of these series, and others behind them."""
        joined = [[np.concatenate(pair) for pair in zip(*pairs, strict=True)]
                  for pairs in zip(self.coefficients, other.coefficients, strict=True)]  # fmt: skip
        return replace(
            self,
            weights=np.concatenate([self.weights, other.weights]),
            coefficients=joined,
            early=np.concatenate([self.early, other.early]),
            count=np.concatenate([self.count, other.count]),
            kinds=np.concatenate([self.kinds, other.kinds]),
            effects=None
            if self.effects is None or other.effects is None
            else np.concatenate([self.effects, other.effects]),
        )

    # --- what it says ---

    def without(self, panel: Panel) -> Panel:
        """The series without the effects of what is known in advance."""
        return panel if self.effects is None else _apart(panel, self.effects)

    @property
    def width(self) -> int:
        """Values before an origin that forecasts see."""
        return max(LEAST, *(simple.BLOCKS * m + 2 for m in self.seasons), LEAST)

    def names(self) -> list[str]:
        """Of all forecasts, in the order of their weights."""
        single = simple.names(self.seasons) + [one.name for one in autoregression.lags(self.seasons)]
        return [f"{prefix}{name}" for prefix in ("", "root ", "log ") for name in single]

    def forecast(self, panel: Panel, origins: Origins, horizon: int) -> Values:
        """(B, H) from B origins."""
        found = np.zeros((len(origins), horizon))
        if self.effects is not None:
            known = panel.moved_by(origins.rows[:, None], origins.ends[:, None] + np.arange(horizon))
            found += (known * self.effects[origins.rows][:, None]).sum(axis=2)
            panel = self.without(panel)
        for part in self._parts(len(origins), self.width + 4 * horizon):
            some = origins.part(part)
            weights = self.weights[some.rows]
            total = np.zeros((len(some), horizon))
            for number, wanted, made in self._each(panel, some, horizon, weights):
                if len(wanted) == len(total):  # without a copy
                    total += weights[:, number, None] * made
                else:
                    total[wanted] += weights[wanted, number, None] * made
            found[part] += total
            so_far("origins from which a simple forecast is made", part.start + len(some), len(origins))
        return found

    def errors(self, panel: Panel, origins: Origins, horizon: int) -> tuple[Values, Values]:
        """(N, 3 C) the sums of absolute errors of each forecast after these origins, and (N, 1) of how many values."""
        panel = self.without(panel)
        sums = np.zeros(self.weights.shape)
        counts = np.zeros((len(panel), 1))
        for part in self._parts(len(origins), self.width + 4 * horizon):
            some = origins.part(part)
            actual = panel.following(some.rows, some.ends, horizon)
            there = np.isfinite(actual)
            np.add.at(counts[:, 0], some.rows, there.sum(axis=1))
            for number, wanted, made in self._each(panel, some, horizon, self.weights[some.rows]):
                wrong = np.where(there[wanted], np.abs(made - actual[wanted]), 0).sum(axis=1)
                np.add.at(sums[:, number], some.rows[wanted], wrong)
        return sums, counts

    def _each(
        self, panel: Panel, origins: Origins, horizon: int, weights: Values
    ) -> Iterator[tuple[int, Counts, Values]]:
        """Of each forecast that a series has a weight for: its number, which R origins want it, and (R, H)."""
        lags = autoregression.lags(self.seasons)
        size = weights.shape[1] // len(KINDS)
        window = panel.filled[panel.reaching(origins.rows, origins.ends, self.width)]
        length = origins.ends + self.count[origins.rows]
        for place, kind in enumerate(KINDS):
            of_kind = weights[:, size * place : size * (place + 1)] > 0
            some = np.flatnonzero(of_kind.any(axis=1))
            if not len(some):
                continue
            rows, of_kind = origins.rows[some], of_kind[some]
            z = transforms.forward(window[some], kind)
            slopes = self._slopes(z, length[some], self.early[rows, place])
            simply = simple.forecasts(z, length[some], horizon, self.seasons, slopes)
            for number, made in enumerate(simply):
                asked = of_kind[:, number]
                if asked.all():
                    yield size * place + number, some, transforms.backward(made, kind)
                elif asked.any():
                    yield size * place + number, some[asked], transforms.backward(made[asked], kind)
            for number, (one, fitted) in enumerate(zip(lags, self.coefficients[place], strict=True), size - len(lags)):
                wanted = np.flatnonzero(of_kind[:, number])
                if len(wanted):
                    made = autoregression.forecast(z[wanted], horizon, one, fitted[rows[wanted]])
                    yield size * place + number, some[wanted], transforms.backward(made, kind)

    def _slopes(self, z: Values, length: Counts, early: Values) -> dict[int, Values]:
        """(B, 1) of each m: the mean of all z_s - z_{s-m} of the series, even of what is not in the window."""
        found = {}
        for place, m in enumerate((1, *self.seasons)):
            late = z[:, -m:].sum(axis=1)
            pairs = length - m
            found[m] = np.where(pairs > 0, (late - early[:, place]) / np.maximum(pairs, 1), 0.0)[:, None]
        return found

    @staticmethod
    def _parts(count: int, width: int) -> list[slice]:
        size = max(1, AT_ONCE // max(1, width))
        return [slice(first, first + size) for first in range(0, count, size)]


def _apart(panel: Panel, moves: Values) -> Panel:
    """The series without what columns move them by."""
    rows = np.repeat(np.arange(len(panel)), panel.lengths)
    known = panel.moved_by(rows, np.arange(len(rows)) - panel.offsets[rows])
    return replace(panel, values=panel.values - (known * moves[rows]).sum(axis=1))


def _early(panel: Panel, seasons: tuple[int, ...]) -> Values:
    """(N, 3, 1 + S)."""
    found = np.zeros((len(panel), len(KINDS), 1 + len(seasons)))
    starts = panel.offsets[:-1]
    for number, kind in enumerate(KINDS):
        sums = np.concatenate([[0.0], np.cumsum(transforms.forward(panel.filled, kind))])
        for place, m in enumerate((1, *seasons)):
            found[:, number, place] = sums[np.minimum(starts + m, panel.offsets[1:])] - sums[starts]
    return found
