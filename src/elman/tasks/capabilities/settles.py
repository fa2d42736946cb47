"""To learn something beside the network, once the network has learned."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from elman.network import Network
from elman.tasks.task import Task


class Settles(Task):
    """A task whose models are more than their network.

    Before it is settled, its score is that of the network alone; after, that of the whole model.
    """

    @abstractmethod
    def settled(self, network: Network) -> Self:
        """The same task with what it learned beside this network."""
