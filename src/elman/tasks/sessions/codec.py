"""Codec: items by name and by number, and which columns a log has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from elman.copies import cached_property
from elman.errors import ConfigError, DataError
from elman.spelling import counted
from elman.tables import EventColumns, Events
from elman.tasks.sessions.log import Items, Log
from elman.tasks.sessions.mixing import TERMS, Mix


@dataclass(frozen=True)
class Codec:
    """What a model file keeps beside tensors.

    Args:
        names: of the items, by their numbers.
        columns: that were read.
        mix: the weights, once they are learned.
    """

    names: Sequence[str]
    columns: EventColumns
    mix: Mix | None = None

    @classmethod
    def of(cls, events: Events, support: int) -> tuple[Self, list[str]]:
        """Of the items with so many events, and a line about those that are left out."""
        often = np.bincount(events.items, minlength=len(events.names)) >= support
        codec = cls([name for name, kept in zip(events.names, often.tolist(), strict=True) if kept], events.columns)
        if often.all():
            return codec, []
        rare, items = int((~often[events.items]).sum()), int((~often).sum())
        return codec, [f"{counted(rare, 'event')} of {counted(items, 'item')} with fewer than {support}: left out"]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Of the items, by their names."""
        return {name: number for number, name in enumerate(self.names)}

    def encode(self, items: Iterable[str]) -> Items:
        """The numbers of those that are known."""
        numbers = (self.numbers.get(str(item)) for item in items)
        return np.array([number for number in numbers if number is not None], np.int32)

    def log(self, events: Events, users: dict[str, int] | None = None) -> tuple[Log, int]:
        """The sessions of files, without what is not known, which is so many events.

        Args:
            events: of the files.
            users: numbers of visitors by their names; new ones are added. Default: those of the files.
        """
        numbers = events.users
        if users is not None:
            shared = np.array([*(users.setdefault(name, len(users)) for name in events.visitors), -1])
            numbers = shared[numbers]
        log = Log(events.items, events.starts, events.times, numbers, events.ids)
        return log.renumbered(np.array([self.numbers.get(name, -1) for name in events.names], np.int32))

    def to_json(self) -> dict[str, Any]:
        """As a model file has it."""
        mix = None if self.mix is None else dict(zip(TERMS, self.mix.weights, strict=True))
        return {"items": list(self.names), "columns": asdict(self.columns), "weights": mix}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """Out of a model file; a ConfigError where it is damaged."""
        try:
            names, weights = [str(name) for name in found["items"]], found["weights"]
            mix = None if weights is None else Mix.of(weights)
            return cls(names, EventColumns(**found["columns"]), mix)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"codec: expected items, columns and weights; found a damaged one: {error}") from None


def listed(name: str, items: Iterable[str]) -> list[str]:
    """The items that a caller gave as `name`; a DataError where it is one name, whose letters are no items."""
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise DataError(f"{name}: expected a list of items; found {items!r:.60}", "['a', 'b'] is a list of two")
    return list(items)


def parsed(word: str) -> list[str]:
    """A session as people write it."""
    if not word.lstrip().startswith("["):
        return word.split()
    try:
        return [str(item) for item in json.loads(word)]
    except ValueError as error:
        raise DataError(f"input: expected a list of JSON; found {word!r:.60}: {error}", '["a", "b c"]') from None
