"""`elman info [MODEL]`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from elman._engine import instruction_set, instruction_sets, threads
from elman.cli.output import AsJson, emit, show
from elman.models import load
from elman.network import CELLS
from elman.network.file import FORMAT
from elman.tasks import TASKS
from elman.version import __version__


def info(
    model: Annotated[Path | None, typer.Argument(metavar="MODEL", help="A model file.", show_default=False)] = None,
    as_json: AsJson = False,
) -> int:
    """What a model file holds; without one, what engine this machine runs."""
    facts = _engine_facts() if model is None else _model_facts(model)
    if as_json:
        emit(facts)
    else:
        if "tensors" in facts:
            facts["tensors"] = {name: " × ".join(map(str, shape)) for name, shape in facts["tensors"].items()}
        show(facts)
    return 0


def _engine_facts() -> dict[str, Any]:
    return {
        "version": __version__,
        "instruction_set": instruction_set(),
        "instruction_sets": instruction_sets(),
        "threads": threads(),
        "cells": list(CELLS),
        "tasks": list(TASKS),
    }


def _model_facts(path: Path) -> dict[str, Any]:
    model = load(path)
    parameters, about = model.network.parameters, path.stat()
    return {
        "model": str(path),
        "format": FORMAT,
        "version": model.version,
        "modified": datetime.fromtimestamp(about.st_mtime).astimezone().isoformat(" ", "seconds"),
        "bytes": about.st_size,
        "task": model.task.name,
        "architecture": model.network.architecture.to_json(),
        "parameters": int(parameters.flat.size),
        "tensors": {name: list(array.shape) for name, array in parameters.items()},
        "steps": model.updates,
        "seconds": round(model.seconds, 6),
        "settings": dict(vars(model.task.settings)),
        "codec": model.task.codec(),
        "data": model.task.fingerprint(),
        "metrics": model.metrics,
    }
