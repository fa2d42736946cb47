"""To say at little cost how far a network is."""

from __future__ import annotations

from abc import abstractmethod

from elman.network import Network
from elman.tasks.task import Task


class Glances(Task):
    """A task that can be looked at every few moments."""

    @abstractmethod
    def glance(self, network: Network) -> str:
        """How far it is, in a few words, at little cost: shown while training, beside the last validation."""
