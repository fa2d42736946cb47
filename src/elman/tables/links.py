"""What the database opens: a link to a file; or a copy, where a file is none that it can read as it is."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import IO, Any, NamedTuple

from elman.errors import DataError
from elman.files.coding import Coding
from elman.files.compressed import GZIP, LONGEST_MARK, READ, ZSTD, refuse
from elman.files.source import Source
from elman.files.temporary import room

PIECE = 1 << 20


class Link(NamedTuple):
    """A path in the folder of the database, and how that file is compressed, as the database calls it."""

    path: Path
    compression: str = "none"


def link(source: Source, folder: Path, number: int) -> Link:
    """To a file that is read as it is."""
    path = folder / str(number)
    if source.spooled is None:
        path.symlink_to(os.path.realpath(source.name))
    else:
        with source.raw() as file:
            _copy(file, path, None)
    return Link(path)


def link_to_text(source: Source, folder: Path, number: int, coding: Coding) -> Link:
    """To a file of UTF-8; of any other encoding, and of a compression that the database does not know, to a copy.

    Raises:
        DataError: the file is none of this encoding, or cannot be read.
    """
    with source.raw() as file:
        beginning = file.read(LONGEST_MARK)
    if beginning.startswith(ZSTD):
        if coding.of(b"") != "utf-8-sig":
            raise DataError(
                f"{source.name}: expected UTF-8 in a file of zstd; found {coding.encoding}", "unpack it first"
            )
        return link(source, folder, number)._replace(compression="zstd")
    if not beginning.startswith(tuple(READ)):
        refuse(source.name, beginning)
    with source.binary() as file:
        unpacked = file.read(LONGEST_MARK)
    known = coding.of(unpacked)
    packed = beginning.startswith(tuple(READ)) and not beginning.startswith(GZIP)
    if known == "utf-8-sig" and not packed and not unpacked.startswith(codecs.BOM_UTF8):
        return link(source, folder, number)._replace(compression="gzip" if beginning.startswith(GZIP) else "none")
    path = folder / str(number)
    with source.text(coding, line_ends=True) as file:
        _copy(file, path, "utf-8")
    return Link(path)


def _copy(file: IO[Any], path: Path, encoding: str | None) -> None:
    """All of a file; what goes wrong in reading it is not taken for want of room."""
    with room():
        copy: IO[Any] = path.open("wb") if encoding is None else path.open("w", encoding=encoding, newline="")
    with copy:
        while piece := file.read(PIECE):
            with room():
                copy.write(piece)
        with room():
            copy.flush()
