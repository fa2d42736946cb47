"""What is said of a table: what was read, what was chosen, and what is not usual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from elman.tables.words import counted, have, listed

if TYPE_CHECKING:
    from elman.tables.table import Feature, Table

SHOWN = 10  # classes and features that are listed
KINDS = {"number": "numbers", "boolean": "booleans", "category": "categories", "date": "dates", "text": "characters"}


def lines(table: Table) -> list[str]:
    """In lines."""
    lengths = table.known.lengths
    least, most = (int(lengths.min()), int(lengths.max())) if len(lengths) else (0, 0)
    steps = counted(most, "step") if least == most else f"{least:,} to {counted(most, 'step')}, {table.steps:,} in all"
    empty = int((lengths == 0).sum())
    return [
        f"{listed(table.files, 3)}: {counted(len(table), 'sequence')} of {steps}",
        *[f"{counted(empty, 'sequence')} {have(empty)} no step"] * bool(empty),
        *table.notes,
        f"features: {_some([_feature(one) for one in table.features])}",
        *(
            f"{one.name!r}: {counted(one.missing, 'step')} {have(one.missing)} no value"
            for one in table.features
            if one.missing
        ),
        *[f"{len(table.classes):,} classes: {_classes(table)}"] * bool(table.classes),
    ]


def _feature(one: Feature) -> str:
    many = f"{len(one.categories):,} " if one.categories else ""
    return f"{one.name!r} ({many}{KINDS[one.kind]})"


def _classes(table: Table) -> str:
    """The most common ones first."""
    order = np.argsort(-table.counts, kind="stable")
    return _some([f"{table.classes[n]} {table.counts[n]:,}" for n in order[:SHOWN]], len(order))


def _some(items: Sequence[str], count: int | None = None) -> str:
    more = (len(items) if count is None else count) - SHOWN
    return ", ".join(items[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
