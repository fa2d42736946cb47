"""How a training is told on stderr: a line now and then, or one line that changes."""

from __future__ import annotations

import math
import os
import sys
import time
from contextlib import suppress
from typing import Self

from elman.cli.output import WIDE, duration, note
from elman.cli.waiting import left
from elman.models import Training
from elman.tasks.capabilities.glances import Glances
from elman.training import Progress

CELLS = 10  # of a bar
MEASURED = 1.0  # seconds of a training, after which it is known how long it will take
LONG, VERY_LONG = 60.0, 600.0  # seconds: from which on that is said, and a shorter way named
FULL, EMPTY = "━", "─"


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


class Outlook:
    """How long a training will take: said once, when a second of it has shown that, if that is long.

    Args:
        training: that is to begin.
        minutes: that it may take; then nothing is said.
    """

    def __init__(self, training: Training, minutes: float | None) -> None:
        self._goal, self._told = training.task.goal, minutes is not None
        self._about = "at most" if training.may_end_early else "about"
        self._began, self._first = 0.0, 0

    def look(self, event: Progress) -> list[str]:
        """What is to be said after this event, a line each."""
        now = time.monotonic()
        if not self._first:  # of a single update, whose pace is no speed
            self._began, self._first = now, event.update
        passed, done = now - self._began, event.update - self._first
        if self._told or passed < MEASURED or not done:
            return []
        self._told = True
        left = passed / done * (self._goal - event.update)
        lines = [f"this will take {self._about} {duration(left)}"] if left >= LONG else []
        return [*lines, *(["hint: with --minutes 10 it takes 10 minutes at most"] if left >= VERY_LONG else [])]


class Lines:
    """A line of progress now and then: for logs, and for whoever pipes stderr."""

    pause = 10.0  # seconds

    def __init__(self, training: Training, minutes: float | None) -> None:
        self._training = training
        self._goal = training.task.goal
        self._early = training.may_end_early
        self._began, self._first = time.monotonic(), training.trainer.updates
        self._deadline = math.inf if minutes is None else self._began + 60 * minutes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def _facts(self, event: Progress) -> str:
        """How far it is, how fast, and how long it will take at most."""
        task = self._training.task
        counted = "" if task.speed == "updates" else f" {task.speed}"  # updates are named at the line's beginning
        speed = len(event.losses) / max(event.seconds, 1e-9)
        facts = [
            f"loss {event.loss:.4f}",
            *(f"validation {value:.4f}" for _, value in self._training.validations[-1:]),
            task.glance(self._training.network) if isinstance(task, Glances) else "",
            self._left(event.update),
            f"{speed * task.counts:,.0f}{counted}/s",  # last: narrow terminals cut it off
        ]
        return "  ".join(filter(None, facts))

    def _left(self, update: int) -> str:
        """How long it still takes, once that is known; until then, how long at most, if that was given."""
        now = time.monotonic()
        paced, most = left(update - self._first, self._goal - self._first, now - self._began), self._deadline - now
        if paced is None and most == math.inf:
            return ""
        seconds = most if paced is None else min(paced, most)
        return f"{'at most ' * (self._early or paced is None)}{duration(max(0.0, seconds))} left"

    def __call__(self, event: Progress) -> None:
        """So far it is."""
        note(f"{event.update:,}/{self._goal:,} updates  {self._facts(event)}")

    def aside(self, line: str) -> None:
        """A line between."""
        note(line)


class Bar(Lines):
    """One line that changes: for a terminal."""

    pause = 0.2

    def __exit__(self, *error: object) -> None:
        self._write("")

    def __call__(self, event: Progress) -> None:
        """So far it is."""
        full = min(CELLS, CELLS * event.update // max(1, self._goal))
        cells = FULL * full + EMPTY * (CELLS - full)
        line = f"{event.update:,}/{self._goal:,} {cells} {self._facts(event)}"
        with suppress(OSError):  # the terminal has gone: that is no reason to stop
            columns = os.get_terminal_size(sys.stderr.fileno()).columns or WIDE
            self._write(line[: columns - 1])  # in the last column some terminals begin a new line

    def aside(self, line: str) -> None:
        """A line that stays, above."""
        self._write("")
        note(line)

    @staticmethod
    def _write(line: str) -> None:
        """In place of the line that is there."""
        with suppress(OSError):
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()


def teller(training: Training, minutes: float | None) -> Lines:
    """For whoever reads stderr."""
    is_bar = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    return (Bar if is_bar else Lines)(training, minutes)
