"""What a network begins with: of each series, the weighted mean of simple forecasts, by how good they were on it.

All are tried on y, √y and log(1 + y), where no value is negative. They are fitted to what was known before rolling
origins, and weighed by their mean absolute errors E after these: as E to the power of -p (the sum is 1). How sharp that
is, p, is what was best for all series together: by weights of the older half of the origins, tried on the newer half,
and the other way round.

Where columns are known in advance, all this is said of y - ∑ b_k x_k, and the sum is added again to what comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from elman.tasks.series import autoregression, simple, transforms
from elman.tasks.series.exogenous import effects
from elman.tasks.series.noise import noise
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Counts, Panel, Values
from elman.tasks.series.weighing import sharpness, weighed
from elman.telling import so_far

KINDS = range(len(transforms.TRANSFORMS))  # transforms under which simple forecasts are made
SAMPLE = 1 << 25  # numbers of forecasts by which p is chosen, at most
AT_ONCE = 1 << 21  # numbers that are held at a time
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
        effects: (N, K) b, of each column that is known in advance; None where there are none.
    """

    seasons: tuple[int, ...]
    weights: Values
    coefficients: list[list[Values]]
    early: Values
    count: Counts
    kinds: Counts
    effects: Values | None = None

    # --- how it is made ---

    @classmethod
    def fit(
        cls, panel: Panel, upto: Counts, tried: Origins, horizon: int, seasons: tuple[int, ...], log: str
    ) -> tuple[Self, Values]:
        """Fitted and weighed; and (N,) how wrong it was on the whole, in what the network sees: the scale of each.

        Args:
            panel: the series.
            upto: (N,) how many values of each may be seen.
            tried: origins, with the horizon behind them before `upto`, by which forecasts are weighed.
            horizon: H.
            seasons: lengths of seasons.
            log: "auto", "none" or "log1p": what is tried.
        """
        work = "steps of five to fit simple forecasts"
        so_far(work, 0, 5)
        before = upto.copy()
        np.minimum.at(before, tried.rows, tried.ends)
        first = cls._fitted(panel, before, seasons, log)
        so_far(work, 1, 5)
        errors = first.errors(panel, tried, horizon)
        so_far(work, 2, 5)
        power = first._sharpness(panel, tried, horizon)
        so_far(work, 3, 5)
        made = first.weighed(errors, power).forecast(panel, tried, horizon)
        kinds, scale = noise(panel, upto, made, tried, log)
        so_far(work, 4, 5)
        return replace(cls._fitted(panel, upto, seasons, log).weighed(errors, power), kinds=kinds), scale

    def _sharpness(self, panel: Panel, tried: Origins, horizon: int) -> int:
        """How sharp weights are, by as many series as there is room for."""
        panel = self.without(panel)
        room = SAMPLE // (self.weights.shape[1] * horizon)
        few = tried.part(tried.rows < len(panel) * min(1.0, room / max(1, len(tried))))
        middle = np.zeros(len(panel))
        for row in np.unique(few.rows):
            middle[row] = np.median(few.ends[few.rows == row])
        late = few.ends > middle[few.rows]
        actual = panel.following(few.rows, few.ends, horizon)
        return sharpness(self._all(panel, few, horizon), actual, few.rows, late, self.weights > 0, self._size)

    @property
    def _size(self) -> Values:
        """(N,) of the first value."""
        found: Values = np.abs(self.early[:, 0, 0])
        return found

    def _all(self, panel: Panel, origins: Origins, horizon: int) -> Values:
        """(B, 3 C, H) all forecasts; 0 where nobody wants one."""
        found = np.zeros((len(origins), self.weights.shape[1], horizon))
        for part in self._parts(len(origins), self.width + 4 * horizon):
            some = origins.part(part)
            for number, made in enumerate(self._each(panel, some, horizon, self.weights[some.rows])):
                if made is not None:
                    found[part, number] = made
        return found

    @classmethod
    def _fitted(cls, panel: Panel, upto: Counts, seasons: tuple[int, ...], log: str) -> Self:
        """With coefficients, and equal weights."""
        moves = None
        if panel.exogenous is not None:
            known = [values[:stop] for values, stop in zip(panel, upto, strict=True)]
            beside = [panel.exogenous.of(row)[:stop] for row, stop in enumerate(upto)]
            moves = effects(known, beside, panel.season)
            panel = _apart(panel, moves)
        size = len(simple.names(seasons)) + len(autoregression.lags(seasons))
        above = panel.above
        wanted = [np.full(len(panel), log in ("auto", name)) for name in transforms.TRANSFORMS]
        allowed = np.stack([wanted[0] | ~above, *(one & above for one in wanted[1:])], axis=1)
        made = cls(seasons, np.repeat(allowed.astype(float), size, axis=1), [], _early(panel, seasons),
                   np.zeros(len(panel), np.int64), np.zeros(len(panel), np.int64), moves)  # fmt: skip
        lags = autoregression.lags(seasons)
        width = int(min(upto.max(), max(made.width, 1024)))
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
        return replace(self, weights=weighed(errors, self.weights > 0, self._size, power))

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
        if self.effects is not None and panel.exogenous is not None:
            known = panel.exogenous.between(origins.rows, origins.ends, 0, horizon)
            found += (known * self.effects[origins.rows][:, None]).sum(axis=2)
            panel = self.without(panel)
        for part in self._parts(len(origins), self.width + 4 * horizon):
            some = origins.part(part)
            weights = self.weights[some.rows]
            total = np.zeros((len(some), horizon))
            for number, made in enumerate(self._each(panel, some, horizon, weights)):
                if made is not None:
                    total += weights[:, number, None] * made
            found[part] += total
            so_far("origins from which a simple forecast is made", part.start + len(some), len(origins))
        return found

    def errors(self, panel: Panel, origins: Origins, horizon: int) -> Values:
        """(N, 3 C) the mean absolute errors of each forecast after these origins; NaN where there are none."""
        panel = self.without(panel)
        sums = np.zeros(self.weights.shape)
        counts = np.zeros((len(panel), 1))
        for part in self._parts(len(origins), self.width + 4 * horizon):
            some = origins.part(part)
            actual = panel.following(some.rows, some.ends, horizon)
            there = np.isfinite(actual)
            np.add.at(counts[:, 0], some.rows, there.sum(axis=1))
            for number, made in enumerate(self._each(panel, some, horizon, self.weights[some.rows])):
                if made is not None:
                    wrong = np.where(there, np.abs(made - actual), 0).sum(axis=1)
                    np.add.at(sums[:, number], some.rows, wrong)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

    def _each(self, panel: Panel, origins: Origins, horizon: int, weights: Values) -> Any:
        """(B, H) of each forecast; None where nobody wants it."""
        size = weights.shape[1] // len(KINDS)
        window = panel.filled[panel.reaching(origins.rows, origins.ends, self.width)]
        length = origins.ends + self.count[origins.rows]
        lags = autoregression.lags(self.seasons)
        for place, kind in enumerate(KINDS):
            if not weights[:, size * place : size * (place + 1)].any():
                yield from [None] * size
                continue
            z = transforms.forward(window, kind)
            slopes = self._slopes(z, length, self.early[origins.rows, place])
            for made in simple.forecasts(z, length, horizon, self.seasons, slopes):
                yield transforms.backward(made, kind)
            for one, coefficients in zip(lags, self.coefficients[place], strict=True):
                yield transforms.backward(autoregression.forecast(z, horizon, one, coefficients[origins.rows]), kind)

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
    if panel.exogenous is None:
        return panel
    rows = np.repeat(np.arange(len(panel)), panel.lengths)
    known = panel.exogenous.at(rows, np.arange(len(rows)) - panel.offsets[rows])
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
