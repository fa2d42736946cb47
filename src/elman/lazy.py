"""Imports at the moment when something is asked for, in a way that a fork can bear.

A child of fork has no other thread of its parent. Were one of them importing a module, the child would wait for it for
ever. So who imports late does it `with importing`, a lock, and a fork waits for that lock.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock  # that of `threading`, which takes a while to import
from importlib import import_module

TYPE_CHECKING = False  # as in `elman`
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

importing = RLock()
os.register_at_fork(before=importing.acquire, after_in_parent=importing.release, after_in_child=importing.release)


def fetch(module: str, name: str) -> Any:
    """What a module calls by this name; the module is imported now if it was not before."""
    with importing:
        return getattr(import_module(module), name)


def names_of(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """A package's `__getattr__` (PEP 562): names are fetched from their homes when they are asked for."""

    def __getattr__(name: str) -> Any:  # noqa: N807 (that is what it is)
        for home, names in homes.items():
            if name in names:
                value = sys.modules[package].__dict__[name] = fetch(home, name)
                return value
        module = sys.modules[package]
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=module)

    return __getattr__
