"""What all verbs share: JSON, plain lines, complaints."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress

TYPE_CHECKING = False  # as in `commands`
if TYPE_CHECKING:
    from typing import Any, TextIO

NARROW, WIDE = 40, 80  # columns of a line for people, at least and at most; a line of data may exceed them


def emit(values: Mapping[str, Any]) -> None:
    """One JSON object on stdout, a line of ASCII: JSON whatever the encoding of stdout, and whatever a text holds."""
    import json

    say(json.dumps(values, allow_nan=False))


def say(line: str) -> None:
    """A line of data on stdout."""
    sys.stdout.write(line + "\n")


def tell(sentence: str) -> None:
    """A sentence on stdout: in as many lines as a terminal needs, in one for a program."""
    say(folded(sentence) if _by_people(sys.stdout) else sentence)


def ending(code: int) -> str:
    """Behind a verdict that is no error: why the exit code is 1."""
    return "; so the exit code is 1" * (code == 1)


def note(line: str) -> None:
    """A line of progress on stderr. Nobody may be there to read it: that is no reason to stop."""
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        pass


def note_folded(sentence: str) -> None:
    """A sentence on stderr, as `tell` does it."""
    note(folded(sentence) if _by_people(sys.stderr) else sentence)


def complain(message: str, hint: str, as_json: bool) -> None:
    """An error, and what to do; with --json, as the one object on stdout too."""
    note(f"error: {message}")
    if hint:
        note(f"hint: {hint}")
    if as_json:
        emit({"error": message, "hint": hint})


def show(facts: Mapping[str, Any], indent: str = "") -> None:
    """Names and values, a line each; what is inside of another is indented, and long lines are folded."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            say(f"{indent}{name}:")
            show(value, indent + "  ")
        else:
            line = f"{indent}{name}: {_plain(value)}"
            whole = isinstance(value, str) or not _by_people(sys.stdout)  # a path stays whole
            say(line if whole else folded(line, indent + "  "))


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


def duration(seconds: float) -> str:
    """In seconds, minutes or hours."""
    if seconds < 120:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


def _by_people(stream: TextIO) -> bool:
    """Whether it is a terminal; or COLUMNS says how wide lines are to be."""
    return bool(_named_width()) or stream.isatty()


def _named_width() -> int:
    named = os.environ.get("COLUMNS", "")
    return int(named) if named.isdecimal() else 0


def width() -> int:
    """Columns of a line for people: those that COLUMNS names, or the terminal has. (shutil's costs 10 ms to import.)"""
    columns = _named_width()
    for stream in (sys.stdout, sys.stderr):
        if not columns:
            with suppress(OSError, ValueError, AttributeError):  # it is closed, or no file
                columns = os.get_terminal_size(stream.fileno()).columns
    return max(NARROW, min(columns or WIDE, WIDE))


def folded(text: str, indent: str = "") -> str:
    """In lines as wide as `width` says, as far as words allow; the first is not indented."""
    columns = width()
    if len(text) <= columns:
        return text
    first, *words = text.split(" ")
    lines = [first]
    for word in words:
        if len(lines[-1]) + 1 + len(word) <= columns:
            lines[-1] += " " + word
        else:
            lines.append(indent + word)
    return "\n".join(lines)
