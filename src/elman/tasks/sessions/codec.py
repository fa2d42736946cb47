"""Codec: items by name and by number, and which columns a log has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self, TypeVar
from zlib import crc32

import numpy as np

from elman.copies import cached_property
from elman.errors import ConfigError, DataError, choose
from elman.spelling import counted, in_words, spelled
from elman.tables import EventColumns, Events
from elman.tasks.capabilities.recommends import Click, split
from elman.tasks.sessions.log import Items, Log
from elman.tasks.sessions.mixing import Mix
from elman.tasks.sessions.terms import TERMS

Item = TypeVar("Item", bound=Click)


@dataclass(frozen=True)
class Codec:
    """What a model file keeps beside tensors.

    Args:
        names: of the items, by their numbers.
        columns: that were read.
        mix: the weights, once they are learned.
        actions: what was done with items, by their numbers; none where no column told it.
    """

    names: Sequence[str]
    columns: EventColumns
    mix: Mix | None = None
    actions: Sequence[str] = ()

    @classmethod
    def of(cls, events: Events, support: int) -> tuple[Self, list[str]]:
        """Of the items with so many events, and a line about those that are left out."""
        often = np.bincount(events.items, minlength=len(events.names)) >= support
        names = [name for name, kept in zip(events.names, often.tolist(), strict=True) if kept]
        codec = cls(names, events.columns, actions=events.actions)
        if often.all():
            return codec, []
        rare, items = int((~often[events.items]).sum()), int((~often).sum())
        return codec, [f"{counted(rare, 'event')} of {counted(items, 'item')} with fewer than {support}: left out"]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Of the items, by their names."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def checksum(self) -> int:
        """Of the names of items and actions: by which their numbers are known again."""
        return crc32(json.dumps([list(self.names), list(self.actions)]).encode())

    def encode(self, items: Iterable[str]) -> Items:
        """The numbers of those that are known."""
        numbers = (self.numbers.get(str(item)) for item in items)
        return np.array([number for number in numbers if number is not None], np.int32)

    def clicks(self, clicks: Iterable[Click]) -> tuple[Items, Items]:
        """The numbers of items that are known, and of what was done with each, -1 where that is not told.

        Raises:
            ConfigError: there is no such action.
            DataError: a click is neither an item nor an item and an action.
        """
        each = ((self.numbers.get(item), self.action(act)) for item, act in map(split, clicks))
        found = np.array([one for one in each if one[0] is not None], np.int32).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def action(self, name: str | None) -> int:
        """The number of an action; -1 of None. A ConfigError where there is no such action."""
        if name is None:
            return -1
        if not self.actions:
            hint = f"{spelled('action', 'COLUMN')} in training reads them; of several sessions, ask for one at a time"
            raise ConfigError(f"action: expected none, as the model knows no actions; found {in_words(name)}", hint)
        return list(self.actions).index(choose("action", name, self.actions))

    def other_actions(self, events: Events) -> int:
        """How many events are of actions that are not known, where actions count."""
        known = np.isin(events.actions, self.actions) if self.actions else np.ones(len(events.actions), bool)
        return int((~np.append(known, True))[events.acts].sum())

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
        acts = None
        if self.actions:
            known = {name: number for number, name in enumerate(self.actions)}
            acts = np.array([*(known.get(name, -1) for name in events.actions), -1], np.int32)[events.acts]
        log = Log(events.items, events.starts, events.times, numbers, events.ids, acts)
        return log.renumbered(np.array([self.numbers.get(name, -1) for name in events.names], np.int32))

    def to_json(self) -> dict[str, Any]:
        """As a model file has it."""
        mix = None if self.mix is None else dict(zip(TERMS, self.mix.weights, strict=True))
        actions = {"actions": list(self.actions)} if self.actions else {}
        return {"items": list(self.names), "columns": asdict(self.columns), "weights": mix, **actions}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """Out of a model file; a ConfigError where it is damaged."""
        try:
            names, weights = [str(name) for name in found["items"]], found["weights"]
            mix = None if weights is None else Mix.of(weights)
            actions = [str(name) for name in found.get("actions", ())]
            return cls(names, EventColumns(**found["columns"]), mix, actions)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"codec: expected items, columns and weights; found a damaged one: {error}") from None


def listed(name: str, items: Iterable[Item]) -> list[Item]:
    """The items that a caller gave as `name`; a DataError where it is one name, whose letters are no items."""
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise DataError(f"{name}: expected a list of items; found {items!r:.60}", "['a', 'b'] is a list of two")
    return list(items)


def parsed(word: str) -> list[Click]:
    """A session as people write it."""
    if not word.lstrip().startswith("["):
        return [*word.split()]
    try:
        found = json.loads(word)
    except ValueError as error:
        raise DataError(f"input: expected a list of JSON; found {word!r:.60}: {error}", '["a", "b c"]') from None
    pairs = ((item, act) for item, act in map(split, found))
    return [item if act is None else (item, act) for item, act in pairs]
