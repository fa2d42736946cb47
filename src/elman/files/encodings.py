"""Encodings of text that a file says itself, by the mark at its beginning (a byte order mark)."""

from __future__ import annotations

import codecs

from elman.errors import ConfigError

LONGEST_MARK = 8  # bytes at the beginning of a file that tell what it is
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def believed(expected: str, beginning: bytes) -> str:
    """The encoding of a file that begins so: where UTF-8 is expected, a mark of other Unicode is believed."""
    if codecs.lookup(expected).name != "utf-8":
        return expected
    return next((name for mark, name in BYTE_ORDER_MARKS.items() if beginning.startswith(mark)), "utf-8-sig")


def check(encoding: str) -> None:
    """A ConfigError where there is no such encoding."""
    try:
        "".encode(encoding)
    except (LookupError, ValueError, TypeError):
        raise ConfigError(
            f"encoding: expected the name of a text encoding; found {encoding!r}", "utf-8, latin-1, gb18030 …"
        ) from None
