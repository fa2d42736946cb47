"""Trainings that go on side by side in one thread, update by update (`elman.training.beside`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from elman.errors import NotFiniteError
from elman.models.run import Training
from elman.training import Plan
from elman.training.beside import fit_beside, most_beside


def most(training: Training) -> int:
    """How many new trainings of this kind, which differ in their seeds alone, may go on side by side; 1: it goes alone.

    What is validated on its way goes alone: it may end early.
    """
    if training.interval is not None:
        return 1
    plan = next(training.task.plans(0), None)
    return 1 if plan is None else most_beside(training.trainer, plan)


def run_beside(trainings: Sequence[Training], stopped: Callable[[], bool]) -> Iterator[tuple[int, Exception | None]]:
    """Trains each to its goal; the number of each as it ends, and what went wrong with it.

    They end early where `stopped` says so, without a word.
    """
    size = most(trainings[0]) if trainings else 1
    if len(trainings) > size:  # this machine's registers have fewer lanes than those of whoever asked
        for first in range(0, len(trainings), size):
            for one, error in run_beside(trainings[first : first + size], stopped):
                yield first + one, error
        return
    plans = [training.task.plans(0) for training in trainings]
    running = list(range(len(trainings)))
    while running and not stopped():
        asked = [next(plans[one], None) for one in running]
        some = [plan for plan in asked if plan is not None]
        if len(some) < len(running):  # all end at the same time
            yield from ((one, None) for one in running)
            return
        failed = _advance([trainings[one] for one in running], some)
        yield from ((running[place], error) for place, error in failed.items())
        running = [one for place, one in enumerate(running) if place not in failed]


def run_alone(trainings: Sequence[Training], stopped: Callable[[], bool]) -> Iterator[tuple[int, Exception | None]]:
    """The same for one, which may be of any kind; an error is raised."""
    [training] = trainings
    for _ in training.run():
        if stopped():
            return
    yield 0, None


def _advance(trainings: Sequence[Training], plans: Sequence[Plan]) -> dict[int, Exception]:
    """A plan of each; what went wrong, by place. Where a number is not finite, each goes by itself, and says whose."""
    failed: dict[int, Exception] = {}
    events = fit_beside([training.trainer for training in trainings], plans)
    for place, training in enumerate(trainings):
        if events is not None:
            training.took(events[place])
            continue
        try:
            for event in training.trainer.run([plans[place]]):
                training.took(event)
        except NotFiniteError as error:
            failed[place] = error
    return failed
