"""Tables of SQLite and PostgreSQL are read as files are, by all tasks that read tables."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import elman
from elman.errors import ConfigError, DataError
from elman.tables import Columns, read, read_events
from optional import DATABASES, needs
from shop import rows, write

pytestmark = needs(DATABASES)

SERVER = "ELMAN_POSTGRESQL"  # may have the address of a database of PostgreSQL in which a schema can be made
Rows = Sequence[Sequence[Any]]


def database(path: Path, columns: str, values: Rows, table: str = "events") -> Path:
    with closing(sqlite3.connect(path)) as made, made:
        made.execute(f"CREATE TABLE {table} ({columns})")
        made.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)
    return path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of a file as a table beside another one, and the file."""
    folder = tmp_path_factory.mktemp("shop")
    write(folder / "shop.csv", rows(200))
    database(folder / "shop.sqlite", "a", [[1]], "other")
    return database(folder / "shop.sqlite", "session_id, user_id, ts, item_id", rows(200))


def test_a_database_is_read_as_a_file_is(shop: Path, command: Callable[..., Any]) -> None:
    of_file = elman.train("sessions", shop.with_suffix(".csv"), steps=5)
    for source in (str(shop), f"sqlite:///{shop}"):
        found = elman.train("sessions", source, steps=5, table="events")
        assert found.task.fingerprint() == of_file.task.fingerprint()
    query = "SELECT * FROM events; "
    code, out, _ = command("train", "sessions", str(shop), "--table", query, "--steps", "5", "--json", "--no-out")
    assert (code, out["metrics"]) == (0, of_file.metrics)


def test_a_model_names_the_table_and_reads_another(shop: Path, tmp_path: Path, command: Callable[..., Any]) -> None:
    model = tmp_path / "model"
    elman.train("sessions", f"sqlite:///{shop}", table="events", steps=5).save(model)
    code, own, _ = command("score", str(model), "--json")
    assert (code, own["predictions"] > 0) == (0, True)
    code, all_, _ = command("score", str(model), str(shop), "--json")
    some = "SELECT * FROM events WHERE session_id < 50"
    code, few, _ = command("score", str(model), str(shop), "--table", some, "--json")
    assert 0 < few["predictions"] < all_["predictions"]
    code, same, told = command("score", str(model), str(shop.with_suffix(".csv")), "--json")
    assert (same["predictions"], "--table: not used, as no database is read" in told) == (
        all_["predictions"],
        True,
    )


def test_values_are_what_they_are_whatever_the_first_rows_hold(tmp_path: Path) -> None:
    ids = [None] * 2000 + [7, "seven", 0.1, 1 / 3, "", "0", "nan", -1, b"\x00\xff", 1 << 60]
    path = database(tmp_path / "a.db", "session, item", [[1, one] for one in ids])
    found = read_events(path)
    assert found.names[:3] + found.names[4:] == ["7", "seven", "0.1", "", "0", "nan", "-1", "00FF", str(1 << 60)]
    assert float(found.names[3]) == 1 / 3
    assert "2,000 rows without a value in 'item': left out" in found.notes
    numbers = [0.1, 1e300, 1 / 3, -5, None, ""]
    path = database(tmp_path / "b.db", "t, x", [[f"2026-01-{31 - n}", x] for n, x in enumerate(numbers)])
    with read(path, Columns(time="t")) as table:
        assert [value[0] for value in table[0].values[2:].tolist()] == [-5, 1 / 3, 1e300, 0.1]
        assert table.features[0].missing == 2


def test_other_tasks_read_databases_too(tmp_path: Path) -> None:
    steps = [[n, t, (t * (n % 2)) % 3, "ab"[n % 2]] for n in range(40) for t in range(5)]
    path = database(tmp_path / "steps.sqlite", "id, time, x, label", steps)
    assert len(elman.train("classify", path, steps=3).predict(str(path))) == 40
    days = [[str(date(2026, 1, 1) + timedelta(n)), n % 7] for n in range(200)]
    path = database(tmp_path / "days.sqlite", '"ds", "y"', days)
    assert elman.train("series", path, steps=3, horizon=7).task.introduce()[0] == "a series of 200 steps, each day"


