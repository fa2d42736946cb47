"""To be proved: an exact reference says what a network should answer, at every length."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from elman.network import Network
from elman.proof import Question
from elman.tasks.task import Task


class Provable(Task):
    """A task with an exact reference, a machine that reads and writes symbols."""

    @abstractmethod
    def question(self) -> Question:
        """What a proof has to show of a network."""

    def promising(self, metrics: Mapping[str, Any]) -> bool:
        """Whether a training that ends with these metrics goes on to a proof, or a counterexample."""
        return self.passed(metrics)

    @abstractmethod
    def counterexample(self, network: Network, word: Sequence[int]) -> dict[str, Any]:
        """Inputs that show what a word shows: `inputs`, the network's `output`, and what was `expected`."""

    @abstractmethod
    def alphabets(self) -> tuple[list[str], list[str], list[str]]:
        """What the symbols that go in and come out are called, and the reference's states, in order."""

    def spelled(self, inputs: Any) -> str:
        """Inputs as `parse` takes them."""
        return str(inputs)

    def confirm(self) -> None:
        """Before a proof: a ConfigError where its reference, as worked out anew, is another one."""

    @property
    def origin(self) -> dict[str, Any]:
        """What a proof rests on beside the certificate, as JSON has it."""
        return {}

    @property
    def proved(self) -> str:
        """What a proof shows, in a few words."""
        return "proved for every length"
