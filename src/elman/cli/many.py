"""Trainings with many seeds: what `elman train TASK --seeds 0-999` does."""

from __future__ import annotations

import time
from argparse import ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from elman.cli.output import emit, ending, note, say, tell
from elman.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elman.cli.parser import Parser

# What a single training has, and many have not: what it is called, and what it is unless it was given.
ALONE = {"resume": None, "start": None, "minutes": None, "show": None, "no_out": False}


def declare_many(parser: Parser) -> None:
    """--seeds and --models."""
    section = "many trainings side by side"
    about = (
        "A training for each of these seeds: 0-999, or 1,5,7; --out is a table of the results, and --json sums them up."
    )
    parser.add_argument("--seeds", metavar="SEEDS", type=seeds, section=section, help=about)
    parser.add_argument("--models", metavar="FOLDER", section=section, help="With --seeds: where the models go.")


def seeds(word: str) -> list[int]:
    """0-999, or 1,5,7, or both."""
    found: list[int] = []
    for part in word.split(","):
        first, _, last = part.partition("-")
        try:
            found += range(int(first), int(last or first) + 1)
        except ValueError:
            raise ArgumentTypeError(f"expected seeds as 0-999 or 1,5,7; found {word!r}") from None
    return found


def run_many(task: str, data: Sequence[str], given: Mapping[str, Any], options: Namespace) -> int:
    """Trains all of them; exit 1 if one failed, or is not what it should be."""
    from elman.models.many import train_many

    for name, usual in ALONE.items():
        if getattr(options, name, usual) != usual:
            option = {"start": "from"}.get(name, name).replace("_", "-")
            raise ConfigError(
                f"--{option}: expected without --seeds; found both", "many trainings begin anew, and whole"
            )
    if "seed" in given:
        raise ConfigError("--seed: expected without --seeds; found both")
    began = time.perf_counter()
    try:
        rows = train_many(
            task, data, seeds=options.seeds, out=options.out, models=options.models, force=options.force, **given
        )
    except KeyboardInterrupt:
        if options.out is not None:
            note("hint: what is done is kept; the same command goes on")
        raise
    failed = [row for row in rows if row["error"]]
    passed = sum(row.get("passed", False) for row in rows)
    code = 0 if passed == len(rows) else 1
    if options.as_json:
        counts = {"seeds": len(rows), "passed": passed, "failed": len(failed)}
        table = None if options.out is None else str(options.out)
        emit({"task": task, "table": table, **counts, "wall_seconds": round(time.perf_counter() - began, 3)})
        return code
    for row in failed[:10]:
        note(f"seed {row['seed']}: {row['error']}")
    if len(failed) > 10:
        note(f"and {len(failed) - 10:,} others that failed")
    tell(f"{passed:,} of {len(rows):,} networks are what they should be{ending(code)}")
    if options.out is None:
        note("hint: --out TABLE.csv keeps the results")
    else:
        say(f"saved to {options.out}")
    return code
