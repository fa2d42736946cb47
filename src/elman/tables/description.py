"""What is said of a table: what was read, what was chosen, and what is not usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from elman.tables.feature import Feature
from elman.tables.words import counted, have, listed

SHOWN = 10  # classes and features that are listed
KINDS = {"number": "numbers", "boolean": "booleans", "category": "categories", "date": "dates", "text": "characters"}


def lines(
    files: Sequence[str],
    notes: Sequence[str],
    lengths: NDArray[np.int64],
    features: Sequence[Feature],
    classes: Mapping[str, int],
) -> list[str]:
    """In lines.

    Args:
        files: that were read.
        notes: on them.
        lengths: (n,) steps of each sequence.
        features: of each step.
        classes: how many there are of each label; empty where there are no labels.
    """
    least, most = (int(lengths.min()), int(lengths.max())) if len(lengths) else (0, 0)
    total = f"{lengths.sum():,} in all"
    steps = counted(most, "step") if least == most else f"{least:,} to {counted(most, 'step')}, {total}"
    empty = int((lengths == 0).sum())
    return [
        f"{listed(files, 3)}: {counted(len(lengths), 'sequence')} of {steps}",
        *[f"{counted(empty, 'sequence')} {have(empty)} no step"] * bool(empty),
        *notes,
        f"features: {_some([_feature(one) for one in features])}",
        *(
            f"{one.name!r}: {counted(one.missing, 'step')} {have(one.missing)} no value"
            for one in features
            if one.missing
        ),
        *[f"{len(classes):,} classes: {_classes(classes)}"] * bool(classes),
    ]


def _feature(one: Feature) -> str:
    many = f"{len(one.categories):,} " if one.categories else ""
    return f"{one.name!r} ({many}{KINDS[one.kind]})"


def _classes(counts: Mapping[str, int]) -> str:
    """The most common ones first."""
    common = sorted(counts, key=lambda name: -counts[name])
    return _some([f"{name} {counts[name]:,}" for name in common])


def _some(items: Sequence[str]) -> str:
    more = len(items) - SHOWN
    return ", ".join(items[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
