"""Origins: places in the past of series from which what came after them is forecast, to see how good that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.tasks.series.panel import Counts, Panel

SPAN = 4  # a fourth of a series, at most, lies behind the first origin that is held out, and another horizon
SHORTEST = 96  # steps between the first and the last of these origins, if the series is long enough
MANY, LEAST, MOST = 3000, 4, 200  # origins that are held out, of all series; of each, at least and at most
BLOCKS = 60  # origins without steps in common that are held out, of all series together, if they are long enough
CONTEXT = 3  # values before an origin, at least


@dataclass(frozen=True)
class Origins:
    """Ends of what is known: the series of each, and how many of its values come before."""

    rows: Counts
    ends: Counts

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, which: NDArray[Any] | slice) -> Self:
        """Some of them."""
        return type(self)(self.rows[which], self.ends[which])

    @classmethod
    def last(cls, panel: Panel, before: Counts | None = None) -> Self:
        """One for each series: its end, or `before` (N,)."""
        return cls(np.arange(len(panel)), panel.lengths if before is None else before)


def farthest(length: int) -> int:
    """How many steps ahead can be learned of a series of so many, one origin being held out; 0 or below: none."""
    return length - max(CONTEXT, length // 3)


def shortest(horizon: int) -> int:
    """The steps of the shortest series of which that many ahead can be learned."""
    return max(horizon + CONTEXT, (3 * horizon - 1) // 2)


def at_the_end(panel: Panel, upto: Counts, horizon: int, seasons: tuple[int, ...]) -> Origins:
    """Origins in the last part of each series up to `upto` (N,), a horizon before that at the latest."""
    apart = -(-BLOCKS // len(panel)) * horizon  # of few series, more is held out
    span = np.minimum(upto // SPAN, max(2 * horizon, 2 * max(seasons, default=1), SHORTEST, apart))
    return _spread(panel, upto, horizon, span)


def last_half(panel: Panel, upto: Counts, horizon: int) -> Origins:
    """Origins in the last half of each series up to `upto` (N,), or its last fourth, if the horizon is that long."""
    return _spread(panel, upto, horizon, np.maximum(upto - horizon - upto // 2, upto // SPAN))


def _spread(panel: Panel, upto: Counts, horizon: int, span: Counts) -> Origins:
    """Origins within `span` (N,) steps, equally far apart."""
    most = min(MOST, max(LEAST, MANY // len(panel)))
    step = np.maximum(span / most, 1.0)
    ends = upto[:, None] - horizon - np.floor(step[:, None] * np.arange(most)).astype(np.int64)
    there = (ends > (upto - horizon - np.maximum(span, 1))[:, None]) & (ends >= np.maximum(CONTEXT, upto // 3)[:, None])
    rows = np.repeat(np.arange(len(panel)), most).reshape(ends.shape)
    return Origins(rows[there], ends[there])
