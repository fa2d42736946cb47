"""What is learned of a log, and what is held out: its last sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, groupby

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.network import Network
from elman.tasks.sessions.counts import Counts
from elman.tasks.sessions.log import Log, Prediction, predictions
from elman.tasks.sessions.metrics import Metrics
from elman.tasks.sessions.mixing import Case, Evidence, Mix
from elman.training.batching import Rows, batches

CASES = 1500  # predictions that weights are learned from, and as many that validate them
NUMBERS = 5e7  # logits of these that are held at once


class Learning:
    """The sessions of a log: those that network and counts learn from, and the last ones, which judge them.

    Of the last ones, every other session teaches the weights of the mix; the rest validates all of it.
    """

    def __init__(self, log: Log, items: int, held_out: int, batch: int, seed: int) -> None:
        self.whole, self.items, self.seed = log, items, seed
        self.cut = len(log) - held_out
        self.log = log.part(0, self.cut)
        self.pieces = self.log.pieces()
        self.lengths = np.array([len(piece) - 1 for piece in self.pieces], np.int32)
        self.batch = min(batch, max(len(self.pieces), 1))

    @property
    def epoch(self) -> int:
        """Updates in which every session is read."""
        return -(-len(self.pieces) // self.batch)

    def drawn(self, rng: np.random.Generator) -> list[Rows]:
        """The batches of an epoch: numbers of pieces."""
        return batches(self.lengths, self.batch, rng)

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

    def held_out(self, half: int) -> list[Prediction]:
        """Predictions of the last sessions, some of them if there are many: of half 0 or of half 1."""
        known, sessions = self._known, range(self.cut + half, len(self.whole), 2)
        count = int(np.maximum(known.lengths[sessions] - 1, 0).sum())
        most = max(100, min(CASES, int(NUMBERS / self.items)))
        if count <= most:
            return list(predictions(known, sessions))
        chosen = np.zeros(count, bool)
        chosen[np.random.default_rng((self.seed, 0, half)).permutation(count)[:most]] = True
        return list(compress(predictions(known, sessions), chosen.tolist()))

    def mix(self, network: Network, without: Sequence[str]) -> Mix:
        """The weights with which network and counts predict the first half best."""
        asked = self.held_out(0)
        cases = [
            Case(logits, self.evidence.sparse(one.clicks, one.history, one.act), one.target)
            for one, logits in zip(asked, logits_of(network, asked), strict=True)
        ]
        return Mix.learned(self.evidence.dense, cases, without)

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
