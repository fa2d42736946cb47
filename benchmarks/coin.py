"""Does experience always come? The task `coin` over seeds: how far from the exact posterior its networks end."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import elman
from benchmarks.report import Report, say
from elman.bench.table import digits

SEEDS, QUICK_SEEDS = 20, 3

# What is trained: its name in the table, and its settings.
NETWORKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("uniform: gru (the default)", {}),
    ("uniform: lstm", {"cell": "lstm"}),
    ("uniform: rnn, tanh", {"cell": "rnn"}),
    ("uniform: none (no recurrence)", {"cell": "none"}),
    ("beta:2,5", {"prior": "beta:2,5"}),
    ("two-coins", {"prior": "two-coins"}),
    ("switching", {"prior": "switching"}),
)


def run(quick: bool) -> Report:
    """Seeds 0–19; quick: 0–2."""
    rows, data = [], []
    for name, settings in NETWORKS:
        models = [elman.train("coin", seed=seed, **settings) for seed in range(QUICK_SEEDS if quick else SEEDS)]
        rows.append(row(name, models))
        seconds = [round(model.seconds, 6) for model in models]
        data.append({"settings": settings, "seconds": seconds, "metrics": [model.metrics for model in models]})
        say(" | ".join(rows[-1]))
    return Report(
        title="Coins over seeds",
        text=(
            "`elman train coin` with its defaults but for what is named, one training per seed from 0 up. *Passed*: "
            "exit 0. *Up to* so many tosses: the distance from the exact posterior, in 10⁻⁵ nats per toss, on 1,000 "
            "fresh coins, as long as in training and four times as long, median over the seeds (greatest). *90 "
            "of 100*: the chance of heads that it gives after 90 heads in 100 tosses, mean over 200 orders of them, "
            "median over the seeds (lowest–highest). *Close*: the share of these orders in which it is within 0.01 of "
            "the exact chance, worst seed. *Seconds*: training alone, median (most)."
        ),
        header=("prior and network", "passed", "up to 128", "up to 512", "90 of 100", "exact", "close", "seconds"),
        rows=rows,
        data={"results": data},
    )


def row(name: str, models: Sequence[elman.Model]) -> tuple[str, ...]:
    """One line of the table."""
    questions = [model.metrics["question"] for model in models]
    said = [question["probability"] for question in questions]
    short, *_, long = zip(*(model.metrics["kl"].values() for model in models), strict=True)
    return (
        name,
        f"{sum(model.passed for model in models)} of {len(models)}",
        *(f"{digits(1e5 * statistics.median(kl))} ({digits(1e5 * max(kl))})" for kl in (short, long)),
        f"{statistics.median(said):.3f} ({min(said):.3f}–{max(said):.3f})",
        f"{questions[0]['exact']:.3f}",
        f"{min(question['close'] for question in questions):.1%}",
        f"{digits(statistics.median(m.seconds for m in models))} ({digits(max(m.seconds for m in models))})",
    )
