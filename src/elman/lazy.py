"""Imports at the moment when something is asked for, in a way that a fork can bear.

A child of fork has no other thread of its parent. Were one of them importing a module, the child would wait for it for
ever. So who imports late does it `with importing`, a lock, and a fork waits for that lock.
"""

from __future__ import annotations

import os
from _thread import RLock  # that of `threading`, which takes a while to import
from importlib import import_module

TYPE_CHECKING = False  # as in the package
if TYPE_CHECKING:
    from typing import Any

importing = RLock()
os.register_at_fork(before=importing.acquire, after_in_parent=importing.release, after_in_child=importing.release)


def fetch(module: str, name: str) -> Any:
    """What a module calls by this name; the module is imported now if it was not before."""
    with importing:
        return getattr(import_module(module), name)
