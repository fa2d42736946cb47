"""Classifiers with their defaults beside MiniRocket, the nearest neighbour by DTW, and logistic regression.

    pip install aeon
    python -m benchmarks classify

Each set is parted as its authors did; it ships in aeon. A network learns from the training part alone, of which it
holds out a tenth; the others learn from all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import elman
from benchmarks.report import Report, say
from elman.errors import ConfigError
from elman.tasks.labelled.baselines import SUMMARY, baselines
from elman.tasks.labelled.codec import Examples
from elman.tasks.labelled.report import of_baseline
from elman.tasks.labelled.tabled import Tabled
from elman.tasks.labelled.timeseries import DTW, MINIROCKET

SETS = ("JapaneseVowels", "BasicMotions", "PickupGestureWiimoteZ")
GOALS = {"JapaneseVowels": 0.985}  # of the others: MiniRocket
SEEDS = 5
LOGISTIC = f"logistic regression on {SUMMARY}"


@dataclass(frozen=True)
class Parts:
    """The files of a set."""

    name: str

    @property
    def files(self) -> tuple[str, str]:
        """To learn from, and to be measured by."""
        found = find_spec("aeon")
        if found is None or not found.submodule_search_locations:
            raise ConfigError("classify: expected the package aeon, which has the data; found none", "pip install aeon")
        folder = Path(found.submodule_search_locations[0]) / "datasets" / "data" / self.name
        return str(folder / f"{self.name}_TRAIN.ts"), str(folder / f"{self.name}_TEST.ts")


def run(quick: bool) -> Report:
    """A line for each set."""
    seeds, rows, data = (range(2) if quick else range(SEEDS)), [], {}
    for name in SETS:
        found = compared(*Parts(name).files, seeds)
        data[name] = found
        goal = GOALS.get(name)
        rows.append(
            (
                f"{name}: {found['classes']} classes, {found['columns']} columns, {found['learned']} and "
                f"{found['scored']} sequences of {found['shortest']} to {found['longest']} steps",
                told(found["elman"]),
                f"{np.median(found['seconds']):.1f}",
                *(told(found[one]) for one in (MINIROCKET, DTW, LOGISTIC)),
                "MiniRocket" if goal is None else f"{goal}",
            )
        )
        say(" | ".join(rows[-1]))
    return Report(
        title="Classifiers of sequences",
        text=(
            "Accuracy on the test part of sets that ship in aeon, parted as their authors did; `elman train classify` "
            "with no option. The median of the seeds "
            f"{seeds[0]} to {seeds[-1]}; the least and the greatest are in parentheses, where they differ. The network "
            "learns from the training part alone, of which a tenth is held out to choose when to stop; the others "
            "learn from all of it. MiniRocket and the nearest neighbour by dynamic time warping are aeon's; logistic "
            "regression is on statistics of each column. *Seconds*: from the file to the model."
        ),
        header=("set", "elman", "seconds", "MiniRocket", "nearest neighbour", "logistic regression", "goal"),
        rows=rows,
        data={"sets": data},
    )


def compared(train: str, test: str, seeds: range) -> dict[str, Any]:
    """Accuracies of each, by seed."""
    found: dict[str, list[float]] = {name: [] for name in ("elman", "seconds", MINIROCKET, DTW, LOGISTIC)}
    for seed in seeds:
        began = perf_counter()
        model = elman.train("classify", train, label="label", seed=seed)
        found["seconds"].append(perf_counter() - began)
        task = model.task
        assert isinstance(task, Tabled)
        learned, scored = (task.known.read([part], task.settings) for part in (train, test))
        found["elman"].append(task.measured(model.network, scored)["accuracy"])
        for one in baselines(task.answers, learned, scored, None, seed):
            if one.y is not None and (one.name == MINIROCKET or seed == seeds[0]):  # the others draw nothing
                figures = of_baseline(task.answers, scored, one.y, certain=one.certain)
                found[one.name].append(figures["accuracy"])
    return {**found, **sizes(learned, scored)}


def sizes(learned: Examples, scored: Examples) -> dict[str, int]:
    """Of a set."""
    lengths = [len(one) for one in [*learned.inputs, *scored.inputs]]
    return {
        "classes": len(learned.names),
        "columns": learned.inputs[0].shape[1],
        "learned": len(learned.ids),
        "scored": len(scored.ids),
        "shortest": min(lengths),
        "longest": max(lengths),
    }


def told(figures: list[float]) -> str:
    """The median, and between what it is."""
    if not figures:
        return "not installed"
    spread = "" if min(figures) == max(figures) else f" ({min(figures):.4f}–{max(figures):.4f})"
    return f"{np.median(figures):.4f}{spread}"
