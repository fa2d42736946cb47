"""Imports at the moment when something is asked for, in a way that a fork can bear.

A child of fork has no other thread of its parent. Were one of them importing a module, the child would wait for it for
ever. So a fork waits until no thread imports any of elman's modules; and who imports late does it `with importing`, a
lock that a fork holds, so that none begins meanwhile.
"""

from __future__ import annotations

import _frozen_importlib
import os
import sys
from _thread import RLock, get_ident  # those of `threading`, which takes a while to import
from importlib import import_module

TYPE_CHECKING = False  # as in `elman`
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

importing = RLock()


def _wait() -> None:
    """Takes the lock when no other thread is in the middle of one of elman's modules."""
    waited: set[str] = set()  # what is still there after a wait waits for this thread, which imports it, too
    while True:
        # Not with the lock: that thread may be about to want it.
        for name in _unfinished() - waited:
            waited.add(name)
            try:
                import_module(name)  # returns when it is done
            except Exception:  # what is wrong with it is said to whoever imports it
                continue
        importing.acquire()
        if _unfinished() <= waited:
            return
        importing.release()


def _unfinished() -> set[str]:
    """Modules of elman that another thread has begun to import: those whose lock, which Python keeps, it holds."""
    package, known = __name__.partition(".")[0], (None, get_ident())
    locks: Mapping[str, Any] = dict(getattr(_frozen_importlib, "_module_locks", {}))
    others = {name for name, lock in locks.items() if getattr(lock(), "owner", None) not in known}
    return {name for name in others if name.partition(".")[0] == package}


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(before=_wait, after_in_parent=importing.release, after_in_child=importing.release)


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
