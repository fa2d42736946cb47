"""Is it ever slower than a peer? Every cell, from 4 to 1,024 hidden units, from 1 to 128 rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from typing import Any

from benchmarks.report import Report, say, svg
from elman.bench.peers import NUMPY
from elman.bench.problems import Model, Training
from elman.bench.race import Check, Race, race
from elman.bench.table import digits, race_data
from elman.bench.workloads import SYMBOLS, TRAINED, trainers

CELLS = ("lstm", "gru", "rnn")
HIDDEN = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
BATCH = (1, 8, 32, 128)
STEPS = 20
QUICK_HIDDEN, QUICK_BATCH = (4, 16, 64, 256, 1024), (1, 32)
ROUNDS, QUICK_ROUNDS = 5, 3
GO = 2e9  # FLOP in one go, as far as whole updates allow
MOST = 200  # updates in one go


@dataclass(frozen=True)
class Point:
    """One size."""

    training: Training
    race: Race

    @property
    def best(self) -> str:
        """The fastest peer."""
        peers = [name for name in self.race.seconds if name != self.race.first]
        return min(peers, key=lambda name: self.race.ratio(name).median)

    @property
    def factor(self) -> float:
        """How many times as long as elman the fastest peer takes."""
        return self.race.ratio(self.best).median

    @property
    def share(self) -> float:
        """What elman reaches of the machine's peak."""
        return self.race.share(self.race.first, self.training.flops).median

    @property
    def sizes(self) -> tuple[int, int]:
        """Hidden units and rows."""
        return self.training.model.hidden, self.training.batch

    @property
    def name(self) -> str:
        """To be told."""
        model = self.training.model
        return f"{model.cell}, {model.hidden} hidden units, {self.training.batch} rows"


def run(quick: bool) -> Report:
    """The whole grid, five rounds; quick: a coarser one, three rounds."""
    hiddens, batches = (QUICK_HIDDEN, QUICK_BATCH) if quick else (HIDDEN, BATCH)
    rounds = QUICK_ROUNDS if quick else ROUNDS
    points = []
    for cell, hidden, batch in product(CELLS, hiddens, batches):
        point = measure(Training(Model(cell, hidden, 1, SYMBOLS), batch, STEPS), rounds)
        say(f"{point.name}: {point.factor:.2f} ({point.best}), {100 * point.share:.0f} % of the peak")
        points.append(point)
    return report(points, rounds)


def report(points: Sequence[Point], rounds: int) -> Report:
    """The table: cells and hidden units down, rows of a batch across."""
    hiddens, batches = (sorted(set(sizes)) for sizes in zip(*(point.sizes for point in points), strict=True))
    slower = [one for one in points if one.factor < 1]
    closest = min(points, key=lambda one: one.factor)
    return Report(
        title="Size sweep",
        text=(
            f"Updates of one layer on {SYMBOLS} symbols, {STEPS} steps, otherwise as W3; {rounds} rounds. A figure is "
            "the factor by which elman is faster than the fastest of its peers (PyTorch, JAX) there, who that is, and "
            f"how much of the machine's peak elman reaches. A peer is faster at {len(slower)} of {len(points)} points "
            f"(goal: none); closest: {digits(closest.factor)} ({closest.name}, {closest.best})."
        ),
        header=("cell, hidden units", *(f"{batch} row{'s' * (batch > 1)}" for batch in batches)),
        rows=rows(points, hiddens),
        data={"points": [data(one) for one in points]},
        pictures={"Speed over the fastest peer": picture(points, batches)},
    )


def measure(training: Training, rounds: int) -> Point:
    """A race of those who know all cells."""
    contestants = [c for c in trainers(training) if c.peer is not NUMPY]
    updates = max(1, min(MOST, round(GO / training.flops)))
    return Point(training, race(contestants, Check(3, TRAINED), updates, rounds))


def rows(points: Sequence[Point], hiddens: Sequence[int]) -> list[tuple[str, ...]]:
    """One line per cell and number of hidden units."""
    lines = []
    for cell, hidden in product(cells(points), hiddens):
        here = [one for one in points if (one.training.model.cell, one.training.model.hidden) == (cell, hidden)]
        found = (f"{digits(one.factor)} {one.best}, {100 * one.share:.0f} %" for one in here)
        lines.append((f"{cell}, {hidden:,}", *found))
    return lines


def cells(points: Sequence[Point]) -> list[str]:
    """Those that there are points of."""
    return list(dict.fromkeys(point.training.model.cell for point in points))


def data(point: Point) -> dict[str, Any]:
    """With every round."""
    model, flops = point.training.model, point.training.flops
    sizes = {"cell": model.cell, "hidden": model.hidden, "batch": point.training.batch}
    return {**sizes, "factor": point.factor, "best": point.best, **race_data("sweep", point.race, flops)}


def picture(points: Sequence[Point], batches: Sequence[int]) -> str:
    """A panel per cell, a line per number of rows: the factor over the hidden units."""
    figure = import_module("matplotlib.figure").Figure(figsize=(10, 3.6), layout="constrained")
    panels = cells(points)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, cell in zip(axes, panels, strict=True):
        for batch in batches:
            line = [one for one in points if (one.training.model.cell, one.training.batch) == (cell, batch)]
            axis.plot([one.training.model.hidden for one in line], [one.factor for one in line], "o-", label=f"{batch}")
        axis.axhline(1, color="black", linewidth=1)
        axis.set_xscale("log", base=2)
        axis.set_yscale("log", base=2)
        for side in (axis.xaxis, axis.yaxis):
            side.set_major_formatter("{x:g}")
        axis.grid(alpha=0.3)
        axis.set_title(cell)
        axis.set_xlabel("hidden units")
    axes[0].set_ylabel("faster than the fastest peer by a factor of")
    axes[-1].legend(title="rows")
    return svg(figure)
