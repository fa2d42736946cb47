"""Runs of training: how a task and a network come together."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from os import PathLike
from typing import Any

from elman._engine import instruction_set
from elman.errors import ConfigError, DataError, NotFiniteError, choose
from elman.models.load import load
from elman.models.model import CURRENT, Model, Validation
from elman.models.restore import kind_of
from elman.network import Network
from elman.network.checks import Array
from elman.signals import TERMINATED, Stopped
from elman.spelling import called, counted, either, in_brief, is_frame
from elman.tasks import TASKS, Task
from elman.tasks.capabilities.budgeted import Budgeted
from elman.tasks.capabilities.calibrates import Calibrates
from elman.tasks.capabilities.can_be_hopeless import CanBeHopeless
from elman.tasks.capabilities.learns_from_data import LearnsFromData, hint_of_frames, refuse
from elman.tasks.capabilities.validates import Validates, waited
from elman.training import Plan, Progress, Trainer
from elman.training.clock import check_minutes, deadline, left
from elman.training.exchanging import Exchange
from elman.version import __version__

Data = str | PathLike[str] | Sequence[Any]

BESIDE = ("data", "minutes", "on_progress", "resume", "start")  # what `train` takes beside settings
# Options of the command line that are no settings, and what to write in Python instead.
ELSEWHERE = {"out": "`model.save(path)` writes the model", "threads": "`elman.set_threads(n)` comes before it"}
PIECE = 0.2  # seconds of training between two events, about


class Training:
    """A run of training: a generator of events, which can be left and taken up again at any update.

    Where the task has data to validate with, the network that was best on it is the one that `model` gives.

    Args:
        task: what is to be learned.
        start: a model to go on from, of the same task.
        network: what to begin with, in place of a new network.
    """

    def __init__(self, task: Task, start: Model | None = None, network: Network | None = None) -> None:
        self.task = task
        self.network = start.network if start else network or task.network()
        self.trainer: Trainer = task.trainer(self.network)
        self.seconds = start.seconds if start else 0.0
        self.validations: list[Validation] = list(start.validations) if start else []
        self._best: Array | None = None  # the weights that did best
        self._metrics: dict[str, Any] = {}  # of the best, where it was this run that measured them
        self._pace = math.inf  # seconds per update, as the last event had it
        self._loss: float | None = None  # the last event's
        self.idle: list[str] = []  # settings that were given and change nothing, a line each
        self.stopped = ""  # why it ended before its goal, in words
        self.ended = False  # by what all processes meet that share it: not by an error of one of them
        self._told_to_stop: Callable[[], int] = int  # the number of a signal, or 0
        if start:
            self._restore(start)

    def _restore(self, start: Model) -> None:
        arrays = {name: values for name, values in start.resumable.items() if name != CURRENT}
        if arrays or start.updates > 0:
            self.trainer.go_on(start.updates, arrays)
        if CURRENT in start.resumable:
            if self.validations:
                self._best = self.network.parameters.flat.copy()
            self.network.parameters.flat = start.resumable[CURRENT]

    @property
    def interval(self) -> int | None:
        """Updates between two validations; None where there are none."""
        return self.task.interval if isinstance(self.task, Validates) else None

    @property
    def may_end_early(self) -> bool:
        """Whether the task's goal is the most that it takes, and not what it takes."""
        return self.interval is not None and isinstance(self.task, Validates) and self.task.may_end_early

    def run(self, minutes: float | None = None) -> Iterator[Progress]:
        """Trains to the task's goal, or for so many minutes; each event stands for some updates."""
        return self._events(deadline(minutes))

    def share(self, exchange: Exchange, part: tuple[int, int], told_to_stop: Callable[[], int] = int) -> None:
        """Before it runs: processes share each update, as a `Trainer` has it; rank 0 decides what goes by the clock.

        Args:
            exchange: how they add up their arrays.
            part: the number of this process, and how many they are.
            told_to_stop: asked several times a second for the number of a signal; where any process has met one, all
                raise `Stopped`, after the same update.

        Raises:
            ConfigError: they begin with different networks; all processes raise it.
        """
        self.trainer.exchange, self.trainer.part, self._told_to_stop = exchange, part, told_to_stop
        about = __version__, instruction_set(), self.network, self.trainer.updates, self.task.goal
        self.trainer.share.check(repr((*about, vars(self.task.settings))), self.network.parameters.flat)

    def _events(self, until: float) -> Iterator[Progress]:
        try:
            yield from self._until(until)
        except GeneratorExit:  # first: where the interpreter ends, the names of this module may be gone
            raise
        except (NotFiniteError, KeyboardInterrupt):
            self.ended = True
            raise
        self.ended = True

    def _until(self, until: float) -> Iterator[Progress]:
        interval, goal, share = self.interval, self.task.goal, self.trainer.share
        for event in self.trainer.run(self._pieces(until)):
            self.took(event)
            over = bool(share.decided(left(until) <= 0)[0])
            if interval and (over or event.update == goal or event.update % interval == 0):
                event = replace(event, validation=self._validate())
            yield event
            if event.update < goal and (over or self._over()):
                self.stopped = f"the time is over ({called('minutes')})" if over else self._enough()
            if over or self._over():
                return

    def took(self, event: Progress) -> None:
        """Counts updates that the trainer has made."""
        self.seconds += event.seconds
        self._pace, self._loss = event.seconds / len(event.losses), event.loss

    def _pieces(self, until: float) -> Iterator[Plan]:
        """The task's plans in short pieces, the first of one update: between two there is time to look at the clock."""
        interval = self.interval
        if self._over():
            return
        for plan in self.task.plans(self.trainer.updates):
            done = 0
            while done < len(plan.rows):
                seconds = min(PIECE, left(until))
                count = max(1, int(seconds / self._pace))
                if interval:
                    count = min(count, interval - self.trainer.updates % interval)
                count = self._agreed(count)
                yield plan.part(done, done + count)
                done += count

    def _agreed(self, updates: int) -> int:
        """As many updates as rank 0 has time for; Stopped, where any process was told to end."""
        share = self.trainer.share
        if share.exchange is None:
            return updates
        number = self._told_to_stop()
        count, told = share.sums(updates if share.rank == 0 else 0, number > 0)
        if told:
            raise Stopped(number or TERMINATED)
        return int(count)

    def _validate(self) -> float:
        network = self.trainer.averaged(self.network)  # which may be another than the trainer's, of the same parameters
        share = self.trainer.share
        metrics = self.task.score(network) if share.rank == 0 else {}
        [value] = share.decided(self.task.cost(metrics) if share.rank == 0 else 0.0)
        if not math.isfinite(value):
            raise NotFiniteError(f"update {self.trainer.updates}: the validation is not finite", "try a smaller rate")
        if all(value < before for _, before in self.validations):
            self._best, self._metrics = network.parameters.flat.copy(), metrics
        self.validations.append((self.trainer.updates, value))
        return value

    def _over(self) -> bool:
        """Whether the task has seen enough."""
        if not self.validations or not isinstance(self.task, Validates):
            return False
        return self.task.over([value for _, value in self.validations])

    def _enough(self) -> str:
        """Why the task has seen enough: it gets no better, or cannot."""
        values, patience = [value for _, value in self.validations], getattr(self.task.settings, "patience", 0)
        if 0 < patience <= waited(values):
            return f"no better validation in {patience} ({called('patience')})"
        return "the validation is as good as it can be"

    def done(self) -> str:
        """How many updates there were: 2,000 updates, or 300 of 2,000 updates."""
        done, goal = self.trainer.updates, self.task.goal
        return counted(done, "update") if done >= goal else f"{done:,} of {counted(goal, 'update')}"

    def model(self) -> Model:
        """The model as it is now, not yet scored; or as it was at its best, with the metrics that it had then."""
        resumable = self.trainer.arrays()
        network = self.trainer.averaged(self.network)
        if self._best is not None:
            network = Network.of(network.architecture)
            network.parameters.flat = self._best
        if network is not self.network:
            resumable[CURRENT] = self.network.parameters.flat
        task, metrics = self.task, self._metrics
        if isinstance(task, Calibrates):
            task, metrics = task.calibrated(network), {}
        return kind_of(task)(
            task,
            network,
            metrics=metrics,
            updates=self.trainer.updates,
            seconds=self.seconds,
            validations=self.validations,
            resumable=resumable,
        )

    def hopeless(self, model: Model) -> str:
        """What shows that a scored model of this run learned nothing; "" where nothing does."""
        why = self.task.hopeless(model.metrics, self._loss) if isinstance(self.task, CanBeHopeless) else ""
        return f"{why}; a smaller rate, or more updates, may help" if why else ""


