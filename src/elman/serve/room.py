"""A room in which visitors wait for the network, which reads the clicks of all who are there at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from elman.tasks.capabilities.recommends import Visiting

STILL = 3  # rounds of the loop: a request that has arrived is here after two
MOST = 32  # that are read at once: more take as long for each


class Room:
    """Nobody waits for others to come: as soon as all requests that have arrived are here, they are read.

    Args:
        read: the last clicks of these visitors.
    """

    def __init__(self, read: Callable[[Sequence[Visiting]], None]) -> None:
        self._read = read
        self._here: list[tuple[Visiting, asyncio.Future[None]]] = []
        self._still = 0  # rounds of the loop in which nobody has come
        self._turns: dict[str, asyncio.Future[None]] = {}  # the last one of each visitor who has any

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Requests of one visitor are answered one after the other, as they came."""
        before, mine = self._turns.get(name), asyncio.get_running_loop().create_future()
        self._turns[name] = mine
        try:
            if before:
                await before
            yield
        finally:
            mine.set_result(None)
            if self._turns[name] is mine:
                del self._turns[name]

    async def read(self, visitor: Visiting) -> None:
        """Until the last click of this visitor is read."""
        loop = asyncio.get_running_loop()
        if not self._here:
            loop.call_soon(self._look, loop)
        self._still, read = 0, loop.create_future()
        self._here.append((visitor, read))
        await read

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Once in each round of the loop, while somebody is here."""
        self._still += 1
        ready = self._still >= STILL or len(self._here) >= MOST
        here = self._here[:MOST] if ready else []
        self._here = self._here[len(here) :]
        if self._here:
            loop.call_soon(self._look, loop)
        if here:
            self._read_these(here)

    def _read_these(self, here: Sequence[tuple[Visiting, asyncio.Future[None]]]) -> None:
        try:
            self._read([visitor for visitor, _ in here])
        finally:  # whoever is not read yet is read alone, where an answer needs it
            for _, read in here:
                if not read.done():
                    read.set_result(None)
