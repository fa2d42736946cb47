"""To suit a training of so many minutes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from elman.tasks.task import Task


class Budgeted(Task):
    """A task of which a time chooses settings."""

    minutes: ClassVar[str]  # what a number of them means, as help says it

    @abstractmethod
    def suit(self, minutes: float, given: Mapping[str, Any]) -> None:
        """Before training: takes settings for this time in what is left open by those that are given."""
