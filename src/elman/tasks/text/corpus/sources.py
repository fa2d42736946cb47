"""Sources of texts: the files that a user names, in order, with what is told of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path

from elman.errors import DataError
from elman.files import finding
from elman.files.compressed import packed
from elman.files.finding import Names
from elman.files.source import Source
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


def find(names: Names, reading: Reading | None = None) -> Sources:
    """The files that the names mean, each once, whatever links lead to it, in the order of the names.

    A name is that of a file, of a folder (every text file in it and below, sorted, no hidden ones), a glob, or "-",
    standard input. In a folder, files with a NUL near their beginning are taken for no text and skipped, as are linked
    folders, and with a field, files that have none. A DataError says which name means nothing.
    """
    reading = reading or Reading()
    if not isinstance(names, str | PathLike) and not (names := list(names)):
        raise DataError("text: expected the name of a file; found none", "- is standard input")
    found, skipped = finding.find(names, finding.Wanted("text files", partial(_unfit, reading=reading)))
    told = tuple(line for one in found for line in _unusual(one, reading))
    return Sources(tuple(found), tuple(skipped), told)


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


def _unfit(path: Path, reading: Reading) -> str:
    """Why a file in a folder is none of the texts; "" where it is one."""
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
