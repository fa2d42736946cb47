"""Hints that several files of this floor give: settings, spelled for Python or the command line."""

from __future__ import annotations

from elman.spelling import either, spelled

MISSING = "an empty cell or NA is a missing value"


def skipping() -> str:
    """Where sequences have no label or target."""
    return f"{spelled('skip_empty', True)} leaves such sequences out, and says how many there were"


def apart() -> str:
    """Where all rows are taken for one sequence."""
    setting, text = spelled("id", "COLUMN"), spelled("text", "COLUMN")
    return (
        f"{setting} names the column that tells sequences apart; a row that is a whole sequence has a text ({text}) "
        "or a list such as [1, 2, 3]"
    )


def steps() -> str:
    """Where rows of lists are taken for whole sequences."""
    return spelled("time", "COLUMN")


def stepless() -> str:
    """Where a sequence has no step."""
    return either("leave it out; `elman.train(…, skip_empty=True)` does", skipping())


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
