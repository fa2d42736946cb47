"""Feature: what a network reads of each step."""

from __future__ import annotations

from dataclasses import dataclass, field

from elman.tables.columns import Kind


@dataclass(frozen=True)
class Feature:
    """What a network reads of each step.

    Args:
        name: of the column.
        kind: "number" or "date" (seconds since 1970), "boolean" (0 or 1), "category" (its number among `categories`),
            "text" (a character, by its code point).
        categories: the values of a category, in order.
        missing: how many steps have no value (NaN).
    """

    name: str
    kind: Kind
    categories: tuple[str, ...] = field(default=(), repr=False)
    missing: int = 0