def begin(
    task: str | None = None,
    data: Data = (),
    *,
    resume: str | PathLike[str] | None = None,
    start: str | PathLike[str] | None = None,
    minutes: float | None = None,
    **settings: Any,
) -> Training:
    """A new training of a task, or one that goes on from a model file; arguments as `train` takes them.

    With `minutes`, a new training suits that time; it is `Training.run` that keeps to it.
    """
    check_minutes(minutes)
    given = [data] if isinstance(data, str | PathLike) else data
    if isinstance(given, bytes) or not isinstance(given, Sequence):
        hint = hint_of_frames(TASKS.get(task or "")) if is_frame(data) else ""
        raise DataError(f"data: expected a path, or several; found {in_brief(data)}", hint)
    if resume is not None and start is not None:
        goes_on, anew = called("resume"), called("start")
        raise ConfigError(
            f"{goes_on}, {anew}: expected one of them; found both", f"{goes_on} goes on, {anew} begins anew"
        )
    if resume is not None:
        return _resumed(load(resume, task), given, settings)
    if start is not None:
        known = load(start, task)
        check_names(type(known.task), settings)
        return _noted(_tuned(known, given, settings), settings)
    if task is None:
        raise ConfigError("task: expected a name; found none", f"one of {', '.join(TASKS)}")
    kind = TASKS[choose("task", task, TASKS)]
    check_names(kind, settings)
    learner = _learner(kind, given, settings)
    if minutes is not None and isinstance(learner, Budgeted):
        learner.suit(minutes, settings)
    return _noted(Training(learner), settings)


