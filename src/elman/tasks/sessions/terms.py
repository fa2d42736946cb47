"""Terms: what network, counts and clicks say about each item, as numbers.

Dense terms have a number for every item: `network`, its logit; `popularity` and `recent`, log counts. Sparse terms are
0 but for some items: log(1 + s/ε) of what each count says; whether an item is the last one, or was seen so many clicks
ago; whether the visitor had it in earlier sessions, how often, how long ago, and near to what is clicked now.

The context has a number for all items together: `length`, the logarithm of 1 + how many clicks there were; `visitor`,
whether there is a history; `popular`, log popularity of the last item.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman.tasks.sessions.counts import COUNTED, FOLLOWING, LOOKED_AT, Counts, latest_places
from elman.tasks.sessions.log import Items

Numbers = NDArray[np.float32]

DENSE = ("network", "popularity", "recent")
ACTION, NEXT = (COUNTED.index(name) for name in ("action", "next"))
SEEN = ("last", "seen_2", "seen_3_to_5", "seen_6_and_more")  # clicks ago, from 1
BEFORE = ("before", "before_count", "before_ago", "before_near")
SPARSE = (*COUNTED, *SEEN, *BEFORE)
TERMS = (*DENSE, *SPARSE)
CONTEXT = ("length", "visitor", "popular")
SOURCES = {"network": ("network",), "counts": (*DENSE[1:], *COUNTED), "repeats": SEEN, "history": BEFORE}

SEEN_FROM = (1, 2, 5)  # clicks ago, from 0, with which each of SEEN but the first begins
# ε of the counts
LEAST = np.array([1e-2 if kind.power else 1e-3 for kind in FOLLOWING.values()] + [1e-4, 1e-3], np.float32)[:, None]
NEAR, LEAST_NEAR = 10, 0.03  # events of the history that are near to one of them; ε of `before_near`
EMPTY = 0.5, 0.3  # what is added to popularity and recent popularity before the logarithm


class Sparse(NamedTuple):
    """The sparse terms of some items; they are 0 for all others."""

    items: Items  #: (C,)
    counts: NDArray[np.floating]  #: (8, C) by COUNTED
    given: NDArray[np.floating]  #: (8, F) by SEEN and BEFORE, of the first F; 0 of the others
    context: Numbers = np.zeros(len(CONTEXT), np.float32)  #: by CONTEXT

    @property
    def values(self) -> NDArray[np.float64]:
        """(F, C) by SPARSE."""
        found = np.zeros((len(SPARSE), len(self.items)))
        found[: len(COUNTED)] = self.counts
        found[len(COUNTED) :, : self.given.shape[1]] = self.given
        return found

    def of(self, dtype: np.dtype[Any]) -> Sparse:
        """With numbers of this type."""
        counts, given = (one.astype(dtype, copy=False) for one in (self.counts, self.given))
        return Sparse(self.items, counts, given, self.context)


class Evidence:
    """What counts and clicks say about the next item."""

    def __init__(self, counts: Counts) -> None:
        self.take(counts)

    def take(self, counts: Counts) -> None:
        """Goes on with other counts of the same items."""
        self.counts = counts
        #: (2, V) log popularity and recent log popularity.
        self.dense: Numbers = np.log([counts.popularity + EMPTY[0], counts.recent + EMPTY[1]]).astype(np.float32)

    def sparse(self, clicks: Items, history: Items, act: int = -1) -> Sparse:
        """The sparse terms after these clicks, of a visitor with this history.

        Args:
            clicks: of the session.
            history: of earlier sessions.
            act: what was done at the last click; -1: not known.
        """
        before, of_history = _before(clicks, history)
        seen, ago = latest_places(clicks)
        given = np.zeros((len(SEEN) + len(BEFORE), len(before) + len(seen)), np.float32)
        given[len(SEEN) :, : len(before)] = of_history
        given[np.searchsorted(SEEN_FROM, ago, side="right"), len(before) + np.arange(len(seen))] = 1
        items, counts, given = self.counts.said(clicks, np.concatenate([before, seen]), given)
        if self.counts.has_actions and len(clicks):
            counts[ACTION] = self._behind(int(clicks[-1]), act, items, counts[NEXT])
        counts /= LEAST
        counts += 1
        np.log(counts, out=counts)
        return Sparse(items, counts, given, self._context(clicks, history))

    def _context(self, clicks: Items, history: Items) -> Numbers:
        """By CONTEXT; of clicks, as many as count."""
        last = self.dense[0, clicks[-1]] if len(clicks) else 0.0
        return np.array([math.log1p(min(len(clicks), LOOKED_AT)), len(history) > 0, last], np.float32)

    def _behind(self, item: int, act: int, items: Items, without: Numbers) -> Numbers:
        """(K,) how often each of these items came right behind one and an action; `without` where that is not known."""
        if (row := self.counts.acted(item, act)) is None:
            return without.copy()
        found = np.zeros(self.counts.size, np.float32)
        found[row[0]] = row[1]
        return found[items]


def _before(clicks: Items, history: Items) -> tuple[Items, Numbers]:
    """Items of earlier sessions (N,), and their terms (4, N).

    These are: that it is there, log count, log of how many events ago, and how near to the clicks of now.
    """
    if not len(history):
        return history, np.zeros((len(BEFORE), 0), np.float32)
    items, places, counts = np.unique(history[::-1], return_index=True, return_counts=True)
    found = np.ones((len(BEFORE), len(items)), np.float32)
    found[1:] = np.log([counts, places + 1, 1 + _near(clicks, history, items) / LEAST_NEAR])
    return items, found


def _near(clicks: Items, history: Items, items: Items) -> NDArray[np.float64]:
    """Of each of the sorted items of a history, how near it is there to the latest clicks: the sum of 1/d for d events.

    It does not know where a session ends.
    """
    latest = clicks[::-1][:LOOKED_AT]
    if not len(latest):
        return np.zeros(len(items))
    fading = 1 / (1 + np.arange(len(latest))) ** 2
    weights = (history[:, None] == latest) @ (fading / fading.sum())
    spots = np.flatnonzero(weights)
    apart = np.concatenate([np.arange(-NEAR, 0), np.arange(1, NEAR + 1)])
    around = spots[:, None] + apart
    there = (around >= 0) & (around < len(history))
    places = np.searchsorted(items, history[around[there]])
    return np.bincount(places, (weights[spots, None] / abs(apart))[there], len(items)).astype(np.float64)


def switched_off(without: Sequence[str]) -> set[str]:
    """The terms of sources, and what of the context is theirs."""
    context = {"visitor"} if "history" in without else set()
    return context.union(*(SOURCES[source] for source in without))
