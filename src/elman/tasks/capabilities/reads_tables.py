"""To read tables in another way than those of training were read."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Any, ClassVar, Self

from elman.files.coding import Coding, another_encoding
from elman.tasks.capabilities.coded import Coded

WAYS = ("encoding", "delimiter", "table")


def ways(settings: Any) -> dict[str, Any]:
    """What settings say of how tables are read, as `elman.tables.read` takes it."""
    return {name: getattr(settings, name) for name in WAYS}


class ReadsTables(Coded):
    """A task whose files are tables. Its settings say how they are read."""

    ways: ClassVar[tuple[str, ...]] = WAYS
    settings: Any

    @property
    def coding(self) -> Coding:
        """That of its files."""
        return Coding(self.settings.encoding, hint=another_encoding())

    def reading(self, given: Mapping[str, Any]) -> Self:
        """The task, for files that are read so; `given` is some of `ways`."""
        made = copy(self)
        made.settings = replace(self.settings, **given)
        return made
