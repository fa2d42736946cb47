"""Task: codec, data, network, loss and score of one problem. It trains nothing itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import NoneType
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_args, get_type_hints

import numpy as np

from elman.copies import essentials
from elman.errors import ConfigError, choose, whole
from elman.network import Architecture, Network
from elman.proof import Question
from elman.training import Batch, Plan, Trainer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOTHING = 1.5  # times the loss of knowing nothing: up to there a network that has hardly begun may be
KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a name", NoneType: "nothing"}


def setting(default: Any, text: str) -> Any:
    """A field of Settings: its default and the line that the command line shows for it."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be set for any task. Tasks add their own; every default is the best known."""

    seed: int = setting(0, "of everything random: same seed, same machine, same threads, same model")
    steps: int | None = setting(1000, "updates, counted from the very first one")
    recipe: str = setting("best", "a named set of settings; options on the command line go above it")

    @classmethod
    def of(cls, recipes: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> Self:
        """Defaults, then the recipe's settings, then the given ones."""
        known = [f.name for f in fields(cls)]
        for name in given:
            choose("setting", name, known)
        recipe = given.get("recipe", "best")
        if not isinstance(recipe, str):
            raise ConfigError(f"recipe: expected a name; found {recipe!r}")
        choose("recipe", recipe, recipes)
        plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in given.items()}
        settings = replace(cls(), **{**recipes[recipe], **plain})
        settings.check()
        return settings

    def check(self) -> None:
        """A ConfigError where a value has the wrong type or is out of range; tasks go on from here."""
        for name, kind in get_type_hints(type(self)).items():
            value = getattr(self, name)
            kinds = get_args(kind) or (kind,)
            fits = isinstance(value, kinds) or (float in kinds and isinstance(value, int))
            if not fits or (isinstance(value, bool) and bool not in kinds):
                wanted = " or ".join(KINDS[k] for k in kinds)
                raise ConfigError(f"{name}: expected {wanted}; found {value!r}")
        whole("seed", self.seed, 0, (1 << 63) - 1)
        if self.steps is not None:
            whole("steps", self.steps, 0, 1 << 40)


