"""Models: a task and a network that learned it, and how the two come together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from elman.errors import ConfigError, ModelFileError, choose, in_range, whole
from elman.network import Network, State
from elman.network.checks import Array
from elman.network.file import Contents, Header, check_writable, encode, read, write_whole
from elman.proof import Proof, prove
from elman.tasks import TASKS, Task
from elman.training import Plan, Progress, Trainer
from elman.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The arrays of a trainer, by their names in model files.
MOMENTS = ("first", "second")
PIECE = 0.2  # seconds of training between two events, about


@dataclass
class Model:
    """A network that learned a task.

    `metrics` are those of its last score, `updates` and `seconds` those of its training; `resumable` holds what a
    training that goes on needs beside the parameters; `version` is that of the elman that made it.
    """

    task: Task
    network: Network
    metrics: dict[str, Any] = field(default_factory=dict)
    updates: int = 0
    seconds: float = 0.0
    resumable: dict[str, Array] = field(default_factory=dict)
    version: str = __version__

    def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """One answer per input: of an arithmetic model, an `int` for each pair of `int` of any size."""
        return self.task.predict(self.network, inputs)

    def score(self) -> dict[str, Any]:
        """The metrics that count, measured anew, and the baselines beside them."""
        self.metrics = self.task.score(self.network)
        return self.metrics

    def picture(self) -> Figure:
        """What can be seen of what it learned, as a figure of matplotlib (the extra `plot`)."""
        return self.task.picture(self.network)

    @property
    def passed(self) -> bool:
        """Whether the metrics are what the task is about: for arithmetic, every pair exact."""
        return bool(self.metrics) and self.task.passed(self.metrics)

    def prove(self, file: bytes | None = None) -> Proof:
        """Whether its answers are right for inputs of every length: a certificate, a counterexample, or neither.

        Args:
            file: the contents of its model file, which a certificate is about; default: what `save` writes.
        """
        question = self.task.question()
        if question is None:
            return Proof("undecided", f"the task {self.task.name!r} has no reference that holds at every length")
        file = self._encoded("model") if file is None else file
        proof = prove(self.network, question, self.task.name, file)
        if proof.word is None:
            return proof
        shown = self.task.counterexample(self.network, proof.word)
        if shown is None:
            return Proof("undecided", f"wrong after the symbols {proof.word}, which are no input's beginning")
        return replace(proof, counterexample=shown)

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the model file at once or not at all; a ModelFileError says why not."""
        check_writable(Path(path))
        write_whole(Path(path), self._encoded(path))

    def _encoded(self, where: object) -> bytes:
        header = Header(
            version=__version__,
            task=self.task.name,
            codec=self.task.codec(),
            architecture=self.network.architecture.to_json(),
            training={"settings": vars(self.task.settings), "updates": self.updates, "seconds": self.seconds},
            metrics=self.metrics,
            data=self.task.fingerprint(),
            seed=self.task.settings.seed,
        )
        return encode(where, header, self.network, self.resumable)


def load(path: str | PathLike[str], task: str | None = None) -> Model:
    """Reads a model file; with `task`, one of that task. A ModelFileError says what is wrong with it."""
    contents = read(Path(path))
    header = contents.header
    if header.task not in TASKS:
        raise ModelFileError(
            f"{path}: field 'task': expected one of {', '.join(TASKS)}; found {header.task!r}",
            "a newer elman may know it",
        )
    if task is not None and header.task != task:
        raise ModelFileError(f"{path}: expected a model of the task {task!r}; found one of {header.task!r}")
    try:
        return _model(contents)
    except ConfigError as error:
        raise ModelFileError(f"{path}: field 'training': {error}") from None


def _model(contents: Contents) -> Model:
    header, training = contents.header, contents.header.training
    if set(training) != {"settings", "updates", "seconds"} or not isinstance(training["settings"], dict):
        raise ConfigError("expected settings, updates and seconds")
    whole("updates", training["updates"], 0, 1 << 60)
    in_range("seconds", training["seconds"], 0, math.inf, high_in=False)
    task = TASKS[header.task](**training["settings"])
    # What follows from the settings must be what the file says.
    made = {"architecture": task.architecture().to_json(), "codec": task.codec(), "data": task.fingerprint()}
    for name, expected in {**made, "seed": task.settings.seed}.items():
        found = getattr(header, name)
        if found != expected:
            if isinstance(expected, dict):
                name = next(key for key in expected if found.get(key) != expected[key])
                found, expected = found.get(name), expected[name]
            raise ConfigError(f"{name}: expected {expected!r} for these settings; found {found!r}")
    _check_resumable(contents)
    return Model(
        task,
        contents.network,
        header.metrics,
        training["updates"],
        float(training["seconds"]),
        contents.training,
        header.version,
    )


