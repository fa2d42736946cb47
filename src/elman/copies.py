"""Copies and pickles, and what does not belong to them: what can be computed again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class cached_property(Generic[T]):  # noqa: N801 (as that of functools)
    """An attribute that is computed when it is first asked for.

    That of functools holds a lock while it computes, until Python 3.12: were a thread in the middle of it, a child of
    fork would wait for it for ever. Two threads may compute it twice, which gives the same.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, thing: None, kind: type) -> cached_property[T]: ...
    @overload
    def __get__(self, thing: object, kind: type) -> T: ...
    def __get__(self, thing: object | None, kind: type) -> cached_property[T] | T:
        if thing is None:
            return self
        value = vars(thing)[self._name] = self._compute(thing)  # which from now on is found before this is
        return value


def essentials(thing: object) -> dict[str, Any]:
    """The attributes of an object without those that follow from the others (cached properties), for a pickle."""
    kind = type(thing)
    return {n: v for n, v in vars(thing).items() if not isinstance(getattr(kind, n, None), cached_property)}
