"""Finding: what a user names (files, folders, patterns, pipes), as files in order."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from glob import glob, has_magic
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from elman.errors import DataError, missing
from elman.files import STDIN
from elman.files.source import NoFileError, Source, mode_of, source
from elman.spelling import address

SECRET = re.compile(r"://.*:.*@|[?&][a-z]*password=", re.IGNORECASE)  # a password in an address
SECRETS = "the environment variable PGPASSWORD, or the file ~/.pgpass, has the password"
Names = str | PathLike[str] | Iterable[str | PathLike[str]]


class Wanted(NamedTuple):
    """What kind of files is looked for in folders."""

    files: str  # what messages call them
    unfit: Callable[[Path], str]  # why a regular file is none of them; "" where it is one
    addresses: tuple[str, ...] = ()  # how those of databases begin that are taken, too
    named: str = "a file"  # what is expected where a name means nothing


def find(names: Names, wanted: Wanted) -> tuple[list[Source], list[str]]:
    """The files that the names mean, each once, whatever links lead to it, in their order; and what was skipped.

    A name is that of a file, of a folder (every file wanted in it and below, sorted, no hidden ones), a glob, or "-",
    standard input. Linked folders in a folder are skipped. A DataError says which name means nothing.
    """
    listed = [names] if isinstance(names, str | PathLike) else list(names)
    files: dict[str, Source] = {}
    skipped: list[str] = []
    for name in listed:
        for found in _expand(os.fspath(name), wanted, skipped):
            files.setdefault(found.name if found.spooled else os.path.realpath(found.name), found)
    return list(files.values()), skipped


def _expand(name: str, wanted: Wanted, skipped: list[str]) -> Iterator[Source]:
    if name == STDIN:
        yield source(name)
        return
    mode = mode_of(name)
    if mode is None and address(name):
        yield _addressed(name, wanted.addresses)
    elif mode is None and has_magic(name):
        found = sorted(glob(name, recursive=True))  # noqa: PTH207 (of absolute patterns too)
        if not found:
            raise DataError(f"{name}: expected files of this pattern; found none", missing(name))
        for path in found:
            if os.path.exists(path):  # noqa: PTH110 (which raises where links go round)
                yield from _expand(path, wanted, skipped)
            else:
                skipped.append(f"{path}: a link that leads nowhere")
    elif mode is None:
        raise NoFileError(f"{name}: expected {wanted.named}; found none", missing(name))
    elif stat.S_ISDIR(mode):
        yield from _inside(name, wanted, skipped)
    else:
        yield source(name)


def _addressed(name: str, taken: Sequence[str]) -> Source:
    """What is at an address; a DataError, which shows no more than how it begins, where it is none that is taken."""
    found = Source(name)
    if found.suffix not in taken:
        raise DataError(f"expected a file; found an address, {found.suffix}…")
    if SECRET.search(name):
        raise DataError(
            f"{found.suffix}…: expected an address without a password; found one with a password",
            SECRETS,
        )
    return found


def _inside(folder: str, wanted: Wanted, skipped: list[str]) -> Iterator[Source]:
    """The files wanted of a folder and of those below it."""
    count = 0
    for path in sorted(_visible(folder)):
        reason = _irregular(path) or wanted.unfit(path)
        if reason:
            skipped.append(f"{path}: {reason}")
        else:
            count += 1
            yield Source(str(path))
    if count == 0:
        raise DataError(f"{folder}: expected {wanted.files} in this folder; found none", "hidden files are not read")


def _visible(folder: str) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be read: {error.strerror}") from None

    for path, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if not folders and all(name.startswith(".") for name in files):
            yield Path(path)
        yield from (Path(path, name) for name in files if not name.startswith("."))
        yield from (link for name in folders if (link := Path(path, name)).is_symlink())  # which is not walked into


def _irregular(path: Path) -> str:
    """Why something in a folder is no file; "" where it is one. Of folders, these are links and empty ones."""
    try:
        mode = mode_of(str(path))
    except DataError:  # a link that leads to itself
        return "cannot be read"
    if mode is not None and stat.S_ISDIR(mode) and not path.is_symlink():
        return "an empty folder"
    return "" if mode is not None and stat.S_ISREG(mode) else "no regular file"
