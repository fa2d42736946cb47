"""To write: a text that goes on from a prompt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from elman.network import Network
from elman.tasks.task import Task

Written = str | bytes  # bytes where it is these that a network writes, and they need not be text


class Writer(ABC):
    """One network, and what it is to write."""

    begin: Written  # the prompt, as it stands before what is written
    warnings: Sequence[str] = ()  # what is to be said before, a line each
    hint: str = ""

    @abstractmethod
    def stream(self) -> Iterator[Written]:
        """One text, in pieces as they come."""

    @abstractmethod
    def texts(self, count: int, beam_width: int | None = None) -> Sequence[Written]:
        """So many texts, written at once; or with a beam the most probable ones."""


class Writes(Task):
    """A task whose networks write."""

    @abstractmethod
    def writer(self, network: Network, prompt: str, metrics: Mapping[str, Any], **options: Any) -> Writer:
        """What writes behind a prompt.

        Args:
            network: that writes.
            prompt: as people write it.
            metrics: of the network's score.
            options: what the text must be, and how each symbol is chosen: as `elman sample --help` lists them.

        Raises:
            ConfigError: an option is wrong, or the text cannot be had.
            DataError: the prompt has what the network does not know.
        """
