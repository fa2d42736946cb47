"""What is learned of a log, and what is held out: its last sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import compress, groupby

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.network import Network
from elman.network.ragged import padded
from elman.tasks.sessions import reranking
from elman.tasks.sessions.counts import Counts
from elman.tasks.sessions.log import Items, Log, Prediction, predictions
from elman.tasks.sessions.metrics import Metrics
from elman.tasks.sessions.mixing import Case, Mix
from elman.tasks.sessions.reranking import Reranker, Shortlist
from elman.tasks.sessions.terms import Evidence, switched_off
from elman.training import Batch
from elman.training.batching import batches

CASES = 1500  # predictions that weights are learned from, and as many that validate them
RERANKED = 6000  # and that reranking is learned from
NUMBERS = 5e7  # logits of these that are held at once


class Reading:
    """Sessions that a network learns from, in batches of like lengths.

    Args:
        log: of them.
        batch: sessions of an update, or as many as there are.
        dropout: the share of the clicks of a session that are left out, others each time: what comes next does not
            hang on a single one.
    """

    def __init__(self, log: Log, batch: int, dropout: float) -> None:
        self._pieces, self._dropout = log.pieces(), dropout
        self._lengths = np.array([len(piece) - 1 for piece in self._pieces], np.int32)
        self.batch = min(batch, max(len(self._pieces), 1))

    def __len__(self) -> int:
        """Updates in which every session is read."""
        return -(-len(self._pieces) // self.batch)

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Those of an epoch."""
        for rows in batches(self._lengths, self.batch, rng):
            pieces = [self._thinned(self._pieces[row], rng) for row in rows]
            yield Batch(
                inputs=padded([piece[:-1] for piece in pieces]),
                targets=padded([piece[1:] for piece in pieces]),
                lengths=np.array([len(piece) - 1 for piece in pieces], np.int32),
            )

    def _thinned(self, piece: Items, rng: np.random.Generator) -> Items:
        """With two clicks or more."""
        if not self._dropout:
            return piece
        kept = piece[rng.random(len(piece)) >= self._dropout]
        return kept if len(kept) > 1 else piece


class Asked:
    """What weights are learned from. What counts say is asked anew each time: kept, it would take most of the memory.

    Args:
        evidence: of the counts.
        asked: the predictions.
        logits: (V,) of the network, of each.
    """

    def __init__(self, evidence: Evidence, asked: Sequence[Prediction], logits: Sequence[NDArray[np.float32]]) -> None:
        self._evidence, self._asked, self._logits = evidence, asked, logits

    def __len__(self) -> int:
        return len(self._asked)

    def __iter__(self) -> Iterator[Case]:
        for one, logits in zip(self._asked, self._logits, strict=True):
            yield Case(logits, self._evidence.sparse(one.clicks, one.history, one.act), one.target)


class Learning:
    """The sessions of a log: those that network and counts learn from, and the last ones, which judge them.

    Of the last ones, every other session teaches the weights of the mix; the rest validates all of it.
    """

    def __init__(self, log: Log, items: int, held_out: int, seed: int, *, batch: int, dropout: float) -> None:
        self.whole, self.items, self.seed = log, items, seed
        self.cut = len(log) - held_out
        self.log = log.part(0, self.cut)
        self.reading = Reading(self.log, batch, dropout)

    @cached_property
    def counts(self) -> Counts:
        """Of what is learned, without what is held out."""
        return Counts(self.log, self.items)

    @cached_property
    def evidence(self) -> Evidence:
        """What these counts say."""
        return Evidence(self.counts)

    @cached_property
    def _known(self) -> Log:
        """The whole log without items that only the last sessions have: nobody can know them by then."""
        there = self.counts.popularity > 0
        return self.whole.renumbered(np.where(there, np.arange(self.items), -1).astype(np.int32))[0]

    def count(self, half: int) -> int:
        """How many predictions the last sessions have: of half 0 or of half 1."""
        return int(np.maximum(self._known.lengths[self._half(half)] - 1, 0).sum())

    def held_out(self, half: int, cases: int = CASES) -> list[Prediction]:
        """These predictions, or some of them if there are many, drawn by chance."""
        found, count = predictions(self._known, self._half(half)), self.count(half)
        most = max(100, min(cases, int(NUMBERS / self.items)))
        if count <= most:
            return list(found)
        chosen = np.zeros(count, bool)
        chosen[np.random.default_rng((self.seed, 0, half)).permutation(count)[:most]] = True
        return list(compress(found, chosen.tolist()))

    def _half(self, half: int) -> range:
        return range(self.cut + half, len(self.whole), 2)

    def mix(self, network: Network, without: Sequence[str]) -> Mix:
        """The weights with which network and counts predict the first half best."""
        asked = self.held_out(0)
        cases = Asked(self.evidence, asked, [said.copy() for said in logits_of(network, asked)])
        mix = Mix.learned(self.evidence.dense, cases, without)
        reranker = Reranker.learned([*self._shortlists(mix, network)], [*switched_off(without)], self.seed)
        return replace(mix, reranker=reranker)

    def _shortlists(self, mix: Mix, network: Network) -> Iterator[reranking.Case]:
        """That reranking is learned from."""
        dense, asked = self.evidence.dense, self.held_out(0, RERANKED)
        for one, said in zip(asked, logits_of(network, asked), strict=True):
            sparse = self.evidence.sparse(one.clicks, one.history, one.act)
            logits = mix.logits(said, dense, sparse)
            yield reranking.Case.of(one.session, logits, Shortlist.of(logits, said, dense, sparse), one.target)

    def alone(self, network: Network) -> Metrics:
        """How well the network does without counts, on the second half."""
        metrics, asked = Metrics(self.counts.popularity), self.held_out(1)
        for one, logits in zip(asked, logits_of(network, asked), strict=True):
            metrics.add_chances(logits, one.target)
        return metrics


def logits_of(network: Network, asked: Iterable[Prediction]) -> Iterator[NDArray[np.float32]]:
    """(V,) of each prediction; those of a session stand together, and it is read once."""
    for _, session in groupby(asked, lambda one: one.session):
        each = list(session)
        longest = max((one.clicks for one in each), key=len)
        outputs = network.forward(longest[:, None])[0][:, 0]
        for one in each:
            yield outputs[len(one.clicks) - 1]
