"""What is said to whoever waits: how far long work is, and how long it will take."""

from __future__ import annotations

import sys
import time

from elman.cli.output import duration, note

SOON, PAUSE = 2.0, 10.0  # seconds until the first line, and between two
KNOWN, LONG = 0.1, 60.0  # the share done, or seconds, until the time left is said: work often begins slowly


def left(done: float, total: float, seconds: float) -> float | None:
    """The seconds that work still needs at its pace so far; None where too little is done to know."""
    return seconds * (total - done) / done if done >= KNOWN * total or (done > 0 and seconds >= LONG) else None


class Waiting:
    """Hears of work (`elman.telling`); says so once it has taken two seconds, and then now and then."""

    def __init__(self) -> None:
        self._work = ""
        self._began = self._told = self._first = self._done = 0.0

    def __call__(self, work: str, done: float, total: float | None) -> None:
        """So much is done, of so much."""
        now = time.monotonic()
        if work != self._work or done <= self._done:  # another work, or the same once more
            self._work, self._began, self._told, self._first = work, now, now + SOON - PAUSE, done
        self._done = done
        if now - self._told < PAUSE or done == total:
            return
        self._told = now
        passed = now - self._began
        if total is None:
            line = f"{done:,.0f} {work}  {duration(passed)} so far"
        else:
            line = f"{done:,.0f}/{total:,.0f} {work}"
            if (seconds := left(done - self._first, total - self._first, passed)) is not None:
                line += f"  {duration(seconds)} left"
        note("\r\x1b[K" * sys.stderr.isatty() + line)  # over a line of progress that may be there
