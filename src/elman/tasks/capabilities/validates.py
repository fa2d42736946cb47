"""To be validated in training: the network that did best is the one that is kept, and training may end early."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from elman.tasks.task import Task


class Validates(Task):
    """A task whose score, while a network is in training, tells which of its weights are the best."""

    @property
    @abstractmethod
    def interval(self) -> int | None:
        """Updates between two validations, which are scores; None where there is nothing to validate with."""

    @property
    def may_end_early(self) -> bool:
        """Whether `over` may ever be true: then the time to the goal is the most that training takes."""
        return False

    def over(self, values: Sequence[float]) -> bool:
        """Whether training may end with these validations (`cost`), before its goal."""
        return False


def waited(values: Sequence[float]) -> int:
    """How many validations there were behind the best of these."""
    return len(values) - 1 - values.index(min(values))
