"""To answer while the steps of a sequence arrive."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from elman.network import Network
from elman.tasks.task import Task


class Answering(ABC):
    """Reads one sequence, step by step."""

    @abstractmethod
    def step(self, values: Any) -> dict[str, Any]:
        """What is answered after one more step: the `output`, and of classes the `probabilities` of all.

        Args:
            values: (F,) of the step, as `predict` takes them.
        """


class AnswersSteps(Task):
    """A task whose networks, if they read in one direction, need not wait for the end."""

    @abstractmethod
    def answering(self, network: Network) -> Answering:
        """For a new sequence; a ConfigError where the network reads from both ends."""
