"""Events: what visitors did, row by row, becomes sessions. The database sorts and groups, with spilling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError
from elman.files.finding import Names
from elman.spelling import counted, either, spelled
from elman.tables.columns import DATES as DATED
from elman.tables.columns import check_own, guess, pick
from elman.tables.database import MEMORY, Database, QueryError
from elman.tables.kinds import WRITTEN, Found, kinds, refuse_mixed_offsets
from elman.tables.read import rows
from elman.tables.scans import Scan, Value
from elman.tables.times import refuse_infinite, refuse_other_times, unit_of
from elman.tables.words import listed

# Names of columns; see `guess`. A transaction_id is no session: logs have it in rows of purchases alone.
USUAL = {
    "session": (
        *("session_id", "session", "visit_id", "basket_id", "order_id", "invoice_no", "invoice"),
        *("cart_id", "sid"),
    ),
    "item": (
        *("item_id", "item", "product_id", "product", "sku", "stock_code", "article_id", "article"),
        *("asin", "movie_id", "content_id", "aid"),
    ),
    "time": (
        *("timestamp", "time", *DATED, "event_time", "invoice_date"),
        *("created_at", "order_date", "purchase_date", "visit_time", "timestamp_ms"),
    ),
    "user": (
        *("user_id", "user", "visitor_id", "visitor", "customer_id", "customer"),
        *("client_id", "uid", "member_id", "account_id"),
    ),
}
ROLES = (*USUAL, "action")  # in the order of EventColumns
GAPS = {"s": 1, "m": 60, "h": 3600, "d": 86400}  # seconds


@dataclass(frozen=True, kw_only=True)
class EventColumns:
    """Which column is what; None: the first one of a usual name (USUAL), if there is one.

    Actions are read only where they are asked for: whoever asks a model then has to tell them, too.
    """

    session: str | None = None
    item: str | None = None
    time: str | None = None
    user: str | None = None
    action: str | None = None

    def __post_init__(self) -> None:
        check_own((role, name) for role in ROLES if (name := getattr(self, role)) is not None)


@dataclass(frozen=True, eq=False)
class Events:
    """Sessions in the order in which they ended, their events in the order of time.

    Args:
        items: (E,) numbers of items, of all sessions one behind another.
        starts: (S+1,) where each session begins.
        times: (S,) seconds of the last event; where there is no time, the number of the session.
        users: (S,) numbers of users, -1 where it is not known.
        visitors: what these are called.
        acts: (E,) numbers of actions, -1 where it is not known.
        actions: what these are called; none where no column has them.
        names: of the items, in the order in which the files have them first.
        ids: of the sessions.
        columns: that were read.
        notes: what is to be said, in lines.
    """

    items: NDArray[np.int32]
    starts: NDArray[np.int64]
    times: NDArray[np.float64]
    users: NDArray[np.int64]
    visitors: list[str]
    acts: NDArray[np.int32]
    actions: list[str]
    names: list[str]
    ids: list[str]
    columns: EventColumns
    notes: list[str]


def seconds(gap: str) -> float:
    """Of a length of time: "30m", "45s", "2h", "1d"; a ConfigError where it is none."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", gap.strip())
    if found is None or float(found[1]) == 0:
        raise ConfigError(f"gap: expected a time such as 30m, 45s, 2h or 1d; found {gap!r}")
    return float(found[1]) * GAPS[found[2]]


