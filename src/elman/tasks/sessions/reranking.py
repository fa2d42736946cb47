"""Reranking: the best items of the mix are weighed anew, by all of their terms together.

The mix is linear: a term counts as much whatever the others say. A small feed-forward network g sees them side by side,
with what is known of the session, and adds to the logits of the best items:

    logit(i) = mix(i) + g(terms of i, context)    of the BEST items with the highest mix(i); mix(i) of the others.

It is one softmax over all items, before as after. g learns on cases that neither the network nor the counts have seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from elman._engine import log_sum_exp, shortlist
from elman.errors import ConfigError
from elman.network import Architecture, Network
from elman.tasks.sessions.terms import CONTEXT, TERMS, Numbers, Sparse
from elman.training import Adam, Cosine, Trainer

BEST = 100  # items that are weighed anew
HIDDEN, EPOCHS, BATCH, RATE = 32, 12, 64, 0.005
JUDGES = 5  # every 5th session tells which epoch was the best, and whether it is better than none
FEWEST = 500  # cases, of which it can learn something
FARTHEST = 8.0  # standard deviations that a term counts
INPUTS = len(TERMS) + len(CONTEXT)


class Shortlist(NamedTuple):
    """The best items of the mix, after some clicks, and what is known of each."""

    items: NDArray[np.int64]  # (K,)
    inputs: Numbers  # (K, INPUTS)

    @classmethod
    def of(cls, logits: NDArray[Any], network: NDArray[Any], dense: NDArray[Any], sparse: Sparse) -> Self:
        """By the logits (V,) of the mix."""
        dense, sparse = dense.astype(logits.dtype, copy=False), sparse.of(logits.dtype)
        return cls(*shortlist(logits, BEST, network, dense, sparse.items, sparse.counts, sparse.given, sparse.context))


class Case(NamedTuple):
    """A shortlist of which the answer is known: its place there, or -1, and its logit."""

    session: int
    inputs: Numbers  # (K, INPUTS)
    logits: Numbers  # (K,) of the mix
    others: float  # the logarithm of the sum of e^logit of all other items
    place: int
    logit: float  # of the answer

    @classmethod
    def of(cls, session: int, logits: NDArray[Any], found: Shortlist, target: int) -> Self:
        """By the logits (V,) of the mix."""
        others = logits.copy()
        others[found.items] = -np.inf
        rest = log_sum_exp(others) if others.max() > -np.inf else -np.inf
        there = np.flatnonzero(found.items == target)
        place = int(there[0]) if len(there) else -1
        return cls(session, found.inputs, logits[found.items], rest, place, float(logits[target]))


@dataclass(frozen=True)
class Reranker:
    """g: inputs are (x - mean)·scale, which is 0 of what is switched off or always the same."""

    network: Network
    mean: Numbers  # (INPUTS,)
    scale: Numbers  # (INPUTS,)

    def add(self, logits: NDArray[Any], network: NDArray[Any], dense: NDArray[Any], sparse: Sparse) -> None:
        """To the logits (V,) of the mix."""
        found = Shortlist.of(logits, network, dense, sparse)
        logits[found.items] += self._read(found.inputs)

    def _read(self, inputs: Numbers) -> Numbers:
        """(N, INPUTS) → (N,)."""
        found: Numbers = self.network.forward(self._scaled(inputs))[0][0, :, 0]
        return found

    def _scaled(self, inputs: Numbers) -> Numbers:
        """(1, N, INPUTS): one step."""
        found: Numbers = np.clip((inputs - self.mean) * self.scale, -FARTHEST, FARTHEST)[None]
        return found

    @classmethod
    def learned(cls, cases: Sequence[Case], off: Sequence[str], seed: int) -> Self | None:
        """From cases; None where they are few, or where it would not be better than the mix alone.

        Args:
            cases: none of which the network and the counts have seen.
            off: terms that are switched off.
            seed: of its first weights, and of the order of the cases.
        """
        if len(cases) < FEWEST:
            return None
        _, sessions = np.unique([case.session for case in cases], return_inverse=True)
        judging = (sessions % JUDGES == 0).tolist()
        judges, pupils = ([*compress(cases, which)] for which in (judging, map(not_, judging)))
        mean, deviation = _moments(pupils)
        used = (deviation > 1e-6) & ~np.isin([*TERMS, *CONTEXT], off)
        scale = np.where(used, 1 / np.maximum(deviation, 1e-6), 0).astype(np.float32)
        network = Network.of(architecture())
        rng = np.random.default_rng((seed, 0, 2))
        network.initialise(rng)
        network.parameters["head.weight"][...] = 0  # so that it begins as the mix, but for a constant
        found = cls(network, mean.astype(np.float32), scale)
        updates = EPOCHS * -(-len(pupils) // BATCH)
        trainer = Trainer(network, optimizer=Adam(RATE), schedule=Cosine(updates=updates, final=0.02))
        best, least = None, found._nats(judges)
        for _ in range(EPOCHS):
            order = rng.permutation(len(pupils)).tolist()
            for first in range(0, len(order), BATCH):
                found._update(trainer, [pupils[row] for row in order[first : first + BATCH]])
            if (nats := found._nats(judges)) < least:
                best, least = network.parameters.flat.copy(), nats
        if best is None:
            return None
        network.parameters.flat = best
        return found

    def _update(self, trainer: Trainer, cases: Sequence[Case]) -> None:
        """Of the mean of -log p(answer); the gradient by a logit of the shortlist is its p, less 1 for the answer."""
        x = self._scaled(np.concatenate([case.inputs for case in cases]))
        slopes, _ = _chances(cases, self.network.forward(x)[0][0, :, 0])
        trainer.apply(self.network.vjp(x, (np.concatenate(slopes) / len(cases))[None, :, None]))

    def _nats(self, cases: Sequence[Case]) -> float:
        """Of an answer, on average."""
        total = 0.0
        for first in range(0, len(cases), BATCH):
            some = cases[first : first + BATCH]
            total += _chances(some, self._read(np.concatenate([case.inputs for case in some])))[1]
        return total / max(len(cases), 1)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a model file keeps of it."""
        return {"rerank": self.network.parameters.flat, "rerank_mean": self.mean, "rerank_scale": self.scale}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Self | None:
        """What `arrays` gave; None where there was none; a ConfigError where it is damaged."""
        if "rerank" not in arrays:
            return None
        network = Network.of(architecture())
        flat = arrays["rerank"]
        both = [arrays.get(f"rerank_{name}", np.zeros(0)) for name in ("mean", "scale")]
        finite = all(np.isfinite(one).all() for one in (flat, *both))
        if flat.shape != network.parameters.flat.shape or any(one.shape != (INPUTS,) for one in both) or not finite:
            raise ConfigError("expected a network that reranks by these terms; found another")
        network.parameters.flat = flat.astype(np.float32)
        return cls(network, *(one.astype(np.float32) for one in both))


