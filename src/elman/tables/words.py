"""Words that messages are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from elman.spelling import counted

SHOWN = 12  # names that a message lists


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """Some names, and how many there are more."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more if names else "none"


def is_list(given: Any) -> bool:
    """Whether it has places: a list, a tuple, or an array of one axis or more, unlike an array of one number."""
    return isinstance(given, list | tuple) or (isinstance(given, np.ndarray) and given.ndim > 0)


def left_out_lines(count: int, without: Mapping[str, int]) -> list[str]:
    """What is said of sequences that are left out: what they do not have -> how many of `count`."""
    return [f"{n:,} of {counted(count, 'sequence')} left out: no {what}" for what, n in without.items() if n]


def have(number: int) -> str:
    """The verb that goes with a number."""
    return "has" if number == 1 else "have"
