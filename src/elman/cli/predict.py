"""`elman predict MODEL INPUT…`."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from elman._engine import set_threads
from elman.cli.output import AsJson, ModelPath, Threads, emit, say
from elman.errors import DataError
from elman.models import load
from elman.tasks import Task


def predict(
    model: ModelPath,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT…", help="What to answer; without any, each line of stdin.", show_default=False),
    ] = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> int:
    """One answer per input: `elman predict adder.safetensors 17+25`."""
    if threads is not None:
        set_threads(threads)
    loaded = load(model)
    parsed = loaded.task.parse(inputs) if inputs else [_parsed(loaded.task, *line) for line in enumerate(_lines(), 1)]
    outputs = loaded.predict(parsed)
    if as_json:
        emit({"inputs": parsed, "outputs": outputs})
    else:
        for output in outputs:
            say(loaded.task.tell(output))
    return 0


def _lines() -> list[str]:
    try:
        return [line.removesuffix("\n") for line in sys.stdin]
    except UnicodeDecodeError as error:
        raise DataError(
            f"stdin: expected text in {error.encoding}; found bytes that are none ({error.reason})"
        ) from None


def _parsed(task: Task, number: int, line: str) -> Any:
    """The one input of a line: so the n-th answer is that of line n, whatever the lines hold."""
    try:
        found = task.parse([line])
    except DataError as error:
        raise DataError(f"stdin, line {number}: {error}", error.hint) from None
    if len(found) != 1:
        raise DataError(f"stdin, line {number}: expected one input; found {len(found)}", "one line for each")
    return found[0]
