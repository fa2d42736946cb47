"""Counts: what followed what in a log, and how popular items are; what they say about the next item.

Four counts of pairs, each divided by how often the item that was clicked is in the log:

- near: two items in one session, 1/d for a distance of d events, in either order (two-sided co-sequence)
- after: the same, where the second one came later (sequential rules; Kamehkhosh, Jannach & Ludewig, 2017)
- next: the second one came right behind the first (Markov)
- together: two items in one session, however far apart

neighbours: what is in the sessions that are most like this one (VS-kNN; Ludewig & Jannach, 2018), of the latest ones
with the same items, as VMIS-kNN looks for them (Kersbergen, Sprangers & Schelter, 2022).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.tasks.sessions.log import Items, Log

Vector = NDArray[np.float32]

WINDOW = 50  # events between two of a pair, at most
LATEST = 500  # sessions with an item that are looked at
NEIGHBOURS = 500  # of these, the most similar ones
LOOKED_AT = 30  # clicks that count, from the last one
RECENT = 7 * 86400.0  # seconds
PAIRS = ("near", "after", "next", "together")
CHUNK = 1 << 22  # pairs that are sorted at once

# Of each kind of evidence: the count of pairs, and how much a click counts by its place from the last one (0).
FOLLOWING: dict[str, tuple[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = {
    "near": ("near", lambda place: 1 / (1 + place) ** 2),
    "near_last": ("near", lambda place: 1.0 * (place == 0)),
    "after": ("after", lambda place: 1 / (1 + place) ** 2),
    "next": ("next", lambda place: 1.0 * (place == 0)),
    "together": ("together", lambda place: 1 / (1 + place)),
}


class Counts:
    """Of a log of so many items."""

    def __init__(self, log: Log, items: int) -> None:
        self.log, self.size = log, items
        self.popularity = np.bincount(log.items, minlength=items).astype(np.float64)
        recent = log.times > log.times[-1] - RECENT if len(log) else np.zeros(0, bool)
        weights = np.repeat(recent, log.lengths).astype(float)
        self.recent = np.bincount(log.items, weights, minlength=items)
        self.starts, self.columns, self.values = _pairs(log, items)
        for place in range(len(self.values)):
            self.values[place] /= np.repeat(self.popularity + 1, np.diff(self.starts))

    @cached_property
    def _sessions_with(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each item, the sessions that have it, each once, in order."""
        keys = self.log.items.astype(np.int64) * (len(self.log) + 1) + np.repeat(
            np.arange(len(self.log)), self.log.lengths
        )
        keys = np.unique(keys)
        items, sessions = np.divmod(keys, len(self.log) + 1)
        return np.searchsorted(items, np.arange(self.size + 1)), sessions

    def following(self, kind: str, clicks: Items) -> Vector:
        """(V,) what a kind of evidence says after these clicks."""
        found = np.zeros(self.size, np.float32)
        latest = clicks[::-1][:LOOKED_AT]
        count, fading = FOLLOWING[kind]
        weights, values = fading(np.arange(len(latest), dtype=float)), self.values[PAIRS.index(count)]
        for item, weight in zip(latest.tolist(), (weights / weights.sum()).tolist(), strict=True):
            if weight:
                row = slice(self.starts[item], self.starts[item + 1])
                found[self.columns[row]] += np.float32(weight) * values[row]
        return found

    def similar(self, clicks: Items, when: float | None = None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Sessions with some of these items, and how similar they are: the latest click counts most.

        Args:
            clicks: of a session.
            when: where the time of a session counts (STAN; Garg et al., 2019): seconds of this one.
        """
        starts, sessions = self._sessions_with
        if not len(clicks):
            return np.zeros(0, np.int64), np.zeros(0)
        latest = clicks[::-1][:LOOKED_AT].tolist()
        places = {item: place for place, item in reversed(list(enumerate(latest)))}  # its latest place
        found = [sessions[max(starts[item], starts[item + 1] - LATEST) : starts[item + 1]] for item in places]
        similar, numbers = np.unique(np.concatenate(found), return_inverse=True)
        weights = np.repeat([0.85**place for place in places.values()], [len(one) for one in found])
        values = np.bincount(numbers, weights, minlength=len(similar)) / np.sqrt(self.log.lengths[similar])
        if when is not None:
            values = values * np.exp(-np.maximum(when - self.log.times[similar], 0) / (5 * 86400))
        if len(similar) > NEIGHBOURS:
            best = np.argpartition(-values, NEIGHBOURS)[:NEIGHBOURS]
            similar, values = similar[best], values[best]
        return similar, values

    def neighbours(self, clicks: Items) -> Vector:
        """(V,) the share of the neighbours, by how similar they are, that have an item."""
        similar, values = self.similar(clicks)
        if not len(similar):
            return np.zeros(self.size, np.float32)
        lengths = self.log.lengths[similar]
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(self.log.starts[similar] - ends + lengths, lengths)
        weights = np.repeat(values, lengths) / values.sum()
        return np.bincount(self.log.items[places], weights, minlength=self.size).astype(np.float32)


def _pairs(log: Log, items: int) -> tuple[NDArray[np.int64], Items, list[Vector]]:
    """Pairs in rows by the first item: where rows begin, the second items, and the values of each kind."""
    sessions = np.repeat(np.arange(len(log)), log.lengths)
    keys, values = np.zeros(0, np.int64), np.zeros((len(PAIRS), 0), np.float32)
    waiting: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
    longest = int(log.lengths.max()) if len(log) else 0
    for distance in range(1, min(WINDOW + 1, longest)):
        same = sessions[distance:] == sessions[:-distance]
        first, second = log.items[:-distance][same].astype(np.int64), log.items[distance:][same].astype(np.int64)
        ones = np.ones(len(first), np.float32)
        near, following = ones / distance, ones * (distance == 1)
        waiting.append((first * items + second, np.stack([near, near, following, ones])))
        waiting.append((second * items + first, np.stack([near, 0 * near, 0 * ones, ones])))
        if sum(len(one) for one, _ in waiting) > CHUNK:
            keys, values = _added([(keys, values), *waiting])
            waiting = []
    keys, values = _added([(keys, values), *waiting])
    rows, columns = np.divmod(keys, max(items, 1))
    return np.searchsorted(rows, np.arange(items + 1)), columns.astype(np.int32), list(values)


def _added(
    parts: list[tuple[NDArray[np.int64], NDArray[np.float32]]],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The values of the same pairs, added up."""
    keys, values = np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts], axis=1)
    if not len(keys):
        return keys, values
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[first], np.add.reduceat(values[:, order], first, axis=1)
