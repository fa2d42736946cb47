"""From which size on a device of PyTorch pays: the same training by the engine and there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

import numpy as np

from elman.interop.torch_device import to_device
from elman.network import Network
from elman.training import Adam, Batch, Plan, Trainer

HIDDEN = (32, 64, 128, 256, 512)
SYMBOLS, STEPS, ROWS, LAYERS = 65, 64, 64, 2
TURN = 1.0  # seconds of training in a measurement, about
TURNS = 3


class Size(NamedTuple):
    """Seconds of an update, the median of some turns."""

    hidden: int
    engine: float
    device: float


def sizes(device: str, hidden: Sequence[int] = HIDDEN) -> Iterator[Size]:
    """LSTMs of two layers that learn characters: 64 rows of 64 steps, Adam, gradients of length 1 at most."""
    for one in hidden:
        engine, there = _Training(trainer(one)), _Training(to_device(trainer(one), device))
        turns = [(engine.update(), there.update()) for _ in range(TURNS)]
        yield Size(one, *(float(np.median(found)) for found in zip(*turns, strict=True)))


def trainer(hidden: int) -> Trainer:
    """That is measured."""
    network = Network(SYMBOLS, SYMBOLS, symbols=True, hidden=hidden, layers=LAYERS, seed=0)
    return Trainer(network, loss="symbols", optimizer=Adam(1e-3), clip_norm=1.0)


class _Training:
    """A trainer, warm."""

    def __init__(self, trainer: Trainer) -> None:
        rng = np.random.default_rng(0)
        text = rng.integers(0, SYMBOLS, (STEPS + 1, ROWS))
        self._trainer, self._batch = trainer, Batch(inputs=text[:-1], targets=text[1:])
        self._run(2)
        self._pace = self._run(2)

    def _run(self, updates: int) -> float:
        """Seconds of an update."""
        plan = Plan(examples=self._batch, rows=np.tile(np.arange(ROWS), (updates, 1)))
        began = perf_counter()
        next(self._trainer.run([plan]))
        return (perf_counter() - began) / updates

    def update(self) -> float:
        """In a turn."""
        return self._run(max(1, int(TURN / self._pace)))
