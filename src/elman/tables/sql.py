"""Tables of SQLite and PostgreSQL, read through ADBC drivers (Arrow database connectivity).

Record batches go into the database that sorts, which spills: no table is ever whole in memory. Values come as text,
whose meaning is found later, as in CSV. Nothing is written where it is read, and the password is libpq's affair.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import quote

from elman.errors import ConfigError, DataError, suggested
from elman.files.finding import SECRETS
from elman.files.names import SQLITE
from elman.files.source import Source, source
from elman.signals import Deferred
from elman.spelling import spelled
from elman.tables.database import STREAM, Database, QueryError
from elman.tables.scans import Counted, File, Scan, Value, aliases
from elman.tables.typed import check_names
from elman.tables.words import listed

FILES = (".sqlite", ".sqlite3", ".db")
ADDRESSES = ("sqlite://", "postgresql://", "postgres://")
SUFFIXES = (*FILES, *ADDRESSES)
QUERY = re.compile(r"\s*(SELECT|WITH)\s", re.IGNORECASE)  # what is no name of a table
PREFIX = re.compile(  # what the layers of a driver put before a message
    r"(reading the stream .* failed: )?([A-Z_]+: )?(\[\w+\] )?"
    r"((Failed to|Execution error) [^:]*: )?((ERROR|FATAL):  )?"
)
MAGIC = b"SQLite format 3\0"  # how a file of SQLite begins
WAIT = 10  # seconds for a server to answer


@dataclass(frozen=True)
class Dialect:
    """What differs from one database to the other.

    Args:
        driver: the package.
        text: a value as text; {} is the column.
        tables: a query: the names of tables and views, as one says them, and as queries have them.
        begin: what is run first.
        waits: whether an answer may take long to begin; the driver can call it off then.
    """

    driver: str
    text: str
    tables: str
    begin: tuple[str, ...] = ()
    waits: bool = False


OF_SQLITE = Dialect(
    "adbc_driver_sqlite",
    text=(  # what 15 digits do not tell is written with 17
        "CASE typeof({0}) WHEN 'blob' THEN hex({0}) WHEN 'real' THEN CASE WHEN CAST(CAST({0} AS TEXT) AS REAL) = {0} "
        "THEN CAST({0} AS TEXT) ELSE printf('%!.17g', {0}) END ELSE CAST({0} AS TEXT) END"
    ),
    tables=(
        "SELECT name, '\"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_master WHERE type IN ('table', 'view') "
        "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
    ),
)
OF_POSTGRESQL = Dialect(
    "adbc_driver_postgresql",
    text="CAST({} AS TEXT)",
    tables=(
        "SELECT CASE WHEN nspname = 'public' THEN relname ELSE nspname || '.' || relname END, "
        "quote_ident(nspname) || '.' || quote_ident(relname) FROM pg_class JOIN pg_namespace "
        "ON pg_namespace.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition "
        "AND nspname !~ '^pg_|^information_schema$' ORDER BY 1"
    ),
    begin=(
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",  # all queries see the same
        "SET DateStyle = 'ISO'",
        "SET TimeZone = 'UTC'",
    ),
    waits=True,
)


def scans(database: Database, sources: Sequence[tuple[int, Source]], table: str | None) -> Iterator[Scan]:
    """One for each.

    Args:
        database: that takes the rows.
        sources: files of SQLite and addresses, with their numbers.
        table: its name, or a SELECT; None: the only one.

    Raises:
        ConfigError: the extra `database` is not installed.
        DataError: there is no such database or table, or it cannot be read.
    """
    for number, one in sources:
        yield _scan(database, one, number, table)


def _scan(database: Database, source: Source, number: int, table: str | None) -> Scan:
    dialect = OF_POSTGRESQL if source.suffix in ADDRESSES[1:] else OF_SQLITE
    with _connected(source.name, dialect, _address(source)) as connection:
        reader = _Reader(source.name, connection, database, dialect.waits)
        for statement in dialect.begin:
            connection.execute(statement).close()
        relation = _relation(reader, dialect, table)
        names = tuple(name for name, *_ in reader.rows(f"SELECT * FROM {relation} LIMIT 0", f"DESCRIBE {STREAM}"))
        check_names(source, names)
        columns = [f"c{n}" for n in range(len(names))]
        empty = ", ".join(f"'' AS {column}" for column in columns)  # the first row tells SQLite that all is text
        values = ", ".join(dialect.text.format(_quoted(name)) for name in names)
        reader.rows(
            f"SELECT 0 AS given, {empty} UNION ALL SELECT 1, {values} FROM {relation}",
            f"CREATE TABLE q{number} AS SELECT {', '.join(columns)} FROM {STREAM} WHERE given = 1",
        )

    def relation_of(files: Sequence[File], values: Mapping[int, Value]) -> str:
        made = [f"CAST(c{n} AS {values[n].type or 'VARCHAR'})" if n in values else "NULL" for n in range(len(names))]
        return f"(SELECT {', '.join(made)}, '{number}' FROM q{number}) AS {aliases(len(names))}"

    return Scan((File(source, number, database.folder.path / str(number), Counted()),), names, None, relation_of)


@dataclass(frozen=True)
class _Reader:
    """What is read through a connection goes into our database."""

    where: str
    connection: Any
    database: Database
    waits: bool

    def rows(self, theirs: str, ours: str) -> list[tuple[Any, ...]]:
        """What our query finds in the stream of theirs."""
        with closing(self.connection.cursor()) as cursor:
            if not self.waits:
                return self._rows(cursor, theirs, ours)
            # A thread that waits for a server hears no signal. This one does, and calls the server off.
            with Deferred(cursor.adbc_cancel) as signals, ThreadPoolExecutor(1) as pool:
                return [] if signals else pool.submit(self._rows, cursor, theirs, ours).result()

    def _rows(self, cursor: Any, theirs: str, ours: str) -> list[tuple[Any, ...]]:
        cursor.execute(theirs)
        try:
            found: list[tuple[Any, ...]] = self.database.run(ours, cursor.fetch_arrow()).fetchall()
        except QueryError as error:  # the stream broke
            raise _unread(self.where, error.reason) from None
        return found


def _relation(reader: _Reader, dialect: Dialect, table: str | None) -> str:
    """What rows come from: a query in brackets, or the name of a table."""
    if table is not None and QUERY.match(table):
        return f"({table.strip().rstrip(';')}\n) AS asked"
    known = dict(reader.rows(dialect.tables, f"FROM {STREAM}"))
    chosen = next(iter(known)) if table is None and len(known) == 1 else table
    if chosen in known:
        return str(known[chosen])
    found = f"the tables {listed(list(known))}" if known else "no table"
    if table is not None:
        expected = f"{reader.where}: expected the table {table!r}; found {found}"
        raise DataError(expected, suggested(table, known))
    hint = f"{spelled('table', 'NAME')} names one; {spelled('table', 'SELECT …')} is a query" if known else ""
    raise DataError(f"{reader.where}: expected one table; found {found}", hint)


def _address(source_: Source) -> str:
    """What the driver opens."""
    if source_.suffix in ADDRESSES[1:]:
        if "connect_timeout=" in source_.name or "PGCONNECT_TIMEOUT" in os.environ:
            return source_.name
        return f"{source_.name}{'&' if '?' in source_.name else '?'}connect_timeout={WAIT}"
    path = source_.name.removeprefix(SQLITE)
    with source(path).raw() as file:
        beginning = file.read(len(MAGIC))
    if beginning not in (b"", MAGIC):
        raise DataError(f"{source_.name}: expected a database of SQLite; found {beginning!r}")
    return f"file:{quote(os.path.realpath(path))}?mode=ro"


@contextmanager
def _connected(where: str, dialect: Dialect, address: str) -> Iterator[Any]:
    """A connection of the driver."""
    try:
        dbapi = import_module(f"{dialect.driver}.dbapi")
    except ImportError:
        package = dialect.driver.replace("_", "-")
        raise ConfigError(f"tables: the package {package} is not installed", "pip install 'elman[database]'") from None
    try:
        with closing(dbapi.connect(address)) as connection:
            yield connection
    except dbapi.Error as error:
        raise _unread(where, str(error)) from None


def _unread(where: str, message: str) -> DataError:
    """Of a driver's message: the first line, without what its layers put before it."""
    reason = PREFIX.sub("", message.partition("\n")[0], count=1)
    return DataError(f"{where}: cannot be read: {reason}", SECRETS if "password" in reason else "")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
