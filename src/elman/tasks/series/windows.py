"""Windows: what a network reads before an origin, and what it is to say of the steps after it.

A step of the network is a piece of P values: first the last values before the origin, then the simple forecast of those
to come, as a draft. Both are measured from the mean of the window, in its standard deviations. The network says by how
much the draft is wrong: in units of how wrong drafts are, for this series and this horizon.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from elman.tasks.series import transforms
from elman.tasks.series.exogenous import Exogenous
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel, Values
from elman.tasks.series.static import Trait

FARTHEST = 8.0  # standard deviations of a window that the network sees, at most
PIECE, PIECES = 32, 12  # values of a piece, and pieces of the past, at most


class Seen(NamedTuple):
    """What a network reads: inputs (T, B, I), and of each origin what its answers are measured by."""

    inputs: NDArray[np.float32]
    draft: Values  # (B, H) in what the network sees
    kinds: NDArray[np.int64]  # (B, 1) transforms
    scale: Values  # (B, 1)
    counts: NDArray[np.bool_]  # (B, 1) of which series intervals are whole numbers


@dataclass(frozen=True)
class Windows:
    """How windows are made.

    Args:
        piece: P, values of a step.
        past: pieces before the origin.
        horizon: H.
        masked: whether the network also reads what is missing.
        centres: of each column that is known in advance, and what dates say, then of each that is known up to now, its
            mean. The network reads the former in the past and in the draft, the latter in the past; in its draft, they
            are 0.
        spreads: the standard deviation.
        traits: what is read of columns with one value for each series, at each step.
        counted: whether series of whole numbers are forecast as counts: not below 0, in intervals of whole numbers.
    """

    piece: int
    past: int
    horizon: int
    masked: bool
    centres: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()
    traits: tuple[Trait, ...] = ()
    counted: bool = False

    @classmethod
    def suited(cls, horizon: int, seasons: tuple[int, ...], longest: int, masked: bool) -> Self:
        """For this horizon, these seasons and this length of series."""
        short = [m for m in seasons if m <= PIECE]
        piece = short[0] if short else max(1, min(PIECE, horizon // 4))
        wanted = max(2 * horizon, 2 * max(seasons, default=1), 12 * min(piece, 2))
        past = max(1, min(PIECES if piece > 1 else 2 * PIECES, -(-min(wanted, longest) // piece)))
        return cls(piece, past, horizon, masked)

    def beside(self, panel: Panel) -> Self:
        """The same, which also reads what stands beside the values of series."""
        dates = np.zeros((1, panel.calendar.width if panel.calendar else 0))  # read as they are
        there = [_values(panel.exogenous), dates, _values(panel.past)]
        spreads = [spread for one in there for spread in np.nanstd(one, axis=0).tolist()]
        return replace(
            self,
            centres=tuple(centre for one in there for centre in np.nanmean(one, axis=0).tolist()),
            spreads=tuple(spread if spread > 0 else 1.0 for spread in spreads),
            traits=panel.static.traits if panel.static else (),
        )

    @property
    def inputs(self) -> int:
        """I: values, which of them are missing, columns, traits, the noise of the series, and whether it is a draft."""
        traits = sum(one.width for one in self.traits)
        return self.piece * (1 + self.masked + len(self.centres)) + traits + 2

    @property
    def width(self) -> int:
        """Values before the origin."""
        return self.piece * self.past

    @property
    def steps(self) -> int:
        """T."""
        return self.past + -(-self.horizon // self.piece)

    def read(self, panel: Panel, origins: Origins, made: Values, kinds: NDArray[np.int64], scale: Values) -> Seen:
        """What the network reads at B origins.

        Args:
            panel: the series.
            origins: B of them.
            made: (B, H) the simple forecasts.
            kinds: (N,) the transform of each series.
            scale: (N,) of each series.
        """
        of_each, size = kinds[origins.rows][:, None], scale[origins.rows][:, None]
        places = panel.reaching(origins.rows, origins.ends, self.width)
        past = transforms.forward(panel.filled[places], of_each)
        draft = transforms.forward(made, of_each)
        level = past.mean(axis=1, keepdims=True)
        unit = np.maximum(past.std(axis=1, keepdims=True), size)
        unit = np.where(unit > 0, unit, 1.0)
        ahead = np.pad(draft, ((0, 0), (0, (self.steps - self.past) * self.piece - self.horizon)), mode="edge")
        values = np.clip((np.concatenate([past, ahead], axis=1) - level) / unit, -FARTHEST, FARTHEST)
        shape = (len(origins), self.steps, self.piece)
        parts: list[Any] = [values.reshape(shape)]
        if self.masked:
            gone = np.isnan(panel.values[places])
            parts.append(np.concatenate([gone, np.zeros(ahead.shape, bool)], axis=1).reshape(shape))
        if self.centres:
            parts.append(
                self._columns(panel, origins).reshape(len(origins), self.steps, self.piece * len(self.centres))
            )
        if panel.static is not None:
            for trait, column in zip(self.traits, panel.static.columns, strict=True):
                parts.append(np.repeat(trait.read(column[origins.rows])[:, None], self.steps, axis=1))
        noise = np.log(np.maximum(size / unit, 1e-4)) / 4
        parts.append(np.repeat(noise[:, None], self.steps, axis=1))
        parts.append(np.repeat((np.arange(self.steps) >= self.past)[None, :, None], len(origins), axis=0))
        inputs = np.concatenate(parts, axis=2, dtype=np.float32, casting="unsafe")
        counts = panel.counts[origins.rows][:, None] & self.counted
        return Seen(np.ascontiguousarray(inputs.transpose(1, 0, 2)), draft, of_each, size, counts)

    def _columns(self, panel: Panel, origins: Origins) -> Values:
        """(B, T P, K) columns in their standard deviations; 0, the mean, where nothing is known at the origin."""
        found = np.full((len(origins), self.steps * self.piece, len(self.centres)), np.nan)
        rows = origins.rows[:, None]
        steps = origins.ends[:, None] + np.arange(-self.width, found.shape[1] - self.width)
        known = [panel.moved_by(rows, steps)] if panel.moving else []
        if panel.calendar is not None:
            known.append(panel.calendar.turns(panel.moments(rows, steps)))
        count = sum(one.shape[2] for one in known)
        if count:
            found[:, :, :count] = np.concatenate(known, axis=2)
        if panel.past is not None:
            found[:, : self.width, count:] = panel.past.at(rows, steps[:, : self.width])
        return np.nan_to_num(np.clip((found - self.centres) / self.spreads, -FARTHEST, FARTHEST))


def _values(columns: Exogenous | None) -> Values:
    """(S, K); no column where there are none."""
    return np.zeros((1, 0)) if columns is None else columns.values


def residuals(seen: Seen, actual: Values) -> Values:
    """(B, H): by how much drafts are wrong, in units of the scale; NaN where nothing is known."""
    wrong = transforms.forward(actual, seen.kinds) - seen.draft
    found: Values = np.where(seen.scale > 0, wrong / np.where(seen.scale > 0, seen.scale, 1.0), np.nan)
    return found


def values(seen: Seen, answers: Values) -> Values:
    """(B, H, …) in what was measured, of answers in units of the scale; of counts, nothing is below 0."""

    def wide(one: NDArray[Any]) -> NDArray[Any]:
        return one.reshape(one.shape + (1,) * (answers.ndim - 2))

    found = transforms.backward(wide(seen.draft) + wide(seen.scale) * answers, wide(seen.kinds))
    return np.where(wide(seen.counts) & (found < 0), 0.0, found)


def whole(low: Values, high: Values, middle: Values, counts: NDArray[np.bool_]) -> tuple[Values, Values]:
    """(B, H) edges of intervals; of counts (B, 1), the whole numbers inside, and those around the middle."""
    slack = [1e-9 * np.maximum(np.abs(edge), 1) for edge in (low, high)]  # of what is whole but for its rounding
    lowest = np.minimum(np.ceil(low - slack[0]), np.floor(middle)) + 0.0  # 0, where it is -0
    highest = np.maximum(np.floor(high + slack[1]), np.ceil(middle))
    return np.where(counts, lowest, low), np.where(counts, highest, high)
