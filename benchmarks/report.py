"""Results as a section of docs/benchmarks.md, which this file writes itself, and as JSON beside it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.harness import Race, Spread
from benchmarks.machine import facts

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
OPENING = """# Benchmarks

Everything between marks is written by `python -m benchmarks`, which would overwrite it. Contestants take turns in one
run, after a check that they compute the same thing; a figure is the median of the rounds with the least and the
greatest in parentheses, and a ratio is taken within each round.
"""


@dataclass(frozen=True)
class Report:
    """What a benchmark found: one table with what has to be said about it, and the same for programs."""

    title: str
    text: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    data: dict[str, Any]

    def markdown(self, command: str) -> str:
        """The section of the page."""
        made_with = ", ".join(f"{name} {value}" for name, value in facts().items())
        table = [self.header, ["---", *["--:"] * (len(self.header) - 1)], *self.rows]
        lines = ["| " + " | ".join(row) + " |" for row in table]
        origin = f"Made by `{command}` on {date.today()}: {made_with}."
        return "\n\n".join([f"## {self.title}", self.text, "\n".join(lines), origin])

    def json(self, command: str) -> str:
        """The same, with every round."""
        origin = {"title": self.title, "command": command, "date": str(date.today()), **facts()}
        return json.dumps({**origin, **self.data}, ensure_ascii=False) + "\n"


def write(name: str, report: Report, command: str, page: Path = PAGE) -> None:
    """Puts a report where the one before stood, or at the end of the page."""
    folder = page.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(report.json(command), encoding="utf-8")
    text = page.read_text(encoding="utf-8") if page.exists() else OPENING
    section = f"<!-- {name} -->\n{report.markdown(command)}\n<!-- /{name} -->"
    known = re.compile(f"<!-- {name} -->.*<!-- /{name} -->", re.DOTALL)
    text = known.sub(lambda _: section, text) if known.search(text) else f"{text}\n{section}\n"
    page.write_text(text, encoding="utf-8")


def race_rows(race: Race, scale: float) -> list[tuple[str, str, str]]:
    """One row per contestant: its time in units of 1/scale seconds, and what it is of that of the first."""
    first, *_ = race.seconds
    rows = [
        (name, spread(seconds, scale), "" if name == first else spread(seconds.over(race.seconds[first])))
        for name, seconds in race.seconds.items()
    ]
    return rows + [(name, f"{package} is not installed", "") for name, package in race.missing.items()]


def race_data(race: Race) -> dict[str, Any]:
    """The same with every round."""
    return {"seconds": {name: one.values for name, one in race.seconds.items()}, "missing": race.missing}


def spread(figures: Spread, scale: float = 1.0) -> str:
    """Median (least–greatest)."""
    low, high = min(figures.values), max(figures.values)
    return f"{digits(figures.median * scale)} ({digits(low * scale)}–{digits(high * scale)})"


def digits(value: float) -> str:
    """Three digits, or all before the point.

    >>> digits(0.5123), digits(15.38), digits(1189.6)
    ('0.512', '15.4', '1,190')
    """
    places = next((places for bound, places in ((1, 3), (10, 2), (100, 1)) if abs(value) < bound), 0)
    return f"{value:,.{places}f}"


def say(text: str) -> None:
    """How far it is, where it does not mix with results."""
    print(text, file=sys.stderr, flush=True)
