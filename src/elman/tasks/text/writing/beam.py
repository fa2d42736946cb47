"""Beam search: the texts that a network finds most probable, several kept at every step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, in_range, whole
from elman.network import Network
from elman.tasks.text.alphabet import END, Alphabet
from elman.tasks.text.writing.automata import State
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.sampling import Sampling
from elman.tasks.text.writing.states import check_network, repeated
from elman.telling import so_far

WIDEST = 1 << 12


@dataclass(frozen=True)
class Found:
    """A text, with the END that it may have, and the logarithm of its probability by a power of its length."""

    symbols: list[int]
    score: float


def beam(
    network: Network, alphabet: Alphabet, sampling: Sampling, width: int, count: int = 1, normalise: float = 1.0
) -> list[str]:
    """The best texts that the search finds, the best first; fewer than `count` where it finds no more.

    Args:
        network: reads and writes symbols.
        alphabet: what they are.
        sampling: prompt, length, stop string and form; nothing is drawn, so its choice must be the default.
        width: texts that are kept at every step, as one batch.
        count: at most `width`.
        normalise: texts of different length are compared by log probability / length^normalise (Graves, 2012, has 1).
    """
    check_network(network, alphabet)
    whole("beam", width, 1, WIDEST)
    whole("count", count, 1, WIDEST)
    if count > width:
        raise ConfigError(f"count: expected at most {width}, as the beam keeps; found {count}", "a wider beam")
    in_range("normalise", normalise, 0, 10)
    drawn = [f"{name} {value:g}" for name, value in vars(sampling.choice).items() if value != getattr(Choice, name)]
    if drawn:
        raise ConfigError(
            f"beam: expected no temperature, top_k, top_p or min_p; found {', '.join(drawn)}",
            "leave that out: the search draws nothing",
        )
    found = _Search(network, alphabet, sampling, width).run(count, normalise)
    return [_shown(one, alphabet, sampling) for one in found]


def _shown(found: Found, alphabet: Alphabet, sampling: Sampling) -> str:
    text = alphabet.decode(found.symbols)
    if stop := sampling.end(alphabet):
        text = text.partition(stop)[0]
    return text.removesuffix("\n") if sampling.form.lines is not None else text


class _Search:
    """The texts of a beam, a row each; rows that hold none have a score of -inf."""

    def __init__(self, network: Network, alphabet: Alphabet, sampling: Sampling, width: int) -> None:
        self._product = sampling.product(alphabet)
        self._documents = sampling.documents
        self._stop = alphabet.encode(sampling.end(alphabet))
        self._length = sampling.symbols(self._product)
        state, symbol = sampling.start(network, alphabet)
        self._stream = network.stream(repeated(state, width), width)
        self._width = width
        self._last = np.full(width, symbol, np.int32)
        self._scores = np.full(width, -np.inf)
        self._scores[0] = 0  # all rows are the same text as yet
        self._texts = np.empty((width, 0), np.int32)
        self._states: list[State] = [() if self._product is None else self._product.start] * width

    def run(self, count: int, normalise: float) -> list[Found]:
        """The best texts, the best first."""
        found: list[Found] = []
        for steps in range(1, self._length + 1):
            so_far("characters of the search", steps, self._length)
            going: list[tuple[int, int, float]] = []
            for row, symbol, score in self._candidates():
                text = np.append(self._texts[row], np.int32(symbol))
                if symbol == END or steps == self._length or self._stops(text):
                    found.append(Found(text.tolist(), score / steps**normalise))
                elif len(going) < self._width:
                    going.append((row, symbol, score))
            found = sorted(found, key=lambda one: -one.score)[:count]
            # Scores only fall, and the longest text divides by the most.
            bound = max((score for _, _, score in going), default=-math.inf) / self._length**normalise
            if not going or (len(found) == count and found[-1].score >= bound):
                break
            self._go_on(going)
        return found

    def _candidates(self) -> list[tuple[int, int, float]]:
        """Row, symbol and score of the best ways to go on, the best first: enough that some may be ends."""
        logits = self._stream.step(self._last).astype(np.float64)
        logits -= np.logaddexp.reduce(logits, axis=1, keepdims=True)
        scores = self._scores[:, None] + np.where(self._allowed(logits.shape[1]), logits, -np.inf)
        best = np.argsort(-scores, axis=None, kind="stable")[: 2 * self._width]
        rows, symbols = np.unravel_index(best, scores.shape)
        return [
            (int(row), int(symbol), float(scores[row, symbol]))
            for row, symbol in zip(rows, symbols, strict=True)
            if scores[row, symbol] > -np.inf
        ]

    def _allowed(self, symbols: int) -> NDArray[np.bool_]:
        if self._product is not None:
            return np.stack([self._product.allowed(state, self._documents) for state in self._states])
        return np.arange(symbols) >= (END if self._documents else END + 1)

    def _stops(self, text: NDArray[np.int32]) -> bool:
        return len(self._stop) > 0 and np.array_equal(text[-len(self._stop) :], self._stop)

    def _go_on(self, going: list[tuple[int, int, float]]) -> None:
        going += [(going[0][0], going[0][1], -math.inf)] * (self._width - len(going))
        parents = [row for row, _, _ in going]
        self._last = np.array([symbol for _, symbol, _ in going], np.int32)
        self._scores = np.array([score for _, _, score in going])
        self._texts = np.column_stack([self._texts[parents], self._last])
        for array in self._stream.state.values():
            array[...] = array[:, parents]
        if self._product is not None:
            after = [self._product.after(self._states[row], symbol) for row, symbol, _ in going]
            self._states = [state for state in after if state is not None]
