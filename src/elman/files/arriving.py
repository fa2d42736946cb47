"""Lines of a stream as they come: who writes one is answered before the next, and nothing is kept of what was read."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from io import BufferedReader, IncrementalNewlineDecoder, RawIOBase
from typing import Any, BinaryIO

from elman.errors import DataError
from elman.files.coding import Coding
from elman.files.compressed import LONGEST_MARK, opener, refuse, undamaged
from elman.files.source import readable

SIZE = 1 << 16  # bytes that are read at once, at most: what a pipe of Linux holds


def arriving(name: str, pipe: BinaryIO, coding: Coding) -> Iterator[list[str]]:
    """Lines without their ends; in each list those that were there already.

    Raises:
        DataError: it cannot be read, or is no text in this encoding; once the lines before that have been given.
    """
    with readable(name), undamaged(name):
        beginning, stream = _begun(pipe)
        if (opened := opener(beginning)) is not None:
            beginning, stream = _begun(opened(stream))
        if not coding.raw:
            refuse(name, beginning)
        yield from _lines(name, stream, coding.of(beginning), coding)


def _begun(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """What tells what a stream is, and the stream from its beginning. Behind the end of a line, no mark is to come."""
    beginning = b""
    while len(beginning) < LONGEST_MARK and b"\n" not in beginning and b"\r" not in beginning:
        if not (piece := _next(stream)):
            break
        beginning += piece
    return beginning, BufferedReader(_Again(beginning, stream), SIZE)


def _next(stream: Any, size: int = SIZE) -> bytes:
    """What is there; b"" at the end. It waits where nothing is."""
    piece: bytes = stream.read1(size)
    return piece


class _Again(RawIOBase):
    """A stream, and before it what was read of it already."""

    def __init__(self, beginning: bytes, stream: BinaryIO) -> None:
        self._beginning, self._stream = beginning, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._beginning[: len(buffer)] or _next(self._stream, len(buffer))
        self._beginning = self._beginning[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


def _lines(name: str, stream: BinaryIO, encoding: str, coding: Coding) -> Iterator[list[str]]:
    decoder: Any = codecs.getincrementaldecoder(encoding)()
    if not coding.raw:
        decoder = IncrementalNewlineDecoder(decoder, translate=True)
    read, count, parts = 0, 0, [""]  # bytes, lines, and the pieces of one that has not ended
    failed: DataError | None = None
    ended = False
    while not ended:
        piece = _next(stream)
        ended = not piece
        read += len(piece)
        try:
            text = decoder.decode(piece, ended)
        except UnicodeDecodeError as error:
            left = len(error.object) - error.start  # bytes of what was read that are no text
            text = decoder.decode(piece[:-left])
            line = count + 1 + text.count("\n")
            failed = coding.wrong(name, encoding, error, read - left, line)
        except UnicodeError as error:  # no byte in particular: a mark is missing
            raise DataError(f"{name}: expected {encoding}; found other bytes ({error})") from None
        *whole, last = text.split("\n")
        if whole:
            whole[0] = "".join(parts) + whole[0]
            parts = []
            count += len(whole)
            yield whole
        parts.append(last)
        if failed is not None:
            raise failed
    if rest := "".join(parts):
        yield [rest]
