"""Hints that several files of this floor give: settings, spelled for Python or the command line."""

from __future__ import annotations

from elman.spelling import either, spelled

MISSING = "an empty cell or NA is a missing value"


def skipping() -> str:
    """Where sequences have no label or target."""
    return f"{spelled('skip_empty', True)} leaves such sequences out, and says how many there were"


def each_step() -> str:
    """Where a sequence has several labels or targets."""
    setting = either("per='step', as the task 'tag' has it,", "`elman train tag`")
    return f"{setting} takes one for each step"


def characters() -> str:
    """Where strings are not categories."""
    return f"{spelled('text', 'name')} takes the characters of a column as the steps"


def features() -> str:
    """Where no column is a feature by itself."""
    setting = either("features=['name', …]", "--features NAME,NAME")
    return f"{setting} names them; {characters()}"


def as_written(name: str) -> str:
    """Where a value of a column is not like the others."""
    setting = spelled("kinds", {name: "category"})
    return f"{setting} takes values as they are written"
