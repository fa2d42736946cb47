"""Room: where visitors wait for the network, which reads the clicks of all who are there at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from elman.tasks.capabilities.recommends import Visiting


class Room:
    """Nobody waits for others to come: whoever finds the room empty is read at once, and who comes meanwhile is next.

    The network reads in another thread, so that other requests are read and answered beside it.

    Args:
        read: the last clicks of these visitors.
    """

    def __init__(self, read: Callable[[Sequence[Visiting]], None]) -> None:
        self._read = read
        self._here: list[Visiting] = []
        self._reading: asyncio.Task[None] | None = None  # of those who are here or, where nobody is, of the last ones
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
        if not self._here:
            self._reading = asyncio.create_task(self._read_all(self._reading))
        self._here.append(visitor)
        assert self._reading is not None
        await asyncio.shield(self._reading)
        await asyncio.sleep(0)  # those who came meanwhile are read first, beside the answers

    async def _read_all(self, before: asyncio.Task[None] | None) -> None:
        """Who is here when the reading before has ended."""
        if before and not before.done():
            await asyncio.wait([before])
        here, self._here = self._here, []
        await asyncio.get_running_loop().run_in_executor(None, self._read, here)
