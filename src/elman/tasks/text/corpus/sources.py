"""Sources: what a user names (files, folders, globs, pipes), as files in order.

Everything here reads in pieces. What comes through a pipe is kept in a temporary file, since a corpus is read twice.
"""

from __future__ import annotations

import codecs
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from glob import glob, has_magic
from io import TextIOWrapper
from os import PathLike
from pathlib import Path, PurePath
from typing import IO, BinaryIO, get_args
from weakref import finalize

from elman.errors import ConfigError, DataError, choose
from elman.tasks.task import STDIN
from elman.tasks.text.alphabet import Kind
from elman.tasks.text.corpus.compressed import SUFFIXES, expanded, packed, refuse, undamaged
from elman.tasks.text.corpus.dialect import Dialect

PIECE = 1 << 18  # characters that are read at a time, about
LOOKED_AT = 8192  # bytes of a file in a folder that decide whether it is text
SEPARATED = {".csv": ",", ".tsv": "\t"}  # files of rows, and what usually stands between their columns
STRUCTURED = (".jsonl", ".ndjson", ".json", *SEPARATED)  # files whose documents have fields
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
TOLD = 10  # files of which something is told
LONGEST_MARK = 8  # bytes at the beginning of a file that tell what it is
NO_TEXT = "--tokens bytes takes anything; --encoding utf-16, if that is what it is"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How files become texts.

    Args:
        tokens: "characters", or "bytes" for files of any kind (of documents: the bytes of their UTF-8).
        encoding: of the files, as Python names it. A byte order mark is no part of the text, and a file that has that
            of UTF-16 or UTF-32 is read so where UTF-8 is expected. Line ends are read as `\\n`. Bytes are read as they
            are.
        documents: whether a file holds many short texts. By the end of its name: `.jsonl` and `.ndjson` one object or
            string a line, `.json` a list of them, `.csv` and `.tsv` a row each below a header. Any other holds one
            text between blank lines; or an object a line, where a field is asked for.
        field: what of an object or row is the text: a string, or a list of strings (or of such lists), which are lines;
            default "text". `song.lyrics` is the field lyrics of the field song; of rows without a header, the column's
            number.
        delimiter: what stands between the columns of CSV, a character or `\\t`; by default what the file seems to have.
        header: whether the first row of CSV names the columns; by default whether it seems to.
        skip_empty: whether documents without the field, or with null in it, are left out and counted.
    """

    tokens: Kind = "characters"
    encoding: str = "utf-8"
    documents: bool = False
    field: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    skip_empty: bool = False

    def __post_init__(self) -> None:
        choose("tokens", self.tokens, get_args(Kind))
        try:
            "".encode(self.encoding)
        except (LookupError, ValueError, TypeError):
            raise ConfigError(
                f"encoding: expected the name of a text encoding; found {self.encoding!r}", "utf-8, latin-1, gb18030 …"
            ) from None
        for name in ("field", "delimiter", "header", "skip_empty"):
            if getattr(self, name) not in (None, False if name == "skip_empty" else None) and not self.documents:
                raise ConfigError(f"{name}: expected with documents only", "--documents")
        wrong = self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '\n\r"\0')
        if wrong and self.delimiter != r"\t":
            raise ConfigError(f"delimiter: expected one character; found {self.delimiter!r}", "--delimiter ';'")

    @property
    def raw(self) -> bool:
        """Whether a file's bytes are taken as they are."""
        return self.tokens == "bytes" and not self.documents


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
    def text(self, reading: Reading) -> Iterator[TextIOWrapper]:
        """The same as text; a DataError where it is none in this encoding."""
        with self.binary() as file:
            beginning = file.read(LONGEST_MARK)
            file.seek(0)
            if not reading.raw:
                refuse(self.name, beginning)
            encoding = encoding_of(reading, beginning)
            text = TextIOWrapper(file, encoding, newline="\n" if reading.raw else None)
            try:
                yield text
            except UnicodeDecodeError as error:
                # The decoder was handed what it had left over, and what was read last.
                offset = file.tell() - len(error.object) + error.start
                with self.binary() as again:
                    line = 1 + sum(piece.count(b"\n") for piece in _bytes_until(again, offset))
                raise undecodable(self.name, reading, encoding.removesuffix("-sig"), error, offset, line) from None
            except UnicodeError as error:  # no byte in particular: a mark is missing
                raise DataError(f"{self.name}: expected {encoding}; found other bytes ({error})") from None

    def dialect(self, reading: Reading) -> Dialect | None:
        """How its rows are cut, if it is a file of rows and they are documents."""
        usual = SEPARATED.get(self.suffix)
        if not reading.documents or usual is None:
            return None
        with self.text(reading) as file:
            return Dialect.found(file, usual, reading.delimiter, reading.header, reading.field)


def encoding_of(reading: Reading, beginning: bytes) -> str:
    """As a file is to be read; where UTF-8 is expected, a mark of other Unicode is believed."""
    if reading.raw:
        return "latin-1"
    if codecs.lookup(reading.encoding).name != "utf-8":
        return reading.encoding
    return next((name for mark, name in BYTE_ORDER_MARKS.items() if beginning.startswith(mark)), "utf-8-sig")


def undecodable(
    name: str, reading: Reading, encoding: str, error: UnicodeDecodeError, offset: int, line: int
) -> DataError:
    """For bytes, from an offset on, that are none of an encoding."""
    hint = "--encoding names another encoding" + ("" if reading.documents else "; --tokens bytes takes anything")
    found = error.object[error.start : error.end][:4].hex(" ")
    return DataError(f"{name}: byte {offset:,}, line {line:,}: expected {encoding}; found {found}", hint)


