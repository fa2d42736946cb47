"""A corpus as updates: what is read in which order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.tasks.text.alphabet import END
from elman.tasks.text.corpus.corpus import Corpus
from elman.training import Batch, Plan

Places = NDArray[np.int64]
AT_ONCE = 1 << 18  # symbols that are laid out at a time
POOL = 50  # batches of documents that are sorted by length together
FRESH = 64  # one window in so many begins with the initial state
DRAWN = 1024  # windows for which that is drawn at a time
GIVEN = 8  # characters of a text that is learned by heart, after which it is to be gone on with
LONG = FRESH  # windows of the longest part of a document


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

    The states are carried from window to window; behind the last text comes the first one again. By chance, one window
    in `FRESH` begins with the initial state. A network that had to begin only once can lose itself where it is asked to
    begin in the middle of a text: in cells that grow and grow, out of which it has never learned to find.
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
                carry=self._carried(done, done + count),
            )
            done += count

    def _carried(self, first: int, last: int) -> NDArray[np.bool_]:
        """Which of these updates begin with the states in which the ones before ended."""
        drawn = range(first // DRAWN, last // DRAWN + 1)
        fresh = np.concatenate([np.random.default_rng((self.seed, 1 + i)).random(DRAWN) < 1 / FRESH for i in drawn])
        fresh[0] |= drawn.start == 0
        return ~fresh[first - drawn.start * DRAWN :][: last - first]


class Documents(Order):
    """Documents: each in a row of its own from the initial state on, beside others of about its length.

    A document of more than `LONG` windows is read in parts, as if each were a document: one such document beside short
    ones would leave all other rows empty, and its batch would be as large as all of them together. A part begins with
    the initial state, which happens as often to a stream.
    """

    @cached_property
    def parts(self) -> tuple[Places, Places]:
        """Where the parts of all documents begin and end in the tokens; the symbol at an end is the last target."""
        begins, ends = self.corpus.bounds[:-1], self.corpus.bounds[1:]
        longest = LONG * self.length
        counts = -(-(ends - begins) // longest)
        numbers = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)  # of a part in its document
        starts = np.repeat(begins, counts) + numbers * longest
        return starts, np.minimum(starts + longest, np.repeat(ends, counts))

    @cached_property
    def epoch(self) -> float:
        """Updates of the first epoch; others differ a little, as they are shuffled."""
        return float(sum(count for _, count in self._batches(0)))

    def _batches(self, epoch: int) -> list[tuple[Places, int]]:
        """The parts that are read side by side, and in how many windows, in the order of this epoch."""
        rng = np.random.default_rng((self.seed, 1 + epoch))
        lengths = np.subtract(*self.parts[::-1])
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
            for parts, count in self._batches(epoch):
                if first + count > done and first < goal:
                    yield self._plan(parts, count).part(max(0, done - first), goal - first)
                first += count
            epoch += 1

    def _plan(self, parts: Places, count: int) -> Plan:
        begins, ends = (places[parts] for places in self.parts)
        block = np.full((count * self.length + 1, len(parts)), END, np.int32)
        for b, (begin, end) in enumerate(zip(begins, ends, strict=True)):
            block[: end - begin + 1, b] = self.corpus.tokens[begin : end + 1]
        self.corpus.release()
        updates = np.arange(count)
        return Plan(
            examples=Batch(inputs=block[:-1], targets=block[1:], lengths=ends - begins),
            rows=np.tile(np.arange(len(parts)), (count, 1)),
            starts=updates * self.length,
            steps=self.length,
            carry=updates > 0,
        )


class Recital(Order):
    """One text, from its beginning in the first row, and from other places, drawn anew each time, in the other rows.

    A row begins with the initial state. At another place, the first characters are given: what comes before a reader
    can know where it is, is not learned.
    """

    @property
    def _windows(self) -> int:
        """In which the first row reads all of the text."""
        return -(-(len(self.corpus.tokens) - 1) // self.length)

    @property
    def epoch(self) -> float:
        """Updates in which the first row reads all of the text."""
        return float(self._windows)

    def plans(self, done: int, goal: int) -> Iterator[Plan]:
        """Reading by reading, each in windows through which the states are carried."""
        most = max(1, AT_ONCE // (self.batch * self.length))
        for reading in range(done // self._windows, -(-goal // self._windows)):
            first = reading * self._windows
            begin, end = max(0, done - first), min(self._windows, goal - first)
            places = self._places(reading)
            for window in range(begin, end, most):
                yield self._plan(places, window, min(window + most, end))

    def _places(self, reading: int) -> Places:
        """Where the rows begin."""
        last = max(1, len(self.corpus.tokens) - 1 - GIVEN)
        places = np.random.default_rng((self.seed, 1 + reading)).integers(1, last, self.batch, endpoint=True)
        places[0] = 1
        return places

    def _plan(self, places: Places, first: int, last: int) -> Plan:
        """Windows of a reading. What comes after the end of the text does not count."""
        ring = self.corpus.tokens
        span = np.arange(first * self.length, last * self.length + 1)[:, None]
        block = np.take(ring, np.minimum(places - 1 + span, len(ring) - 1)).astype(np.int32)
        block[span[:, 0] == 0] = END
        counts = places + span[:-1] < len(ring)
        counts[span[:-1, 0] < GIVEN, 1:] = False
        windows = np.arange(last - first)
        return Plan(
            examples=Batch(inputs=block[:-1], targets=block[1:], weights=counts.astype(np.float64)),
            rows=np.tile(np.arange(self.batch), (len(windows), 1)),
            starts=windows * self.length,
            steps=self.length,
            carry=windows + first > 0,
        )
