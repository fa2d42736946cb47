"""Misspelt keywords of constructors: named, with the nearest right one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from elman.errors import choose

T = TypeVar("T")


def keywords(kind: type[T]) -> type[T]:
    """A class whose constructor answers a keyword that it does not have with a ConfigError and a suggestion.

    For classes with many settings. Any other wrong call is the TypeError that Python raises.
    """
    kind.__init__ = _checked(kind.__name__, kind.__init__)  # type: ignore[method-assign]
    return kind


def _checked(name: str, init: Callable[..., None]) -> Callable[..., None]:
    @wraps(init)
    def checked(self: Any, *args: Any, **given: Any) -> None:
        try:
            init(self, *args, **given)
        except TypeError:
            from inspect import signature

            known = [known for known in signature(init).parameters if known != "self"]
            for keyword in given:
                choose(f"{name}: keyword", keyword, known)
            raise

    return checked
