"""To say more of a score than its metrics: of data that is named, row by row, beside baselines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from elman.network import Network
from elman.tasks.task import Task


class Report(ABC):
    """A score that is being made. `rows` come first, and are read to their end."""

    notes: Sequence[str] = ()  # what is to be said before, in lines
    has_rows: bool = False  # whether rows were asked for

    @abstractmethod
    def rows(self) -> Iterator[dict[str, Any]]:
        """Of each part of the data, if that was asked for; else of none."""

    @abstractmethod
    def result(self) -> dict[str, Any]:
        """All figures, and `warnings`."""

    @abstractmethod
    def lines(self) -> Iterator[str]:
        """The figures for people."""


class Reports(Task):
    """A task whose score is a report."""

    wants: ClassVar[tuple[str, ...]]  # what else can be asked of it, as `elman score --help` lists it

    @abstractmethod
    def report(self, network: Network, files: Sequence[str], **wanted: Any) -> Report:
        """What `elman score` shows: of these files, or of what was held out.

        Args:
            network: that is scored.
            files: their names.
            wanted: what else was asked for, as `elman score --help` lists it.
        """
