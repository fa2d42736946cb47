"""Task: codec, data, network, loss and score of one problem. It trains nothing itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from elman.copies import essentials
from elman.errors import ConfigError
from elman.network import Architecture, Network
from elman.spelling import called, plain
from elman.tasks.settings import Settings
from elman.training import Plan, Trainer


class Task(ABC):
    """One problem.

    A task knows its settings, and its data where that is given; everything else it makes from them: the network, the
    trainer, the updates, the score.
    """

    name: ClassVar[str]
    summary: ClassVar[str]  # one line for the command line
    settings_type: ClassVar[type[Settings]]
    recipes: ClassVar[Mapping[str, Mapping[str, Any]]] = {"best": {}}
    verb: ClassVar[str] = "predict"  # what its models are there for
    speed: ClassVar[str] = "updates"  # what is counted when its speed is told
    frames: ClassVar[str] = ""  # a hint: how its models are asked about a data frame
    ways: ClassVar[tuple[str, ...]] = ()  # settings of how files are read, of which other files may need another value

    def __init__(self, **given: Any) -> None:
        self.settings = self.settings_type.of(self.recipes, given)

    def __getstate__(self) -> dict[str, Any]:
        return essentials(self)

    @property
    def example(self) -> str:
        """An input that its verb takes, as it is typed; empty where none is short."""
        return ""

    @classmethod
    def restored(cls, settings: Mapping[str, Any], codec: Mapping[str, Any], data: str) -> Self:
        """The task of a model file; a ConfigError where codec and data are not what follows from the settings."""
        task = cls.remade(settings, codec)
        if data != task.fingerprint():
            raise ConfigError(f"data: expected {task.fingerprint()!r} for these settings; found {data!r}")
        for name, expected in task.codec().items():
            if codec.get(name) != expected:
                found = plain(codec.get(name))
                raise ConfigError(f"{name}: expected {plain(expected)} for these settings; found {found}")
        return task

    @classmethod
    def remade(cls, settings: Mapping[str, Any], codec: Mapping[str, Any]) -> Self:
        """The task of these settings, with what is not worked out anew from the codec."""
        return cls(**settings)

    def changed(self, **given: Any) -> Self:
        """The same task with other settings."""
        return type(self)(**{**vars(self.settings), **given})

    def adopt(self, network: Network, task: Self, known: Network) -> None:
        """Gives a network of this task the weights that one of another such task has."""
        wanted, there = vars(network.architecture), vars(known.architecture)
        different = [
            f"{name} {plain(there[name])}, not {plain(one)}" for name, one in wanted.items() if there[name] != one
        ]
        if different:
            raise ConfigError(
                f"{called('start')}: expected a model of the same architecture; found {'; '.join(different)}"
            )
        network.parameters.flat = known.parameters.flat

    @abstractmethod
    def architecture(self) -> Architecture:
        """Of its networks."""

    @abstractmethod
    def initialise(self, network: Network) -> None:
        """Gives a network its initial weights."""

    def network(self) -> Network:
        """A new network, with its initial weights."""
        network = Network.of(self.architecture())
        self.initialise(network)
        return network

    @abstractmethod
    def trainer(self, network: Network) -> Trainer:
        """Loss, optimizer and schedule for it."""

    @abstractmethod
    def plans(self, done: int) -> Iterator[Plan]:
        """The updates from number `done` on, up to `goal`: the same ones whatever `done` is."""

    @property
    def goal(self) -> int:
        """The number of updates after which training is over."""
        return self.settings.steps or 0

    @property
    def counts(self) -> int:
        """How many of what `speed` names go into an update."""
        return 1

    def files(self) -> Sequence[str]:
        """The names of the files that it reads, which nothing may be written over."""
        return ()

    def introduce(self) -> list[str]:
        """What is to be said before training begins, in lines."""
        return []

    def idle(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        return self.architecture().idle()

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """How wrong a network of these metrics is: if there is nothing finer, whether it is not what it should be.

        Of the networks that are validated in training, the best one is kept. A ConfigError where there was nothing to
        measure it by.
        """
        return float(not self.passed(metrics))

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """The same, and what it counts."""
        return self.verdict(metrics)

    @abstractmethod
    def score(self, network: Network) -> dict[str, Any]:
        """The metrics that count, and `baselines` beside them."""

    @abstractmethod
    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Whether the honest answer is yes."""

    @abstractmethod
    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """The metrics in one line."""

    @abstractmethod
    def parse(self, words: Sequence[str]) -> list[Any]:
        """Inputs for `predict` from the words of a command line; a DataError says which word is wrong."""

    @abstractmethod
    def predict(self, network: Network, inputs: Sequence[Any]) -> list[Any]:
        """One answer per input."""

    def tell(self, answer: Any) -> str:
        """An answer of `predict` as a line for people."""
        return str(answer)

    @abstractmethod
    def codec(self) -> dict[str, Any]:
        """What the model file keeps of the way from inputs to arrays."""

    def symbols(self) -> list[str | None]:
        """What each symbol stands for that its network reads, by number; None: nothing that is written.

        Empty where a network reads numbers.
        """
        return []

    @abstractmethod
    def fingerprint(self) -> str:
        """Of the data that it learns from."""
