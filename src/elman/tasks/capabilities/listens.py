"""To listen: to say which words are in a stream of samples, as they come."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from numpy.typing import ArrayLike

from elman.network import Network
from elman.tasks.capabilities.records import Records


class Listening(ABC):
    """Hears one stream, from its beginning. How it is cut into pieces changes nothing."""

    @abstractmethod
    def feed(self, samples: ArrayLike) -> list[dict[str, Any]]:
        """What was said that ends with these samples, in order.

        Args:
            samples: (N,) of one channel, N may be 0: floats from -1 to 1, or int16 or int32 as files have them.

        Returns:
            For each utterance its `word`, or None where it is none that the model knows; the `time` of its end, in
            seconds of the stream; the likeliest label, `nearest`, whatever it is; and how probable that is, `score`.

        Raises:
            DataError: they are no samples.
            ConfigError: the stream is over.
        """

    @abstractmethod
    def finish(self) -> list[dict[str, Any]]:
        """The same of what was still being said when the stream ended; nothing can be fed any more."""


class Listens(Records):
    """A task whose networks hear words."""

    @property
    @abstractmethod
    def rate(self) -> int:
        """Samples per second that its networks read, in hertz."""

    @abstractmethod
    def with_threshold(self, threshold: float) -> Self:
        """The same task, which by default tells words that are so probable, from 0 to 1; a ConfigError out of range."""

    @abstractmethod
    def listening(
        self, network: Network, rate: int | None = None, threshold: float | None = None, refractory: float = 0.2
    ) -> Listening:
        """For a new stream.

        Args:
            network: that answers.
            rate: samples per second that will be fed, in hertz; by default, those of the model.
            threshold: how probable a word must be, from 0 to 1; by default, as the model has it.
            refractory: seconds after a word in which none is told.

        Raises:
            ConfigError: one is out of range.
        """
