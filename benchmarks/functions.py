"""Which functions are learned? Forty of them with the defaults: understood or refused, exact, proved, in how long."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context
from typing import Any

from benchmarks.report import Report, say
from elman import ElmanError, set_threads, train
from elman.bench.table import digits
from elman.tasks.arithmetic.transducer import Transducer

SEEDS, QUICK_SEEDS = 2, 1

# Function, base, order (None: elman picks it).
FUNCTIONS: tuple[tuple[str, int, str | None], ...] = (
    ("a + 1", 2, None),
    ("a - b", 2, None),
    ("3a + b", 2, None),
    ("7a - 3b", 2, None),
    ("a + b + c", 2, None),
    ("5a + 2b + c", 2, None),
    ("a XOR b", 2, None),
    ("(a & b) | 5", 2, None),
    ("max(a, b)", 2, None),
    ("min(a, b)", 2, None),
    ("a // 3", 2, None),
    ("a mod 3", 2, None),
    ("a mod 5", 2, None),
    ("a mod 7", 2, None),
    ("a mod 11", 2, None),
    ("a mod 3", 2, "least"),
    ("a mod 7", 2, "least"),
    ("a mod 11", 2, "least"),
    ("a > b", 2, None),
    ("a == b", 2, None),
    ("a >= 2*b", 2, None),
    ("a == 1000", 2, None),
    ("parity(a + b)", 2, None),
    ("(a mod 3) - (b mod 3)", 2, None),
    ("a + b + c", 3, None),
    ("a + b", 10, None),
    ("a - b", 10, None),
    ("3a + b", 10, None),
    ("max(a, b)", 10, None),
    ("min(a, b)", 10, None),
    ("a < b", 10, None),
    ("a mod 7", 10, None),
    ("a + b", 16, None),
    ("a - b", 16, None),
    ("max(a, b)", 16, None),
    ("min(a, b)", 16, None),
    ("a < b", 16, None),
    ("a * b", 2, None),
    ("a XOR b", 10, None),
    ("a + b", 2, "most"),
)


@dataclass(frozen=True)
class Outcome:
    """Of one seed."""

    seed: int
    pairs: int
    exact: int
    verdict: str
    training: float  # seconds of the processor
    proving: float  # the same, the independent check included


def run(quick: bool) -> Report:
    """Two seeds of each, as many side by side as there are cores; quick: one seed."""
    rows: list[tuple[str, ...]] = []
    data: list[dict[str, Any]] = []
    seeds = range(QUICK_SEEDS if quick else SEEDS)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for settings, task, running in [started(pool, *function, seeds) for function in FUNCTIONS]:
            order = f", {settings['order']} first" if settings["order"] else ""
            function = settings["function"].replace("|", r"\|")  # which ends a cell
            name = f"`{function}`, base {settings['base']}{order}"
            if isinstance(task, ElmanError):
                rows.append((name, "refused", *["–"] * 5))
                data.append({"settings": settings, "refused": str(task), "hint": task.hint})
            else:
                outcomes = [one.result() for one in running]
                rows.append(row(name, task, outcomes))
                data.append({"settings": settings, "states": task.definition.machine.states, **columns(outcomes)})
            say(" | ".join(rows[-1]))
    return Report(
        title="Functions",
        text=(
            f"`elman train transducer --function …` with the defaults, seeds 0 to {seeds[-1]}; the order of the digits "
            "is picked by elman where none stands with the function. *Exact*: on all operands of the length that is "
            "checked. *Fewest right*: the share of exact answers of the worst seed. *Proved*: at every length, "
            "the certificate accepted by the independent checker. *Seconds*: of the processor, on one thread, median. "
            "*Refused*: it is said why; a function whose digits cannot be told one by one has no machine."
        ),
        header=("function", "states", "exact", "fewest right", "proved", "seconds to train", "seconds to prove"),
        rows=rows,
        data={"results": data},
    )


def started(
    pool: Executor, function: str, base: int, order: str | None, seeds: Sequence[int]
) -> tuple[dict[str, Any], Transducer | ElmanError, list[Future[Outcome]]]:
    """The settings of a function, its task or why there is none, and its trainings."""
    settings: dict[str, Any] = {"function": function, "base": base, "order": order}
    try:
        task = Transducer(**settings)
    except ElmanError as refused:
        return settings, refused, []
    return settings, task, [pool.submit(outcome, settings, seed) for seed in seeds]


def outcome(settings: Mapping[str, Any], seed: int) -> Outcome:
    """Trains one network, and asks for the proof if it is exact."""
    set_threads(1)
    began = time.process_time()
    model = train("transducer", seed=seed, **settings)
    trained = time.process_time()
    verdict = model.prove().verdict if model.passed else "–"
    proved = time.process_time()
    pairs, exact = model.metrics["pairs"], model.metrics["exact"]
    return Outcome(seed, pairs, exact, verdict, round(trained - began, 3), round(proved - trained, 3))


def row(name: str, task: Transducer, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """One line of the table."""
    d, count = task.definition, len(outcomes)
    proving = [one.proving for one in outcomes if one.exact == one.pairs]
    return (
        name,
        f"{d.machine.states}, {d.order} first",
        f"{sum(one.exact == one.pairs for one in outcomes)} of {count}",
        share(min(one.exact / one.pairs for one in outcomes)),
        f"{sum(one.verdict == 'proven' for one in outcomes)} of {count}",
        digits(statistics.median(one.training for one in outcomes)),
        digits(statistics.median(proving)) if proving else "–",
    )


def share(part: float) -> str:
    """In per cent; all is said only where it is all."""
    return "100%" if part == 1 else f"{min(part, 0.9999):.2%}"


def columns(outcomes: Sequence[Outcome]) -> dict[str, list[Any]]:
    """One list per field, for the JSON."""
    return {field.name: [getattr(one, field.name) for one in outcomes] for field in fields(Outcome)}
