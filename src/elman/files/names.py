"""What the names of files and addresses mean; nothing is opened here."""

from __future__ import annotations

import os
from collections.abc import Callable

from elman.files import STDIN
from elman.spelling import address

SQLITE = "sqlite:///"  # how an address of a file begins: a path follows


def whole(name: str) -> str:
    """A name that means the same from any folder."""
    return with_path(name, os.path.realpath)


def with_path(name: str, change: Callable[[str], str]) -> str:
    """A name whose path is changed; "-" and the addresses of servers have none, and stay as they are."""
    elsewhere = address(name)
    if name == STDIN or (elsewhere and not name.startswith(SQLITE)):
        return name
    start = SQLITE if elsewhere else ""
    return start + change(name.removeprefix(start))
