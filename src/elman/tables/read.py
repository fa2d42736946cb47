"""Files that a user names become a table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from os import PathLike
from pathlib import Path
from types import ModuleType

from elman.errors import DataError
from elman.files.coding import Coding, another_encoding, check_encoding
from elman.files.finding import Names, Wanted, find
from elman.files.source import Source
from elman.spelling import called
from elman.tables import held, npz, separated, sql, stored, ts, typed
from elman.tables.columns import Columns
from elman.tables.database import MEMORY, Database, Folder
from elman.tables.scans import Scan
from elman.tables.staging import stage
from elman.tables.table import Table

WHOLE = (ts.SUFFIX, npz.SUFFIX)
ROWS = (*separated.USUAL, *typed.PARQUET, *typed.JSON, *sql.FILES)


def read(
    names: Names,
    columns: Columns | None = None,
    *,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    table: str | None = None,
    memory: int = MEMORY,
    threads: int | None = None,
) -> Table:
    """Sequences of data files.

    Args:
        names: of files, folders, or patterns; "-" is standard input: CSV, JSON or Parquet, by how
            it begins. By the end of its name, a file is of rows:
            `.csv`, `.tsv` or `.txt` (with commas, semicolons, tabs or bars), `.parquet`, `.jsonl`; or of sequences:
            `.npz`, `.ts`. Files of rows may be compressed: gzip, bzip2, xz, zstd. Or databases: files of SQLite
            (`.sqlite`, `.db`), or addresses as `sqlite:///path` and `postgresql://user@host/database`.
        columns: which column is what.
        encoding: of CSV and JSON.
        delimiter: between the columns of CSV, by default what the file seems to have.
        table: of a database: its name, or a SELECT; by default the only one.
        memory: megabytes that sorting takes at most; what needs more is put in temporary files.
        threads: that read and sort, by default as many as the machine has.

    Raises:
        ConfigError: a setting is wrong, or a package is not installed (the extras `tables`, `database`).
        DataError: a file is not what it should be; the message names the file, the line and the column.
    """
    check_encoding(encoding)
    coding = Coding(encoding, hint=another_encoding())
    columns = columns or Columns()
    if not isinstance(names, str | PathLike) and not (names := list(names)):
        raise DataError("tables: expected the name of a file; found none")
    sources, skipped = find(names, Wanted("tables", _unfit, sql.ADDRESSES))
    if any(one.suffix in WHOLE for one in sources):
        return held.table([_part(one, columns, coding) for one in sources], columns, skipped)
    database = _database(sources, memory, threads)
    try:
        scans = _scans(database, sources, [name for _, name in columns.named], coding, delimiter, table)
        return stored.table(stage(database, scans, columns), [*skipped, *_told(scans, table)])
    except BaseException:
        database.remove()
        raise


@contextmanager
def rows(
    names: Names,
    asked: Sequence[str],
    *,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    table: str | None = None,
    memory: int = MEMORY,
) -> Iterator[tuple[Database, list[Scan], list[str]]]:
    """Files of rows as the database reads them, and what is to be said; it is closed when that is left.

    Args:
        names: of files, folders, patterns or databases, as `read` takes them.
        asked: the columns that there must be.
        encoding: of CSV and JSON.
        delimiter: between the columns of CSV.
        table: of a database: its name, or a SELECT; by default the only one.
        memory: megabytes that sorting takes at most.

    Raises:
        ConfigError: a setting is wrong, or a package is not installed (the extras `tables`, `database`).
        DataError: a file is not what it should be.
    """
    check_encoding(encoding)
    coding = Coding(encoding, hint=another_encoding())
    sources, skipped = find(names, Wanted("tables", _no_rows, sql.ADDRESSES))
    if whole := [one for one in sources if one.suffix in WHOLE]:
        raise DataError(f"{whole[0].name}: expected a file of rows; found one of {whole[0].suffix}")
    database = _database(sources, memory, None)
    try:
        scans = _scans(database, sources, asked, coding, delimiter, table)
        yield database, scans, [*skipped, *_told(scans, table)]
    finally:
        database.remove()


def _database(sources: Sequence[Source], memory: int, threads: int | None) -> Database:
    opened = [one for one in sources if one.spooled is None and one.suffix not in sql.SUFFIXES]
    real = [os.path.realpath(one.name) for one in opened]
    return Database(Folder(), real, memory, threads)


def _told(scans: Sequence[Scan], table: str | None) -> list[str]:
    unused = table is not None and not any(_kind(file.source) is sql for scan in scans for file in scan.files)
    return [f"{called('table')}: not used, as no database is read"] * unused + [
        line for scan in scans for line in separated.told(scan)
    ]


def _scans(
    database: Database,
    sources: Sequence[Source],
    asked: Sequence[str],
    coding: Coding,
    delimiter: str | None,
    table: str | None,
) -> list[Scan]:
    found: list[Scan] = []
    for kind, numbered in groupby(enumerate(sources), lambda one: _kind(one[1])):
        if kind is typed:
            found += typed.scans(database, list(numbered), coding)
        elif kind is sql:
            found += sql.scans(database, list(numbered), table)
        else:
            found += separated.scans(database, list(numbered), asked, coding, delimiter)
    return found


def _kind(source: Source) -> ModuleType:
    """What reads it."""
    return sql if source.suffix in sql.SUFFIXES else typed if typed.is_typed(source) else separated


def _part(source: Source, columns: Columns, coding: Coding) -> held.Part:
    """The sequences of a file of sequences."""
    roles = {ts.SUFFIX: ("label", "target", "features"), npz.SUFFIX: ("label", "target", "features", "id", "group")}
    if source.suffix not in WHOLE:
        raise DataError(
            f"{source.name}: expected another file of {' or '.join(WHOLE)}; found a file of rows", "read them apart"
        )
    for role, name in columns.named:
        if role not in roles[source.suffix]:
            raise DataError(f"{source.name}: expected no {role} for a file of {source.suffix}; found {name!r}")
    if source.suffix == ts.SUFFIX and columns.per == "step" and columns.answers:
        raise DataError(
            f"{source.name}: expected a label or target for each step; a .ts file has one for each sequence"
        )
    return ts.part(source, columns, coding) if source.suffix == ts.SUFFIX else npz.part(source, columns)


def _unfit(path: Path) -> str:
    """Why a file in a folder is no table; "" where it is one."""
    return "" if Source(str(path)).suffix in (*ROWS, *WHOLE) else "no table, by the end of its name"


def _no_rows(path: Path) -> str:
    """Why a file in a folder has no rows; "" where it has."""
    return "" if Source(str(path)).suffix in ROWS else "no table of rows, by the end of its name"
