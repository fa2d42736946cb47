"""Tables of classes, each of which is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from elman.lazy import fetch

T = TypeVar("T")


class Table(Mapping[str, type[T]]):
    """Classes by name; `lines` says where each is: `module:Class`."""

    def __init__(self, lines: dict[str, str]) -> None:
        self.lines = lines

    def __getitem__(self, name: str) -> type[T]:
        module, _, kind = self.lines[name].partition(":")
        found: type[T] = fetch(module, kind)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)
