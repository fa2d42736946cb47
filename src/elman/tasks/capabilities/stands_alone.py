"""To be a program on its own: a network in C, with what comes before it and behind it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from elman.tasks.task import Task


class Alone(NamedTuple):
    """What a header in C has beside a network that reads whole sequences.

    In all of it `@` stands for the network's name, and `^` for the same in capitals.
    """

    steps: int  # of the longest sequence that the network is given
    usage: Sequence[str]  # lines for people: what to call, and when
    tables: Mapping[str, NDArray[Any]]  # name -> numbers, float32 or int32: `static const … @_name[]`
    code: str  # C99, which calls `@_answer(&work, x, steps, y)`


class StandsAlone(Task):
    """A task that a header in C can do without elman."""

    @abstractmethod
    def alone(self) -> Alone:
        """What it needs beside its network."""
