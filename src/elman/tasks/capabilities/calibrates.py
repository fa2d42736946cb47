"""To measure, when a network is trained, what its answers need: how far intervals have to reach, say."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from elman.network import Network
from elman.tasks.task import Task


class Calibrates(Task):
    """A task whose answers need figures of the network that gives them."""

    @abstractmethod
    def calibrated(self, network: Network) -> Self:
        """The same task, with what was measured of this network on what is held out."""
