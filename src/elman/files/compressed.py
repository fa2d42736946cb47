"""Compressed files: those that Python's own library reads are read through it; others are known, and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import PurePath
from typing import BinaryIO

from elman.errors import DataError

SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
READ = {GZIP: "gzip", b"BZh": "bz2", b"\xfd7zXZ\0": "lzma"}  # by their first bytes: modules
NAMED = {
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "a zip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a rar archive",
    ZSTD: "a file of zstd",
    b"\x04\x22\x4d\x18": "a file of lz4",
    b"\x1f\x9d": "a file of compress",
}
LONGEST_MARK = 8  # bytes at the beginning of a file that tell what it is: how compressed, in what encoding


def expanded(file: BinaryIO) -> BinaryIO:
    """What is read of a file: where it is compressed, what was compressed."""
    opened = opener(file.read(LONGEST_MARK))
    file.seek(0)
    return file if opened is None else opened(file)


def opener(beginning: bytes) -> Callable[[BinaryIO], BinaryIO] | None:
    """What reads a compressed file that begins so; None where it is none."""
    for mark, module in READ.items():
        if beginning.startswith(mark):
            found: Callable[[BinaryIO], BinaryIO] = import_module(module).open
            return found
    return None


def packed(beginning: bytes) -> str:
    """What a file is that begins as a compressed one does which cannot be read; "" for any other."""
    return next((kind for mark, kind in NAMED.items() if beginning.startswith(mark)), "")


def refuse(name: str, beginning: bytes) -> None:
    """A DataError where a file is compressed in a way that cannot be read."""
    if kind := packed(beginning):
        raise DataError(f"{name}: expected text; found {kind}", "unpack it, and name what was in it")


def refuse_plain(name: str, beginning: bytes) -> None:
    """A DataError where a file is called as compressed ones are, and does not begin as one."""
    suffix = PurePath(name.lower()).suffix
    if suffix in SUFFIXES and opener(beginning) is None:
        found = " ".join(map(hex, beginning[:4]))
        raise DataError(f"{name}: expected a compressed file, as {suffix} says; found {found}", "is it damaged?")


@contextmanager
def undamaged(name: str) -> Iterator[None]:
    """A DataError where what is expanded was damaged, or cut off."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged(name, error) from None
    except EOFError as error:
        raise _damaged(name, error) from None
    except Exception as error:
        if (type(error).__module__, type(error).__name__) not in (("zlib", "error"), ("_lzma", "LZMAError")):
            raise
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> DataError:
    return DataError(f"{name}: expected a compressed file that is whole; found: {error}", "is it cut off?")
