"""Signals that end the program: all three do what Ctrl-C does, once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Sequence
    from types import FrameType
else:
    import _signal as signal  # the same without names of numbers, whose import costs as much as all that help needs

ENDING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))  # not on Windows

TERMINATED = signal.SIGTERM


class Stopped(KeyboardInterrupt):
    """The program was told to end, by the signal of this `number`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def listen() -> None:
    """From now on a signal that would end the program raises Stopped.

    Only the first does: what is written after it, a model of hours say, is written whole, however often one presses
    Ctrl-C. Signals that whoever started the program had ignored (`nohup`) stay so.
    """
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)


def hold() -> Callable[[], int]:
    """From now on such a signal is noted, and raises nothing: what comes back gives the number of the first, or 0."""
    met: list[int] = []
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: met.append(number))
    return lambda: met[0] if met else 0


class Deferred:
    """While in this context a signal raises nothing, it calls `end`; at the end it raises what it would have raised.

    It is for work in a library that must not meet an exception of a signal, and has a call of its own that ends the
    work. In the context stands the list of the signals that came. Work that is begun only while it is empty is ended
    by every signal. In other threads than the main one no signal raises, and this does nothing.
    """

    def __init__(self, end: Callable[[], object]) -> None:
        self._end = end
        self._met: list[int] = []
        self._handlers: dict[int, Callable[[int, FrameType | None], object]] = {}

    def __enter__(self) -> Sequence[int]:
        for number in ENDING:
            if callable(handler := signal.getsignal(number)):  # neither ignored nor left to the system
                try:
                    signal.signal(number, self._note)
                except ValueError:  # not the main thread
                    break
                self._handlers[number] = handler
        return self._met

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._met:
            try:
                self._handlers[self._met[0]](self._met[0], None)
            except KeyboardInterrupt as interrupt:
                raise interrupt from None  # not from the library's own error, which is how the work ended

    def _note(self, number: int, _: FrameType | None) -> None:
        self._met.append(number)
        self._end()


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """128 and the number of the signal, as shells have it."""
    return 128 + (interrupt.number if isinstance(interrupt, Stopped) else int(signal.SIGINT))


def _stop(number: int, _: FrameType | None) -> None:
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)
