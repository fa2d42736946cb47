"""Visitors that a server knows: a bounded number of them, each for a bounded time after the last click."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from elman.tasks.capabilities.recommends import Visiting


class Visitors:
    """Of the visitors that came last.

    Args:
        new: makes one.
        most: of whom there are more, those that were not here for longest are forgotten.
        seconds: after the last click, until a visitor is forgotten.
        ended: is told of each whose session is over: who is forgotten, but not because somebody asked for it.
        now: the time, in seconds.
    """

    def __init__(
        self,
        new: Callable[[], Visiting],
        most: int,
        seconds: float,
        ended: Callable[[Visiting], None] = lambda visitor: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._new, self._most, self._seconds, self._ended, self._now = new, most, seconds, ended, now
        self._known: OrderedDict[str, tuple[float, Visiting]] = OrderedDict()  # the latest last

    def __len__(self) -> int:
        self.forget_old()
        return len(self._known)

    def get(self, name: str) -> Visiting:
        """The visitor of this name, who is here now; a new one where nobody is known by it."""
        self.forget_old()
        _, visitor = self._known.pop(name, (0.0, None))
        visitor = visitor or self._new()
        self._known[name] = self._now(), visitor
        if len(self._known) > self._most:
            self._end(next(iter(self._known)))
        return visitor

    def forget(self, name: str) -> bool:
        """Whether there was one of this name, who now is forgotten."""
        return self._known.pop(name, None) is not None

    def forget_old(self) -> None:
        """Those whose last click is too long ago."""
        while self._known:
            name, (last, _) = next(iter(self._known.items()))
            if self._now() - last < self._seconds:
                return
            self._end(name)

    def _end(self, name: str) -> None:
        self._ended(self._known.pop(name)[1])
