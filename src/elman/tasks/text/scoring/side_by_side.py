"""Many sequences side by side: what each symbol of them costs a network, in nats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.network import Network, State
from elman.telling import so_far

ROWS = 64  # sequences side by side
CELLS = 1 << 16  # steps of all rows that are read by one call of the engine

Tokens = NDArray[Any]  # (T,) symbols of any type


def side_by_side(network: Network, sequences: Sequence[Tokens]) -> list[NDArray[np.float64]]:
    """(T - 1,) for each: the nats of its symbols but the first, each of which is foretold from those before it.

    A sequence begins with the initial state. Those of about the same length are read together.
    """
    nats = [np.empty(len(symbols) - 1) for symbols in sequences]
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]), reverse=True)
    done, total = 0, sum(map(len, nats))
    for first in range(0, len(order), ROWS):
        some = order[first : first + ROWS]
        for symbols in _read(network, [sequences[i] for i in some], [nats[i] for i in some]):
            done += symbols
            so_far("symbols read", done, total)
    return nats


def _read(network: Network, sequences: Sequence[Tokens], nats: Sequence[NDArray[np.float64]]) -> Iterator[int]:
    """The longest first, window by window: those that have ended take no part. How many symbols each window had."""
    steps = np.array([len(one) for one in nats], np.int32)
    state: State | None = None
    window = max(1, CELLS // len(sequences))
    for start in range(0, int(steps[0]), window):
        rows = int((steps > start).sum())
        lengths = np.minimum(steps[:rows] - start, window)
        inputs, targets = np.zeros((2, int(lengths[0]), rows), np.int32)
        for b, length in enumerate(lengths):
            inputs[:length, b] = sequences[b][start : start + length]
            targets[:length, b] = sequences[b][start + 1 : start + length + 1]
        if state is not None:
            state = State(**{name: values[:, :rows] for name, values in state.items()})
        losses, state = network.losses(inputs, targets, loss="symbols", lengths=lengths, state=state)
        for b, length in enumerate(lengths):
            nats[b][start : start + length] = losses[:length, b]
        yield int(lengths.sum())
