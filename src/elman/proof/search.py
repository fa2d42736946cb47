"""What a network answers as a machine, and words that it answers wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from elman._engine import threads
from elman.network import Network
from elman.proof.regions import Question

# Of fewer words per thread the engine adds up some sums in another order (engine/gemm.h: a block of few rows keeps
# several chains of sums). That rounds in another way, and a network that is unsure would answer in another way.
ROWS = 16
Words = NDArray[np.int64]  # (T, N): N words of T symbols
MOST_SHORT = 1 << 14  # words of a length that are all tried
LONG_STEPS, LONG_WORDS = 1000, 256
PIECE, NUMBERS = 1 << 18, 1 << 25  # symbols that go through the network side by side; and numbers that they are


def answers(network: Network, question: Question, words: Words) -> Words:
    """The network's answers (T, N) to words. Each depends on its own word alone, to the bit."""
    steps, columns = words.shape
    piece = max(1, min(PIECE, NUMBERS // question.inputs.shape[1]) // max(1, steps))
    least = ROWS * threads()
    parts = []
    for first in range(0, columns, piece):
        some = words[:, first : first + piece]
        count = some.shape[1]
        padded = some if count >= least else np.pad(some, ((0, 0), (0, least - count)))
        y, _ = network.forward(question.inputs.take(padded, axis=0))
        parts.append((y[..., 0] > 0 if y.shape[2] == 1 else y.argmax(axis=2))[:, :count])
    return np.concatenate(parts, axis=1).astype(np.int64)


def counterexample(network: Network, question: Question) -> list[int] | None:
    """A word whose last symbol is answered wrongly, from which no symbol can be left out; None where none was found.

    All short words are tried; then those that are likely; then long ones: symbols drawn evenly, and, since errors that
    build up slowly need it, symbols that repeat many times.
    """

    def wrong(words: Words) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = answers(network, question, words) != question.machine.run(words)
        return found if question.counts is None else found & question.counts(words)

    symbols = question.machine.symbols
    likely = [] if question.tries is None else [question.tries()]
    return find(wrong, [all_words(symbols), *likely, long_words(symbols, np.random.default_rng(0))])


def find(wrong: Callable[[Words], NDArray[np.bool_]], batches: Sequence[Words]) -> list[int] | None:
    """The same for any way to tell which answers (T, N) are wrong."""
    for words in batches:
        found = wrong(words)
        if found.any():
            first = np.where(found.any(axis=0), found.argmax(axis=0), len(words))
            best = int(first.argmin())
            return shrunk(wrong, words[: first[best] + 1, best])
    return None


def shrunk(wrong: Callable[[Words], NDArray[np.bool_]], word: NDArray[np.int64]) -> list[int]:
    """Leaves out pieces of a word, the large ones first, while the last answer stays wrong (Zeller, 1999)."""
    size = len(word) // 2
    while size:
        starts = range(0, len(word) - size, size)
        shorter = np.stack([np.delete(word, slice(s, s + size)) for s in starts], axis=1)
        found = wrong(shorter)
        if found.any():
            first = np.where(found.any(axis=0), found.argmax(axis=0), len(word))
            best = int(first.argmin())
            word = shorter[: first[best] + 1, best]
            size = min(size, len(word) // 2)
        else:
            size //= 2
    return [int(x) for x in word]


def all_words(symbols: int) -> Words:
    """All words of the greatest length of which there are not too many; shorter ones are their beginnings."""
    length = max(n for n in range(1, MOST_SHORT.bit_length()) if n == 1 or symbols**n <= MOST_SHORT)
    return np.indices((symbols,) * length).reshape(length, -1)


def long_words(symbols: int, rng: np.random.Generator) -> Words:
    """Random words of many symbols, from such that hardly ever change to such that always do."""
    words = rng.integers(0, symbols, (LONG_STEPS, LONG_WORDS))
    return repeated(rng, words, np.geomspace(3 / LONG_STEPS, 1, LONG_WORDS))


def repeated(rng: np.random.Generator, words: Words, chances: NDArray[np.float64]) -> Words:
    """Words (T, N) in which symbols stay with a chance of their word's (N,), and else the one before comes again."""
    steps = len(words)
    stays = rng.random(words.shape) < chances
    stays[0] = True
    latest = np.maximum.accumulate(np.where(stays, np.arange(steps)[:, None], 0), axis=0)
    return np.take_along_axis(words, latest, axis=0)
