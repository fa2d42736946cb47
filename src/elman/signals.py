"""Signals that end the program: all three do what Ctrl-C does, once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
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


def lost() -> KeyboardInterrupt:
    """The exception of the signal that came, to be raised anew where a library lost it."""
    return KeyboardInterrupt() if _raised is None else _raised


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """128 and the number of the signal, as shells have it."""
    return 128 + (interrupt.number if isinstance(interrupt, Stopped) else int(signal.SIGINT))


_raised: Stopped | None = None  # the one that there is


def _stop(number: int, _: FrameType | None) -> None:
    global _raised
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    _raised = Stopped(number)
    raise _raised
