"""`elman info [MODEL]`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, path
from elman.cli.output import emit, show
from elman.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from elman.cli.parser import Parser


def declare(parser: Parser) -> None:
    """A model, or none."""
    parser.add_argument("model", metavar="MODEL", nargs="?", type=path, help="A model file.")
    add_json(parser)


def run(options: Namespace) -> int:
    """Tells of it."""
    facts = _engine_facts() if options.model is None else _model_facts(options.model)
    if options.as_json:
        emit(facts)
    else:
        if "tensors" in facts:
            facts["tensors"] = {name: " × ".join(map(str, shape)) for name, shape in facts["tensors"].items()}
        show(facts)
    return 0


def _engine_facts() -> dict[str, Any]:
    from elman._engine import instruction_set, instruction_sets, threads
    from elman.network import CELLS
    from elman.tasks import TASKS

    return {
        "version": __version__,
        "instruction_set": instruction_set(),
        "instruction_sets": instruction_sets(),
        "threads": threads(),
        "cells": list(CELLS),
        "tasks": list(TASKS),
    }


def _model_facts(path: Path) -> dict[str, Any]:
    from datetime import datetime

    from elman.models import load
    from elman.models.sizes import sizes
    from elman.network.file import FORMAT

    model = load(path)
    parameters, about = model.network.parameters, path.stat()
    return {
        "model": str(path),
        "format": FORMAT,
        "version": model.version,
        "modified": datetime.fromtimestamp(about.st_mtime).astimezone().isoformat(" ", "seconds"),
        "bytes": about.st_size,
        **sizes(model),
        "stored": model.form,
        "task": model.task.name,
        "architecture": model.network.architecture.to_json(),
        "parameters": int(parameters.flat.size),
        "tensors": {name: list(array.shape) for name, array in parameters.items()},
        "steps": model.updates,
        "seconds": round(model.seconds, 6),
        "settings": dict(vars(model.task.settings)),
        "codec": model.task.codec(),
        "data": model.task.fingerprint(),
        "sources": list(model.sources),
        "metrics": model.metrics,
    }
