"""Source: a file or a pipe that a user names, read from its beginning as often as it takes.

Everything here reads in pieces. What comes through a pipe is kept in a temporary file, since files are read twice.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path, PurePath
from typing import IO, BinaryIO
from weakref import finalize

from elman.errors import DataError, missing
from elman.files import STANDARD_INPUT, STDIN
from elman.files.coding import Coding
from elman.files.compressed import LONGEST_MARK, SUFFIXES, expanded, refuse, refuse_plain, undamaged
from elman.files.temporary import let_go, room, temporary_file
from elman.spelling import address
from elman.telling import at_once


class NoFileError(DataError):
    """There is no file of this name."""


@dataclass(frozen=True)
class Source:
    """A file, and what messages call it; or, where `spooled`, what came through a pipe; or a database's address."""

    name: str
    spooled: IO[bytes] | None = None

    @property
    def suffix(self) -> str:
        """The end of its name, in small letters, but for that of compressed files; of an address, how it begins."""
        if elsewhere := address(self.name):
            return elsewhere.lower()
        path = PurePath(self.name.lower())
        return PurePath(path.stem).suffix if path.suffix in SUFFIXES else path.suffix

    @property
    def size(self) -> int:
        """Bytes of it."""
        with readable(self.name):
            return os.stat(self.name if self.spooled is None else self.spooled.fileno()).st_size  # noqa: PTH116

    @contextmanager
    def raw(self) -> Iterator[BinaryIO]:
        """The file from its beginning, as it is; a DataError where it cannot be read. One reader at a time."""
        with readable(self.name):
            if self.spooled is None:
                with Path(self.name).open("rb") as file:
                    yield file
            else:
                with os.fdopen(os.dup(self.spooled.fileno()), "rb") as file:  # a reader may close it
                    file.seek(0)
                    yield file

    @contextmanager
    def binary(self) -> Iterator[BinaryIO]:
        """The same; of a compressed file, what was compressed."""
        with self.raw() as file, undamaged(self.name):
            yield expanded(file)

    @contextmanager
    def text(self, coding: Coding, *, line_ends: bool = False) -> Iterator[TextIOWrapper]:
        """The same as text; a DataError where it is none in this encoding. Line ends are kept as they are if asked."""
        with self.binary() as file:
            beginning = file.read(LONGEST_MARK)
            file.seek(0)
            if not coding.raw:
                refuse(self.name, beginning)
            encoding = coding.of(beginning)
            newline = "" if line_ends else "\n" if coding.raw else None
            text = TextIOWrapper(file, encoding, newline=newline)
            try:
                yield text
            except UnicodeDecodeError as error:
                # The decoder was handed what it had left over, and what was read last.
                offset = file.tell() - len(error.object) + error.start
                with self.raw() as again:
                    refuse_plain(self.name, again.read(LONGEST_MARK))
                with self.binary() as again:
                    line = 1 + sum(piece.count(b"\n") for piece in _bytes_until(again, offset))
                raise coding.wrong(self.name, encoding, error, offset, line) from None
            except UnicodeError as error:  # no byte in particular: a mark is missing
                raise DataError(f"{self.name}: expected {encoding}; found other bytes ({error})") from None


def source(name: str) -> Source:
    """One file, or pipe, or "-", standard input; a DataError where it is none."""
    if name == STDIN:
        return _spool(STANDARD_INPUT, standard_input())
    mode = mode_of(name)
    if mode is None:
        raise NoFileError(f"{name}: expected a file; found none", missing(name))
    if stat.S_ISDIR(mode):
        raise DataError(f"{name}: expected a file; found a folder")
    if stat.S_ISREG(mode):
        return Source(name)
    with Source(name).raw() as pipe:
        return _spool(name, pipe)


def standard_input() -> BinaryIO:
    """The bytes of standard input. Whoever sits at a terminal is told that they are waited for."""
    if sys.stdin.isatty():
        at_once("reading from the terminal; Ctrl-D at the beginning of a line ends it")
    return sys.stdin.buffer


def mode_of(name: str) -> int | None:
    """What kind of file it is, as `stat` has it; None where there is none."""
    if not name:
        raise DataError("expected the name of a file; found ''")
    try:
        return Path(name).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{name!r}: cannot be read: {getattr(error, 'strerror', error)}") from None


@contextmanager
def readable(name: str) -> Iterator[None]:
    """A DataError where a file cannot be read."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {error.strerror}") from None


def _spool(name: str, pipe: IO[bytes]) -> Source:
    file = temporary_file()
    spooled = Source(name, file)
    finalize(spooled, let_go, file)
    with readable(name):
        while piece := pipe.read(1 << 20):
            with room():
                file.write(piece)
    with room():
        file.flush()
    return spooled


def _bytes_until(file: BinaryIO, offset: int) -> Iterator[bytes]:
    while offset > 0 and (piece := file.read(min(offset, 1 << 20))):
        offset -= len(piece)
        yield piece
