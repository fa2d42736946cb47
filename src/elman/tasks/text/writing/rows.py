"""Rows: texts that are written side by side, as one batch."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from elman.network import Network, State
from elman.tasks.text.alphabet import END, Alphabet, Symbols
from elman.tasks.text.writing.placing import Placing
from elman.tasks.text.writing.sampling import Sampling
from elman.tasks.text.writing.states import check_network, repeated

PIECE = 0.03  # seconds of writing between two pieces of a text, about
LEAST_ROWS = 4  # from so many rows on, the engine's sums do not depend on how many there are

Block = list[tuple[int, Symbols]]  # of some texts, by number, the symbols that come next


class Rows:
    """The rows of a batch, each a text that is being written; `index` are their numbers."""

    def __init__(self, network: Network, alphabet: Alphabet, sampling: Sampling, count: int) -> None:
        check_network(network, alphabet)
        self._product = sampling.product(alphabet)
        self._left = sampling.symbols(self._product)
        state, symbol = sampling.start(network, alphabet)
        self._sampling, self._choice = sampling, sampling.choice
        silenced = not sampling.documents and self._product is None and network.architecture.bias
        self._network = _without_end(network) if silenced else network
        self._allowed = None
        if not sampling.documents and not silenced:
            self._allowed = np.arange(len(alphabet)) != END
        self.index = list(range(count))
        self._draws = [np.random.default_rng([sampling.seed, i]) for i in range(count)]
        self._stream = self._network.stream(repeated(state, count), count)
        self._last = np.full(count, symbol, np.int32)
        if self._product is not None:
            self._states = [self._product.start] * count
            self._placings = [Placing(self._product) for _ in range(count)]

    def blocks(self) -> Iterator[Block]:
        """What the texts that are still written go on with, until there are none or no more."""
        steps = 1
        while self._left and self.index:
            steps = min(steps, self._left)
            begin = time.perf_counter()
            symbols = self._write(steps)
            self._left -= steps
            yield list(zip(self.index, symbols.T, strict=True))
            pace = PIECE / max(time.perf_counter() - begin, 1e-6)
            steps = max(1, int(steps * min(pace, 4)))

    def keep(self, index: list[int]) -> None:
        """Goes on with these texts alone, once they are half of all."""
        if LEAST_ROWS <= len(index) <= len(self.index) // 2 or not index:
            kept = [self.index.index(i) for i in index]
            self.index, self._draws = index, [self._draws[row] for row in kept]
            if not index:
                return
            state = State(**{name: array[:, kept] for name, array in self._stream.state.items()})
            self._stream = self._network.stream(state, len(kept))
            self._last = self._last[kept]
            if self._product is not None:
                self._states = [self._states[row] for row in kept]
                self._placings = [self._placings[row] for row in kept]

    def _write(self, steps: int) -> NDArray[np.int32]:
        """(T, B) symbols; which does not depend on how many are written at a time."""
        uniform = np.stack([draws.random(steps) for draws in self._draws], 1)
        if self._product is None and self._allowed is None and not self._choice.cuts:
            symbols = self._stream.sample(self._last, uniform, self._choice.temperature)
        else:
            symbols = np.stack([self._step(numbers) for numbers in uniform])
        self._last = symbols[-1]
        return symbols

    def _step(self, uniform: NDArray[np.float64]) -> NDArray[np.int32]:
        logits = self._stream.step(self._last)
        allowed = self._allowed
        if self._product is not None:
            end = self._sampling.documents
            allowed = np.stack([self._product.allowed(state, end) for state in self._states])
            for row, placing in enumerate(self._placings):
                symbol = placing.symbol(self._states[row], logits[row])
                if symbol is not None:
                    allowed[row] = np.arange(logits.shape[1]) == symbol
        self._last = self._choice.draw(logits, uniform, allowed)
        if self._product is not None:
            for row, symbol in enumerate(self._last.tolist()):
                after = self._product.after(self._states[row], symbol)
                assert after is not None  # it was allowed
                self._states[row] = after
        return self._last


def _without_end(network: Network) -> Network:
    """The network with a head that never says END."""
    silent = Network.of(network.architecture)
    silent.parameters.flat[...] = network.parameters.flat
    silent.parameters["head.bias"][END] = -np.inf
    return silent