def _learner(kind: type[Task], data: Sequence[Any], settings: Mapping[str, Any]) -> Task:
    if issubclass(kind, LearnsFromData):
        return kind.on(data, **settings)
    refuse(kind, data)
    return kind(**settings)


def _noted(training: Training, given: Iterable[str]) -> Training:
    training.idle = [f"{name}: no effect: {why}" for name, why in training.task.idle().items() if name in given]
    if getattr(training.task.settings, "rate", None) == 0:
        training.idle.append("rate: nothing is learned with a rate of 0")
    return training


def check_names(kind: type[Task], settings: Iterable[str], beside: Iterable[str] = BESIDE) -> None:
    """A ConfigError where one is no setting of the task, which suggests one, or what a function takes beside them."""
    names = [f.name for f in fields(kind.settings_type)]
    for name in settings:
        if name in ELSEWHERE:
            raise ConfigError(f"setting: expected one of the task's; found {name!r}", ELSEWHERE[name])
        choose("setting", name, [*names, *beside])


def _resumed(model: Model, data: Sequence[Any], settings: dict[str, Any]) -> Training:
    if model.updates > 0 and not model.resumable:
        name = model.task.name
        path, files = (", path", f" {model.task.data}") if isinstance(model.task, LearnsFromData) else ("", "")
        anew = either(f"elman.train({name!r}{path}, start=model)", f"`elman train {name}{files} --from MODEL`")
        raise ConfigError(
            f"{called('resume')}: expected a model with the state of its training; found one without: it was exported",
            f"go on with the model that it came from; {anew} begins anew with its weights",
        )
    changed = sorted(set(settings) - {"steps"})
    if changed:
        raise ConfigError(
            f"{', '.join(map(called, changed))}: a resumed training keeps its settings; only steps can change",
            f"{either('start=MODEL', f'`elman train {model.task.name} --from MODEL`')} begins anew with its weights, "
            "at another rate for example",
        )
    known = model.task
    task = known.again(data, **settings) if isinstance(known, LearnsFromData) else _changed(known, data, settings)
    if task.goal < model.updates:
        raise ConfigError(
            f"steps: expected at least the {counted(model.updates, 'update')} already done; found {task.goal}"
        )
    return Training(task, model)


