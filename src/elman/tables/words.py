"""Words that messages are made of."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 12  # names that a message lists


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """Some names, and how many there are more."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more if names else "none"


def have(number: int) -> str:
    """The verb that goes with a number."""
    return "has" if number == 1 else "have"
