"""Baselines: what counting alone recommends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.tasks.sessions.counts import NEIGHBOURS, Counts
from elman.tasks.sessions.log import Items
from elman.tasks.sessions.terms import LEAST

STAN_FADES = 5 * 86400.0  # seconds, after which a session counts 1/e

Scores = NDArray[Any]
Baseline = Callable[[Counts, Items, float], Scores]  # of counts, clicks, and when the session ended


def _item_knn(counts: Counts, clicks: Items) -> Scores:
    """Cosine of the sessions that have the last item with those of each other item."""
    item = clicks[-1]
    row = slice(counts.starts[item], counts.starts[item + 1])
    found = np.zeros(counts.size, np.float32)
    columns = counts.columns[row]
    found[columns] = counts.values[row, 3] / np.sqrt(counts.popularity[columns] + 20)
    return found


def _stan(counts: Counts, clicks: Items, when: float) -> Scores:
    """VS-kNN in which recent sessions count more, and items near to the last click that both have.

    STAN: Garg et al., 2019.
    """
    similar, values = counts.similar(clicks)
    values = values * np.exp(-np.maximum(when - counts.log.times[similar], 0) / STAN_FADES)
    if len(similar) > NEIGHBOURS:
        best = np.argpartition(-values, NEIGHBOURS)[:NEIGHBOURS]
        similar, values = similar[best], values[best]
    found = np.zeros(counts.size)
    known = set(clicks.tolist())
    for session, value in zip(similar.tolist(), values.tolist(), strict=True):
        items = counts.log[session]
        there = [place for place, item in enumerate(items.tolist()) if item in known]
        distance = np.abs(np.arange(len(items)) - there[-1])
        np.add.at(found, items, value * np.exp(-distance / 5.0))
    return found


def _mixed(counts: Counts, clicks: Items) -> Scores:
    """The sum of logarithms of three counts."""
    three = [counts.following(kind, clicks) for kind in ("near", "after", "next")]
    found: Scores = np.log1p(np.stack(three) / LEAST[0]).sum(axis=0)
    return found


def _broken(scores: Scores, counts: Counts) -> Scores:
    """With ties broken by popularity."""
    found: Scores = scores + 1e-9 * counts.popularity / max(counts.popularity.max(), 1)
    return found


BASELINES: dict[str, Baseline] = {
    "popularity": lambda counts, clicks, when: counts.popularity,
    "popularity of 7 days": lambda counts, clicks, when: _broken(counts.recent, counts),
    "markov": lambda counts, clicks, when: _broken(counts.following("next", clicks), counts),
    "item-knn": lambda counts, clicks, when: _item_knn(counts, clicks),
    "sequential rules": lambda counts, clicks, when: _broken(counts.following("after", clicks), counts),
    "vs-knn": lambda counts, clicks, when: _broken(counts.following("neighbours", clicks), counts),
    "stan": lambda counts, clicks, when: _broken(_stan(counts, clicks, when), counts),
    "co-sequence": lambda counts, clicks, when: _broken(counts.following("near", clicks), counts),
    "mix of counts": lambda counts, clicks, when: _broken(_mixed(counts, clicks), counts),
}
QUICK = ("popularity", "markov", "co-sequence")  # those that stand beside every score
