"""To notice that a network learned nothing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from elman.tasks.task import Task

NOTHING = 1.5  # times the loss of knowing nothing: up to there a network that has hardly begun may be


class CanBeHopeless(Task):
    """A task of which it is known what answers cost that rest on nothing."""

    @abstractmethod
    def hopeless(self, metrics: Mapping[str, Any], loss: float | None) -> str:
        """What shows that a network learned nothing, in a few words; "" where nothing does.

        Args:
            metrics: its score.
            loss: the mean of the last losses of its training; None where there was none.
        """
