"""To learn on what was held out, once a network is trained, what its answers need beside it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from elman.network import Network
from elman.tasks.task import Task


class Calibrates(Task):
    """A task whose answers need figures of the network that gives them: how far intervals reach, what it weighs.

    The score may change with them: before, it may be that of the network alone.
    """

    @abstractmethod
    def calibrated(self, network: Network) -> Self:
        """The same task, with what was learned of this network on what was held out."""

    def lost(self) -> str:
        """What is to be known of a network without all that, as a file of another tool has it; "" where nothing is."""
        return ""

    def uncalibrated(self) -> Self:
        """The same task without that: what models of other seeds have, too, if they learned from the same data.

        It is asked for where models are averaged. A task whose networks have no mean need not say it.
        """
        return self
