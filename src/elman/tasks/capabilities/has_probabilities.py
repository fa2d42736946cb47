"""To say how likely each class is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from elman.network import Network
from elman.tasks.task import Task


class HasProbabilities(Task):
    """A task whose answers are classes."""

    @abstractmethod
    def predict_proba(self, network: Network, inputs: Sequence[Any]) -> list[Any]:
        """For each input, as `predict` takes them: the probability of each class; where steps are answered, a list.

        Raises:
            ConfigError: the answers are numbers.
        """