def few(lines: Sequence[str]) -> list[str]:
    """What is told of many files: the first of them, and how many there are more."""
    more = len(lines) - TOLD
    return [*lines[:TOLD], f"and {more:,} more of that kind"] if more > 1 else list(lines)


@dataclass(frozen=True)
class Sources:
    """Files in order; what was skipped, with the reason; and what was found in others that is not usual."""

    files: tuple[Source, ...]
    skipped: tuple[str, ...] = ()
    found: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(source.size for source in self.files)


Names = str | PathLike[str] | Iterable[str | PathLike[str]]


def find(names: Names, reading: Reading | None = None) -> Sources:
    """The files that the names mean, each once, whatever links lead to it, in the order of the names.

    A name is that of a file, of a folder (every text file in it and below, sorted, no hidden ones), a glob, or "-",
    standard input. In a folder, files with a NUL near their beginning are taken for no text and skipped, as are linked
    folders, and with a field, files that have none. A DataError says which name means nothing.
    """
    reading = reading or Reading()
    listed = [names] if isinstance(names, str | PathLike) else list(names)
    if not listed:
        raise DataError("text: expected the name of a file; found none", "- is standard input")
    files: dict[str, Source] = {}
    skipped: list[str] = []
    for name in listed:
        for found in _expand(os.fspath(name), reading, skipped):
            files.setdefault(found.name if found.spooled else os.path.realpath(found.name), found)
    told = tuple(line for found in files.values() for line in _unusual(found, reading))
    return Sources(tuple(files.values()), tuple(skipped), told)


def source(name: str) -> Source:
    """One file, or pipe, or "-", standard input; a DataError where it is none."""
    if name == STDIN:
        return _spool("standard input", sys.stdin.buffer)
    mode = _mode(name)
    if mode is None or stat.S_ISDIR(mode):
        raise DataError(f"{name}: expected a file; found {'none' if mode is None else 'a folder'}")
    if stat.S_ISREG(mode):
        return Source(name)
    with Source(name).raw() as pipe:
        return _spool(name, pipe)


def _unusual(one: Source, reading: Reading) -> Iterator[str]:
    """What is to be told of a file of rows."""
    if (dialect := one.dialect(reading)) is not None:
        for line in dialect.told(SEPARATED[one.suffix], reading.delimiter, reading.field):
            yield f"{one.name}: {line}"


def _expand(name: str, reading: Reading, skipped: list[str]) -> Iterator[Source]:
    if name == STDIN:
        yield source(name)
        return
    mode = _mode(name)
    if mode is None and has_magic(name):
        found = sorted(glob(name, recursive=True))  # noqa: PTH207 (of absolute patterns too)
        if not found:
            raise DataError(f"{name}: expected files of this pattern; found none")
        for path in found:
            if os.path.exists(path):  # noqa: PTH110 (which raises where links go round)
                yield from _expand(path, reading, skipped)
            else:
                skipped.append(f"{path}: a link that leads nowhere")
    elif mode is not None and stat.S_ISDIR(mode):
        yield from _inside(name, reading, skipped)
    else:
        yield source(name)


def _mode(name: str) -> int | None:
    try:
        return Path(name).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{name!r}: cannot be read: {getattr(error, 'strerror', error)}") from None


def _inside(folder: str, reading: Reading, skipped: list[str]) -> Iterator[Source]:
    """The text files of a folder and of those below it."""
    count = 0
    for path in sorted(_visible(folder)):
        reason = _unfit(path, reading)
        if reason:
            skipped.append(f"{path}: {reason}")
        else:
            count += 1
            yield Source(str(path))
    if count == 0:
        raise DataError(f"{folder}: expected text files in this folder; found none", "hidden files are not read")


def _visible(folder: str) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be read: {error.strerror}") from None

    for path, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(path, name) for name in files if not name.startswith("."))
        yield from (link for name in folders if (link := Path(path, name)).is_symlink())  # which is not walked into


def _unfit(path: Path, reading: Reading) -> str:
    """Why a file in a folder is none of the texts; nothing where it is one."""
    try:
        mode = _mode(str(path))
    except DataError:  # a link that leads to itself
        return "cannot be read"
    if mode is None or not stat.S_ISREG(mode):
        return "no regular file"
    found = Source(str(path))
    if reading.field is not None and found.suffix not in STRUCTURED:
        return "no file with fields"
    if reading.raw:
        return ""
    with found.binary() as file:
        beginning = file.read(LOOKED_AT)
    if kind := packed(beginning):
        return f"{kind}, which is not read"
    return "no text" if "\0" in beginning.decode(encoding_of(reading, beginning), "ignore") else ""


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


def temporary_file() -> IO[bytes]:
    """A file without a name, to be written; gone once it is let go."""
    with room():
        return tempfile.TemporaryFile()


def let_go(file: IO[bytes]) -> None:
    """Closes a temporary file, whether or not all of it could be written."""
    with suppress(OSError):
        file.close()


@contextmanager
def room() -> Iterator[None]:
    """A DataError where a temporary file cannot be written."""
    try:
        yield
    except OSError as error:
        folder = tempfile.tempdir or os.environ.get("TMPDIR", "/tmp")
        raise DataError(
            f"temporary folder {folder}: cannot be written: {error.strerror}",
            "the environment variable TMPDIR names another folder, with more room",
        ) from None


@contextmanager
def readable(name: str) -> Iterator[None]:
    """A DataError where a file cannot be read."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {error.strerror}") from None


def _bytes_until(file: BinaryIO, offset: int) -> Iterator[bytes]:
    while offset > 0 and (piece := file.read(min(offset, 1 << 20))):
        offset -= len(piece)
        yield piece
