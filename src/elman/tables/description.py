"""What is said of a table: what was read, what was chosen, and what is not usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from elman.spelling import counted, on_one_line
from elman.tables.feature import Feature
from elman.tables.words import have, listed

SHOWN = 10  # classes and features that are listed
KINDS = {"number": "numbers", "boolean": "booleans", "category": "categories", "date": "dates", "text": "characters"}


def size(files: Sequence[str], lengths: NDArray[np.int64]) -> list[str]:
    """The files, how many sequences they hold, and of how many steps; in lines."""
    least, most = (int(lengths.min()), int(lengths.max())) if len(lengths) else (0, 0)
    steps = counted(most, "step")
    if least != most:
        steps = f"{least:,} to {steps}, {int(lengths.sum()):,} in all"
    empty = int((lengths == 0).sum())
    return [
        f"{listed(files, 3)}: {counted(len(lengths), 'sequence')} of {steps}",
        *[f"{counted(empty, 'sequence')} {have(empty)} no step"] * bool(empty),
    ]


def features(found: Sequence[Feature]) -> list[str]:
    """Which were chosen, and which of them have steps without a value; in lines."""
    missing = [one for one in found if one.missing]
    return [
        f"features: {_some([_feature(one) for one in found])}",
        *(f"{one.name!r}: {counted(one.missing, 'step')} {have(one.missing)} no value" for one in missing),
    ]


def classes(counts: Mapping[str, int]) -> list[str]:
    """How many there are, and how often they come, the most common ones first; in lines."""
    common = sorted(counts.items(), key=lambda one: -one[1])[:SHOWN]
    shown = _some([f"{on_one_line(name)} {count:,}" for name, count in common], len(counts))
    return [f"{len(counts):,} classes: {shown}"] * bool(counts)


def _feature(one: Feature) -> str:
    many = f"{len(one.categories):,} " if one.categories else ""
    return f"{one.name!r} ({many}{KINDS[one.kind]})"


def _some(items: Sequence[str], count: int | None = None) -> str:
    more = (len(items) if count is None else count) - SHOWN
    return ", ".join(items[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
