"""`elman score MODEL [FILE…]`."""

from __future__ import annotations

from typing import Annotated

import typer

from elman._engine import set_threads
from elman.cli.output import AsJson, ModelPath, Threads, emit, say, show
from elman.cli.score_text import Wanted, score_text
from elman.cli.texts import Encoding, Field, text_task
from elman.models import load


def score(
    model: ModelPath,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE…",
            help="Of text: files, folders, globs, or - (default: what was held out).",
            show_default=False,
        ),
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="Of text: each line or document, as JSON lines.")] = False,
    surprise: Annotated[
        bool, typer.Option("--surprise", help="Of text: the nats of each character, as JSON lines.")
    ] = False,
    adapt: Annotated[
        bool, typer.Option("--adapt", help="Of text: also while the model goes on learning from what it reads.")
    ] = False,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Of text: n-grams, PPMd and xz after the same training text.")
    ] = False,
    train: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="What the baselines learn from; can be given again (default: the model's own text).",
            show_default=False,
        ),
    ] = None,
    encoding: Encoding = None,
    field: Field = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> int:
    """Measure a model anew, beside the baselines; exit 1 if it does not do what it was taught."""
    if threads is not None:
        set_threads(threads)
    loaded = load(model)
    wanted = Wanted(files or [], each, surprise, adapt, baselines, train or [], encoding, field)
    if loaded.task.name == "text" or wanted != Wanted():
        result = score_text(loaded, text_task(loaded, "score"), wanted, stream=not as_json)
        if as_json:
            emit({"task": "text", "model": str(model), **result})
        return 0
    metrics = loaded.score()
    if as_json:
        emit({"task": loaded.task.name, "model": str(model), "metrics": metrics})
    else:
        say(loaded.task.verdict(metrics))
        show(metrics)
    return 0 if loaded.passed else 1
