"""What is said to whoever waits: how far long work is, and how long it will take."""

from __future__ import annotations

import sys
import time

from elman.cli.output import duration, note

SOON, PAUSE = 2.0, 10.0  # seconds until the first line, and between two
KNOWN = 0.1  # the share that has to be done until the time left is said: work often begins slowly


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
        line = f"{done:,.0f} {work}" if total is None else f"{done:,.0f}/{total:,.0f} {work}"
        if total is not None and done - self._first >= KNOWN * (total - self._first):
            line += f"  {duration((now - self._began) * (total - done) / (done - self._first))} left"
        elif total is None:
            line += f"  {duration(now - self._began)} so far"
        note("\r\x1b[K" * sys.stderr.isatty() + line)  # over a line of progress that may be there
