"""Copies and pickles: what belongs to them."""

from __future__ import annotations

from functools import cached_property
from typing import Any


def essentials(thing: object) -> dict[str, Any]:
    """The attributes of an object without those that follow from the others (cached properties), for a pickle."""
    kind = type(thing)
    return {n: v for n, v in vars(thing).items() if not isinstance(getattr(kind, n, None), cached_property)}
