"""Temporary files: what does not fit in memory, and what came through a pipe."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from elman.errors import DataError


def temporary_file() -> IO[bytes]:
    """A file without a name, to be written; gone once it is let go."""
    with room():
        return tempfile.TemporaryFile()


def let_go(file: IO[bytes]) -> None:
    """Closes a temporary file, whether or not all of it could be written."""
    with suppress(OSError):
        file.close()


@contextmanager
def room() -> Iterator[None]:
    """A DataError where a temporary file cannot be written."""
    try:
        yield
    except OSError as error:
        raise no_room(error.strerror or str(error)) from None


def no_room(reason: str) -> DataError:
    """For a temporary file that cannot be written."""
    folder = tempfile.tempdir or os.environ.get("TMPDIR", "/tmp")
    return DataError(
        f"temporary folder {folder}: cannot be written: {reason}",
        "the environment variable TMPDIR names another folder, with more room",
    )
