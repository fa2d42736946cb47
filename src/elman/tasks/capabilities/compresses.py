"""To compress files with what a network knows."""

from __future__ import annotations

from abc import abstractmethod

from elman.network import Network
from elman.tasks.task import Task


class Compresses(Task):
    """A task whose networks make any file shorter, the less it surprises them."""

    @abstractmethod
    def mark(self, network: Network) -> str:
        """By which compressed data names the network that decompresses it."""

    @abstractmethod
    def compress(self, network: Network, data: bytes) -> bytes:
        """What `decompress`, with the same network on the same kind of machine, makes the data of again."""

    @abstractmethod
    def decompress(self, network: Network, data: bytes) -> bytes:
        """What was compressed; a DataError where it is damaged, or was compressed with another network."""
