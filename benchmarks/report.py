"""Results as a section of docs/benchmarks.md, which this file writes itself, and as JSON and pictures beside it."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from elman.bench import table
from elman.bench.machine import default_threads, facts
from elman.bench.workloads import Result, run

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
OPENING = """# Benchmarks

`python -m benchmarks w1` measures one section of this page; `python -m benchmarks` measures all of them, and overwrites
the page. The compared libraries take turns in one run, after a check that they compute the same thing. Each figure is
the median of the rounds; the minimum and the maximum are in parentheses. Ratios are taken within each round.

- *W1* to *W8* are the names of the workloads; `elman bench w1` measures one of them. An *update* is one step of
  training: forward, backward, new weights. A *row* is one sequence of a batch. *One-hot* is a vector of zeros with a
  single 1, which stands for a symbol.
- *RNN* is a recurrent neural network, *LSTM* long short-term memory, *GRU* a gated recurrent unit. *2→16→1* is a
  network of 2 inputs, 16 hidden units and 1 output. *LSTM 2×128* has 2 layers of 128 hidden units.
- *GFLOP/s* are 10⁹ floating-point operations per second. *Of the peak*: the operations of the products (two per
  multiply-add; backward takes twice as many as forward; a one-hot input takes none), divided by those of a loop of
  multiply-adds in registers that runs in the same round on as many threads. *Goal*: the target that was set before.
- A *nat* is a unit of information, 1.44 bits. A model pays −ln *p* nats for a character to which it gave the
  probability *p*; fewer is better. *Static*: the model does not change after training. *Adaptive*: it goes on learning
  from the text on which it is tested.
- *n-grams* are counts of *n* characters in a row; *Kneser–Ney* is the best known way to mix the counts of different
  *n*. *PPMd* and *xz* are compressors; PPMd is that of 7-Zip for text.
- A *seed* is the number from which all random numbers of a training come.
"""


@dataclass(frozen=True)
class Report:
    """What a benchmark found: one table with what has to be said about it, and the same for programs."""

    title: str
    text: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    data: dict[str, Any]
    pictures: Mapping[str, str] = field(default_factory=dict)  # what it shows -> SVG

    def markdown(self, command: str) -> str:
        """The section of the page; pictures are files beside it."""
        made_with = ", ".join(f"{name} {value}" for name, value in facts(default_threads()).items())
        lines = [
            "| " + " | ".join(row) + " |"
            for row in [self.header, ["---", *["--:"] * (len(self.header) - 1)], *self.rows]
        ]
        shown = [f"![{what}](benchmarks/{slug(what)}.svg)" for what in self.pictures]
        origin = f"Made by `{command}` on {date.today()}: {made_with}."
        return "\n\n".join([f"## {self.title}", self.text, "\n".join(lines), *shown, origin])

    def json(self, command: str) -> str:
        """The same, with every round."""
        origin = {"title": self.title, "command": command, "date": str(date.today()), **facts(default_threads())}
        return json.dumps({**origin, **self.data}, ensure_ascii=False) + "\n"


def slug(what: str) -> str:
    """A file's name."""
    return "-".join(re.findall("[a-z0-9]+", what.lower()))


def svg(figure: Any) -> str:
    """A figure of matplotlib; the same picture is the same file."""
    matplotlib: Any = import_module("matplotlib")
    file = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "elman"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def write(name: str, report: Report, command: str, order: Sequence[str], page: Path = PAGE) -> None:
    """Puts a report where the one before stood; sections are in the order of these names."""
    folder = page.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(report.json(command), encoding="utf-8")
    for what, picture in report.pictures.items():
        (folder / f"{slug(what)}.svg").write_text(picture, encoding="utf-8")
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    sections = dict(re.findall(r"<!-- (\w+) -->\n(.*?)\n<!-- /\1 -->", before, re.DOTALL))
    sections[name] = report.markdown(command)
    ordered = sorted(sections, key=list(order).index)
    marked = [f"<!-- {one} -->\n{sections[one]}\n<!-- /{one} -->\n" for one in ordered]
    page.write_text("\n".join([OPENING, *marked]), encoding="utf-8")


def workload(name: str, quick: bool) -> Report:
    """One of W1 to W7, or W9."""
    return of(run(name, quick))


def of(result: Result) -> Report:
    """A workload's table."""
    return Report(
        title=result.workload,
        text=table.text(result),
        header=table.header(result),
        rows=table.rows(result),
        data=table.data(result),
    )


def say(text: str) -> None:
    """How far it is, where it does not mix with results."""
    print(text, file=sys.stderr, flush=True)
