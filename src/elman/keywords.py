"""Misspelt keywords of what has many settings: named, with the nearest right one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from elman.errors import ConfigError, choose

T = TypeVar("T")
P = ParamSpec("P")


def keywords(kind: type[T]) -> type[T]:
    """A class whose constructor answers a keyword that it does not have with a ConfigError and a suggestion.

    Any other wrong call is the TypeError that Python raises.
    """
    kind.__init__ = _checked(kind.__name__, kind.__init__)  # type: ignore[method-assign]
    return kind


def keywords_of(function: Callable[P, T]) -> Callable[P, T]:
    """The same of a function or method."""
    return _checked(function.__name__, function)


def _checked(name: str, function: Callable[P, T]) -> Callable[P, T]:
    @wraps(function)
    def checked(*args: P.args, **given: P.kwargs) -> T:
        try:
            return function(*args, **given)
        except TypeError:
            from inspect import signature

            known = [known for known in signature(function).parameters if known != "self"]
            try:
                for keyword in given:
                    choose(f"{name}: keyword", keyword, known)
            except ConfigError as misspelt:
                raise misspelt from None  # one traceback, not two
            raise

    return checked
