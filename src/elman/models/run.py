"""Runs of training: how a task and a network come together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from os import PathLike
from typing import Any

from elman.errors import ConfigError, choose, in_range
from elman.models.load import load
from elman.models.model import Model
from elman.network import State
from elman.tasks import TASKS, Task
from elman.training import MOMENTS, Plan, Progress, Trainer

PIECE = 0.2  # seconds of training between two events, about


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
