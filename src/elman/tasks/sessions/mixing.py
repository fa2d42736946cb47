"""Mixing: one softmax over all items, of what the network says, what counts say, and what the visitor did before.

The logit of an item is a sum of terms, each with a weight that is learned: a multinomial logistic regression on the
last sessions of the log, which neither the network nor the counts have seen then.

Dense terms have a number for every item: `network`, its logit; `popularity` and `recent`, log counts. Sparse terms are
0 but for some items: log(1 + s/ε) of what each count says; whether an item is the last one, or was seen so many clicks
ago; whether the visitor had it in earlier sessions, how often, and how long ago.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.tasks.sessions.counts import FOLLOWING, Counts
from elman.tasks.sessions.log import Items

Numbers = NDArray[np.float32]

DENSE = ("network", "popularity", "recent")
COUNTED = (*FOLLOWING, "neighbours")
SEEN = ("last", "seen_2", "seen_3_to_5", "seen_6_and_more")  # clicks ago, from 1
BEFORE = ("before", "before_count", "before_ago")
SPARSE = (*COUNTED, *SEEN, *BEFORE)
TERMS = (*DENSE, *SPARSE)
SOURCES = {"network": ("network",), "counts": (*DENSE[1:], *COUNTED), "repeats": SEEN, "history": BEFORE}

LEAST = np.array([1e-3] * len(FOLLOWING) + [1e-4])[:, None]  # ε of the counts
EMPTY = 0.5, 0.3  # what is added to popularity and recent popularity before the logarithm
# Weights where nothing says better: about the mean of those that were learned on the training parts of four logs.
USUAL = {
    **dict.fromkeys(TERMS, 0.0),
    "network": 0.4,
    "popularity": -0.4,
    "recent": 0.2,
    "near": 0.4,
    "after": 0.3,
    "next": 0.3,
    "neighbours": 0.3,
    "before": 0.5,
    "before_count": 0.3,
}
TIED = 1.0  # how much weights are drawn to the usual ones, against one prediction
ROUNDS, ENOUGH = 20, 1e-4  # of Newton's method; the gain per prediction, in nats, that ends it


class Sparse(NamedTuple):
    """The sparse terms of some items; they are 0 for all others."""

    items: NDArray[np.int64]  #: (K,)
    values: NDArray[np.float64]  #: (K, F) by SPARSE


class Evidence:
    """What counts and clicks say about the next item."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts

    @cached_property
    def dense(self) -> NDArray[np.float64]:
        """(2, V) log popularity and recent log popularity."""
        both = np.stack([self.counts.popularity + EMPTY[0], self.counts.recent + EMPTY[1]])
        return np.log(both)

    def sparse(self, clicks: Items, history: Items) -> Sparse:
        """The sparse terms after these clicks, of a visitor with this history."""
        size = self.counts.size
        found = np.zeros((len(COUNTED), size))
        if len(clicks):
            for place, kind in enumerate(FOLLOWING):
                found[place] = self.counts.following(kind, clicks)
            found[-1] = self.counts.neighbours(clicks)
        seen = {item: ago for ago, item in reversed(list(enumerate(clicks[::-1].tolist())))}
        there = np.array(found.any(axis=0))
        there[list(seen)] = True
        there[history] = True
        items = np.flatnonzero(there)
        values = np.zeros((len(items), len(SPARSE)))
        values[:, : len(COUNTED)] = np.log1p(found[:, items] / LEAST).T
        for item, ago in seen.items():
            column = len(COUNTED) + (ago if ago < 2 else 2 if ago < 5 else 3)
            values[np.searchsorted(items, item), column] = 1
        if len(history):
            values[:, -len(BEFORE) :] = _before(history, size)[:, items].T
        return Sparse(items, values)


def _before(history: Items, size: int) -> NDArray[np.float64]:
    """(3, V) of earlier sessions: there, log count, log of how many events ago."""
    found = np.zeros((len(BEFORE), size))
    counts = np.bincount(history, minlength=size)
    there = counts > 0
    last = np.zeros(size)
    last[history] = np.arange(len(history))
    found[:, there] = [np.ones(there.sum()), np.log(counts[there]), np.log(len(history) - last[there])]
    return found