def _tuned(model: Model, data: Sequence[Any], settings: dict[str, Any]) -> Training:
    """A new training whose network begins with what a model knows."""
    known = model.task
    task = known.tuned(data, **settings) if isinstance(known, LearnsFromData) else _changed(known, data, settings)
    network = task.network()
    task.adopt(network, known, model.network)
    return Training(task, network=network)


def _changed(task: Task, data: Sequence[Any], settings: Mapping[str, Any]) -> Task:
    refuse(task, data)
    return task.changed(**settings)


def train(
    task: str | None = None,
    data: Data = (),
    *,
    resume: str | PathLike[str] | None = None,
    start: str | PathLike[str] | None = None,
    minutes: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    **settings: Any,
) -> Model:
    """Trains a network on a task and scores it: `elman.train("add").predict([(17, 25)])`.

    Ctrl-C ends the training, not the program: what comes back is the model as the last whole update left it, or as it
    was at its best where it is validated, not scored anew and marked `interrupted`; a warning says so. In a loop over
    trainings, look at the mark. Where no update was made yet, Ctrl-C is a KeyboardInterrupt as ever.

    A warning (UserWarning) also tells of settings without effect, and of a result that is worse than knowing nothing.

    Args:
        task: its name: "add", "coin", "text" … (`elman.TASKS`).
        data: what it learns from, where the task does not make that itself: a path, or several.
        resume: a model file to go on from, in place of a task; `steps` counts from the very first update. Its data is
            read again from where it was, or from `data` if it has moved.
        start: a model file whose weights a new training begins with (fine-tuning).
        minutes: an upper bound on the training. The task `text` takes settings that suit it, but for those that are
            given, or where `recipe` is.
        on_progress: called with each event.
        settings: of the task, as the command line has them: `seed`, `steps`, `cell`, `hidden`, `recipe` …

    Raises:
        ConfigError: a setting is wrong.
        DataError: the data is.
        ModelFileError: `resume` or `start` names no model.
        NotFiniteError: the loss or a gradient ceased to be a finite number.
    """
    training = begin(task, data, resume=resume, start=start, minutes=minutes, **settings)
    return complete(training, minutes, on_progress)


def complete(training: Training, minutes: float | None, on_progress: Callable[[Progress], None] | None) -> Model:
    """Runs a training to its end, or to Ctrl-C, and scores what it made; warns whoever called its caller."""
    if on_progress is not None and not callable(on_progress):
        raise ConfigError(f"on_progress: expected a function of an event; found {on_progress!r:.60}")
    for line in training.idle:
        warnings.warn(line, stacklevel=3)
    begun = training.trainer.updates
    try:
        for event in training.run(minutes):
            if on_progress is not None:
                on_progress(event)
        model = training.model()
        if not model.metrics:
            model.score()
    except KeyboardInterrupt:
        if training.trainer.updates == begun:
            raise
        model = training.model()
        model.interrupted = True
        warnings.warn(f"stopped after {training.done()}: interrupted; this is the model as it was then", stacklevel=3)
        return model
    if why := training.hopeless(model):
        warnings.warn(f"{model.task.name}: {why}", stacklevel=3)
    return model
