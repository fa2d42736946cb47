"""What travels beside a text that is coded: characters that the alphabet lacks, and line ends that are no `\\n`.

A model of characters reads every line end as `\\n`, in training too; so the coder sees `\\n`, and which line ends they
were is a list of its own: one byte where all are alike. Lists are compressed by LZMA.
"""

from __future__ import annotations

import lzma
import re

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.tasks.text.alphabet import Alphabet

LINE_ENDS = ("\n", "\r\n", "\r")  # by number
LINE_END = re.compile("\r\n|\r|\n")
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6}]  # no header, whose numbers a reader would have to believe
UNICODE = 0x110000

Points = NDArray[np.uint32]


def damaged(expected: str) -> DataError:
    """An error of a list that is none."""
    return DataError(f"compressed data: expected {expected}; found others", "it is damaged, or was made by hand")


def unify(text: str, alphabet: Alphabet) -> tuple[str, bytes]:
    """The text with `\\n` for each line end, and which they were; nothing where nothing was changed."""
    if "\r" not in text or "\r" in alphabet.characters:
        return text, b""
    kinds = bytes(LINE_ENDS.index(end) for end in LINE_END.findall(text))
    packed = kinds[:1] if len(set(kinds)) == 1 else _pack(kinds)
    return LINE_END.sub("\n", text), packed


def restore(text: str, packed: bytes) -> str:
    """The text that `unify` was given."""
    if not packed:
        return text
    count = text.count("\n")
    kinds = packed * count if len(packed) == 1 else _unpack(packed)
    if len(kinds) != count or max(kinds, default=0) >= len(LINE_ENDS):
        raise damaged(f"{count:,} line ends")
    ends = map(LINE_ENDS.__getitem__, kinds)
    return re.sub("\n", lambda _: next(ends), text)


def pack_lacking(points: Points, lacking: NDArray[np.bool_]) -> bytes:
    """The gaps between the places, and the characters; nothing where nothing lacks."""
    if not lacking.any():
        return b""
    gaps = np.diff(np.flatnonzero(lacking), prepend=0)
    return _pack(gaps.astype("<i8").tobytes() + points[lacking].astype("<u4").tobytes())


def unpack_lacking(packed: bytes, seen: Points) -> str:
    """The text of the characters that were seen, and those of the list in their places."""
    if not packed:
        return _text(seen)
    raw = _unpack(packed)
    count, rest = divmod(len(raw), 12)
    if not count or rest:
        raise damaged("characters, and gaps between them")
    gaps, found = np.frombuffer(raw, "<i8", count), np.frombuffer(raw, "<u4", count, 8 * count)
    points = np.empty(len(seen) + count, np.uint32)
    # Each gap is looked at, too: a sum of many may be too large for a number, and seem to be small.
    in_order = gaps[0] >= 0 and (gaps[1:] > 0).all() and (gaps < len(points)).all()
    places = np.cumsum(gaps)
    if not in_order or places[-1] >= len(points) or (found >= UNICODE).any():
        raise damaged("characters, and places in the text")
    lacking = np.zeros(len(points), np.bool_)
    lacking[places] = True
    points[lacking], points[~lacking] = found, seen
    return _text(points)


def _text(points: Points) -> str:
    return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _pack(raw: bytes) -> bytes:
    return lzma.compress(raw, lzma.FORMAT_RAW, filters=FILTERS)


def _unpack(packed: bytes) -> bytes:
    reader = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=FILTERS)
    try:
        raw = reader.decompress(packed)
    except lzma.LZMAError:
        raise damaged("a list in LZMA") from None
    if not reader.eof or reader.unused_data:
        raise damaged("a list in LZMA")
    return raw
