"""What all verbs share: JSON, plain lines, complaints, and the options that every verb has."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from elman.errors import ConfigError

ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1, max=1024, help="Threads of the process (default: ELMAN_THREADS, or all cores).", show_default=False
    ),
]


def emit(values: Mapping[str, Any]) -> None:
    """One JSON object on stdout."""
    sys.stdout.write(json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n")


def refuse_same(option: str, out: Path, *inputs: Path | None) -> None:
    """A ConfigError where a file would be written over one that is read, or that is written too."""
    for path in inputs:
        if path is not None and (out == path or (out.exists() and path.exists() and out.samefile(path))):
            raise ConfigError(f"{option}: expected another file than {path}, which is in use", "name another one")


def say(line: str) -> None:
    """A line of data on stdout."""
    sys.stdout.write(line + "\n")


def note(line: str) -> None:
    """A line of progress on stderr. Nobody may be there to read it: that is no reason to stop."""
    with suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def complain(message: str, hint: str, as_json: bool) -> None:
    """An error, and what to do; with --json, as the one object on stdout too."""
    note(f"error: {message}")
    if hint:
        note(f"hint: {hint}")
    if as_json:
        emit({"error": message, "hint": hint})


def show(facts: Mapping[str, Any], indent: str = "") -> None:
    """Names and values, a line each; what is inside of another is indented."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            say(f"{indent}{name}:")
            show(value, indent + "  ")
        else:
            say(f"{indent}{name}: {_plain(value)}")


def _plain(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
