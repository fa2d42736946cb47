"""A room in which visitors wait for the network, which reads the clicks of all who are there at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from elman.tasks.capabilities.recommends import Visiting


class Room:
    """Nobody waits for others to come: as soon as all requests that have arrived are here, they are read.

    Args:
        read: the last clicks of these visitors.
    """

    def __init__(self, read: Callable[[Sequence[Visiting]], None]) -> None:
        self._read = read
        self._here: dict[asyncio.Future[None], Visiting] = {}
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
            loop.call_soon(self._read_all)  # behind all that can go on now
        read = loop.create_future()
        self._here[read] = visitor
        await read

    def _read_all(self) -> None:
        here, self._here = self._here, {}
        try:
            self._read(list(here.values()))
        finally:  # whoever is not read yet is read alone, where an answer needs it
            for read in here:
                if not read.done():
                    read.set_result(None)
