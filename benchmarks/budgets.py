"""Is the time well used? What `elman train text FILE --minutes N` chooses for tiny Shakespeare, beside other sizes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import PAGE, Report, say
from benchmarks.text import RECIPES, nats
from elman.data import fetch
from elman.models import Training, begin

NAME = "budgets"
BUDGETS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)  # minutes
QUICK = (0.5, 1.0)
GOAL = 0.02  # of the best network's nats: by how much the one that was chosen may be worse
CHOSEN, SMALLER, LARGER = "chosen", "smaller", "larger"
COLUMNS = (CHOSEN, SMALLER, LARGER, *RECIPES)

Stops = Sequence[float]  # minutes, in order
Found = dict[float, dict[str, Any]]  # minutes -> column -> hidden units, and nats per character


def run(quick: bool, minutes: Stops = (), page: Path = PAGE) -> Report:
    """All budgets, or those of so many minutes; quick: the shortest two. The others are as the page has them."""
    wanted = sorted(minutes or (QUICK if quick else BUDGETS))
    text = str(fetch("shakespeare"))
    found: Found = {stop: {} for stop in wanted}
    for budget, stops in neighbours(wanted):
        columns = {stop: CHOSEN if stop == budget else SMALLER if stop > budget else LARGER for stop in stops}
        follow(begin("text", text, minutes=budget), columns, found)
    for recipe in RECIPES:
        follow(begin("text", text, recipe=recipe), dict.fromkeys(wanted, recipe), found)
    return report({**before(page), **found})


def neighbours(wanted: Stops) -> list[tuple[float, Stops]]:
    """Budgets whose choices are trained, and when, in minutes, each is looked at.

    That is after its own budget, the next smaller and the next larger one, where they are wanted: so every budget has
    what was chosen for it beside a smaller and a larger network.

    >>> neighbours([1.0])
    [(0.5, [1.0]), (1.0, [1.0]), (2.0, [1.0])]
    """
    budgets = sorted({*BUDGETS, *wanted})
    looked = [
        (budget, [stop for stop in budgets[max(0, i - 1) : i + 2] if stop in wanted])
        for i, budget in enumerate(budgets)
    ]
    return [(budget, stops) for budget, stops in looked if stops]


def follow(training: Training, columns: dict[float, str], found: Found) -> None:
    """Trains for so many minutes, and notes after each of them how good the best network is until then.

    What is noted is what `--minutes` would have given, as no rate falls with the time that is left.
    """
    hidden, gone = training.network.architecture.hidden, 0.0
    for stop, column in columns.items():
        for _ in training.run(stop - gone):
            pass
        gone = stop
        found[stop][column] = [hidden, min(value for _, value in training.validations)]
        say(f"{stop:g} minutes | {column} | {hidden} units | {found[stop][column][1]:.4f}")


def before(page: Path) -> Found:
    """What runs before this one found."""
    kept = page.with_suffix("") / f"{NAME}.json"
    if not kept.exists():
        return {}
    return {float(minutes): columns for minutes, columns in json.loads(kept.read_text("utf-8"))["found"].items()}


def report(found: Found) -> Report:
    """The table."""
    ordered = dict(sorted(found.items()))
    return Report(
        title="Text: what `--minutes` chooses",
        text=(
            "`elman train text FILE --minutes N` on tiny Shakespeare: nats per character of the last tenth, as the "
            "best validation by then has it. *Chosen*: what it chooses. *Smaller* and *larger*: what it chooses for "
            "the budgets before and behind, trained for this one. Recipes end when their epochs are over. *Behind*: "
            "by how much the best of all of them is better. Budgets that a run leaves out (`--minutes`) are those of "
            "an earlier run."
        ),
        header=("minutes", CHOSEN, SMALLER, LARGER, *(f"recipe `{recipe}`" for recipe in RECIPES), "behind", "goal"),
        rows=[row(minutes, columns) for minutes, columns in ordered.items()],
        data={"found": ordered},
    )


def row(minutes: float, columns: dict[str, Any]) -> tuple[str, ...]:
    """One line of it."""
    cells = [
        "" if column not in columns else f"{nats(columns[column][1])} ({columns[column][0]})" for column in COLUMNS
    ]
    share = behind(columns)
    return (f"{minutes:g}", *cells, f"{share:.1%}", f"≤ {GOAL:.0%}: {'met' if share <= GOAL else 'missed'}")


def behind(columns: dict[str, Any]) -> float:
    """By which share of its nats the best network is better than the one that was chosen."""
    best: float = min(value for _, value in columns.values())
    return float(columns[CHOSEN][1]) / best - 1
