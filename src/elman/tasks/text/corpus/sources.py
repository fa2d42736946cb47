"""Sources: what a user names (files, folders, globs, pipes), as files in order."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from os import PathLike
from pathlib import Path

from elman.errors import DataError
from elman.files import STDIN
from elman.files.compressed import packed
from elman.files.source import Source, mode_of, source
from elman.tasks.text.corpus.dialect import Dialect
from elman.tasks.text.corpus.reading import Reading

PIECE = 1 << 18  # characters that are read at a time, about
LOOKED_AT = 8192  # bytes of a file in a folder that decide whether it is text
SEPARATED = {".csv": ",", ".tsv": "\t"}  # files of rows, and what usually stands between their columns
STRUCTURED = (".jsonl", ".ndjson", ".json", *SEPARATED)  # files whose documents have fields
TOLD = 10  # files of which something is told


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


def dialect_of(one: Source, reading: Reading) -> Dialect | None:
    """How the rows of a file are cut, if it is one of rows and they are documents."""
    usual = SEPARATED.get(one.suffix)
    if not reading.documents or usual is None:
        return None
    with one.text(reading.coding) as file:
        return Dialect.found(file, usual, reading.delimiter, reading.header, reading.field)


def _unusual(one: Source, reading: Reading) -> Iterator[str]:
    """What is to be told of a file of rows."""
    if (dialect := dialect_of(one, reading)) is not None:
        for line in dialect.told(SEPARATED[one.suffix], reading.delimiter, reading.field):
            yield f"{one.name}: {line}"


def _expand(name: str, reading: Reading, skipped: list[str]) -> Iterator[Source]:
    if name == STDIN:
        yield source(name)
        return
    mode = mode_of(name)
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
        mode = mode_of(str(path))
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
    return "no text" if "\0" in beginning.decode(reading.coding.of(beginning), "ignore") else ""
