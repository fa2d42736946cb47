"""Does it prove? Seeds of arithmetic: how many are exact, how many are proved."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from benchmarks.report import Report, say
from elman import train
from elman.bench.table import digits
from elman.tasks.capabilities.provable import Provable

SEEDS, FEW_SEEDS, QUICK_SEEDS = 100, 10, 2

# What is trained: task, its name in the table, its settings, and how many seeds.
CELLS: tuple[tuple[str, str, dict[str, Any], int], ...] = tuple(
    (task, name, options, seeds)
    for task in ("add", "subtract")
    for name, options, seeds in (
        ("rnn, sigmoid (the default)", {}, SEEDS),
        ("rnn, tanh", {"nonlinearity": "tanh"}, SEEDS),
        ("gru", {"cell": "gru"}, FEW_SEEDS),
        ("lstm", {"cell": "lstm"}, FEW_SEEDS),
        ("`--recipe tutorial`", {"recipe": "tutorial"}, FEW_SEEDS),
    )
)


@dataclass(frozen=True)
class Outcome:
    """Of one seed."""

    seed: int
    states: int  # of the reference
    exact: bool
    verdict: str
    training: float  # seconds
    proving: float  # seconds, the independent check included


def run(quick: bool) -> Report:
    """Up to 100 seeds of the simple networks, fewer of what takes long; quick: two of each."""
    rows, data = [], []
    for task, name, options, seeds in CELLS:
        outcomes = [outcome(task, options, seed) for seed in range(min(seeds, QUICK_SEEDS) if quick else seeds)]
        rows.append(row(f"{task}: {name}", outcomes))
        data.append({"task": task, "settings": options, **columns(outcomes)})
        say(" | ".join(rows[-1]))
    return Report(
        title="Proofs over seeds",
        text=(
            "One training per seed from 0 up, with the defaults of `elman train` and the settings named; then the "
            "verdict of `elman prove`. *Exact*: on all operands of the length that is checked. *Proved*: at every "
            "length, the certificate accepted by the independent checker. *Refuted*: exact or not, a wrong answer was "
            "found. *Seconds* to prove: of the exact networks, search and check."
        ),
        header=("task and network", "states", "exact", "proved", "refuted", "seconds to train", "seconds to prove"),
        rows=rows,
        data={"results": data},
    )


def outcome(task: str, options: Mapping[str, Any], seed: int) -> Outcome:
    """Trains one network, and asks for the proof."""
    model = train(task, seed=seed, **options)
    began = time.perf_counter()
    proof = model.prove()
    seconds = time.perf_counter() - began
    assert isinstance(model.task, Provable)
    states = model.task.question().machine.states
    return Outcome(seed, states, model.passed, proof.verdict, round(model.seconds, 4), round(seconds, 4))


def row(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """One line of the table."""
    seconds = [one.proving for one in outcomes if one.exact]
    training = [one.training for one in outcomes]
    count = len(outcomes)
    return (
        name,
        str(outcomes[0].states),
        f"{sum(one.exact for one in outcomes)} of {count}",
        f"{sum(one.verdict == 'proven' for one in outcomes)} of {count}",
        f"{sum(one.verdict == 'refuted' for one in outcomes)} of {count}",
        f"{digits(statistics.median(training))} ({digits(max(training))})",
        f"{digits(statistics.median(seconds))} ({digits(max(seconds))})" if seconds else "–",
    )


def columns(outcomes: Sequence[Outcome]) -> dict[str, list[Any]]:
    """One list per field, for the JSON."""
    return {field.name: [getattr(one, field.name) for one in outcomes] for field in fields(Outcome)}
