"""Documents: many short texts in one file, of JSON lines, JSON, CSV or plain text."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from io import TextIOWrapper
from itertools import groupby
from pathlib import PurePath
from typing import Any

from elman.errors import DataError
from elman.tasks.text.corpus.sources import NO_TEXT, Reading, Source

FIELD = "text"  # where a text is found unless another field is named
LARGEST = (1 << 31) - 1  # characters of a field of CSV: what fits a C long everywhere
SHOWN = 12  # fields that an error names

Document = tuple[str, str]  # where it stands, for messages; and the text


def documents(source: Source, reading: Reading) -> Iterator[str]:
    """The texts of a file one after another, empty ones too; a DataError says where one is not what it should be.

    A JSON file is parsed as a whole; all others are read as they come.
    """
    suffix = PurePath(source.name).suffix.lower()
    read = FORMATS.get(suffix, _parts if reading.field is None else _json_lines)
    with source.text(reading) as file:
        for where, text in read(source.name, file, reading.field or FIELD):
            check(where, text)
            yield text


def check(where: str, text: str, before: int = 0) -> None:
    """A DataError where there are characters that no text has: NUL, and halves of characters (lone surrogates).

    Args:
        where: the text stands.
        text: some of it, perhaps.
        before: how many characters of it came before.
    """
    if "\0" in text:
        raise DataError(f"{where}: character {before + text.index(chr(0)):,}: expected text; found a NUL", NO_TEXT)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        place, found = before + error.start, text[error.start]
        raise DataError(
            f"{where}: character {place:,}: expected text; found the lone surrogate {found!r}",
            "a pair of \\u escapes makes one character",
        ) from None


def _json_lines(name: str, file: TextIOWrapper, field: str) -> Iterator[Document]:
    for number, line in enumerate(file, 1):
        if line.strip():
            where = f"{name}: line {number:,}"
            yield where, _chosen(where, _parsed(where, line), field)


def _json_list(name: str, file: TextIOWrapper, field: str) -> Iterator[Document]:
    items = _parsed(name, file.read())
    if not isinstance(items, list):
        raise DataError(f"{name}: expected a list; found {_shown(items)}", "one object a line is a .jsonl file")
    for number, item in enumerate(items, 1):
        where = f"{name}: item {number:,}"
        yield where, _chosen(where, item, field)


def _parsed(where: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"column {error.colno:,}" if error.lineno == 1 else f"line {error.lineno:,}, column {error.colno:,}"
        raise DataError(f"{where}: expected JSON; found, at {place}: {error.msg}") from None
    except RecursionError:
        raise DataError(f"{where}: expected JSON; found too many brackets within each other") from None


def _chosen(where: str, item: object, field: str) -> str:
    """The text of an object, or of a string."""
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        raise DataError(f"{where}: expected an object or a string; found {_shown(item)}")
    if field not in item:
        raise _missing(where, field, item)
    value = item[field]
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if not isinstance(value, str):
        raise DataError(f"{where}: field {field!r}: expected a string, or a list of them; found {_shown(value)}")
    return value


def _comma_separated(name: str, file: TextIOWrapper, field: str) -> Iterator[Document]:
    return _rows(name, file, field, ",")


def _tab_separated(name: str, file: TextIOWrapper, field: str) -> Iterator[Document]:
    return _rows(name, file, field, "\t")


def _rows(name: str, file: TextIOWrapper, field: str, delimiter: str) -> Iterator[Document]:
    csv.field_size_limit(LARGEST)  # a text may be longer than the 131,072 characters that are the default
    rows = csv.reader(file, delimiter=delimiter, strict=True)
    column, header = -1, list[str]()
    try:
        for row in rows:
            where = f"{name}: line {rows.line_num:,}"
            if not row:
                continue
            if not header:
                header = row
                if field not in header:
                    raise _missing(where, field, header)
                column = header.index(field)
            elif len(row) != len(header):
                raise DataError(
                    f"{where}: expected {len(header)} columns, as the header has; found {len(row)}",
                    "a text with separators or line ends in it stands in quotes",
                )
            else:
                yield where, row[column]
    except csv.Error as error:
        raise DataError(f"{name}: line {rows.line_num:,}: expected CSV; found: {error}") from None


def _parts(name: str, file: TextIOWrapper, field: str) -> Iterator[Document]:
    """What stands between blank lines."""
    for blank, lines in groupby(enumerate(file, 1), lambda numbered: numbered[1].isspace()):
        if not blank:
            (first, line), *rest = lines
            yield f"{name}: line {first:,}", "".join([line, *(line for _, line in rest)]).removesuffix("\n")


FORMATS: dict[str, Callable[[str, TextIOWrapper, str], Iterator[Document]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_list,
    ".csv": _comma_separated,
    ".tsv": _tab_separated,
}


def _missing(where: str, field: str, found: Iterable[str]) -> DataError:
    names = list(found)
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    listed = (", ".join(names[:SHOWN]) or "none") + more
    return DataError(f"{where}: expected the field {field!r}; found the fields {listed}", "--field names one of them")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:40] + "…"
