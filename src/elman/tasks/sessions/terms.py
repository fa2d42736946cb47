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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman.tasks.sessions.counts import FOLLOWING, LOOKED_AT, Counts, latest_places
from elman.tasks.sessions.log import Items

Numbers = NDArray[np.float32]

DENSE = ("network", "popularity", "recent")
COUNTED = (*FOLLOWING, "neighbours", "action")
NEIGHBOURS, ACTION, NEXT = (COUNTED.index(name) for name in ("neighbours", "action", "next"))
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


class Part(NamedTuple):
    """Sparse terms that stand side by side, of the first of some items; they are 0 for all others."""

    first: int  #: the place of the first one in SPARSE
    values: NDArray[np.floating]  #: (F, N)


class Sparse(NamedTuple):
    """The sparse terms of some items; they are 0 for all others."""

    items: Items  #: (K,)
    parts: tuple[Part, ...]
    context: tuple[float, ...] = (0.0,) * len(CONTEXT)

    @property
    def values(self) -> NDArray[np.float64]:
        """(K, F) by SPARSE."""
        found = np.zeros((len(self.items), len(SPARSE)))
        for first, values in self.parts:
            terms, count = values.shape
            found[:count, first : first + terms] = values.T
        return found

    def weighted(self, weights: NDArray[np.floating]) -> NDArray[np.floating]:
        """(K,) the sum of all terms of an item, each with its weight (F,)."""
        found = np.zeros(len(self.items), weights.dtype)
        for first, values in self.parts:
            terms, count = values.shape
            if not count:
                continue
            # Not `@`, whose threads would wait for each other where a process answers for each core.
            found[:count] += np.einsum("fk,f->k", values, weights[first : first + terms])
        return found


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
        begin = np.concatenate([before, seen])
        items, shares = self.counts.neighbouring(clicks, begin)
        items, found = self.counts.followed(clicks, items)
        counted = {0: found, NEIGHBOURS: shares[None]}
        if self.counts.has_actions and len(clicks):
            counted[ACTION] = self._behind(int(clicks[-1]), act, items, found[NEXT])[None]
        for first, values in counted.items():
            values /= LEAST[first : first + len(values)]
            values += 1
            np.log(values, out=values)
        kinds = np.zeros(self.counts.size, np.int8)
        kinds[seen] = 1 + np.searchsorted(SEEN_FROM, ago, side="right")
        repeated = kinds[items[: len(begin)]] == np.arange(1, 1 + len(SEEN))[:, None]
        parts = {**counted, len(COUNTED): repeated.astype(np.float32), len(COUNTED) + len(SEEN): of_history}
        return Sparse(items, tuple(Part(*each) for each in parts.items()), self._context(clicks, history))

    def _context(self, clicks: Items, history: Items) -> tuple[float, ...]:
        """By CONTEXT; of clicks, as many as count."""
        last = float(self.dense[0, clicks[-1]]) if len(clicks) else 0.0
        return math.log1p(min(len(clicks), LOOKED_AT)), float(len(history) > 0), last

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