@dataclass(frozen=True)
class Case:
    """A prediction of which the answer is known."""

    network: Numbers  # (V,) logits
    sparse: Sparse
    target: int


@dataclass(frozen=True)
class Mix:
    """Weights of the terms, in their order."""

    weights: tuple[float, ...] = tuple(USUAL[name] for name in TERMS)

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> Mix:
        """By their names."""
        return cls(tuple(float(weights[name]) for name in TERMS))

    @classmethod
    def learned(cls, dense: NDArray[np.float64], cases: Sequence[Case], without: Sequence[str] = ()) -> Mix:
        """The weights with which the answers of these cases are most probable, by Newton's method.

        Args:
            dense: (2, V) of popularity.
            cases: none of which the network and the counts have seen.
            without: sources that are switched off.
        """
        off = {name for source in without for name in SOURCES[source]}
        free = np.array([name not in off for name in TERMS])
        usual = np.array([USUAL[name] for name in TERMS]) * free
        weights, tied = usual, np.diag(np.where(free, TIED, 1e9))
        value, gradient, curvature = _slopes(dense, cases, weights)
        for _ in range(ROUNDS if len(cases) else 0):
            total = gradient + tied @ (weights - usual)
            step = -np.linalg.solve(curvature + tied, total)
            cost = value + 0.5 * (weights - usual) @ tied @ (weights - usual)
            for length in (1.0, 0.5, 0.25, 0.06, 0.01):
                moved = weights + length * step
                found = _slopes(dense, cases, moved)
                gain = cost - found[0] - 0.5 * (moved - usual) @ tied @ (moved - usual)
                if gain > 0:
                    break
            else:
                break
            weights, (value, gradient, curvature) = moved, found
            if gain < ENOUGH * len(cases):
                break
        return cls(tuple((weights * free).tolist()))

    def logits(self, network: Numbers, dense: NDArray[np.float64], sparse: Sparse) -> NDArray[np.float64]:
        """(V,) of the next item."""
        weights = np.array(self.weights)
        found: NDArray[np.float64] = weights[0] * network + weights[1 : len(DENSE)] @ dense
        found[sparse.items] += sparse.values @ weights[len(DENSE) :]
        return found

    def first(self, dense: NDArray[np.float64], sparse: Sparse) -> NDArray[np.float64]:
        """(V,) of the first item of a session: what is popular of late, and what the visitor had before."""
        found: NDArray[np.float64] = dense[1].copy()
        found[sparse.items] += sparse.values @ np.array(self.weights[len(DENSE) :])
        return found

    def named(self) -> dict[str, float]:
        """Each weight with the name of its term."""
        return dict(zip(TERMS, (round(weight, 4) for weight in self.weights), strict=True))


def _slopes(dense: NDArray[np.float64], cases: Sequence[Case], weights: NDArray[np.float64]) -> tuple[float, Any, Any]:
    """Nats of all cases, their gradient by the weights, and the matrix of second derivatives."""
    mix, first = Mix(tuple(weights)), len(DENSE)
    value, gradient = 0.0, np.zeros(len(TERMS))
    curvature = np.zeros((len(TERMS), len(TERMS)))
    for case in cases:
        terms = np.concatenate([case.network[None], dense])
        items, values = case.sparse
        logits = mix.logits(case.network, dense, case.sparse)
        chances = np.exp(logits - logits.max())
        total = chances.sum()
        value -= logits[case.target] - logits.max() - np.log(total)
        chances /= total
        weighted, of_sparse = terms * chances, chances[items][:, None] * values
        mean = np.concatenate([weighted.sum(axis=1), of_sparse.sum(axis=0)])
        there = values[items == case.target]
        answer = np.concatenate([terms[:, case.target], there[0] if len(there) else np.zeros(len(SPARSE))])
        gradient += mean - answer
        curvature[:first, :first] += weighted @ terms.T
        across = terms[:, items] @ of_sparse
        curvature[:first, first:] += across
        curvature[first:, :first] += across.T
        curvature[first:, first:] += values.T @ of_sparse
        curvature -= np.outer(mean, mean)
    return float(value), gradient, curvature
