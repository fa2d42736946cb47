"""`elman listen MODEL [FILE|-|microphone]`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_model, add_threads, between, number, use_threads
from elman.cli.output import emit, note
from elman.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from elman.cli.parser import Parser
    from elman.tasks.capabilities.listens import Listens

MICROPHONE, STDIN = "microphone", "-"
PIECE = 0.1  # seconds that are heard at once


def declare(parser: Parser) -> None:
    """A model, and what it listens to."""
    add_model(parser)
    about = "A recording of any length; - for samples of 16 bits from stdin, one channel; or microphone (the default)."
    parser.add_argument("source", metavar="SOURCE", nargs="?", default=MICROPHONE, help=about)
    about = "Samples per second of stdin, in hertz (default: the model's)."
    parser.add_argument("--rate", metavar="HZ", type=between(4000, 192_000), help=about)
    about = "How probable a word must be (default: as the model has it)."
    parser.add_argument("--threshold", metavar="P", type=number, help=about)
    about = "After a word, none for so many seconds (default: 0.2)."
    parser.add_argument("--refractory", metavar="S", type=number, default=0.2, help=about)
    parser.add_argument("--all", action="store_true", help="Also what is said and is no word of the model.")
    add_threads(parser)


def run(options: Namespace) -> int:
    """A line of JSON for each word, as soon as it is over."""
    from elman.models import load
    from elman.tasks.asking import asked
    from elman.tasks.capabilities.listens import Listens

    use_threads(options)
    loaded = load(options.model)
    task = asked(loaded.task, Listens, "listen")
    if options.rate is not None and options.source != STDIN:
        raise ConfigError("--rate: expected with - only; files and microphones have theirs")
    rate, pieces = _source(task, options.source, options.rate or task.rate)
    stream = task.listening(loaded.network, rate, options.threshold, options.refractory)
    for piece in pieces:
        _tell(stream.feed(piece), options)
    _tell(stream.finish(), options)
    return 0


def _tell(found: list[dict[str, Any]], options: Namespace) -> None:
    for one in found:
        if one["word"] is not None or options.all:
            emit(one)
            sys.stdout.flush()


def _source(task: Listens, name: str, rate: int) -> tuple[int, Iterator[NDArray[np.float32]]]:
    """Samples per second, and the samples as they come."""
    if name == STDIN:
        return rate, _stdin(rate)
    if name == MICROPHONE:
        from elman.cli.microphone import heard

        note(f"listening at {rate:,} samples per second; Ctrl-C ends it")
        return rate, heard(rate, PIECE)
    return task.recording(name, PIECE)


def _stdin(rate: int) -> Iterator[NDArray[np.float32]]:
    import numpy as np

    rest = b""
    while piece := sys.stdin.buffer.read(2 * round(PIECE * rate)):
        piece = rest + piece
        whole = len(piece) - len(piece) % 2
        rest = piece[whole:]
        yield np.frombuffer(piece[:whole], "<i2").astype(np.float32) / np.float32(32768)
