"""To answer for rows as they arrive, line by line."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from elman.network import Network
from elman.tasks.task import Task


class FollowsRows(Task):
    """A task whose inputs are steps of sequences, which may be answered before there is a next one."""

    @abstractmethod
    def follow(self, network: Network, lines: Iterable[str], note: Callable[[str], None]) -> Iterator[dict[str, Any]]:
        """For each row, once it is there: the `id` of its sequence, the `output`, and `probabilities` of classes.

        Args:
            network: that answers.
            lines: of standard input, without their ends, as they come.
            note: is told, in lines, what whoever reads the answers should know.

        Raises:
            ConfigError: the network reads from both ends, or a feature cannot be read so.
            DataError: a line is no such row; those before it have been answered.
        """
