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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman._engine import Counted, pairs, sessions_with
from elman.copies import cached_property, essentials
from elman.tasks.sessions.log import NONE, Items, Log

Vector = NDArray[np.float32]
Entries = NDArray[np.int64]

WINDOW = 50  # events between two of a pair, at most
PARTNERS = 1000  # items that are counted with one, at most: the nearest ones
LATEST = 500  # sessions with an item that are looked at
NEIGHBOURS = 500  # of these, the most similar ones
LOOKED_AT = 30  # clicks that count, from the last one
FADING = 0.85  # what a click counts in the likeness of sessions, against the one behind it
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


COUNTED = (*FOLLOWING, "neighbours", "action")  # what is said of each item

_PLACES = np.arange(LOOKED_AT, dtype=float)
_FADING = np.stack([kind.fading(_PLACES) for kind in FOLLOWING.values()], axis=1)  # (LOOKED_AT, K)
_SHARES = [_FADING[:clicks] / np.maximum(_FADING[:clicks].sum(axis=0), 1) for clicks in range(LOOKED_AT + 1)]
_POWERS = np.array([kind.power for kind in FOLLOWING.values()])
_WHICH = np.array([PAIRS.index(kind.pairs) for kind in FOLLOWING.values()])
_NONE_GIVEN = np.zeros((0, 0), np.float32)


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
        self._connect()

    def _connect(self) -> None:
        """The engine. An item counts in a session one over the root of the session's length."""
        log, pairs = self.log, (self.starts, self.columns, self.values)
        begins, sessions = sessions_with(log.items, log.starts, self.size)
        shares = (1 / np.sqrt(np.maximum(log.lengths, 1))).astype(np.float32)
        how: dict[str, Any] = {"latest": LATEST, "nearest": NEIGHBOURS, "fading": FADING}
        self._counted = Counted(*pairs, begins, sessions, log.starts, log.items, shares, **how)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in essentials(self).items() if name != "_counted"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._connect()

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

    def said(self, clicks: Items, begin: Items = NONE, given: Vector = _NONE_GIVEN) -> tuple[Items, Vector, Vector]:
        """What is said of items after these clicks; nothing is said of any other.

        Args:
            clicks: of a session.
            begin: (B,) items that are among them.
            given: (G, B) what is known of these.

        Returns:
            (C,) items, the different ones of `begin` first; (8, C) by COUNTED, of which `action` is left at 0; and
            (G, D) what was given of the first D.
        """
        latest = clicks[::-1][:LOOKED_AT]
        weights = _SHARES[len(latest)] * (self.popularity[latest, None] + 1) ** _POWERS
        return self._counted.said(latest, weights.astype(np.float32), _WHICH, begin, given, len(COUNTED))

    def following(self, kind: str, clicks: Items) -> Vector:
        """(V,) what one of COUNTED says after these clicks; `neighbours`: the share of them that have an item."""
        found = np.zeros(self.size, np.float32)
        items, said, _ = self.said(clicks)
        found[items] = said[COUNTED.index(kind)]
        return found

    def similar(self, clicks: Items) -> tuple[Items, Vector]:
        """Sessions with some of these items, and how similar they are: the latest click counts most."""
        return self._counted.similar(clicks[::-1][:LOOKED_AT])


def latest_places(clicks: Items) -> tuple[Items, Entries]:
    """Each item once, and how many clicks ago the last one was, from 0."""
    ago = dict(zip(clicks.tolist(), range(len(clicks) - 1, -1, -1), strict=True))
    return np.array(list(ago), np.int32), np.array(list(ago.values()), np.int64)
