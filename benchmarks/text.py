"""How well does it foretell? The recipes of the task `text` on tiny Shakespeare, beside n-grams, PPMd and xz."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.report import Report, say
from elman.bench.table import digits
from elman.data import fetch

RECIPES, QUICK_RECIPES = ("minute", "best"), ("minute",)


def run(quick: bool) -> Report:
    """All recipes; quick: the shortest one."""
    text, results = str(fetch("shakespeare")), {}
    with tempfile.TemporaryDirectory() as folder:
        for recipe in QUICK_RECIPES if quick else RECIPES:
            results[recipe] = learn(text, recipe, str(Path(folder, recipe)))
            say(" | ".join(row(recipe, results[recipe])))
    [first, *_] = results.values()
    baselines = [
        (one["name"], "", "", "", nats(one["static"]), nats(one["adaptive"])) for one in first["scored"]["baselines"]
    ]
    return Report(
        title="Text: tiny Shakespeare",
        text=(
            "`elman train text FILE --recipe NAME`, then `elman score MODEL --adapt --baselines`: nats per character "
            "of the last tenth (111,540 characters, read from end to end by one row whose state is carried) after "
            "learning from the rest. *Seconds*: the whole command, from exec to the saved model. *Static*: the model "
            "as it was trained; *adaptive*: of models that go on learning from what they have read. n-grams are "
            "interpolated modified Kneser–Ney; PPMd and xz have read the first part before."
        ),
        header=("", "parameters", "updates", "seconds", "static", "adaptive"),
        rows=[*(row(recipe, result) for recipe, result in results.items()), *baselines],
        data={"results": results},
    )


def learn(text: str, recipe: str, model: str) -> dict[str, Any]:
    """What the two commands say, and how long the first one takes."""
    began = perf_counter()
    trained = elman("train", "text", text, "--recipe", recipe, "--out", model)
    seconds = perf_counter() - began
    return {"seconds": seconds, "trained": trained, "scored": elman("score", model, "--adapt", "--baselines")}


def row(recipe: str, result: dict[str, Any]) -> tuple[str, ...]:
    """One line of the table."""
    trained, scored = result["trained"], result["scored"]
    sizes = (f"{trained['parameters']:,}", f"{trained['steps']:,}", digits(result["seconds"]))
    return (
        f"recipe `{recipe}`",
        *sizes,
        nats(scored["nats_per_character"]),
        nats(scored["adapted"]["nats_per_character"]),
    )


def nats(value: float | None) -> str:
    """Nats per character; nothing where there is no such figure."""
    return "" if value is None else f"{value:.4f}"


def elman(*arguments: str) -> dict[str, Any]:
    """The one JSON object of a command."""
    command = [sys.executable, "-m", "elman", *arguments, "--json"]
    found: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found
