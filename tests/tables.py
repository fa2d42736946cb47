"""Small files of rows, and what is read of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elman.errors import DataError
from elman.tables import Columns, Table, read


def written(folder: Path, text: str | bytes, name: str = "a.csv") -> str:
    """A file with this in it; its name."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def of(folder: Path, text: str | bytes, name: str = "a.csv", **columns: Any) -> Table:
    """What is read of a file with this in it, on one thread: files are small."""
    return read(written(folder, text, name), Columns(**columns), threads=1)


def refused(work: Callable[[], object]) -> DataError:
    """The error of something that is refused."""
    with pytest.raises(DataError) as caught:
        work()
    return caught.value


def refusal(folder: Path, text: str | bytes, name: str = "a.csv", **columns: Any) -> tuple[str, str]:
    """Why a file with this in it is refused, without its folder; and the hint."""
    error = refused(lambda: of(folder, text, name, **columns))
    return str(error).replace(f"{folder}/", ""), error.hint


def values(table: Table) -> list[list[list[float]]]:
    """Of all sequences."""
    return [sequence.values.tolist() for sequence in table]