def _check_resumable(contents: Contents) -> None:
    """A ConfigError where the tensors are not what a trainer of this network would keep."""
    a, tensors, flat = contents.network.architecture, contents.training, contents.network.parameters.flat
    carried = [f"carried.{name}" for name in a.states]
    rows = tensors[carried[0]].shape[1:2] if carried[0] in tensors else ()
    shapes = dict.fromkeys(MOMENTS, flat.shape)
    shapes |= dict.fromkeys(carried, (a.layers * a.directions, *rows, a.hidden))
    for name, found in tensors.items():
        if name not in shapes:
            raise ConfigError(f"tensor 'training.{name}': unknown")
        if found.shape != shapes[name] or found.dtype != flat.dtype:
            raise ConfigError(
                f"tensor 'training.{name}': expected {flat.dtype} {shapes[name]}; found {found.dtype} {found.shape}"
            )
        if not np.isfinite(found).all():
            raise ConfigError(f"tensor 'training.{name}': expected finite numbers; found infinities or NaN")
    if any(name in tensors for name in carried) and not all(name in tensors for name in carried):
        raise ConfigError(f"tensors {', '.join(carried)}: some are missing")


class Training:
    """A run of training: a generator of events, which can be left and taken up again at any update.

    Args:
        task: what is to be learned.
        start: a model to go on from, of the same task.
    """

    def __init__(self, task: Task, start: Model | None = None) -> None:
        self.task = task
        self.network = start.network if start else task.network()
        self.trainer: Trainer = task.trainer(self.network)
        self.seconds = start.seconds if start else 0.0
        self._pace = math.inf  # seconds per update, as the last event had it
        if start:
            self._restore(start)

    def _restore(self, start: Model) -> None:
        missing = [name for name in MOMENTS if name not in start.resumable]
        if missing and start.updates > 0:
            raise ConfigError(f"resume: expected the tensors {', '.join(missing)}; this file holds no training state")
        self.trainer.updates = start.updates
        for name in MOMENTS:
            if name in start.resumable:
                setattr(self.trainer, name, start.resumable[name])
        states = [name for name in self.network.architecture.states if f"carried.{name}" in start.resumable]
        if states:
            self.trainer.carried = State(**{name: start.resumable[f"carried.{name}"].copy() for name in states})

    def run(self, minutes: float | None = None) -> Iterator[Progress]:
        """Trains to `steps` updates, or for so many minutes; each event stands for some updates."""
        if minutes is not None:
            in_range("minutes", minutes, 0, math.inf, low_in=False)
        return self._events(math.inf if minutes is None else time.monotonic() + 60 * minutes)

    def _events(self, deadline: float) -> Iterator[Progress]:
        for event in self.trainer.run(self._pieces(deadline)):
            self.seconds += event.seconds
            self._pace = event.seconds / len(event.losses)
            yield event
            if time.monotonic() >= deadline:
                return

    def _pieces(self, deadline: float) -> Iterator[Plan]:
        """The task's plans in short pieces, the first of one update: between two there is time to look at the clock."""
        for plan in self.task.plans(self.trainer.updates):
            done = 0
            while done < len(plan.rows):
                seconds = min(PIECE, deadline - time.monotonic())
                count = max(1, int(seconds / self._pace))
                yield plan.part(done, done + count)
                done += count

    def model(self) -> Model:
        """The model as it is now, not yet scored."""
        resumable = {name: getattr(self.trainer, name) for name in MOMENTS}
        for name, array in (self.trainer.carried or {}).items():
            resumable[f"carried.{name}"] = array
        return Model(self.task, self.network, {}, self.trainer.updates, self.seconds, resumable)


def begin(task: str | None = None, resume: str | PathLike[str] | None = None, **settings: Any) -> Training:
    """A new training of a task, or one that goes on from a model file; settings as `train` takes them."""
    if resume is None:
        if task is None:
            raise ConfigError("task: expected a name; found none", f"one of {', '.join(TASKS)}")
        return Training(TASKS[choose("task", task, TASKS)](**settings))
    model = load(resume, task)
    changed = sorted(set(settings) - {"steps"})
    if changed:
        raise ConfigError(
            f"{', '.join(changed)}: a resumed training keeps its settings; only steps can change",
            "train anew without resume",
        )
    goal = replace(model.task.settings, **settings)
    goal.check()
    if goal.steps < model.updates:
        raise ConfigError(f"steps: expected at least the {model.updates} updates already done; found {goal.steps}")
    return Training(type(model.task)(**vars(goal)), model)


def train(
    task: str | None = None,
    *,
    resume: str | PathLike[str] | None = None,
    minutes: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    **settings: Any,
) -> Model:
    """Trains a network on a task and scores it: `elman.train("add").predict([(17, 25)])`.

    Args:
        task: its name: "add", "coin" … (`elman.TASKS`).
        resume: a model file to go on from, in place of a task; `steps` counts from the very first update.
        minutes: an upper bound on the training.
        on_progress: called with each event.
        settings: of the task, as the command line has them: `seed`, `steps`, `cell`, `hidden`, `recipe` …

    Raises:
        ConfigError: a setting is wrong.
        ModelFileError: `resume` names no model.
        NotFiniteError: the loss or a gradient ceased to be a finite number.
    """
    training = begin(task, resume, **settings)
    for event in training.run(minutes):
        if on_progress is not None:
            on_progress(event)
    model = training.model()
    model.score()
    return model
