"""Sound: samples of a file, of a microphone or from standard input, as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from elman.cli.arguments import between
from elman.cli.output import note
from elman.errors import ConfigError, DataError
from elman.files import STANDARD_INPUT, STDIN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from elman.cli.parser import Parser
    from elman.tasks.capabilities.records import Records

MICROPHONE = "microphone"
SOURCE = "A recording of any length; - for samples of 16 bits from stdin, one channel; or microphone (the default)."
PIECE = 0.1  # seconds that are heard at once
# How recordings begin. None is as quiet as a stream is at first.
HEADERS = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"ID3", b"FORM", b"caff", b".snd")


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

    Raises:
        ConfigError: there is a rate that is not heeded; or no microphone.
        DataError: there is no such source; or, while samples are read, that there are none.
    """
    if rate is not None and name != STDIN:
        raise ConfigError("--rate: expected with - only; files and microphones have theirs")
    rate = rate or usual
    if name == STDIN:
        return rate, _some(STANDARD_INPUT, _stdin(rate))
    if name == MICROPHONE:
        from elman.cli.microphone import heard

        pieces = heard(rate, PIECE)
        note(f"listening at {rate:,} samples per second; Ctrl-C ends it")
        return rate, pieces
    rate, pieces = task.recording(name, PIECE)
    return rate, _some(name, pieces)


def _some(name: str, pieces: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """The same; a DataError at their end where there was no sample."""
    count = 0
    for piece in pieces:
        count += len(piece)
        yield piece
    if not count:
        raise DataError(f"{name}: expected samples; found none")


def _stdin(rate: int) -> Iterator[NDArray[np.float32]]:
    import numpy as np

    from elman.files.source import standard_input

    rest, begun, stream = b"", False, standard_input()
    while piece := stream.read(2 * round(PIECE * rate)):
        if not begun and piece.startswith(HEADERS):
            raise DataError(
                f"{STANDARD_INPUT}: expected samples of 16 bits; found the header of a recording",
                "name the file instead of -: its header has its sampling rate and its channels",
            )
        piece, begun = rest + piece, True
        whole = len(piece) - len(piece) % 2
        rest = piece[whole:]
        yield np.frombuffer(piece[:whole], "<i2").astype(np.float32) / np.float32(32768)
    if rest:
        note(
            f"warning: {STANDARD_INPUT}: expected samples of 16 bits; found an odd number of bytes: "
            "the last one is left out"
        )
