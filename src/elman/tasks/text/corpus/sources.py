"""Sources of texts: the files that a user names, and how they become texts. Everything here reads in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from os import PathLike
from pathlib import Path
from typing import get_args

from elman.errors import ConfigError, DataError, choose
from elman.files import encodings
from elman.files import sources as files
from elman.files.compressed import packed, refuse
from elman.files.encodings import LONGEST_MARK, believed
from elman.files.sources import Names
from elman.tasks.text.alphabet import Kind
from elman.tasks.text.corpus.dialect import Dialect

PIECE = 1 << 18  # characters that are read at a time, about
LOOKED_AT = 8192  # bytes of a file in a folder that decide whether it is text
SEPARATED = {".csv": ",", ".tsv": "\t"}  # files of rows, and what usually stands between their columns
STRUCTURED = (".jsonl", ".ndjson", ".json", *SEPARATED)  # files whose documents have fields
TOLD = 10  # files of which something is told
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
        encodings.check(self.encoding)
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


class Source(files.Source):
    """A file that is read as text."""

    def encoding(self, reading: Reading, beginning: bytes) -> str:
        """As it is to be read."""
        return "latin-1" if reading.raw else believed(reading.encoding, beginning)

    @contextmanager
    def text(self, reading: Reading) -> Iterator[TextIOWrapper]:
        """The same as text; a DataError where it is none in this encoding."""
        if reading.raw:
            with self.decoded("latin-1", newline="\n") as file:
                yield file
        else:
            with self.binary() as unread:
                refuse(self.name, unread.read(LONGEST_MARK))
            hint = "--encoding names another encoding"
            hint += "" if reading.documents else "; --tokens bytes takes anything"
            with self.decoded(reading.encoding, hint=hint) as file:
                yield file

    def dialect(self, reading: Reading) -> Dialect | None:
        """How its rows are cut, if it is a file of rows and they are documents."""
        usual = SEPARATED.get(self.suffix)
        if not reading.documents or usual is None:
            return None
        with self.text(reading) as file:
            return Dialect.found(file, usual, reading.delimiter, reading.header, reading.field)


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
    found, skipped = files.find(names, files.Wanted("text files", partial(_unfit, reading=reading)), Source)
    told = tuple(line for one in found for line in _unusual(one, reading))
    return Sources(tuple(found), tuple(skipped), told)


def source(name: str) -> Source:
    """One file, or pipe, or "-", standard input; a DataError where it is none."""
    return files.source(name, Source)


def _unusual(one: Source, reading: Reading) -> Iterator[str]:
    """What is to be told of a file of rows."""
    if (dialect := one.dialect(reading)) is not None:
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
    return "no text" if "\0" in beginning.decode(found.encoding(reading, beginning), "ignore") else ""
