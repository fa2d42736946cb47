"""Sound: samples of a file, of a microphone or from standard input, as they come."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from elman.cli.arguments import between
from elman.cli.output import note
from elman.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from elman.cli.parser import Parser
    from elman.tasks.capabilities.records import Records

MICROPHONE, STDIN = "microphone", "-"
SOURCE = "A recording of any length; - for samples of 16 bits from stdin, one channel; or microphone (the default)."
PIECE = 0.1  # seconds that are heard at once


def add_rate(parser: Parser, default: str) -> None:
    """--rate, which `samples` heeds."""
    about = f"Samples per second of stdin, in hertz (default: {default})."
    parser.add_argument("--rate", metavar="HZ", type=between(4000, 192_000), help=about)


def samples(
    task: Records | type[Records], name: str, rate: int | None, usual: int
) -> tuple[int, Iterator[NDArray[np.float32]]]:
    """Samples per second, and the samples as they come.

    Args:
        task: that reads recordings.
        name: of a source.
        rate: as --rate was given.
        usual: the rate where none was.
    """
    if rate is not None and name != STDIN:
        raise ConfigError("--rate: expected with - only; files and microphones have theirs")
    rate = rate or usual
    if name == STDIN:
        return rate, _stdin(rate)
    if name == MICROPHONE:
        from elman.cli.microphone import heard

        pieces = heard(rate, PIECE)
        note(f"listening at {rate:,} samples per second; Ctrl-C ends it")
        return rate, pieces
    return task.recording(name, PIECE)


def _stdin(rate: int) -> Iterator[NDArray[np.float32]]:
    import numpy as np

    rest = b""
    while piece := sys.stdin.buffer.read(2 * round(PIECE * rate)):
        piece = rest + piece
        whole = len(piece) - len(piece) % 2
        rest = piece[whole:]
        yield np.frombuffer(piece[:whole], "<i2").astype(np.float32) / np.float32(32768)
