"""A corpus as updates: what is read in which order, and how a network does on what it does not learn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from elman.network import Network
from elman.tasks.text.alphabet import END
from elman.tasks.text.corpus.corpus import Corpus
from elman.training import Batch, Plan

Places = NDArray[np.int64]
AT_ONCE = 1 << 18  # symbols that are laid out at a time
POOL = 50  # batches of documents that are sorted by length together
PARTS = 64  # of a text that are read side by side in a validation
BEFORE = 256  # characters before a part that are read first, so that the state is what it would have become
MOST = 1 << 21  # characters that a validation reads


@dataclass(frozen=True)
class Order(ABC):
    """In which order a corpus is read."""

    corpus: Corpus
    batch: int
    length: int
    seed: int

    @property
    @abstractmethod
    def epoch(self) -> float:
        """Updates in which all of it is read once."""

    @abstractmethod
    def plans(self, done: int, goal: int) -> Iterator[Plan]:
        """The updates from number `done` on, up to `goal`: the same ones whatever `done` is."""


class Streams(Order):
    """Files: read from `batch` places at once, which lie evenly in the text and move on with every update.

    The states are carried from window to window without an end; behind the last text comes the first one again.
    """

    @property
    def epoch(self) -> float:
        """Updates in which every place has come to where the next one began."""
        return (len(self.corpus.tokens) - 1) / (self.batch * self.length)

    def plans(self, done: int, goal: int) -> Iterator[Plan]:
        """Windows one after the other."""
        ring = self.corpus.tokens[:-1]  # the last END is the first one
        begins = np.arange(self.batch) * len(ring) // self.batch
        most = max(1, AT_ONCE // (self.batch * self.length))
        while done < goal:
            count = min(most, goal - done)
            block = np.empty((count * self.length + 1, self.batch), np.int32)
            span = np.arange(len(block))
            for b, begin in enumerate(begins):
                block[:, b] = np.take(ring, (begin + done * self.length) % len(ring) + span, mode="wrap")
            self.corpus.release()
            updates = np.arange(count)
            yield Plan(
                examples=Batch(inputs=block[:-1], targets=block[1:]),
                rows=np.tile(np.arange(self.batch), (count, 1)),
                starts=updates * self.length,
                steps=self.length,
                carry=updates + done > 0,
            )
            done += count


class Documents(Order):
    """Documents: each in a row of its own from the initial state on, beside others of about its length."""

    @cached_property
    def epoch(self) -> float:
        """Updates of the first epoch; others differ a little, as they are shuffled."""
        return float(sum(count for _, count in self._batches(0)))

    def _batches(self, epoch: int) -> list[tuple[Places, int]]:
        """The documents that are read side by side, and in how many windows, in the order of this epoch."""
        rng = np.random.default_rng((self.seed, 1 + epoch))
        lengths = np.diff(self.corpus.bounds)
        order = rng.permutation(len(lengths))
        batches = []
        for first in range(0, len(order), POOL * self.batch):
            pool = order[first : first + POOL * self.batch]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            batches += [pool[i : i + self.batch] for i in range(0, len(pool), self.batch)]
        counts = [-(-int(lengths[batch].max()) // self.length) for batch in batches]
        return [(batches[i], counts[i]) for i in rng.permutation(len(batches))]

    def plans(self, done: int, goal: int) -> Iterator[Plan]:
        """Batch by batch, each in windows through which the states are carried."""
        epoch, first = 0, 0  # first: the number of the update with which a batch begins
        while first < goal:
            for documents, count in self._batches(epoch):
                if first + count > done and first < goal:
                    yield self._plan(documents, count).part(max(0, done - first), goal - first)
                first += count
            epoch += 1

    def _plan(self, documents: Places, count: int) -> Plan:
        inputs, targets, lengths = rows(self.corpus, self.corpus.bounds[documents], self.corpus.bounds[documents + 1])
        self.corpus.release()
        padding = np.full((max(0, count * self.length - len(inputs)), len(documents)), END, np.int32)
        updates = np.arange(count)
        return Plan(
            examples=Batch(
                inputs=np.concatenate([inputs, padding]), targets=np.concatenate([targets, padding]), lengths=lengths
            ),
            rows=np.tile(np.arange(len(documents)), (count, 1)),
            starts=updates * self.length,
            steps=self.length,
            carry=updates > 0,
        )


def rows(corpus: Corpus, begins: Places, ends: Places) -> tuple[NDArray[np.int32], NDArray[np.int32], Places]:
    """Inputs (T, B), targets (T, B) and lengths (B,) of parts of the tokens: each foretells what follows it."""
    lengths = ends - begins
    block = np.full((int(lengths.max()) + 1, len(begins)), END, np.int32)
    for b, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        block[: end - begin + 1, b] = corpus.tokens[begin : end + 1]
    return block[:-1], block[1:], lengths


def validation(network: Network, corpus: Corpus) -> float:
    """Nats per symbol of a corpus, END of documents among them; of a long one, of its beginning.

    A text is read in parts side by side. Each begins with the state that reading the characters before it leaves, of
    which only the last `BEFORE` are read again: far beyond what such networks remember.
    """
    total = count = 0.0
    for begins, firsts, ends in _document_parts(corpus) if corpus.documents else [_text_parts(corpus)]:
        inputs, targets, lengths = rows(corpus, begins, ends)
        losses, _ = network.losses(inputs, targets, loss="symbols", lengths=lengths)
        counted = np.arange(len(losses))[:, None] >= firsts - begins
        total += float(losses.sum(where=counted, dtype=np.float64))
        count += float((ends - firsts).sum())
    corpus.release()
    return total / count


def _text_parts(corpus: Corpus) -> tuple[Places, Places, Places]:
    """For each part: where reading begins, where counting begins, where both end."""
    size = min(len(corpus.tokens) - 1, MOST)
    edges = np.arange(min(PARTS, size) + 1) * size // min(PARTS, size)
    return np.maximum(0, edges[:-1] - BEFORE), edges[:-1], edges[1:]


def _document_parts(corpus: Corpus) -> Iterator[tuple[Places, Places, Places]]:
    """Documents of about the same length together."""
    count = int(np.searchsorted(corpus.bounds, MOST)) or 1
    order = np.argsort(np.diff(corpus.bounds[: count + 1]), kind="stable")
    for first in range(0, len(order), PARTS):
        some = order[first : first + PARTS]
        yield corpus.bounds[some], corpus.bounds[some], corpus.bounds[some + 1]
