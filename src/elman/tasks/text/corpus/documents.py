"""Documents: many short texts in one file, of JSON lines, JSON, CSV or plain text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from itertools import groupby
from typing import Any

from elman.errors import DataError
from elman.files.source import Source
from elman.spelling import spelled
from elman.tasks.text.corpus.dialect import FIELD, Document, missing
from elman.tasks.text.corpus.reading import Reading, anything
from elman.tasks.text.corpus.sources import dialect_of

OF_LINES = "one object a line is a .jsonl file"


def documents(source: Source, reading: Reading) -> Iterator[str]:
    """The texts of a file one after another, empty ones too; a DataError says where one is not what it should be.

    A JSON file is parsed as a whole; all others are read as they come.
    """
    dialect = dialect_of(source, reading)
    with source.text(reading.coding) as file:
        if dialect is not None:
            found = dialect.texts(source.name, file, reading.field or FIELD)
        else:
            read = FORMATS.get(source.suffix, _parts if reading.field is None else _json_lines)
            found = read(source.name, file, reading)
        for where, text in found:
            check(where, text)
            yield text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text  # of escapes in JSON


def check(where: str, text: str, before: int = 0) -> None:
    """A DataError where there are characters that no text has: NUL, and halves of characters (lone surrogates).

    Args:
        where: the text stands.
        text: some of it, perhaps.
        before: how many characters of it came before.
    """
    if "\0" in text:
        raise DataError(f"{where}: character {before + text.index(chr(0)):,}: expected text; found a NUL", anything())
    try:
        text.encode()
    except UnicodeEncodeError as error:
        place, found = before + error.start, text[error.start]
        raise DataError(
            f"{where}: character {place:,}: expected text; found the lone surrogate {found!r}",
            "a pair of \\u escapes makes one character",
        ) from None


def _json_lines(name: str, file: TextIOWrapper, reading: Reading) -> Iterator[Document]:
    for number, line in enumerate(file, 1):
        if line.strip():
            where = f"{name}: line {number:,}"
            yield where, _chosen(where, _parsed(where, line), reading)


def _json_list(name: str, file: TextIOWrapper, reading: Reading) -> Iterator[Document]:
    items = _parsed(name, file.read(), OF_LINES)
    if not isinstance(items, list):
        raise DataError(f"{name}: expected a list; found {_shown(items)}", OF_LINES)
    for number, item in enumerate(items, 1):
        where = f"{name}: item {number:,}"
        yield where, _chosen(where, item, reading)


def _parsed(where: str, text: str, hint: str = "") -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"column {error.colno:,}" if error.lineno == 1 else f"line {error.lineno:,}, column {error.colno:,}"
        raise DataError(f"{where}: expected JSON; found, at {place}: {error.msg}", hint) from None
    except ValueError as error:  # a number of more digits than Python reads
        raise DataError(f"{where}: expected JSON; found: {error}") from None
    except RecursionError:
        raise DataError(f"{where}: expected JSON; found too many brackets within each other") from None


def _chosen(where: str, item: object, reading: Reading) -> str:
    """The text of an object, or of a string or a list of them."""
    if not isinstance(item, dict):
        text = _lines(item)
        if text is None:
            raise DataError(f"{where}: expected an object, a string, or a list of strings; found {_shown(item)}")
        return text
    field = reading.field or FIELD
    value = _field(where, item, field, reading.skip_empty)
    text = "" if value is None and reading.skip_empty else _lines(value)
    if text is None:
        raise DataError(
            f"{where}: field {field!r}: expected a string, or a list of them; found {_shown(value)}",
            f"{spelled('skip_empty', True)} leaves such documents out" if value is None else "",
        )
    return text


def _field(where: str, item: dict[str, Any], field: str, skip: bool) -> object:
    """What stands under a name; or, where names are joined by points, under each of them in turn. None if skipped."""
    if field in item:
        return item[field]
    found: Any = item
    for name in field.split("."):
        if not isinstance(found, dict) or name not in found:
            if skip:
                return None
            error = missing(where, field, [name for key, value in item.items() for name in _names(key, value)])
            skipped = f"{spelled('skip_empty', True)} leaves documents without it out"
            error.hint = f"{error.hint}; {skipped}" if error.hint else skipped
            raise error
        found = found[name]
    return found


def _names(name: str, value: object) -> list[str]:
    """A field, or the fields in it."""
    return [f"{name}.{inner}" for inner in value] if isinstance(value, dict) and value else [name]


def _lines(value: object) -> str | None:
    """A string; or, of a list of strings and of such lists, all of them as lines. None for anything else."""
    lines = []
    for line in _strings(value):
        if line is None:
            return None
        lines.append(line)
    return "\n".join(lines)


def _strings(value: object) -> Iterator[str | None]:
    """All strings of a list and of the lists in it, in order; None in place of anything else."""
    if isinstance(value, list):
        for one in value:
            yield from _strings(one)
    else:
        yield value if isinstance(value, str) else None


def _parts(name: str, file: TextIOWrapper, reading: Reading) -> Iterator[Document]:
    """What stands between blank lines."""
    for blank, lines in groupby(enumerate(file, 1), lambda numbered: numbered[1].isspace()):
        if not blank:
            (first, line), *rest = lines
            yield f"{name}: line {first:,}", "".join([line, *(line for _, line in rest)]).removesuffix("\n")


FORMATS: dict[str, Callable[[str, TextIOWrapper, Reading], Iterator[Document]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_list,
}


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:40] + "…"
