"""To learn from data that is given: files, folders, patterns, or what is in memory."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from elman.errors import ConfigError
from elman.network import Network
from elman.tasks.task import Task


class LearnsFromData(Task):
    """A task that makes no data itself."""

    data: ClassVar[str]  # what it has to be given, as the command line names it
    sources: Sequence[str] = ()  # whole paths of what it was given to learn from: files, folders, patterns, or "-"

    @classmethod
    @abstractmethod
    def on(cls, data: Sequence[Any], **given: Any) -> Self:
        """A task that learns from this data."""

    @abstractmethod
    def again(self, data: Sequence[Any], **changed: Any) -> Self:
        """The same task with other settings, to go on from; `data` where its data has moved."""

    @abstractmethod
    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """A task for a network that begins with what one of this task knows; a ConfigError where there is no sense."""

    @abstractmethod
    def score_on(self, network: Network, data: Sequence[Any]) -> dict[str, Any]:
        """The metrics on other data than its own."""


def refuse(task: Task | type[Task], data: Sequence[Any]) -> None:
    """A ConfigError where there is data for a task that makes its own."""
    if len(data):
        raise ConfigError(f"data: the task {task.name!r} makes its own; found {data[0]!r}")
