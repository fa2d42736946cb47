"""Rows of separated text (CSV): which of the usual separators the beginning of a file is cut by."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
LARGEST = (1 << 31) - 1  # characters of a field of CSV: what fits a C long everywhere
LOOKED_AT = 1 << 16  # characters of a file

Rows = list[list[str]]


def separators(usual: str) -> list[str]:
    """The usual one first."""
    return [usual, *(one for one in DELIMITERS if one != usual)]


def whole_rows(sample: str, delimiter: str) -> Rows:
    """Those that are whole, of the first LOOKED_AT characters of a file."""
    csv.field_size_limit(LARGEST)  # a text may be longer than the 131,072 characters that are the default
    reader = csv.reader(StringIO(sample, newline=""), delimiter=delimiter)  # CR ends a line, too
    rows = [row for row in reader if not no_row(row, reader.line_num)]
    return rows[:-1] if len(sample) == LOOKED_AT and len(rows) > 1 else rows


def no_row(row: list[str], line: int) -> bool:
    """An empty line, or one that only says what separates columns."""
    return not row or (line == 1 and row == ["sep=", ""])


def names_of(header: list[str]) -> list[str]:
    """The names of columns."""
    return [name.strip() for name in header]


def best(rows: dict[str, Rows], among: Iterable[str]) -> str:
    """The separator that cuts all rows into the same number of columns, and into most; of equals the first."""
    return max(among, key=lambda separator: _columns(rows[separator]))


def _columns(rows: Rows) -> int:
    """How many there are, if all rows have as many."""
    widths = set(map(len, rows))
    return widths.pop() if len(widths) == 1 else 0