def read_events(
    names: Names,
    columns: EventColumns | None = None,
    *,
    earlier: EventColumns | None = None,
    gap: str | None = None,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    table: str | None = None,
    memory: int = MEMORY,
) -> Events:
    """Sessions of rows, an event in each: of CSV, Parquet, JSON lines, plain or compressed, or of a database.

    Args:
        names: of files, folders, patterns or databases, as `read` takes them; "-" is standard input.
        columns: which column is what.
        earlier: the columns of files that were read before these: where `columns` names none, one of the same name
            comes before those of usual names. Where they had a time, these have to have one.
        gap: sessions are what a user did without a longer pause: no column tells them.
        encoding: of CSV and JSON.
        delimiter: between the columns of CSV.
        table: of a database: its name, or a SELECT; by default the only one.
        memory: megabytes that sorting takes at most.

    Raises:
        ConfigError: a setting is wrong, or a package is not installed (the extras `tables`, `database`).
        DataError: a file is not what it should be.
    """
    columns, pause = columns or EventColumns(), None if gap is None else seconds(gap)
    asked = [name for one in fields(columns) if (name := getattr(columns, one.name)) is not None]
    with rows(names, asked, encoding=encoding, delimiter=delimiter, table=table, memory=memory) as read:
        database, scans, notes = read
        where = scans[0].files[0].name
        chosen, told = _chosen(where, columns, earlier, scans[0].names, pause is not None)
        numbers = _stage(database, scans, chosen)
        scale, unit = unit_of(database, scans, chosen.time) if numbers and chosen.time else (1.0, [])
        return _events(database, where, chosen, pause, scale, [*notes, *told, *unit])


def _chosen(
    where: str, columns: EventColumns, earlier: EventColumns | None, names: Sequence[str], by_gap: bool
) -> tuple[EventColumns, list[str]]:
    """The columns, those of usual names too, and what is said of them."""
    found, taken, notes = dict[str, str](), list[int](), list[str]()
    for role in ROLES:
        if (name := getattr(columns, role)) is not None:
            place, note = pick(where, role, name, names)
            found[role] = names[place]
            taken.append(place)
            notes += [note] * bool(note)
    usual = []
    for role, known in USUAL.items():
        wanted = role not in found and not (by_gap and role == "session")
        before = getattr(earlier, role, None)
        guesses = (guess(among, names, taken) for among in ([before] if before else [], known) if wanted)
        if (guessed := next((one for one in guesses if one is not None), None)) is not None:
            found[role] = names[guessed]
            taken.append(guessed)
            usual += [f"{role} {names[guessed]!r}"] * (names[guessed] != before)
    if usual:
        notes.append(f"columns by their names: {', '.join(usual)}")
    needed = ["user", "time", "item"] if by_gap else ["session", "item"]
    if earlier is not None and earlier.time is not None and "time" not in needed:
        needed.append("time")
    for role in needed:
        if role not in found:
            hint = f"{spelled(role, 'COLUMN')} names it"
            if role == "session" and earlier is None:  # these are parted as those before
                unknown = [spelled(one, "COLUMN") for one in ("user", "time") if one not in found]
                asked = either(", ", " ").join([*unknown, spelled("gap", "30m")])
                hint += f"; {asked} makes sessions of what a user did without such a pause"
            raise DataError(f"{where}: expected a column of the {role}; found the columns {listed(names)}", hint)
    return EventColumns(**{**found, "session": None if by_gap else found["session"]}), notes


def _stage(database: Database, scans: Sequence[Scan], columns: EventColumns) -> bool:
    """The table `raw`: session, item, time, user and action of every row, in the order of the files.

    Returns:
        Whether times are numbers, which may be milliseconds; also where they stand in strings.
    """
    for scan in scans:
        for one in fields(columns):
            name = getattr(columns, one.name)
            if name is not None and name not in scan.names:
                file = scan.files[0].name
                raise DataError(f"{file}: expected the column {name!r} ({one.name}); found {listed(scan.names)}")
    try:
        return _fill(database, scans, columns, everything=False)
    except QueryError:  # the first rows did not tell what all others are
        return _fill(database, scans, columns, everything=True)


