"""How well does it foretell? The recipes of the task `text` on tiny Shakespeare, beside n-grams, PPMd and xz."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module

import elman
from benchmarks.models import KEPT, PPMD, Learned, learn
from benchmarks.report import Report, say, svg
from elman.bench.table import digits
from elman.data import fetch

# Recipe -> the name of its model.
RECIPES = {"minute": "shakespeare-minute", "best": "shakespeare", "long": "shakespeare-long"}
QUICK_RECIPES = ("minute",)

# https://github.com/karpathy/nanoGPT: 6 layers of 384 channels, 5,000 updates, "about 3 minutes" on one A100.
GPT, GPT_NATS = "GPT on an A100 (nanoGPT's README)", 1.4697

Curve = list[tuple[float, float]]  # seconds of training, and nats per character


def run(quick: bool) -> Report:
    """All recipes; quick: the shortest one."""
    text = fetch("shakespeare")
    results: dict[str, Learned] = {}
    curves: dict[str, Curve] = {}
    for recipe in QUICK_RECIPES if quick else RECIPES:
        results[recipe] = learn(RECIPES[recipe], [text], {"recipe": recipe})
        curves[recipe] = curve(elman.load(KEPT / results[recipe].model))
        say(" | ".join(row(recipe, results[recipe])))
    return report(results, curves)


def report(results: Mapping[str, Learned], curves: Mapping[str, Curve]) -> Report:
    """The table and the picture."""
    [first, *_] = results.values()
    baselines = [
        (one["name"], "", "", "", nats(one["static"]), nats(one["adaptive"])) for one in first.scored["baselines"]
    ]
    return Report(
        title="Text: tiny Shakespeare",
        text=(
            "`elman train text FILE --recipe NAME`, then `elman score MODEL --adapt --baselines`: nats per character "
            f"of the last tenth ({first.scored['characters']:,} characters, read from end to end by one row whose "
            "state is carried) after learning from the rest. *Seconds*: the whole command, from exec to the saved "
            "model. *Static*: the model as it was trained; *adaptive*: of models that go on learning from what they "
            "have read. n-grams are interpolated modified Kneser–Ney; PPMd and xz have read the first part before. The "
            "GPT is the published figure for the same split, of a run that nobody repeated here. The picture has the "
            "validations of each training over its seconds, validations themselves not counted."
        ),
        header=("", "parameters", "updates", "seconds", "static", "adaptive"),
        rows=[
            *(row(recipe, result) for recipe, result in results.items()),
            *baselines,
            (GPT, "10.6 million", "5,000", "about 180", nats(GPT_NATS), ""),
        ],
        data={"results": {name: {**asdict(one), "curve": curves[name]} for name, one in results.items()}},
        pictures={"Nats per character over seconds of training": picture(first, curves)},
    )


def row(recipe: str, result: Learned) -> tuple[str, ...]:
    """One line of the table."""
    sizes = (f"{result.trained['parameters']:,}", f"{result.trained['steps']:,}", digits(result.seconds))
    return (f"recipe `{recipe}`", *sizes, nats(result.static), nats(result.adaptive))


def nats(value: float | None) -> str:
    """Nats per character; nothing where there is no such figure."""
    return "" if value is None else f"{value:.4f}"


def curve(model: elman.Model) -> Curve:
    """Its validations, from first to last; updates take equally long."""
    pace = model.seconds / model.updates
    return [(update * pace, value) for update, value in model.validations]


def picture(first: Learned, curves: Mapping[str, Curve]) -> str:
    """A line per recipe, and yardsticks."""
    figure = import_module("matplotlib.figure").Figure(figsize=(8, 5), layout="constrained")
    axis = figure.subplots()
    for recipe, points in curves.items():
        axis.plot(*zip(*points, strict=True), "o-", markersize=3, label=f"recipe {recipe}")
    yardsticks = (
        (first.ngrams, first.baseline(first.ngrams), "-"),
        (f"{PPMD} (adaptive)", first.baseline(PPMD), "--"),
        (GPT, GPT_NATS, ":"),
    )
    for name, value, style in yardsticks:
        axis.axhline(value, color="black", linewidth=1, linestyle=style, label=f"{name}: {value:.4f}")
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter("{x:g}")
    axis.grid(alpha=0.3)
    axis.set_xlabel("seconds of training")
    axis.set_ylabel("nats per character of the held-out tenth")
    figure.legend(loc="outside upper center", ncols=2)
    return svg(figure)
