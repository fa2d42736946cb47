"""`elman predict MODEL INPUT…`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from elman._engine import set_threads
from elman.cli.output import AsJson, ModelPath, Threads, emit, say
from elman.errors import DataError
from elman.models import load


def predict(
    model: ModelPath,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT…", help="What to answer; without any, lines of stdin.", show_default=False),
    ] = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> int:
    """One answer per input: `elman predict adder.safetensors 17+25`."""
    if threads is not None:
        set_threads(threads)
    loaded = load(model)
    words = inputs or _lines()
    parsed = loaded.task.parse(words)
    outputs = loaded.predict(parsed)
    if as_json:
        emit({"inputs": parsed, "outputs": outputs})
    else:
        for output in outputs:
            say(loaded.task.tell(output))
    return 0


def _lines() -> list[str]:
    try:
        return [line for line in sys.stdin.read().splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError(
            f"stdin: expected text in {error.encoding}; found bytes that are none ({error.reason})"
        ) from None
