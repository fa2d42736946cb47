"""Modified Kneser–Ney n-grams (Chen and Goodman, 1998): what can be known of the next symbol by counting.

    p_k(w | h) = (c(hw) - D(c(hw))) / c(h) + γ(h) p_{k-1}(w | h')      h the k - 1 symbols before, h' without the first

with three discounts per order, D(1), D(2) and D(3 and more), from the counts of counts; γ(h) gives back what was
discounted. The highest order counts occurrences; those below count how many different symbols stood before hw. Where h
was never met, the order below answers. Below the first order each symbol has the same probability.

An n-gram is a number: the number of its first n - 1 symbols, among those that occur, times the size of the alphabet,
plus its last symbol. So numbers stay small for any order and any alphabet, and one sort per order is all that it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman.errors import ShapeError, whole
from elman.tasks.text.alphabet import END, Symbols

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

ORDERS = 7
FALLBACK = (0.0, 0.5, 1.0, 1.5)  # discounts by count, where the counts of counts are too few to tell


@dataclass(frozen=True)
class Sequences:
    """Symbols one after the other, and which of them are to be predicted; the rest is what stands before a text."""

    symbols: Symbols
    predicted: NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Iterable[Symbols], order: int = ORDERS, *, ends: bool = False) -> Sequences:
        """Texts, and with `ends` the END of each; more END follow, so that none is in the history of the next."""
        apart = np.full(order, END, np.int32)
        symbols, predicted = [apart[:1]], [np.zeros(1, np.bool_)]
        for text in texts:
            symbols += [text, apart]
            predicted += [np.ones(len(text), np.bool_), np.arange(order) < ends]
        return cls(np.concatenate(symbols), np.concatenate(predicted))


def _before(numbers: Integers) -> Integers:
    """(T,) what ends before each place. Before the first one stands END, any number of times, as at the first."""
    return np.concatenate((numbers[:1], numbers[:-1]))


@dataclass(frozen=True)
class _Order:
    """The n-grams of one order, sorted, so that all with the same history are neighbours."""

    grams: Integers  # (G,)
    numbers: Integers  # (T,) of the training text: which of them ends here
    occurrences: Integers  # (G,) where something was to be predicted

    @classmethod
    def of(cls, training: Sequences, histories: Integers, size: int) -> _Order:
        """By the numbers (T,) of the histories, which are the n-grams of the order below."""
        grams, numbers = np.unique(histories * size + training.symbols, return_inverse=True)
        occurrences = np.bincount(numbers[training.predicted], minlength=len(grams))
        return cls(grams, numbers, occurrences)

    def find(self, grams: Integers) -> Integers:
        """The numbers of n-grams; -1 for those that do not occur."""
        at = np.minimum(np.searchsorted(self.grams, grams), len(self.grams) - 1)
        return np.where(self.grams[at] == grams, at, -1)


@dataclass(frozen=True)
class _Level:
    """What one order adds to a probability: its own share of each n-gram, and γ of each history."""

    share: Floats  # (G,)
    left: Floats  # (number of histories,); 1 where none was met

    @classmethod
    def of(cls, counts: Integers, histories: Integers, total: int) -> _Level:
        """Of n-grams that were counted so often, by the numbers of their histories, of which there are `total`."""
        discount = _discounts(counts)[np.minimum(counts, 3)]
        met = np.bincount(histories, counts, total)
        given = np.bincount(histories, discount, total)
        some = np.maximum(met, 1)
        return cls((counts - discount) / some[histories], np.where(met > 0, given / some, 1.0))

    def apply(self, below: Floats, grams: Integers, histories: Integers) -> Floats:
        """The probabilities of this order, from those of the order below."""
        share = np.where(grams >= 0, self.share[grams], 0.0)
        return share + np.where(histories >= 0, self.left[histories], 1.0) * below


class NGrams:
    """All orders from 1 to `order` of one training text; about 50 bytes per symbol and order while it is made.

    Args:
        training: what is counted.
        size: of the alphabet, END among it.
        order: the highest.
    """

    def __init__(self, training: Sequences, size: int, order: int = ORDERS) -> None:
        whole("order", order, 1, 100)
        if not training.predicted.any():
            raise ShapeError("training: expected at least one symbol; found none")
        self.size = size
        self._orders: list[_Order] = []
        self._top: list[_Level] = []  # of each order as the highest …
        self._lower: list[_Level] = []  # … and below another
        for new in self._counted(training, order):
            if self._orders:
                self._lower.append(self._level(_different_symbols_before(self._orders[-1], new)))
            self._orders.append(new)
            self._top.append(self._level(new.occurrences))

    def _counted(self, training: Sequences, order: int) -> Iterator[_Order]:
        histories = np.zeros(len(training.symbols), np.int64)
        for _ in range(order):
            new = _Order.of(training, histories, self.size)
            yield new
            histories = _before(new.numbers)

    def _level(self, counts: Integers) -> _Level:
        histories = len(self._orders[-2].grams) if len(self._orders) > 1 else 1
        return _Level.of(counts, self._orders[-1].grams // self.size, histories)

    def probabilities(self, sequences: Sequences) -> Iterator[Floats]:
        """(N,) of each symbol that is to be predicted, for each order from 1 on."""
        histories = np.zeros(len(sequences.symbols), np.int64)
        below = np.full(int(sequences.predicted.sum()), 1 / self.size)
        for i, order in enumerate(self._orders):
            grams = np.where(histories >= 0, order.find(histories * self.size + sequences.symbols), -1)
            here = grams[sequences.predicted], histories[sequences.predicted]
            yield self._top[i].apply(below, *here)
            if i < len(self._lower):
                below = self._lower[i].apply(below, *here)
            histories = _before(grams)

    def nats(self, sequences: Sequences) -> list[float]:
        """Of all symbols together, for each order from 1 on."""
        return [float(-np.log(p).sum()) for p in self.probabilities(sequences)]


def _different_symbols_before(order: _Order, above: _Order) -> Integers:
    """(G,) for each n-gram, how many (n + 1)-grams end with it."""
    ending = np.empty(len(above.grams), np.int64)
    ending[above.numbers] = order.numbers  # wherever it stands, it ends with the same
    return np.bincount(ending[above.occurrences > 0], minlength=len(order.grams))


def _discounts(counts: Integers) -> Floats:
    """D(0) = 0, D(1), D(2), D(3 and more), from how many n-grams were counted once, twice, three and four times."""
    n1, n2, n3, n4 = (float(np.count_nonzero(counts == c)) for c in (1, 2, 3, 4))
    if min(n1, n2, n3, n4) == 0:
        return np.array(FALLBACK)
    y = n1 / (n1 + 2 * n2)
    found = np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return found if (found >= 0).all() else np.array(FALLBACK)
