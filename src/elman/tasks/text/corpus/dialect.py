"""Dialect: how the rows of a CSV file are cut into columns, and which column is the text: found from its beginning."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper

from elman.errors import ConfigError, DataError
from elman.files.rows import DELIMITERS, LOOKED_AT, Rows, best, names_of, no_row, separators, whole_rows
from elman.spelling import spelled

FIELD = "text"  # where a text is found unless another field is named
SHOWN = 12  # fields that an error names
EXCEL = re.compile("sep=(.)\n")  # a first line that some spreadsheets write
NAME = re.compile(r"(?=.*[^\W\d])[^\n]{1,60}")  # of a column: a short line with a letter in it

Document = tuple[str, str]  # where it stands, for messages; and the text


@dataclass(frozen=True)
class Dialect:
    """What stands between columns; whether the first row names them; the column of the text, from 0, if none does."""

    delimiter: str
    header: bool = True
    column: int = 0

    @classmethod
    def found(
        cls, file: TextIOWrapper, usual: str, delimiter: str | None, header: bool | None, field: str | None
    ) -> Dialect:
        """By the beginning of a file, where it was not said; `usual` is what files of such a name have."""
        sample = file.read(LOOKED_AT)
        among = ["\t" if delimiter == "\\t" else delimiter] if delimiter else separators(usual)
        rows = {separator: whole_rows(sample, separator) for separator in among}
        if header is not False:
            for separator in among:
                if rows[separator] and (field or FIELD) in names_of(rows[separator][0]):
                    return cls(separator)
        likely = best(rows, among)
        if header is None:
            header = field is not None or not rows[likely] or all(map(NAME.fullmatch, rows[likely][0]))
        if header:
            return cls(likely)
        return cls(likely, header=False, column=_column(rows[likely], field))

    def told(self, usual: str, given: str | None, field: str | None) -> Iterator[str]:
        """What was found and was not given: which column is the text, and a separator that is not the usual one."""
        if self.delimiter != usual and not given:
            yield f"columns are separated by {DELIMITERS[self.delimiter]}"
        if not field:
            yield (
                f"the column {FIELD!r} is read"
                if self.header
                else f"no row of names; the text is column {self.column + 1}"
            )

    def texts(self, name: str, file: TextIOWrapper, field: str) -> Iterator[Document]:
        """The text of each row; a DataError where one is not like the others."""
        rows = csv.reader(file, delimiter=self.delimiter, strict=True)
        column, width, like = self.column, 0, "the first row"
        try:
            for row in rows:
                where = f"{name}: line {rows.line_num:,}"
                if no_row(row, rows.line_num):
                    continue
                if not width:
                    width = len(row)
                    if self.header:
                        if field not in (names := names_of(row)):
                            raise missing(where, field, names)
                        column, like = names.index(field), "the header"
                        continue
                if len(row) != width:
                    raise DataError(
                        f"{where}: expected {width} columns, as {like} has; found {len(row)}",
                        "a text with separators or line ends in it stands in quotes",
                    )
                yield where, row[column]
        except csv.Error as error:
            raise DataError(f"{name}: line {rows.line_num:,}: expected CSV; found: {error}") from None


def missing(where: str, field: str, found: list[str]) -> DataError:
    """An error that names the fields that there are."""
    more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
    listed = (", ".join(found[:SHOWN]) or "none") + more
    hint = f"name one of them, such as {spelled('field', found[0])}" if found else ""
    return DataError(f"{where}: expected the field {field!r}; found the fields {listed}", hint)


def _column(rows: Rows, field: str | None) -> int:
    """The one that the field numbers, else the one with most characters."""
    width = len(rows[0]) if rows else 1
    if field is None:
        return max(range(width), key=lambda i: sum(len(row[i]) for row in rows if i < len(row)))
    if not (field.isascii() and field.isdigit() and 1 <= int(field) <= width):
        raise ConfigError(
            f"field: expected the number of a column, 1 to {width}, where no row names them; found {field!r}"
        )
    return int(field) - 1
