"""To record: to cut takes, of which a network can learn, out of a stream of samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import PurePath
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elman.tasks.task import Task


class Take(NamedTuple):
    """What was said once."""

    samples: NDArray[np.float32]  # (N,) from -1 to 1
    time: float  # seconds of the stream, where it begins
    clipped: bool  # too loud for whatever recorded it


class Cutting(ABC):
    """Cuts one stream, from its beginning. In which pieces it comes changes nothing."""

    @abstractmethod
    def feed(self, samples: ArrayLike) -> list[Take]:
        """The takes that end with these samples (N,) from -1 to 1, of one channel; N may be 0."""

    @abstractmethod
    def finish(self) -> list[Take]:
        """The same of what was still being said when the stream ended; nothing can be fed any more."""


class Records(Task):
    """A task that learns from recordings."""

    audible: ClassVar[str]  # what is heard as a word

    @classmethod
    @abstractmethod
    def recording(cls, name: str, seconds: float) -> tuple[int, Iterator[NDArray[np.float32]]]:
        """Of a recording of any length: samples per second, and pieces (N,) of so many seconds."""

    @classmethod
    @abstractmethod
    def cutting(cls, rate: int) -> Cutting:
        """For a new stream of so many samples per second."""

    @classmethod
    @abstractmethod
    def place(cls, word: str, speaker: str | None, number: int) -> PurePath:
        """Where a take stands in a folder that is learned from; a ConfigError where names are none."""

    @classmethod
    @abstractmethod
    def file(cls, samples: NDArray[np.float32], rate: int) -> bytes:
        """What a file of these samples (N,) holds."""