def _fill(database: Database, scans: Sequence[Scan], columns: EventColumns, everything: bool) -> bool:
    """What `_stage` says."""
    names = [name for one in fields(columns) if (name := getattr(columns, one.name)) is not None]
    found = kinds(database, scans, names, everything)
    values = {name: _value(found[name], name == columns.time) for name in names}
    if columns.time is not None:
        refuse_other_times(database, scans, columns.time, found[columns.time])
        refuse_mixed_offsets(database, scans, columns.time, found[columns.time])
    made = ["NULL" if (name := getattr(columns, role)) is None else f"v{names.index(name)}" for role in ROLES]
    place = ROLES.index("time")
    made[place] = f"nullif({made[place]}, 'NaN'::DOUBLE)"  # Parquet has it for what is missing
    database.run(
        "CREATE OR REPLACE TABLE raw (session VARCHAR, item VARCHAR, time DOUBLE, visitor VARCHAR, action VARCHAR, "
        "file INTEGER)"
    )
    for scan in scans:
        query = f"INSERT INTO raw SELECT {', '.join(made)}, file FROM ({scan.rows(values)})"
        if everything:
            with database.explained(scan.files):
                database.run(query)
        else:
            database.run(query)
    if columns.time is not None and database.run("SELECT count_if(isinf(time)) FROM raw").fetchone()[0]:
        refuse_infinite(database, scans, columns.time)
    return columns.time is not None and found[columns.time].kind != "date"


def _value(found: Found, is_time: bool) -> Value:
    """Names as they are written, whatever they look like; times in seconds."""
    if not is_time:
        return WRITTEN
    if found.kind in ("number", "date"):
        return found.value()
    return Value(WRITTEN.type, "TRY_CAST({} AS DOUBLE)")  # numbers in strings of JSON


def _events(
    database: Database, where: str, columns: EventColumns, pause: float | None, scale: float, notes: list[str]
) -> Events:
    timed = columns.time is not None
    needed = ["item", "visitor" if pause is not None else "session", *["time"] * timed]
    roles = {"visitor": columns.user, "session": columns.session, "item": columns.item, "time": columns.time}
    missing = database.run(f"SELECT {', '.join(f'count(*) - count({one})' for one in needed)} FROM raw").fetchone()
    for name, count in zip(needed, missing, strict=True):
        if count:
            notes.append(f"{counted(count, 'row')} without a value in {roles[name]!r}: left out")
    there = " AND ".join(f"{name} IS NOT NULL" for name in needed)
    time = f"time / {scale}" if timed else "NULL::DOUBLE"
    database.run(
        f"CREATE TABLE seen AS SELECT rowid AS row, session, item, {time} AS time, visitor, action FROM raw "
        f"WHERE {there}"
    )
    if not database.run("SELECT count(*) FROM seen").fetchone()[0]:
        raise DataError(f"{where}: expected rows with a session and an item; found none")
    if pause is not None:
        _cut(database, pause)
    return _sorted(database, columns, notes)


def _cut(database: Database, pause: float) -> None:
    """Sessions out of what each user did."""
    database.run(
        "CREATE TABLE cut AS SELECT row, visitor || ' ' || sum(later) OVER (PARTITION BY visitor ORDER BY time, row "
        "ROWS UNBOUNDED PRECEDING) AS session, item, time, visitor, action FROM (SELECT *, CASE WHEN time - lag(time) "
        f"OVER (PARTITION BY visitor ORDER BY time, row) > {pause!r} THEN 1 ELSE 0 END AS later FROM seen)"
    )
    database.run("DROP TABLE seen")
    database.run("ALTER TABLE cut RENAME TO seen")


