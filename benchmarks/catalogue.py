"""What does an event cost as the catalogue grows, and the number of sessions? With negatives, the same."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import elman
from benchmarks.report import Report
from elman.bench.race import Spread
from elman.bench.table import spread

Items = NDArray[np.int32]

ITEMS = (10_000, 30_000, 100_000)
LONGEST = 20  # events
CHUNK, ROWS = 10_000, 100  # sessions that are made at once, and those of an update
ROUNDS, QUICK_ROUNDS = 7, 3  # of a chunk for each catalogue
MANY, QUICK_MANY = 1_000_000, 50_000  # sessions, of the largest one
HIDDEN, NEGATIVES = 100, 2_048


def run(quick: bool) -> Report:
    """The catalogues take turns; then memory, in a process of its own."""
    learners = [Learner(items) for items in ITEMS]
    for _ in range(QUICK_ROUNDS if quick else ROUNDS):
        for learner in learners:
            learner.learn()
    rows = [row(learner, learners[0]) for learner in learners]
    sessions = QUICK_MANY if quick else MANY
    peaks = peaks_of(ITEMS[-1], sessions)
    return Report(
        title="Catalogues",
        text=(
            f"Sessions of 2 to {LONGEST} events from a generator: first items by Zipf's law, and after each item often "
            f"one of three. A GRU 1×{HIDDEN} whose head has the embedding's weights, {ROWS} sessions in an update, "
            f"gradients through whole sessions; cross-entropy against {NEGATIVES:,} negatives by popularity^0.5, with "
            f"the refined correction; Adagrad. The catalogues take turns, {CHUNK:,} sessions each. An *event* is an "
            "item that is predicted; its time has all in it that the training does, but not the making of sessions. "
            f"With {ITEMS[-1]:,} items, the peak resident set is {peaks[0] / 1e6:,.0f} MB after {CHUNK:,} sessions, "
            f"and {peaks[1] / 1e6:,.0f} MB after {sessions:,}."
        ),
        header=("items", "parameters", "µs per event", f"times that of {ITEMS[0]:,}", "loss"),
        rows=rows,
        data={
            "items": {one.items: {"seconds": one.seconds, "losses": one.losses} for one in learners},
            "bytes": {CHUNK: peaks[0], sessions: peaks[1]},
        },
    )


def row(learner: Learner, first: Learner) -> tuple[str, ...]:
    """One line of the table."""
    seconds = Spread(tuple(learner.seconds))
    return (
        f"{learner.items:,}",
        f"{learner.trainer.network.parameters.flat.size:,}",
        spread(seconds.times(1e6)),
        spread(seconds.over(Spread(tuple(first.seconds)))),
        f"{learner.losses[0]:.2f} → {learner.losses[-1]:.2f}",
    )


class Learner:
    """A network that learns from chunks of sessions with so many items."""

    def __init__(self, items: int) -> None:
        self.items, self.rng = items, np.random.default_rng(0)
        network = elman.Network(items, items, symbols=True, cell="gru", hidden=HIDDEN, embedding=HIDDEN, tied=True)
        loss = elman.SampledCrossEntropy(negatives=NEGATIVES, popularity=1 / np.arange(1, items + 1))
        self.trainer = elman.Trainer(network, loss=loss, optimizer=elman.Adagrad(0.1))
        self.seconds: list[float] = []  # per event, of each chunk
        self.losses: list[float] = []

    def learn(self) -> None:
        """From one chunk."""
        x, lengths = made(self.rng, self.items)
        rows = self.rng.permutation(lengths.argsort().reshape(-1, ROWS))
        plan = elman.Plan(examples=elman.Batch(inputs=x[:-1], targets=x[1:], lengths=lengths), rows=rows)
        began = time.perf_counter()
        [progress] = self.trainer.run([plan])
        self.seconds.append((time.perf_counter() - began) / float(lengths.sum()))
        self.losses.append(progress.loss)


def peaks_of(items: int, sessions: int) -> tuple[int, int]:
    """Bytes after the first chunk and at the end, from a process of its own."""
    code = f"from benchmarks.catalogue import grow; grow({items}, {sessions})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    first, last = map(int, done.stdout.split())
    return first, last


def grow(items: int, sessions: int) -> None:
    """In that process: so many sessions, and what the process needed at most."""
    learner = Learner(items)
    for chunk in range(sessions // CHUNK):
        learner.learn()
        if chunk == 0:
            print(peak())
    print(peak())


def peak() -> int:
    """Of this process, in bytes so far. Not `resource.getrusage`, which counts what it was forked from, too."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return 1024 * int(line.split()[1])


def made(rng: np.random.Generator, items: int) -> tuple[Items, NDArray[np.int64]]:
    """Sessions side by side (T + 1, B), and how many events of each are predicted (B,)."""
    lengths = np.minimum(rng.geometric(0.25, CHUNK), LONGEST - 1)
    x = np.empty((LONGEST, CHUNK), np.int32)
    x[0] = popular(rng, items)
    for t in range(1, LONGEST):
        after = (x[t - 1] * 7 + 1 + rng.integers(0, 3, CHUNK)) % items
        x[t] = np.where(rng.random(CHUNK) < 0.7, after, popular(rng, items))
    return x, lengths


def popular(rng: np.random.Generator, items: int) -> Items:
    """An item for each session; the chance of item j goes with 1 / (j + 1), or nearly."""
    return (items ** rng.random(CHUNK)).astype(np.int32) - 1
