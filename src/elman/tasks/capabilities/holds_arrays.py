"""To hold arrays that its models need beside the network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from elman.network.checks import Array
from elman.tasks.task import Task


class HoldsArrays(Task):
    """A task whose model files have tensors of its own."""

    @abstractmethod
    def arrays(self) -> dict[str, Array]:
        """What a model file is to keep, by name."""

    @abstractmethod
    def take(self, arrays: Mapping[str, Array]) -> None:
        """What `arrays` gave, out of a file; a ConfigError where it does not fit."""
