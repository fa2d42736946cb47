"""The database that sorts and groups (duckdb): within limits, in a folder of its own, shut off from everything else.

It may open the files that were named and its own folder, nothing more: no network, no extensions, no other files. It
sees each file by a link of its folder whose name is a number. So no name of a file is ever part of a query, and names
of columns are none either: columns are `c0`, `c1` and so on.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from weakref import finalize

from elman.errors import ConfigError, DataError
from elman.files.temporary import no_room, room
from elman.signals import Deferred
from elman.spelling import spelled
from elman.tables.scans import File

STREAM = "stream"
MEMORY = 400  # megabytes that it takes at most, unless said otherwise


class Folder:
    """A temporary folder: links to files, the database, and what does not fit in memory. It goes when it is let go."""

    def __init__(self) -> None:
        with room():
            made = tempfile.TemporaryDirectory(prefix="elman-")
        self.path = Path(os.path.realpath(made.name))  # links are followed before anything is allowed
        self.remove = finalize(self, made.cleanup)


class Database:
    """A connection, and errors of its queries in the words of elman.

    Args:
        folder: of its files and of the links.
        files: real paths that it may read, besides its folder.
        memory: megabytes, at most.
        threads: by default those of the machine.
    """

    def __init__(self, folder: Folder, files: Iterable[str], memory: int = MEMORY, threads: int | None = None) -> None:
        self._duckdb = duckdb()
        self.folder = folder
        path = folder.path
        config: dict[str, Any] = {
            "memory_limit": f"{memory}MB",
            "temp_directory": str(path / "spilled"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
        }
        if threads is not None:
            config["threads"] = threads
        self._connection = self._duckdb.connect(":memory:", config=config)
        self.run(f"SET allowed_directories = [{literal(f'{path}{os.sep}')}]")
        self.run(f"SET allowed_paths = [{', '.join(map(literal, files))}]")
        self.run("SET TimeZone = 'UTC'")
        self.run("SET enable_external_access = false")
        self.run("SET lock_configuration = true")
        self.close = finalize(self, self._connection.close)

    def remove(self) -> None:
        """Closes it, and removes its folder."""
        self.close()
        self.folder.remove()

    def run(self, query: str, stream: object = None) -> Rows:
        """A cursor at the beginning of what a query found, so that several can be read side by side.

        Args:
            query: of SQL.
            stream: of record batches (`__arrow_c_stream__`), which the query calls STREAM.

        Raises:
            QueryError: a file is not what it should be.
            DataError: memory or room is short.
            KeyboardInterrupt: a signal came, here or while rows are taken.
        """
        cursor = self._connection.cursor()
        with self._told(cursor) as signals:
            if not signals and stream is not None:
                cursor.register(STREAM, stream)
            if not signals:
                cursor.execute(query)
        return Rows(cursor, self._told)

    @contextmanager
    def _told(self, cursor: Any) -> Iterator[Sequence[int]]:
        """What goes wrong in a query, or while its rows are taken, in the words of elman; gives the signals that came.

        duckdb asks for signals while it works, and may wait forever where one raises (2.0.1). So a signal interrupts
        the query here, and raises behind it.
        """
        try:
            with Deferred(cursor.interrupt) as signals:
                yield signals
        except self._duckdb.OutOfMemoryException:
            hint = f"{spelled('memory', 1000)} allows 1,000 MB"
            raise DataError("tables: expected more memory; found too little", hint) from None
        except self._duckdb.Error as error:
            message = str(error)
            if "No space left" in message or "max_temp_directory_size" in message:
                raise no_room("no space left") from None
            raise QueryError(message) from None

    @contextmanager
    def explained(self, files: Sequence[File]) -> Iterator[None]:
        """A query that fails is a DataError that says which of these files is wrong, and where."""
        try:
            yield
        except QueryError as error:
            for file in files:
                if (fault := file.format.fault(file.source)) is not None:
                    raise fault from None
            reason, where = error.reason, ", ".join(file.name for file in files[:3])
            for file in files:
                if str(file.link) in str(error):
                    reason, where = reason.replace(str(file.link), file.name), file.name
            raise DataError(f"{where}: cannot be read: {reason}") from None

    def row(self, query: str) -> dict[str, Any]:
        """The one row of a query, by the names of its columns."""
        cursor = self.run(query)
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))

    def arrays(self, query: str) -> dict[str, Any]:
        """All rows of a query, an array for each column; none is missing (NULL) there."""
        found: dict[str, Any] = self.run(query).fetchnumpy()
        return found


class Rows:
    """What a query found. Rows may be computed while they are taken: what goes wrong then is told as in a query."""

    def __init__(self, cursor: Any, told: Callable[[Any], AbstractContextManager[Sequence[int]]]) -> None:
        self._cursor, self._told = cursor, told

    @property
    def description(self) -> Any:
        """Of the columns, the name first."""
        return self._cursor.description

    def fetchone(self) -> Any:
        """The next row; None behind the last."""
        return self._take(self._cursor.fetchone)

    def fetchall(self) -> Any:
        """All rows that are left."""
        return self._take(self._cursor.fetchall)

    def fetchnumpy(self) -> Any:
        """An array for each column."""
        return self._take(self._cursor.fetchnumpy)

    def _take(self, take: Callable[[], Any]) -> Any:
        with self._told(self._cursor) as signals:
            return None if signals else take()


class QueryError(Exception):
    """A query that failed; whoever knows its files says why."""

    @property
    def reason(self) -> str:
        """The first line of it, without the class that it begins with."""
        return re.sub(r"^([A-Z]\w+ )+Error: ", "", str(self).partition("\n")[0])


def literal(text: str) -> str:
    """A string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def array(texts: Sequence[str]) -> str:
    """A list of strings of SQL."""
    return f"[{', '.join(map(literal, texts))}]"


def duckdb() -> ModuleType:
    """The package; a ConfigError where it is not installed."""
    try:
        return import_module("duckdb")
    except ImportError:
        raise ConfigError("tables: the package duckdb is not installed", "pip install 'elman[tables]'") from None
