"""Mixing: one softmax over all items, of what the network says, what counts say, and what the visitor did before.

The logit of an item is a sum of its terms, each with a weight that is learned: a multinomial logistic regression on the
last sessions of the log, which neither the network nor the counts have seen then. The best items are weighed anew
(reranking.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from elman._engine import mixed
from elman.tasks.sessions.reranking import Reranker
from elman.tasks.sessions.terms import DENSE, SPARSE, TERMS, Numbers, Sparse, switched_off

LATER = ("near_root", "action", "before_near")  # which models of earlier versions do not have
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


@dataclass(frozen=True)
class Case:
    """A prediction of which the answer is known."""

    network: Numbers  # (V,) logits
    sparse: Sparse
    target: int


class Cases(Protocol):
    """Many of these, which are gone through again and again."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Case]: ...


@dataclass(frozen=True)
class Mix:
    """Weights of the terms, in their order."""

    weights: tuple[float, ...] = tuple(USUAL[name] for name in TERMS)
    reranker: Reranker | None = None

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> Mix:
        """By their names."""
        return cls(tuple(float(weights.get(name, 0) if name in LATER else weights[name]) for name in TERMS))

    @classmethod
    def usual(cls, without: Sequence[str] = ()) -> Mix:
        """Where nothing was held out to learn them from, without these sources."""
        off = switched_off(without)
        return cls(tuple(0.0 if name in off else USUAL[name] for name in TERMS))

    @classmethod
    def learned(cls, dense: NDArray[np.floating], cases: Cases, without: Sequence[str] = ()) -> Mix:
        """The weights with which the answers of these cases are most probable, by Newton's method.

        Args:
            dense: (2, V) of popularity.
            cases: none of which the network and the counts have seen.
            without: sources that are switched off.
        """
        off = switched_off(without)
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
        dense, sparse = dense.astype(network.dtype, copy=False), sparse.of(network.dtype)
        found = _sum(self.weights, network, dense, sparse)
        if self.reranker is not None:
            self.reranker.add(found, network, dense, sparse)
        return found

    def first(self, dense: NDArray[np.floating], sparse: Sparse) -> NDArray[np.floating]:
        """(V,) of the first item of a session: what is popular of late, and what the visitor had before."""
        return _sum([0.0, 1.0, *self.weights[len(DENSE) :]], dense[0], dense[1:], sparse)

    def named(self) -> dict[str, float]:
        """Each weight with the name of its term."""
        return dict(zip(TERMS, (round(weight, 4) for weight in self.weights), strict=True))


def _sum(weights: Sequence[float], first: NDArray[Any], others: NDArray[Any], sparse: Sparse) -> NDArray[np.floating]:
    """(V,) of all terms, the dense ones in two parts, each with its weight."""
    found: NDArray[np.floating] = np.empty_like(first)
    mixed(np.array(weights, first.dtype), first, others, sparse.items, sparse.counts, sparse.given, found)
    return found


def _slopes(dense: NDArray[np.floating], cases: Cases, weights: NDArray[np.float64]) -> tuple[float, Any, Any]:
    """Nats of all cases, their gradient by the weights, and the matrix of second derivatives."""
    mix, first = Mix(tuple(weights)), len(DENSE)
    value, gradient = 0.0, np.zeros(len(TERMS))
    curvature = np.zeros((len(TERMS), len(TERMS)))
    for case in cases:
        terms = np.concatenate([case.network[None], dense]).astype(np.float64)
        items, values = case.sparse.items, case.sparse.values
        logits = mix.logits(terms[0], terms[1:], case.sparse)
        chances = np.exp(logits - logits.max())
        total = chances.sum()
        value -= logits[case.target] - logits.max() - np.log(total)
        chances /= total
        weighted, of_sparse = terms * chances, values * chances[items]
        mean = np.concatenate([weighted.sum(axis=1), of_sparse.sum(axis=1)])
        there = values[:, items == case.target]
        answer = np.concatenate([terms[:, case.target], there[:, 0] if there.size else np.zeros(len(SPARSE))])
        gradient += mean - answer
        curvature[:first, :first] += weighted @ terms.T
        across = terms[:, items] @ of_sparse.T
        curvature[:first, first:] += across
        curvature[first:, :first] += across.T
        curvature[first:, first:] += of_sparse @ values.T
        curvature -= np.outer(mean, mean)
    return float(value), gradient, curvature
