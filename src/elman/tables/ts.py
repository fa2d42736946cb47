"""`.ts`: the text format of the UCR and UEA archives of time series, as aeon and sktime write it.

Lines that begin with # are remarks, those with @ say what the data are, up to `@data`. Each line after that is a
sequence: its dimensions, separated by colons, each of them numbers separated by commas, `?` where one is missing; and
last its class or its target, which have no name.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isinf

import numpy as np

from elman.errors import DataError
from elman.files.coding import Coding
from elman.files.source import Source
from elman.tables.columns import Columns
from elman.tables.held import Part

SUFFIX = ".ts"
KEYS = (
    "problemname",
    "timestamps",
    "missing",
    "univariate",
    "dimension",
    "dimensions",
    "equallength",
    "serieslength",
    "classlabel",
    "targetlabel",
    "data",
)


@dataclass
class Header:
    """What the lines with @ say."""

    dimensions: int | None = None
    length: int | None = None
    classes: tuple[str, ...] = ()
    labelled: bool = False
    targeted: bool = False
    unknown: list[str] = field(default_factory=list)


def part(source: Source, columns: Columns, coding: Coding) -> Part:
    """The sequences of a file.

    Raises:
        DataError: it is none of this format, or cut off; the message names the line.
    """
    with source.text(coding) as file:
        lines = enumerate(file, 1)
        return _data(source.name, lines, _header(source.name, lines), columns)


Lines = Iterator[tuple[int, str]]
COMMENTS = ("#", "%")  # with which a line begins


def _header(name: str, lines: Lines) -> Header:
    header = Header()
    number = 0
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith(COMMENTS):
            continue
        words = text[1:].split()
        if not text.startswith("@") or not words:
            raise DataError(f"{name}: line {number:,}: expected a line with @, up to @data; found {text[:40]!r}")
        key = words.pop(0).lower()
        if key == "data":
            return header
        _say(f"{name}: line {number:,}", header, key, words)
    raise DataError(f"{name}: line {number:,}: expected @data, and sequences below it; found the end of the file")


def _say(where: str, header: Header, key: str, words: list[str]) -> None:
    if key not in KEYS:
        header.unknown.append(key)
    elif key == "timestamps" and _true(where, words):
        raise DataError(
            f"{where}: expected no time stamps; found that there are some", "the long form of CSV has times"
        )
    elif key in ("dimension", "dimensions", "serieslength"):
        number = _whole(where, words)
        if key == "serieslength":
            header.length = number or None
        else:
            header.dimensions = number
    elif key == "univariate" and _true(where, words):
        header.dimensions = 1
    elif key == "equallength" and not _true(where, words):
        header.length = None
    elif key == "classlabel":
        header.labelled = _true(where, words)
        header.classes = tuple(words[1:])
    elif key == "targetlabel":
        header.targeted = _true(where, words)


def _true(where: str, words: list[str]) -> bool:
    if words and words[0].lower() in ("true", "false"):
        return words[0].lower() == "true"
    raise DataError(f"{where}: expected true or false; found {' '.join(words) or 'nothing'}")


def _whole(where: str, words: list[str]) -> int:
    if words and words[0].isascii() and words[0].isdigit():
        return int(words[0])
    raise DataError(f"{where}: expected a whole number; found {' '.join(words) or 'nothing'}")


def _data(name: str, lines: Lines, header: Header, columns: Columns) -> Part:
    """All sequences."""
    if columns.target and not header.targeted:
        raise DataError(f"{name}: expected @targetLabel true, as a target is asked for; found none", "is it a label?")
    if columns.label is not None and not header.labelled:
        raise DataError(f"{name}: expected @classLabel true, as a label is asked for; found none", "is it a target?")
    ended = header.labelled or header.targeted
    numbers, lengths, places = array("d"), array("q"), array("q")
    labels: list[str] = []
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith(COMMENTS):
            continue
        where = f"{name}: line {number:,}"
        dimensions = text.split(":")
        if header.dimensions is None:
            header.dimensions = len(dimensions) - ended
        if len(dimensions) != header.dimensions + ended:
            expected = f"{header.dimensions} dimensions" + (" and a label or target" if ended else "")
            raise DataError(
                f"{where}: expected {expected}, separated by colons; found {len(dimensions)} parts", "is it cut off?"
            )
        if ended:
            labels.append(_answer(where, header, dimensions.pop().strip()))
        parsed = [_dimension(f"{where}: dimension {n}", one) for n, one in enumerate(dimensions, 1)]
        for n, one in enumerate(parsed[1:], 2):
            if len(one) != len(parsed[0]):
                raise DataError(
                    f"{where}: dimension {n}: expected {len(parsed[0])} values, as dimension 1 has; found {len(one)}"
                )
        if header.length is not None and len(parsed[0]) != header.length:
            raise DataError(
                f"{where}: expected {header.length} values, as @seriesLength says; found {len(parsed[0])}",
                "is it cut off?",
            )
        for step in zip(*parsed, strict=True):
            numbers.extend(step)
        lengths.append(len(parsed[0]))
        places.append(number)
    if not lengths:
        raise DataError(f"{name}: expected sequences below @data; found none")
    width = header.dimensions or 1
    targets = np.array([float(one) if one else np.nan for one in labels])[:, None] if columns.target else None
    return Part(
        file=name,
        names=tuple(f"x{n}" for n in range(1, width + 1)),
        values=np.frombuffer(numbers, np.float64).reshape(-1, width) if len(numbers) else np.zeros((0, width)),
        lengths=np.frombuffer(lengths, np.int64),
        lines=np.frombuffer(places, np.int64),
        unit="line",
        labels=labels if columns.label is not None else None,
        classes=header.classes,
        targets=targets,
        notes=tuple(f"{name}: @{key} is not known" for key in header.unknown),
    )


def _answer(where: str, header: Header, text: str) -> str:
    """A class or a number; "" where it is missing."""
    if text in ("?", ""):
        return ""
    if header.labelled and header.classes and text not in header.classes:
        raise DataError(
            f"{where}: expected one of the {len(header.classes)} classes of @classLabel; found {text[:40]!r}",
            "is it cut off?",
        )
    if header.targeted:
        try:
            if not isinf(float(text)):
                return text
        except ValueError:
            pass
        raise DataError(f"{where}: expected a number as the target; found {text[:40]!r}", "is it cut off?")
    return text


def _dimension(where: str, text: str) -> list[float]:
    """Numbers between commas; NaN where one is missing."""
    if not text.strip():
        return []
    try:
        values = list(map(float, text.split(",")))
    except ValueError:
        values = [_value(f"{where}: value {n}", one.strip()) for n, one in enumerate(text.split(","), 1)]
    for n, value in enumerate(values, 1):
        if isinf(value):
            raise DataError(f"{where}: value {n}: expected a finite number; found {value}", "? is a missing value")
    return values


def _value(where: str, text: str) -> float:
    if text == "?":
        return np.nan
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{where}: expected a number or ?; found {text[:40]!r}") from None
