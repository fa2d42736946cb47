"""Counts: what followed what in a log, and how popular items are; what they say about the next item.

Four counts of pairs, each divided by how often the item that was clicked is in the log:

- near: two items in one session, 1/d for a distance of d events, in either order (two-sided co-sequence)
- after: the same, where the second one came later (sequential rules; Kamehkhosh, Jannach & Ludewig, 2017)
- next: the second one came right behind the first (Markov)
- together: two items in one session, however far apart

action: the second one came right behind the first and the same action there, divided by how often these two are in the
log. Of an action that is not known, it is `next`.

neighbours: what is in the sessions that are most like this one (VS-kNN; Ludewig & Jannach, 2018), of the latest ones
with the same items, as VMIS-kNN looks for them (Kersbergen, Sprangers & Schelter, 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman._engine import gather, pairs, sessions_with
from elman.copies import cached_property
from elman.tasks.sessions.log import NONE, Items, Log

Vector = NDArray[np.float32]
Entries = NDArray[np.int64]

WINDOW = 50  # events between two of a pair, at most
PARTNERS = 1000  # items that are counted with one, at most: the nearest ones
LATEST = 500  # sessions with an item that are looked at
NEIGHBOURS = 500  # of these, the most similar ones
LOOKED_AT = 30  # clicks that count, from the last one
RECENT = 7 * 86400.0  # seconds
PAIRS = ("near", "after", "next", "together")


class Following(NamedTuple):
    """A kind of evidence: a count of pairs, and what a click counts."""

    pairs: str  #: of PAIRS
    fading: Callable[[NDArray[np.float64]], NDArray[np.float64]]  #: by its place from the last one, 0
    power: float = 0.0  #: of how often the item is in the log: 0.5 takes back a half of the division


FOLLOWING = {
    "near": Following("near", lambda place: 1 / (1 + place) ** 2),
    "near_last": Following("near", lambda place: 1.0 * (place == 0)),
    "near_root": Following("near", lambda place: 1 / (1 + place) ** 2, 0.5),
    "after": Following("after", lambda place: 1 / (1 + place) ** 2),
    "next": Following("next", lambda place: 1.0 * (place == 0)),
    "together": Following("together", lambda place: 1 / (1 + place)),
}


_PLACES = np.arange(LOOKED_AT, dtype=float)
_FADING = np.stack([kind.fading(_PLACES) for kind in FOLLOWING.values()], axis=1)  # (LOOKED_AT, K)
_POWERS = np.array([kind.power for kind in FOLLOWING.values()])
_WHICH = np.array([PAIRS.index(kind.pairs) for kind in FOLLOWING.values()])
_ONE = np.zeros(1, np.int64)


class Counts:
    """Of a log of so many items."""

    def __init__(self, log: Log, items: int) -> None:
        self.log, self.size = log, items
        self.popularity = np.bincount(log.items, minlength=items).astype(np.float64)
        recent = log.times > log.times[-1] - RECENT if len(log) else np.zeros(0, bool)
        weights = np.repeat(recent, log.lengths).astype(float)
        self.recent = np.bincount(log.items, weights, minlength=items)
        self.has_actions = log.acts is not None
        #: Rows of what is met with each item: where they begin (V+1,), items (N,), and (N, 4) by PAIRS.
        self.starts, self.columns, self.values = pairs(log.items, log.starts, items, WINDOW, PARTNERS)

    @cached_property
    def _sessions_with(self) -> tuple[Entries, Items]:
        """Rows of the sessions that have each item, each once, in order: where they begin, and the sessions."""
        return sessions_with(self.log.items, self.log.starts, self.size)

    @cached_property
    def _shares(self) -> NDArray[np.float64]:
        """What an item that is in a session counts there: one over the root of the session's length."""
        return np.asarray(1 / np.sqrt(np.maximum(self.log.lengths, 1)))

    @cached_property
    def _acted(self) -> tuple[Entries, Entries, Items, Vector]:
        """Keys of items with actions, in order; rows of what came right behind each: the same keys, items, values."""
        items, acts, size = self.log.items.astype(np.int64), self.log.acts, self.size
        assert acts is not None
        session = np.repeat(np.arange(len(self.log)), self.log.lengths)
        keys, known = items * self._actions + acts, acts >= 0
        met, often = np.unique(keys[known], return_counts=True)
        followed = known[:-1] & (session[:-1] == session[1:])
        pairs, counts = np.unique(keys[:-1][followed] * size + items[1:][followed], return_counts=True)
        begin, behind = np.divmod(pairs, size)
        values = counts / (often[np.searchsorted(met, begin)] + 1)
        return met, begin, behind.astype(np.int32), values.astype(np.float32)

    @cached_property
    def _actions(self) -> int:
        return 0 if self.log.acts is None else 1 + int(self.log.acts.max(initial=-1))

    def acted(self, item: int, act: int) -> tuple[Items, Vector] | None:
        """Items that came right behind this one and this action, and how often; None where nobody did that with it."""
        if not 0 <= act < self._actions:
            return None
        keys, begin, items, values = self._acted
        key = item * self._actions + act
        if not np.subtract(*np.searchsorted(keys, [key + 1, key])):
            return None
        row = slice(*np.searchsorted(begin, [key, key + 1]))
        return items[row], values[row]

    def near(self, item: int) -> tuple[Items, Vector]:
        """Items that are in sessions with this one, and how near to it they are."""
        row = slice(self.starts[item], self.starts[item + 1])
        return self.columns[row], self.values[row, PAIRS.index("near")]

    def following(self, kind: str, clicks: Items) -> Vector:
        """(V,) what a kind of evidence says after these clicks."""
        found = np.zeros(self.size, np.float32)
        items, sums = self.followed(clicks, NONE)
        found[items] = sums[list(FOLLOWING).index(kind)]
        return found

    def followed(self, clicks: Items, begin: Items) -> tuple[Items, Vector]:
        """What all kinds of evidence say after these clicks: of (C,) items, `begin` first, (K, C) by FOLLOWING.

        It is 0 of all other items.
        """
        latest = clicks[::-1][:LOOKED_AT]
        fading = _FADING[: len(latest)]
        weights = fading / fading.sum(axis=0) * (self.popularity[latest, None] + 1) ** _POWERS
        rows = self.starts[latest], self.starts[latest + 1]
        return gather(begin, *rows, self.columns, self.values, _WHICH, weights.astype(np.float32), self.size)

    def similar(self, clicks: Items, when: float | None = None) -> tuple[Items, NDArray[np.float64]]:
        """Sessions with some of these items, and how similar they are: the latest click counts most.

        Args:
            clicks: of a session.
            when: where the time of a session counts (STAN; Garg et al., 2019): seconds of this one.
        """
        starts, sessions = self._sessions_with
        latest, places = latest_places(clicks[-LOOKED_AT:])
        rows = np.maximum(starts[latest], starts[latest + 1] - LATEST), starts[latest + 1]
        weights = np.float32(0.85) ** places[:, None].astype(np.float32)
        similar, sums = gather(NONE, *rows, sessions, None, _ONE, weights, len(self.log))
        values = sums[0] * self._shares[similar]
        if when is not None:
            values = values * np.exp(-np.maximum(when - self.log.times[similar], 0) / (5 * 86400))
        if len(similar) > NEIGHBOURS:
            best = np.argpartition(-values, NEIGHBOURS)[:NEIGHBOURS]
            similar, values = similar[best], values[best]
        return similar, values

    def neighbours(self, clicks: Items) -> Vector:
        """(V,) the share of the neighbours, by how similar they are, that have an item."""
        found = np.zeros(self.size, np.float32)
        items, shares = self.neighbouring(clicks, NONE)
        found[items] = shares
        return found

    def neighbouring(self, clicks: Items, begin: Items) -> tuple[Items, Vector]:
        """The same of (C,) items, `begin` first, and (C,) their shares; 0 of all other items."""
        similar, values = self.similar(clicks)
        weights = (values / max(values.sum(), 1e-30)).astype(np.float32)[:, None]
        rows = self.log.starts[similar], self.log.starts[similar + 1]
        items, sums = gather(begin, *rows, self.log.items, None, _ONE, weights, self.size)
        return items, sums[0]


def latest_places(clicks: Items) -> tuple[Items, Entries]:
    """Each item once, and how many clicks ago the last one was, from 0."""
    ago = dict(zip(clicks.tolist(), range(len(clicks) - 1, -1, -1), strict=True))
    return np.array(list(ago), np.int32), np.array(list(ago.values()), np.int64)
