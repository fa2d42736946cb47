"""To show something of what a network makes while it is in training."""

from __future__ import annotations

from abc import abstractmethod

from elman.network import Network
from elman.tasks.task import Task


class Shows(Task):
    """A task whose networks make something that people can look at."""

    @abstractmethod
    def show(self, network: Network, length: int, seed: int) -> str:
        """A sample of what a network makes, of at most this length."""