def test_equal_times_keep_the_order_of_the_rows(tmp_path: Path) -> None:
    events = [[n // 50, 5, f"i{n * 7919 % 100:02}"] for n in range(5000)]
    found = read_events(database(tmp_path / "a.db", "session, time, item", events))
    assert [found.names[one] for one in found.items] == [name for _, _, name in events]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (None, "expected one table; found the tables 'events', 'other'"),
        ("event", "expected the table 'event'; found the tables 'events', 'other'\nhint: did you mean 'events'?"),
        ("events; DROP TABLE events", "expected the table 'events; DROP TABLE events'"),
        ("SELECT * FROM missing", "cannot be read: no such table: missing"),
        ("SELECT * FROM events WHERE false", "expected rows with a session and an item; found none"),
        ("SELECT user_id FROM events", "expected a column of the session; found the columns 'user_id'"),
        ("WITH x AS (SELECT 1) DELETE FROM events", "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused(shop: Path, table: str | None, told: str) -> None:
    before = shop.read_bytes()
    with pytest.raises(DataError) as caught:
        read_events(shop, table=table)
    assert str(shop) in str(caught.value)
    assert told in f"{caught.value}\nhint: {caught.value.hint}"
    assert shop.read_bytes() == before


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    for beginning, told in (
        (b"session,item\n1,a\n", "expected a database of SQLite; found b'session,item"),
        (b"SQLite format 3\0 and nothing more", "cannot be read"),
        (b"", "expected one table; found no table"),
    ):
        path = tmp_path / "a.db"
        path.write_bytes(beginning)
        with pytest.raises(DataError, match=told):
            read_events(path)
    with pytest.raises(DataError, match="expected a file; found none"):
        read_events(f"sqlite:///{tmp_path}/nothing.db")


def test_a_missing_driver_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_sqlite.dbapi", None)
    with pytest.raises(ConfigError, match="the package adbc-driver-sqlite is not installed") as caught:
        read_events(shop)
    assert caught.value.hint == "pip install 'elman[database]'"


@pytest.mark.parametrize(
    "address", ["postgresql://u:secret@h/db", "postgres://h/db?sslpassword=secret", "mysql://u:secret@h/db"]
)
@pytest.mark.parametrize("task", ["sessions", "classify", "text"])
def test_a_password_is_never_shown(address: str, task: str, command: Callable[..., Any]) -> None:
    code, out, told = command("train", task, address)
    assert (code, "secret" in out + told) == (2, False)
    if task != "text" and not address.startswith("mysql"):
        assert "PGPASSWORD" in told


def test_a_server_that_does_not_answer_is_told() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with pytest.raises(DataError, match=f"^postgresql://.*: cannot be read: .*{port} failed: Connection refused"):
            read_events(f"postgresql://nobody@127.0.0.1:{port}/shop")
        silent.listen()
        with pytest.raises(DataError, match="timeout expired"):
            read_events(f"postgresql://nobody@127.0.0.1:{port}/shop?connect_timeout=2")  # the least that libpq takes


SCHEMA = """
CREATE SCHEMA elman;
CREATE TABLE elman.steps (id bigint, at timestamptz, x numeric(9, 3), "so ""named" boolean, label text);
INSERT INTO elman.steps SELECT n / 5, timestamptz '2026-01-01 12:00+02' + n * interval '1 minute', n / 8.0, n % 2 = 0,
  CASE WHEN n < 50 THEN 'a' ELSE 'b' END FROM generate_series(0, 99) n;
"""


@pytest.fixture
def server() -> Iterator[str]:
    """An address; `elman.steps` is there."""

    def run(statements: str) -> None:
        subprocess.run(["psql", "-qv", "ON_ERROR_STOP=1", address, "-c", statements], check=True)

    address = os.environ[SERVER]
    run(SCHEMA)
    yield address
    run("DROP SCHEMA elman CASCADE")


of_a_server = pytest.mark.skipif(SERVER not in os.environ, reason=f"{SERVER} names no server of PostgreSQL")


@of_a_server
def test_tables_of_a_server_are_read(server: str) -> None:
    with read(server, Columns(label="label", time="at"), table="elman.steps") as table:
        assert [one.kind for one in table.features] == ["number", "boolean"]
        assert table[1].values.tolist() == [[n / 8, n % 2 == 0] for n in range(5, 10)]
        assert table[0].times is not None
        assert str(table[0].times[0]).startswith("2026-01-01T10:00")


@of_a_server
def test_a_server_is_only_read_and_tells_what_is_wrong(server: str) -> None:
    for table, told in (
        ("elman.step", "expected the table 'elman.step'; found the table"),
        ("SELECT * FROM nothing", 'cannot be read: relation "nothing" does not exist'),
        ("SELECT 1/(x - 1) AS x FROM elman.steps", "cannot be read: division by zero"),
        ("SELECT set_config('transaction_read_only', 'off', false), 1 / (SELECT 0)", "cannot be read"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "cannot be read: "),
    ):
        with pytest.raises(DataError, match=told.replace("(", r"\(")):
            read_events(server, table=table)
