"""To read what people write in an encoding of its own: the lines of standard input, and what prompts are taken from."""

from __future__ import annotations

from abc import abstractmethod

from elman.files.coding import Coding
from elman.tasks.task import Task


class Coded(Task):
    """A task that was told how its files are read; all others read UTF-8."""

    @property
    @abstractmethod
    def coding(self) -> Coding:
        """How bytes become what `parse` takes."""
