"""Coding: how bytes become text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from elman.errors import ConfigError, DataError
from elman.spelling import spelled

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def no_text(name: str) -> DataError:
    """For a file with bytes of zero."""
    return DataError(f"{name}: expected text; found bytes of zero, which text does not have")


@dataclass(frozen=True)
class Coding:
    """How a file is read as text.

    Args:
        encoding: as Python names it. A byte order mark is no part of the text, and where UTF-8 is expected, that of
            UTF-16 or UTF-32 is believed. Line ends are read as `\\n`.
        raw: bytes are taken as they are, whatever the encoding: each is the character of its number.
        hint: what to do where bytes are none of the encoding.
    """

    encoding: str = "utf-8"
    raw: bool = False
    hint: str = ""

    def of(self, beginning: bytes) -> str:
        """The encoding of a file that begins so."""
        if self.raw:
            return "latin-1"
        if codecs.lookup(self.encoding).name != "utf-8":
            return self.encoding
        return next((name for mark, name in BYTE_ORDER_MARKS.items() if beginning.startswith(mark)), "utf-8-sig")

    def unicode(self, text: str) -> str:
        """Text as people write it; of bytes that are no UTF-8, each is the half of a character that stands for it."""
        return text.encode("latin-1").decode("utf-8", "surrogateescape") if self.raw else text

    def wrong(self, name: str, encoding: str, error: UnicodeDecodeError, offset: int, line: int) -> DataError:
        """For a file whose bytes, from an offset on, are none of its encoding."""
        found = " ".join(map(hex, error.object[error.start : error.end][:4]))
        expected = encoding.removesuffix("-sig")
        if expected == "utf-8" and b"\0" in error.object:
            return no_text(name)
        return DataError(f"{name}: byte {offset:,}, line {line:,}: expected {expected}; found {found}", self.hint)


def check_encoding(encoding: str) -> None:
    """A ConfigError where there is no such encoding."""
    try:
        "".encode(encoding)
    except (LookupError, ValueError, TypeError):
        raise ConfigError(
            f"encoding: expected the name of a text encoding; found {encoding!r}", "utf-8, latin-1, gb18030 …"
        ) from None


def another_encoding() -> str:
    """A hint where bytes are none of an encoding that can be set."""
    return f"name its encoding, such as {spelled('encoding', 'latin-1')}"
