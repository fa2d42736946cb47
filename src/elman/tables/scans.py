"""Scans: files that have the same columns, as the database reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from elman.errors import DataError
from elman.files.source import Source

# What stands for a missing value among numbers, booleans and dates of text. Among strings, only an empty cell does.
# "" is there in databases: an empty cell of CSV is none.
MISSING_WORDS = ("", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "None", "?")


class Format(Protocol):
    """What a file of rows is, as far as messages need it."""

    @property
    def unit(self) -> str:
        """What its rows are counted in: "line" where a row can be found in an editor, else "row" or "record"."""

    def line(self, source: Source, record: int) -> int:
        """Which of these units a record is (from 1), as people count them."""

    def fault(self, source: Source) -> DataError | None:
        """Why it cannot be read; None where nothing is found."""


@dataclass(frozen=True)
class Counted:
    """Rows are counted from 1; where one cannot be read, what the database says is all that is known."""

    unit: str = "row"

    def line(self, source: Source, record: int) -> int:
        """Its number."""
        return record + 1

    def fault(self, source: Source) -> DataError | None:
        """None is found."""
        return None


@dataclass(frozen=True)
class File:
    """A file of rows: where it came from, its number among all, and the link that the database opens."""

    source: Source
    number: int
    link: Path
    format: Format

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.source.name

    def where(self, record: int) -> str:
        """A record, from 0, as messages name it."""
        return f"{self.name}: {self.format.unit} {self.format.line(self.source, record):,}"


@dataclass(frozen=True)
class Value:
    """How a column is read, and what becomes of it.

    Args:
        type: as what it is read of CSV and JSON, where each value is text; None: as the file has it.
        made: an expression, in which {} or {0} is the column.
    """

    type: str | None = None
    made: str = "{}"


@dataclass(frozen=True)
class Scan:
    """Files with the same columns.

    Args:
        files: of which all are read, in order.
        names: of the columns.
        types: of the columns, as the database calls them; None where all are text, whose meaning is to be found.
        relation: the query's part that reads files, for the columns of these numbers with these values.
    """

    files: tuple[File, ...]
    names: tuple[str, ...]
    types: tuple[str, ...] | None
    relation: Callable[[Sequence[File], Mapping[int, Value]], str]

    def rows(self, values: Mapping[str, Value], limit: int | None = None) -> str:
        """A query: `file`, the number of the file, and each column that is asked for by its place in what is asked."""
        places = {self.names.index(name): value for name, value in values.items()}
        made = [f"{value.made.format(f'c{place}')} AS v{n}" for n, (place, value) in enumerate(places.items())]
        end = "" if limit is None else f" LIMIT {limit}"
        number = "CAST(parse_filename(file) AS INTEGER) AS file"
        return f"SELECT {', '.join([number, *made])} FROM {self.relation(self.files, places)}{end}"

    def each(self) -> Iterator[Scan]:
        """One scan per file."""
        for file in self.files:
            yield replace(self, files=(file,))


def aliases(count: int) -> str:
    """The names of so many columns, and of the one with the file's name."""
    return f"t({', '.join([*(f'c{n}' for n in range(count)), 'file'])})"