def _sorted(database: Database, columns: EventColumns, notes: list[str]) -> Events:
    for made, name in (("names", "item"), ("visitors", "visitor"), ("actions", "action")):
        database.run(
            f"CREATE TABLE {made} AS SELECT {name}, row_number() OVER (ORDER BY min(row)) - 1 AS code FROM seen "
            f"WHERE {name} IS NOT NULL GROUP BY {name}"
        )
    database.run(
        "CREATE TABLE sessions AS SELECT session, row_number() OVER (ORDER BY max(time), min(row)) - 1 AS seq, "
        "max(time) AS time, count(*) AS events, arg_min(visitor, row) AS visitor, count(DISTINCT visitor) AS visitors "
        "FROM seen GROUP BY session"
    )
    database.run(
        "CREATE TABLE steps AS SELECT sessions.seq, seen.row, seen.time, names.code, coalesce(actions.code, -1) AS act "
        "FROM seen JOIN sessions USING (session) JOIN names USING (item) LEFT JOIN actions USING (action)"
    )
    found = database.arrays("SELECT code, act FROM steps ORDER BY seq, time, row")
    known = database.arrays(
        "SELECT events, sessions.time, coalesce(visitors.code, -1) AS visitor FROM sessions LEFT JOIN visitors "
        "USING (visitor) ORDER BY seq"
    )
    events = np.asarray(known["events"], np.int64)
    notes += _told(database, events, columns)
    return Events(
        items=np.asarray(found["code"], np.int32),
        starts=np.concatenate([[0], np.cumsum(events)]),
        times=np.asarray(known["time"], float) if columns.time is not None else np.arange(len(events), dtype=float),
        users=np.asarray(known["visitor"], np.int64),
        visitors=_strings(database, "SELECT visitor FROM visitors ORDER BY code"),
        acts=np.asarray(found["act"], np.int32),
        actions=_strings(database, "SELECT action FROM actions ORDER BY code"),
        names=_strings(database, "SELECT item FROM names ORDER BY code"),
        ids=_strings(database, "SELECT session FROM sessions ORDER BY seq"),
        columns=columns,
        notes=notes,
    )


def _strings(database: Database, query: str) -> list[str]:
    return [name for (name,) in database.run(query).fetchall()]


def _told(database: Database, events: NDArray[np.int64], columns: EventColumns) -> list[str]:
    """How much there is, and what is not usual, in lines."""
    timed = columns.time is not None
    items, visitors, actions, actionless, equal, again, moved = database.run(
        "SELECT (SELECT count(*) FROM names), (SELECT count(*) FROM visitors), (SELECT count(*) FROM actions), "
        "count_if(act < 0), count_if(time = before), "
        "count_if(code = last), count_if(row < earlier) FROM (SELECT *, lag(time) OVER w AS before, lag(code) OVER w "
        "AS last, lag(row) OVER w AS earlier FROM steps WINDOW w AS (PARTITION BY seq ORDER BY time, row))"
    ).fetchone()
    apart = database.run(
        "SELECT count(*) FROM (SELECT seq FROM (SELECT seq, rank() OVER (ORDER BY row) AS place FROM steps) "
        "GROUP BY seq HAVING max(place) - min(place) >= count(*))"
    ).fetchone()[0]
    of = "" if columns.user is None else f", {counted(visitors, 'user')}"
    if columns.action is not None:
        of += f", {counted(actions, 'action')}"
    lines = [
        f"{counted(int(events.sum()), 'event')} in {counted(len(events), 'session')}, {counted(items, 'item')}{of}",
    ]
    if columns.action is not None and actionless:
        lines.append(f"{counted(actionless, 'event')} without a value in {columns.action!r}: of no known action")
    if columns.user is not None:
        lines += _of_users(database, columns.user)
    single = int((events == 1).sum())
    if single:
        lines.append(f"{counted(single, 'session')} of one event: nothing follows there")
    if apart:
        lines.append(f"{counted(apart, 'session')} not in one piece: brought together")
    if moved:
        lines.append(f"{counted(moved, 'event')} out of the order of time: sorted")
    if timed and equal:
        lines.append(f"{counted(equal, 'event')} at the same time as the one before: in the order of the file")
    if not timed:
        lines.append("no column of times: the order of the rows is the order of time")
    if again:
        lines.append(f"{counted(again, 'event')} of the same item as the one before: kept")
    return lines


def _of_users(database: Database, name: str) -> list[str]:
    """Sessions that are not of one known user each."""
    userless, nobody, several = database.run(
        "SELECT (SELECT count(*) FROM seen WHERE visitor IS NULL), count_if(visitors = 0), count_if(visitors > 1) "
        "FROM sessions"
    ).fetchone()
    lines = []
    if userless:
        of = f"{counted(nobody, 'session')} of no known user"
        lines.append(f"{counted(userless, 'event')} without a value in {name!r}: {of}")
    if several:
        lines.append(f"{counted(several, 'session')} with several values in {name!r}: the first one is the user")
    return lines
