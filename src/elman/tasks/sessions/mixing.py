"""Mixing: one softmax over all items, of what the network says, what counts say, and what the visitor did before.

The logit of an item is a sum of terms, each with a weight that is learned: a multinomial logistic regression on the
last sessions of the log, which neither the network nor the counts have seen then.

Dense terms have a number for every item: `network`, its logit; `popularity` and `recent`, log counts. Sparse terms are
0 but for some items: log(1 + s/ε) of what each count says; whether an item is the last one, or was seen so many clicks
ago; whether the visitor had it in earlier sessions, how often, how long ago, and near to what is clicked now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman._engine import weighted_sum
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
SOURCES = {"network": ("network",), "counts": (*DENSE[1:], *COUNTED), "repeats": SEEN, "history": BEFORE}

LATER = ("near_root", "action", "before_near")  # which models of earlier versions do not have
SEEN_FROM = (1, 2, 5)  # clicks ago, from 0, with which each of SEEN but the first begins
# ε of the counts
LEAST = np.array([1e-2 if kind.power else 1e-3 for kind in FOLLOWING.values()] + [1e-4, 1e-3], np.float32)[:, None]
NEAR, LEAST_NEAR = 10, 0.03  # events of the history that are near to one of them; ε of `before_near`
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


class Part(NamedTuple):
    """Sparse terms that stand side by side, of the first of some items; they are 0 for all others."""

    first: int  #: the place of the first one in SPARSE
    values: NDArray[np.floating]  #: (F, N)


class Sparse(NamedTuple):
    """The sparse terms of some items; they are 0 for all others."""

    items: Items  #: (K,)
    parts: tuple[Part, ...]

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
        return Sparse(items, tuple(Part(*each) for each in parts.items()))

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
        return cls(tuple(float(weights.get(name, 0) if name in LATER else weights[name]) for name in TERMS))

    @classmethod
    def usual(cls, without: Sequence[str] = ()) -> Mix:
        """Where nothing was held out to learn them from, without these sources."""
        off = _terms_of(without)
        return cls(tuple(0.0 if name in off else USUAL[name] for name in TERMS))

    @classmethod
    def learned(cls, dense: NDArray[np.floating], cases: Sequence[Case], without: Sequence[str] = ()) -> Mix:
        """The weights with which the answers of these cases are most probable, by Newton's method.

        Args:
            dense: (2, V) of popularity.
            cases: none of which the network and the counts have seen.
            without: sources that are switched off.
        """
        off = _terms_of(without)
        free = np.array([name not in off for name in TERMS])
        usual = np.array(cls.usual(without).weights)
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

    def logits(
        self, network: NDArray[np.floating], dense: NDArray[np.floating], sparse: Sparse
    ) -> NDArray[np.floating]:
        """(V,) of the next item."""
        weights = np.array(self.weights, network.dtype)
        found: NDArray[np.floating] = np.empty_like(network)
        weighted_sum(weights[: len(DENSE)], network, dense.astype(network.dtype, copy=False), found)
        found[sparse.items] += sparse.weighted(weights[len(DENSE) :])
        return found

    def first(self, dense: NDArray[np.floating], sparse: Sparse) -> NDArray[np.floating]:
        """(V,) of the first item of a session: what is popular of late, and what the visitor had before."""
        found: NDArray[np.floating] = dense[1].copy()
        found[sparse.items] += sparse.weighted(np.array(self.weights[len(DENSE) :], found.dtype))
        return found

    def named(self) -> dict[str, float]:
        """Each weight with the name of its term."""
        return dict(zip(TERMS, (round(weight, 4) for weight in self.weights), strict=True))


def _terms_of(sources: Sequence[str]) -> set[str]:
    return {name for source in sources for name in SOURCES[source]}


def _slopes(dense: NDArray[np.floating], cases: Sequence[Case], weights: NDArray[np.float64]) -> tuple[float, Any, Any]:
    """Nats of all cases, their gradient by the weights, and the matrix of second derivatives."""
    mix, first = Mix(tuple(weights)), len(DENSE)
    value, gradient = 0.0, np.zeros(len(TERMS))
    curvature = np.zeros((len(TERMS), len(TERMS)))
    for case in cases:
        terms = np.concatenate([case.network[None], dense]).astype(np.float64)
        items, values = case.sparse.items, case.sparse.values
        logits = mix.logits(terms[0], terms[1:], Sparse(items, (Part(0, values.T),)))
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