class Task(ABC):
    """One problem.

    A task knows its settings, and its data where that is given; everything else it makes from them: the network, the
    trainer, the updates, the score.
    """

    name: ClassVar[str]
    summary: ClassVar[str]  # one line for the command line
    settings_type: ClassVar[type[Settings]]
    recipes: ClassVar[Mapping[str, Mapping[str, Any]]] = {"best": {}}
    data: ClassVar[str] = ""  # what it has to be given, as the command line names it; "": it makes its data itself
    verb: ClassVar[str] = "predict"  # what its models are there for
    speed: ClassVar[str] = "updates"  # what is counted when its speed is told
    minutes: ClassVar[str] = "An upper bound on the training."  # what a number of them means
    shows: ClassVar[bool] = False  # whether there is something to show of a network while it is in training

    sources: Sequence[str] = ()  # whole paths of what it was given to learn from: files, folders, patterns, or STDIN

    def __init__(self, **given: Any) -> None:
        self.settings = self.settings_type.of(self.recipes, given)

    def __getstate__(self) -> dict[str, Any]:
        return essentials(self)

    @classmethod
    def on(cls, data: Sequence[Any], **given: Any) -> Self:
        """A task that learns from this data; a ConfigError where it makes its own."""
        if len(data):
            raise ConfigError(f"data: the task {cls.name!r} makes its own; found {data[0]!r}")
        return cls(**given)

    @classmethod
    def within(cls, minutes: float, data: Sequence[Any], **given: Any) -> Self:
        """A task that suits a training of this time, in what is left open; the same one, unless a task says more."""
        return cls.on(data, **given)

    @classmethod
    def restored(cls, settings: Mapping[str, Any], codec: Mapping[str, Any], data: str) -> Self:
        """The task of a model file; a ConfigError where codec and data are not what follows from the settings."""
        task = cls.remade(settings, codec)
        if data != task.fingerprint():
            raise ConfigError(f"data: expected {task.fingerprint()!r} for these settings; found {data!r}")
        for name, expected in task.codec().items():
            if codec.get(name) != expected:
                raise ConfigError(f"{name}: expected {expected!r} for these settings; found {codec.get(name)!r}")
        return task

    @classmethod
    def remade(cls, settings: Mapping[str, Any], codec: Mapping[str, Any]) -> Self:
        """The task of these settings, with what is not worked out anew from the codec."""
        return cls(**settings)

    def confirm(self) -> None:  # noqa: B027 (most have nothing to work out)
        """Before a proof: a ConfigError where its reference, as worked out anew, is another one."""

    @property
    def origin(self) -> dict[str, Any]:
        """What a proof rests on beside the certificate, as JSON has it."""
        return {}

    @property
    def proved(self) -> str:
        """What a proof shows, in a few words."""
        return "proved for every length"

    def again(self, data: Sequence[Any], **changed: Any) -> Self:
        """The same task with other settings, to go on from; `data` where its data has moved."""
        return type(self).on(data, **{**vars(self.settings), **changed})

    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """A task for a network that begins with what one of this task knows; a ConfigError where there is no sense."""
        return type(self).on(data, **{**vars(self.settings), **given})

    def adopt(self, network: Network, task: Self, known: Network) -> None:
        """Gives a network of this task the weights that one of another such task has."""
        if network.architecture != known.architecture:
            raise ConfigError("start: expected a model of the same architecture; found another")
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

    @property
    def interval(self) -> int | None:
        """Updates between two validations, which are scores; None where there is nothing to validate with."""
        return None

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """How wrong a network of these metrics is: if there is nothing finer, whether it is not what it should be.

        Of the networks that are validated in training, the best one is kept. A ConfigError where there was nothing to
        measure it by.
        """
        return float(not self.passed(metrics))

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """The same, and what it counts."""
        return self.verdict(metrics)

    def over(self, values: Sequence[float]) -> bool:
        """Whether training may end with these validations, before its goal."""
        return False

    def glance(self, network: Network) -> str:
        """How far it is, in a few words, at little cost: shown while training, beside the last validation."""
        return ""

    def show(self, network: Network, length: int, seed: int) -> str:
        """A sample of what a network makes: what else is to be seen while training, where `shows` says so."""
        raise NotImplementedError(f"the task {self.name!r} has nothing to show")

    @abstractmethod
    def score(self, network: Network) -> dict[str, Any]:
        """The metrics that count, and `baselines` beside them."""

    def score_on(self, network: Network, data: Sequence[Any]) -> dict[str, Any]:
        """The metrics on other data than its own; a ConfigError where it makes its own."""
        raise ConfigError(f"data: the task {self.name!r} makes its own; found {data[0]!r}")

    @abstractmethod
    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Whether the honest answer is yes."""

    def advice(self, passed: bool, proof: str | None) -> str:
        """What may help where training did not end well, in a few words; "" where there is nothing to say.

        Args:
            passed: whether the honest answer was yes.
            proof: the verdict of the proof, where one was looked for.
        """
        return ""

    def hopeless(self, metrics: Mapping[str, Any], loss: float | None) -> str:
        """What shows that a network learned nothing, in a few words; "" where nothing does.

        Args:
            metrics: its score.
            loss: the mean of the last losses of its training; None where there was none.
        """
        return ""

    @abstractmethod
    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """The metrics in one line."""

    @abstractmethod
    def parse(self, words: Sequence[str]) -> list[Any]:
        """Inputs for `predict` from the words of a command line; a DataError says which word is wrong."""

    @abstractmethod
    def predict(self, network: Network, inputs: Sequence[Any]) -> list[Any]:
        """One answer per input."""

    def question(self) -> Question | None:
        """What a proof has to show of a network; None where the task has no exact reference."""
        return None

    def counterexample(self, network: Network, word: Sequence[int]) -> dict[str, Any]:
        """Inputs that show what a word shows: `inputs`, the network's `output`, and what was `expected`."""
        raise NotImplementedError(f"the task {self.name!r} has no exact reference")

    def alphabets(self) -> tuple[list[str], list[str], list[str]]:
        """What the symbols that go in and come out are called, and the reference's states, in order."""
        raise NotImplementedError(f"the task {self.name!r} has no symbols")

    def spelled(self, inputs: Any) -> str:
        """Inputs as `parse` takes them."""
        return str(inputs)

    def tell(self, answer: Any) -> str:
        """An answer of `predict` as a line for people."""
        return str(answer)

    def picture(self, network: Network) -> Figure:
        """What can be seen of what a network learned; a ConfigError where there is nothing to see."""
        raise ConfigError(f"plot: the task {self.name!r} has no picture")

    @abstractmethod
    def codec(self) -> dict[str, Any]:
        """What the model file keeps of the way from inputs to arrays."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Of the data that it learns from."""


def drawn(
    seed: int, done: int, goal: int, *, rows: int, chunk: int, draw: Callable[[np.random.Generator, int, int], Batch]
) -> Iterator[Plan]:
    """Plans of `chunk` updates of `rows` rows; what update u sees depends on seed and u alone.

    `draw` makes the rows of a plan from a generator, the number of the plan's first update, and how many they are.
    """
    for first in range(done - done % chunk, goal, chunk) if done < goal else ():
        rng = np.random.default_rng((seed, 1 + first // chunk))
        columns = np.arange(chunk * rows).reshape(chunk, rows)
        some = columns[max(0, done - first) : goal - first]
        yield Plan(examples=draw(rng, first, chunk * rows), rows=some)
