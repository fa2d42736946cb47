"""How a training is told on stderr: a line now and then, or one line that changes."""

from __future__ import annotations

import math
import sys
import time
from typing import Self

from elman.cli.output import note
from elman.models import Training
from elman.training import Progress


class Clock:
    """Strikes every so many seconds, if it is looked at."""

    def __init__(self, pause: float, last: float = -math.inf) -> None:
        self._pause = pause
        self._last = last

    def strikes(self) -> bool:
        """Whether so many seconds have passed since it last did."""
        now = time.monotonic()
        if now - self._last < self._pause:
            return False
        self._last = now
        return True


class Lines:
    """A line of progress now and then: for logs, and for whoever pipes stderr."""

    pause = 10.0  # seconds

    def __init__(self, training: Training, minutes: float | None) -> None:
        self._training = training
        self._goal = training.task.goal
        self._deadline = math.inf if minutes is None else time.monotonic() + 60 * minutes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def _facts(self, event: Progress) -> str:
        """How far it is, how fast, and how long it will take at most."""
        task, speed = self._training.task, len(event.losses) / max(event.seconds, 1e-9)
        left = min((self._goal - event.update) / speed, self._deadline - time.monotonic())
        facts = [
            f"loss {event.loss:.4f}",
            *(f"validation {value:.4f}" for _, value in self._training.validations[-1:]),
            task.glance(self._training.network),
            f"{max(0.0, left):,.0f} s left",
            f"{speed * task.counts:,.0f} {task.speed}/s",  # last: narrow terminals cut it off
        ]
        return "  ".join(filter(None, facts))

    def __call__(self, event: Progress) -> None:
        """So far it is."""
        note(f"{event.update:,}/{self._goal:,} updates  {self._facts(event)}")


class Bar(Lines):
    """One line that changes: for a terminal."""

    pause = 0.2

    def __enter__(self) -> Self:
        # Imported here: the only part of the program that needs it, and a tenth of its start.
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Display

        self._display = Display(
            TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
            BarColumn(bar_width=10),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._shown = self._display.add_task("", total=self._goal)
        return self

    def __exit__(self, *error: object) -> None:
        self._display.stop()

    def __call__(self, event: Progress) -> None:
        """So far it is."""
        self._display.update(self._shown, completed=event.update, description=self._facts(event))
        self._display.start()  # now that there is something to tell; later on it changes nothing


def teller(training: Training, minutes: float | None) -> Lines:
    """For whoever reads stderr."""
    return (Bar if sys.stderr.isatty() else Lines)(training, minutes)
