"""Does it always learn? Arithmetic over many seeds: how many end exact, and after how many updates and seconds.

A network is exact when each of its answers is right in every bit: on all pairs of operands of the training's length,
and, far beyond that length, on random pairs of numbers of 10,000 bits.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Report, say
from elman import Network, Plan, State
from elman.bench.table import digits
from elman.tasks.arithmetic.add import Add
from elman.tasks.arithmetic.pairs import Pairs
from elman.tasks.arithmetic.subtract import Subtract

SEEDS, QUICK_SEEDS = 100, 5
LOOKS = 20  # at the network, evenly spread over the updates of a training
LONG_PAIRS, LONG_BITS = 20, 10_000

# What is trained: its name in the table, its settings, and how many seeds are worth trying.
NETWORKS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("rnn, sigmoid (the default)", {}, SEEDS),
    ("rnn, tanh", {"nonlinearity": "tanh"}, SEEDS),
    ("lstm", {"cell": "lstm"}, SEEDS),
    ("gru", {"cell": "gru"}, SEEDS),
    ("none (no recurrence)", {"cell": "none"}, 10),
    ("`--recipe tutorial`", {"recipe": "tutorial"}, SEEDS),
)


@dataclass(frozen=True)
class Outcome:
    """Of one training."""

    seed: int
    seconds: float  # training alone
    pairs: int
    exact: int  # of these pairs, at the end
    updates: int | None  # after which every look, up to the end, found all pairs exact
    long_exact: int | None  # of LONG_PAIRS; None, like `updates`, where not all pairs are exact at the end


def run(quick: bool) -> Report:
    """Seeds 0–99; quick: 0–4."""
    rows, data = [], []
    for task in (Add, Subtract):
        for network, settings, most in NETWORKS:
            seeds = range(min(QUICK_SEEDS if quick else SEEDS, most))
            outcomes = [outcome(task(**settings, seed=seed)) for seed in seeds]
            rows.append(row(f"{task.name}: {network}", outcomes))
            data.append({"task": task.name, "settings": settings, **columns(outcomes)})
            say(" | ".join(rows[-1]))
    return Report(
        title="Arithmetic over seeds",
        text=(
            "`elman train add` and `elman train subtract` with each cell and otherwise their defaults, one training "
            "per seed from 0 up. *Exact*: at the end, every bit of every answer is right on all pairs of the training's"
            f" length. *Exact and long*: on {LONG_PAIRS} random pairs of {LONG_BITS:,}-bit numbers, too. *Updates*: of "
            f"{LOOKS} looks at all pairs, evenly spread over the training, the first from which on all were exact; "
            "over the seeds that end exact. *Seconds*: training alone."
        ),
        header=(
            "task and network",
            "seeds exact",
            "exact and long",
            "pairs exact, worst seed",
            "updates, median (most)",
            "seconds, median (most)",
        ),
        rows=rows,
        data={"results": data},
    )


def outcome(task: Pairs) -> Outcome:
    """Trains one network, and keeps what it was at each look."""
    network = task.network()
    every = task.settings.steps // LOOKS
    seconds, looks = 0.0, []
    for event in task.trainer(network).run(cut(task.plans(0), every)):
        seconds += event.seconds
        if event.update % every == 0:
            looks.append((event.update, network.parameters.flat.copy()))
    metrics = task.score(network)
    passed = task.passed(metrics)
    return Outcome(
        seed=task.settings.seed,
        seconds=round(seconds, 6),
        pairs=metrics["pairs"],
        exact=metrics["exact"],
        updates=settled(task, looks) if passed else None,
        long_exact=long_exact(task, network) if passed else None,
    )


def cut(plans: Iterable[Plan], every: int) -> Iterator[Plan]:
    """The same updates, in plans none of which goes beyond a multiple of `every`."""
    done = 0
    for plan in plans:
        rows = plan.rows
        while len(rows):
            count = min(len(rows), every - done % every)
            yield Plan(examples=plan.examples, rows=rows[:count])
            rows, done = rows[count:], done + count


def settled(task: Pairs, looks: Sequence[tuple[int, NDArray[Any]]]) -> int:
    """The update of the first look from which on all pairs were exact, as they were at the last."""
    network, questions = task.network(), prefixes(task)
    updates, _ = looks[-1]
    for earlier, parameters in reversed(looks[:-1]):
        network.parameters.flat[...] = parameters
        if not all_exact(network, questions):
            break
        updates = earlier
    return updates


@dataclass(frozen=True)
class Prefixes:
    """All pairs of operands of t + 1 bits, as rows: their bits t (1, N, 2), the answer's (N,), and who counts (N,)."""

    x: NDArray[np.float32]
    answers: NDArray[np.bool_]
    counts: NDArray[np.bool_]


def prefixes(task: Pairs) -> list[Prefixes]:
    """For each step, each way in which pairs can begin: four times as many as at the step before, in its order."""
    pairs = np.zeros((1, 2), np.int64)
    steps = []
    for t in range(task.steps_per_pair):
        if t < task.length:
            pairs = np.concatenate([pairs | np.array(bits) << t for bits in product((0, 1), repeat=2)])
        a, b = pairs.T
        whole = t >= task.length - 1
        counts = a >= b if task.settings.ordered and whole else np.ones(len(pairs), np.bool_)
        steps.append(Prefixes((pairs[None] >> t & 1).astype(np.float32), (task.answer(a, b) >> t & 1) == 1, counts))
    return steps


def all_exact(network: Network, steps: Sequence[Prefixes]) -> bool:
    """Whether all pairs are exact.

    Pairs that begin alike share their state until they part, which is less work than `score` does, and a network
    that is wrong early is found out early.
    """
    state: State | None = None
    for step in steps:
        if state is not None and state.h.shape[1] < len(step.answers):
            state = State(**{name: np.tile(array, (1, 4, 1)) for name, array in state.items()})
        y, state = network.forward(step.x, state)
        if ((y[0, :, 0] > 0) != step.answers)[step.counts].any():
            return False
    return True


def long_exact(task: Pairs, network: Network) -> int:
    """How many pairs of long numbers, the same for every network, it answers right."""
    rng = random.Random(0)
    pairs = [(rng.getrandbits(LONG_BITS), rng.getrandbits(LONG_BITS)) for _ in range(LONG_PAIRS)]
    if task.settings.ordered:
        pairs = [(max(pair), min(pair)) for pair in pairs]
    answers = task.predict(network, pairs)
    return sum(answer == task.answer(*pair) for answer, pair in zip(answers, pairs, strict=True))


def row(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """One line of the table."""
    updates = [one.updates for one in outcomes if one.updates is not None]
    seconds = [one.seconds for one in outcomes]
    worst = min(outcomes, key=lambda one: one.exact)
    return (
        name,
        f"{len(updates)} of {len(outcomes)}",
        f"{sum(one.long_exact == LONG_PAIRS for one in outcomes)} of {len(outcomes)}",
        f"{worst.exact:,} of {worst.pairs:,}",
        f"{statistics.median(updates):,.0f} ({max(updates):,})" if updates else "–",
        f"{digits(statistics.median(seconds))} ({digits(max(seconds))})",
    )


def columns(outcomes: Sequence[Outcome]) -> dict[str, list[Any]]:
    """One list per field, for the JSON."""
    return {field.name: [getattr(one, field.name) for one in outcomes] for field in fields(Outcome)}
