"""Sources: the files that a user names, in order.

Everything here reads in pieces. What comes through a pipe is kept in a temporary file, since files are read twice.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob, has_magic
from io import TextIOWrapper
from os import PathLike
from pathlib import Path, PurePath
from typing import IO, BinaryIO, NamedTuple, TypeVar
from weakref import finalize

from elman.errors import DataError
from elman.files import STDIN
from elman.files.compressed import SUFFIXES, expanded, undamaged
from elman.files.encodings import LONGEST_MARK, believed
from elman.files.temporary import let_go, room, temporary_file

Names = str | PathLike[str] | Iterable[str | PathLike[str]]


@dataclass(frozen=True)
class Source:
    """A file, and what messages call it; or, where `spooled`, what came through a pipe."""

    name: str
    spooled: IO[bytes] | None = None

    @property
    def suffix(self) -> str:
        """The end of its name, in small letters, but for that of compressed files."""
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
    def decoded(self, encoding: str, newline: str | None = None, hint: str = "") -> Iterator[TextIOWrapper]:
        """The same as text, without a byte order mark; a DataError where it is none in this encoding.

        Args:
            encoding: where it is UTF-8, a mark of other Unicode is believed.
            newline: which line ends are read as `\\n`, as `open` knows it.
            hint: of that error.
        """
        with self.binary() as file:
            found = believed(encoding, file.read(LONGEST_MARK))
            file.seek(0)
            text = TextIOWrapper(file, found, newline=newline)
            found = found.removesuffix("-sig")
            try:
                yield text
            except UnicodeDecodeError as error:
                # The decoder was handed what it had left over, and what was read last.
                offset = file.tell() - len(error.object) + error.start
                with self.binary() as again:
                    line = 1 + sum(piece.count(b"\n") for piece in _bytes_until(again, offset))
                wrong = error.object[error.start : error.end][:4].hex(" ")
                raise DataError(
                    f"{self.name}: byte {offset:,}, line {line:,}: expected {found}; found {wrong}", hint
                ) from None
            except UnicodeError as error:  # no byte in particular: a mark is missing
                raise DataError(f"{self.name}: expected {found}; found other bytes ({error})") from None


S = TypeVar("S", bound=Source)


class Wanted(NamedTuple):
    """What kind of files is looked for in folders."""

    files: str  # what messages call them
    unfit: Callable[[Path], str]  # why a regular file is none of them; "" where it is one


def find(names: Names, wanted: Wanted, kind: type[S]) -> tuple[list[S], list[str]]:
    """The files that the names mean, each once, whatever links lead to it, in their order; and what was skipped.

    A name is that of a file, of a folder (every file wanted in it and below, sorted, no hidden ones), a glob, or "-",
    standard input. Linked folders in a folder are skipped. A DataError says which name means nothing.
    """
    listed = [names] if isinstance(names, str | PathLike) else list(names)
    files: dict[str, S] = {}
    skipped: list[str] = []
    for name in listed:
        for found in _expand(os.fspath(name), wanted, kind, skipped):
            files.setdefault(found.name if found.spooled else os.path.realpath(found.name), found)
    return list(files.values()), skipped


def source(name: str, kind: type[S]) -> S:
    """One file, or pipe, or "-", standard input; a DataError where it is none."""
    if name == STDIN:
        return _spool("standard input", sys.stdin.buffer, kind)
    mode = _mode(name)
    if mode is None or stat.S_ISDIR(mode):
        raise DataError(f"{name}: expected a file; found {'none' if mode is None else 'a folder'}")
    if stat.S_ISREG(mode):
        return kind(name)
    with kind(name).raw() as pipe:
        return _spool(name, pipe, kind)


@contextmanager
def readable(name: str) -> Iterator[None]:
    """A DataError where a file cannot be read."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {error.strerror}") from None


def _expand(name: str, wanted: Wanted, kind: type[S], skipped: list[str]) -> Iterator[S]:
    if name == STDIN:
        yield source(name, kind)
        return
    mode = _mode(name)
    if mode is None and has_magic(name):
        found = sorted(glob(name, recursive=True))  # noqa: PTH207 (of absolute patterns too)
        if not found:
            raise DataError(f"{name}: expected files of this pattern; found none")
        for path in found:
            if os.path.exists(path):  # noqa: PTH110 (which raises where links go round)
                yield from _expand(path, wanted, kind, skipped)
            else:
                skipped.append(f"{path}: a link that leads nowhere")
    elif mode is not None and stat.S_ISDIR(mode):
        yield from _inside(name, wanted, kind, skipped)
    else:
        yield source(name, kind)


def _mode(name: str) -> int | None:
    try:
        return Path(name).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{name!r}: cannot be read: {getattr(error, 'strerror', error)}") from None


def _inside(folder: str, wanted: Wanted, kind: type[S], skipped: list[str]) -> Iterator[S]:
    """The files wanted of a folder and of those below it."""
    count = 0
    for path in sorted(_visible(folder)):
        reason = _irregular(path) or wanted.unfit(path)
        if reason:
            skipped.append(f"{path}: {reason}")
        else:
            count += 1
            yield kind(str(path))
    if count == 0:
        raise DataError(f"{folder}: expected {wanted.files} in this folder; found none", "hidden files are not read")


def _visible(folder: str) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be read: {error.strerror}") from None

    for path, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(path, name) for name in files if not name.startswith("."))
        yield from (link for name in folders if (link := Path(path, name)).is_symlink())  # which is not walked into


def _irregular(path: Path) -> str:
    """Why something in a folder is no file; "" where it is one."""
    try:
        mode = _mode(str(path))
    except DataError:  # a link that leads to itself
        return "cannot be read"
    return "" if mode is not None and stat.S_ISREG(mode) else "no regular file"


def _spool(name: str, pipe: IO[bytes], kind: type[S]) -> S:
    file = temporary_file()
    spooled = kind(name, file)
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