def architecture() -> Architecture:
    """Of g."""
    return Architecture(inputs=INPUTS, outputs=1, cell="none", nonlinearity="relu", hidden=HIDDEN)


def _moments(cases: Sequence[Case]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean and the standard deviation of each input."""
    count = sum(len(case.inputs) for case in cases)
    mean = sum((case.inputs.sum(axis=0, dtype=float) for case in cases), np.zeros(INPUTS)) / count
    squares = sum((np.square(case.inputs - mean).sum(axis=0) for case in cases), np.zeros(INPUTS))
    return mean, np.sqrt(squares / count)


def _chances(cases: Sequence[Case], added: Numbers) -> tuple[list[Numbers], float]:
    """Of each case, p of its shortlist less 1 for the answer; and the sum of -log p(answer)."""
    slopes, nats = [], 0.0
    ends = np.cumsum([len(case.logits) for case in cases])[:-1]
    for case, more in zip(cases, np.split(added, ends), strict=True):
        logits = np.append(case.logits + more, case.others).astype(np.float64)
        total = log_sum_exp(logits)
        slope = np.exp(logits[:-1] - total)
        if case.place >= 0:
            slope[case.place] -= 1
        nats -= (logits[case.place] if case.place >= 0 else case.logit) - total
        slopes.append(slope.astype(np.float32))
    return slopes, nats
