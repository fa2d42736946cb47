"""`elman score MODEL`."""

from __future__ import annotations

from elman._engine import set_threads
from elman.cli.output import AsJson, ModelPath, Threads, emit, say, show
from elman.models import load


def score(model: ModelPath, threads: Threads = None, as_json: AsJson = False) -> int:
    """Measure a model anew, beside the baselines; exit 1 if it does not do what it was taught."""
    if threads is not None:
        set_threads(threads)
    loaded = load(model)
    metrics = loaded.score()
    if as_json:
        emit({"task": loaded.task.name, "model": str(model), "metrics": metrics})
    else:
        say(loaded.task.verdict(metrics))
        show(metrics)
    return 0 if loaded.passed else 1
