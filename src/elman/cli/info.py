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
    from elman.network.file import Contents

FIRST = ("model", "task", "steps", "seconds", "metrics")  # for people; the rest, as JSON has it, behind them
CHARACTERS, VALUES = 1000, 60  # of a value, at most, that people are shown whole
SHOWN = 16  # of a longer one


def declare(parser: Parser) -> None:
    """A file, or none."""
    parser.add_argument("model", metavar="MODEL", nargs="?", type=path, help="A model file, or that of a network.")
    add_json(parser)


def run(options: Namespace) -> int:
    """Tells of it."""
    facts = _engine_facts() if options.model is None else _file_facts(options.model)
    if options.as_json:
        emit(facts)
    else:
        if "tensors" in facts:
            facts["tensors"] = {name: " × ".join(map(str, shape)) for name, shape in facts["tensors"].items()}
        first = {name: facts[name] for name in FIRST if name in facts}
        show({name: _short(value) for name, value in (first | facts).items()})
    return 0


def _short(value: Any) -> Any:
    """Of what is too long for people: its beginning and its size. JSON has all of it."""
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items()}
    if isinstance(value, str) and len(value) > CHARACTERS:
        return f"{value[:SHOWN]}… ({len(value):,} characters; --json shows all)"
    if isinstance(value, list) and len(value) > VALUES:
        some = [_short(one) for one in value[:SHOWN]]
        return [*some, f"… ({len(value):,} values; --json shows all)"]
    return [_short(one) for one in value] if isinstance(value, list) else value


def _engine_facts() -> dict[str, Any]:
    from elman._engine import instruction_set, instruction_sets, threads, threads_source
    from elman.network import CELLS
    from elman.tasks import TASKS

    return {
        "version": __version__,
        "instruction_set": instruction_set(),
        "instruction_sets": instruction_sets(),
        "threads": threads(),
        "threads_source": threads_source(),
        "cells": list(CELLS),
        "tasks": list(TASKS),
    }


def _file_facts(path: Path) -> dict[str, Any]:
    from elman.models.restore import model_of
    from elman.models.sizes import held, sizes
    from elman.network.file import NetworkHeader, load
    from elman.tasks.capabilities.compresses import Compresses

    contents = load(path)
    if isinstance(contents.header, NetworkHeader):
        facts = _network_facts(path, contents, {"holds": held(path.read_bytes())}, task=None)
        return {**facts, "trainer": contents.header.trainer or None}
    model = model_of(contents, path)
    mark = {"mark": model.task.mark(model.network)} if isinstance(model.task, Compresses) else {}
    return {
        **_network_facts(path, contents, sizes(model), task=model.task.name),
        **mark,
        "steps": model.updates,
        "seconds": round(model.seconds, 6),
        "settings": dict(vars(model.task.settings)),
        "codec": model.task.codec(),
        "data": model.task.fingerprint(),
        "sources": list(model.sources),
        "metrics": model.metrics,
    }


def _network_facts(path: Path, contents: Contents, size: dict[str, Any], task: str | None) -> dict[str, Any]:
    from datetime import datetime

    from elman.network.file import FORMAT

    about = path.stat()
    return {
        "model": str(path),
        "format": FORMAT,
        "version": contents.header.version,
        "modified": datetime.fromtimestamp(about.st_mtime).astimezone().isoformat(" ", "seconds"),
        "bytes": about.st_size,
        **size,
        "stored": contents.header.stored,
        "task": task,
        "architecture": contents.architecture.to_json(),
        "parameters": int(contents.parameters.flat.size),
        "tensors": {name: list(array.shape) for name, array in contents.parameters.items()},
    }
