"""How far long work has come: whoever does it tells, whoever waits for it may listen.

Work that can take seconds (checks, proofs, scores) tells at each piece of it. Where nobody listens, as in Python, that
is a look at a variable. So no function has to hand a listener on to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Listener = Callable[[str, float, float | None], None]  # what is done, how much of it, of how much
Teller = Callable[[str], None]  # a line
T = TypeVar("T")

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_teller: ContextVar[Teller | None] = ContextVar("teller", default=None)


def so_far(work: str, done: float, total: float | None = None) -> None:
    """So much is done, of so much: `so_far("inputs checked", 4096, 65536)`."""
    listener = _listener.get()
    if listener is not None:
        listener(work, done, total)


def at_once(line: str) -> None:
    """A line for whoever waits, which is of no use later: that it is they who are waited for."""
    teller = _teller.get()
    if teller is not None:
        teller(line)


def told(work: str, items: Sequence[T]) -> Iterator[T]:
    """The same items; each is told of when the next one is asked for."""
    for done, item in enumerate(items, start=1):
        yield item
        so_far(work, done, len(items))


@contextmanager
def heard(listener: Listener, teller: Teller | None = None) -> Iterator[None]:
    """Within, a listener hears of all work that this thread does, and a teller has the lines that cannot wait."""
    tokens = _listener.set(listener), _teller.set(teller)
    try:
        yield
    finally:
        _listener.reset(tokens[0])
        _teller.reset(tokens[1])
