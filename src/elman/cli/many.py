"""Trainings with many seeds: what `elman train TASK --seeds 0-999` does."""

from __future__ import annotations

import time
from argparse import ArgumentTypeError, Namespace
from itertools import chain
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import own_path
from elman.cli.output import emit, ending, note, say, tell
from elman.errors import ConfigError
from elman.spelling import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from elman.cli.parser import Parser

# What a single training has, and many have not: what it is called, and what it is unless it was given.
ALONE = {"resume": None, "start": None, "minutes": None, "show": None, "no_out": False, "device": "cpu"}


def declare_many(parser: Parser) -> None:
    """--seeds and --models."""
    section = "many trainings side by side"
    about = (
        "A training for each of these seeds: 0-999, or 1,5,7; --out is a table of the results, and --json sums them up."
    )
    parser.add_argument("--seeds", metavar="SEEDS", type=seeds, section=section, help=about)
    parser.add_argument(
        "--models", metavar="FOLDER", type=own_path, section=section, help="With --seeds: where the models go."
    )


def seeds(word: str) -> Iterable[int]:
    """0-999, or 1,5,7, or both; as many as may be, for they are counted where they are used."""
    found: list[range] = []
    for part in word.split(","):
        first, _, last = part.partition("-")
        try:
            low, high = int(first), int(last or first)
        except ValueError:
            raise ArgumentTypeError(f"expected seeds as 0-999 or 1,5,7; found {word!r}") from None
        if low > high:
            raise ArgumentTypeError(f"expected the lower seed first, {high}-{low}; found {part!r}")
        found.append(range(low, high + 1))
    return chain.from_iterable(found)


def run_many(task: str, data: Sequence[str], given: Mapping[str, Any], options: Namespace) -> int:
    """Trains all of them; exit 1 if one failed, or is not what it should be."""
    from elman.interop.ranks import ranks
    from elman.models.journal import beside
    from elman.models.many import train_many

    for name, usual in ALONE.items():
        if getattr(options, name, usual) != usual:
            option = {"start": "from"}.get(name, name).replace("_", "-")
            raise ConfigError(
                f"--{option}: expected without --seeds; found both",
                "many trainings begin anew, are whole, and run on the CPU; leave it out, or --seeds",
            )
    if (size := ranks().size) > 1:
        raise ConfigError(
            f"--seeds: expected one process; found {size}", "each would train all of them: several commands share seeds"
        )
    if "seed" in given:
        raise ConfigError("--seed: expected without --seeds; found both")
    began = time.perf_counter()
    try:
        rows = train_many(
            task,
            data,
            seeds=options.seeds,
            out=options.out,
            models=options.models,
            force=options.force,
            on_begin=note,
            **given,
        )
    except KeyboardInterrupt:
        if options.out is not None and beside(options.out).exists():
            note("hint: what is done is kept; the same command goes on")
        raise
    failed = [row for row in rows if row["error"]]
    passed = sum(row["passed"] is True for row in rows)
    code = 0 if passed == len(rows) else 1
    figure = _figure(task, [row for row in rows if not row["error"]])
    if options.as_json:
        counts: dict[str, Any] = {"seeds": len(rows), "passed": passed, "failed": len(failed)}
        if figure is not None:
            counts["figure"] = figure
        table = None if options.out is None else str(options.out)
        emit({"task": task, "table": table, **counts, "wall_seconds": round(time.perf_counter() - began, 3)})
        return code
    for row in failed[:10]:
        note(f"seed {row['seed']}: {row['error']}")
    if len(failed) > 10:
        note(f"and {len(failed) - 10:,} others that failed")
    tell(f"{_told(figure, passed, len(rows), len(failed))}{ending(code)}")
    if options.out is None:
        note("hint: --out TABLE.csv keeps the results")
    else:
        say(f"saved to {options.out}")
    return code


def _figure(task: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Mean and spread of what tells how good these networks are; {} where it was not measured.

    None where each is right or wrong.
    """
    from statistics import fmean

    from elman.tasks import TASKS
    from elman.tasks.capabilities.graded import Graded

    kind = TASKS[task]
    if not rows or not issubclass(kind, Graded):
        return None
    name = kind.figure({column.removeprefix("metrics."): one for column, one in rows[0].items() if one is not None})
    if not name:
        return None if name is None else {}
    values = [row[f"metrics.{name}"] for row in rows]
    return {"name": name, "mean": fmean(values), "least": min(values), "most": max(values)}


def _told(figure: Mapping[str, Any] | None, passed: int, count: int, failed: int) -> str:
    """How many are what they should be; or, where that is no question, how good they are."""
    if figure is None:
        return f"{passed:,} of {count:,} networks are what they should be"
    trained = counted(count - failed, "network")
    if figure:
        mean, least, most = (f"{figure[name]:.4f}" for name in ("mean", "least", "most"))
        found = f"mean {figure['name']} of {trained}: {mean}, {least} to {most}"
    else:
        found = f"{trained} trained; nothing was held out to measure them by"
    others = ((failed, "failed"), (count - failed - passed, "learned nothing"))
    return found + "".join(f"; {number:,} {what}" for number, what in others if number and figure)
