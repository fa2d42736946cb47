"""Reading events: rows of visitors become sessions."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from elman.errors import ConfigError, DataError
from elman.tables import EventColumns, Events, read_events
from elman.tables.events import USUAL
from optional import DUCKDB, needs

pytestmark = needs(DUCKDB)


def sessions(events: Events) -> dict[str, list[str]]:
    return {
        name: [events.names[item] for item in events.items[events.starts[n] : events.starts[n + 1]]]
        for n, name in enumerate(events.ids)
    }


def csv(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_in_any_order_are_the_same_sessions_as_sorted_ones(tmp_path: Path) -> None:
    found = read_events(csv(tmp_path / "a.csv", "session_id,ts,item_id\nb,5,x\na,1,y\nb,4,z\na,2,x\nc,9,y\n"))
    assert sessions(found) == {"a": ["y", "x"], "b": ["z", "x"], "c": ["y"]}
    assert found.ids == ["a", "b", "c"]
    assert found.times.tolist() == [2, 5, 9]
    assert found.notes == [
        "columns by their names: session 'session_id', item 'item_id', time 'ts'",
        "5 events in 3 sessions, 3 items",
        "1 session of one event: nothing follows there",
        "2 sessions not in one piece: brought together",
        "1 event out of the order of time: sorted",
    ]


def test_equal_times_keep_the_order_of_the_file_whatever_items_are_called(tmp_path: Path) -> None:
    for names in ("zyx", "abc"):
        rows = "".join(f"s,7,{name}\n" for name in names)
        found = read_events(csv(tmp_path / "a.csv", f"session,time,item\n{rows}"))
        assert sessions(found) == {"s": list(names)}
        assert found.items.tolist() == [0, 1, 2]
        assert "2 events at the same time as the one before: in the order of the file" in found.notes


def test_what_is_missing_is_left_out_and_counted(tmp_path: Path) -> None:
    text = "session_id,item_id,ts\na,x,1\na,,2\n,y,3\na,z,\na,x,5\na,x,6\n"
    found = read_events(csv(tmp_path / "a.csv", text))
    assert sessions(found) == {"a": ["x", "x", "x"]}
    for line in (
        "1 row without a value in 'item_id': left out",
        "1 row without a value in 'session_id': left out",
        "1 row without a value in 'ts': left out",
        "2 events of the same item as the one before: kept",
    ):
        assert line in found.notes


def test_names_are_as_they_are_written(tmp_path: Path) -> None:
    names = ["0", "nan", "-1", "NULL", "007", "1.0", "null"]
    found = read_events(csv(tmp_path / "a.csv", "session,item\n" + "".join(f"1,{name}\n" for name in names)))
    assert found.names == names
    lines = [{"session": 1, "item": item} for item in (5, "5a", 0, "", "nan", -1, 7, "7", 7.0)]
    path = csv(tmp_path / "a.jsonl", "".join(f"{json.dumps(one)}\n" for one in lines))
    assert read_events(path).names == ["5", "5a", "0", "", "nan", "-1", "7", "7.0"]


def test_long_numbers_of_json_are_names_as_they_are_written(tmp_path: Path) -> None:
    ids = [2**53, 2**53 + 1, 2**70, 2**70 + 1]  # as float64, two of them would be one
    lines = [{"session": 2**80 + one, "item": one} for one in ids] + [{"session": 1.5, "item": 0.5}]
    found = read_events(csv(tmp_path / "a.jsonl", "".join(f"{json.dumps(one)}\n" for one in lines)))
    assert sessions(found) == {str(2**80 + one): [str(one)] for one in ids} | {"1.5": ["0.5"]}


@pytest.mark.parametrize("first", range(6))
def test_files_of_several_kinds_are_one_log(tmp_path: Path, first: int) -> None:
    import duckdb

    csv(tmp_path / "0.csv", "session,item,time\n1,85123A,0\n1,7,1\n")
    csv(tmp_path / "1.jsonl", '{"session": 1, "item": 22423, "time": 2}\n{"session": 1, "item": 7, "time": 3}\n')
    csv(tmp_path / "2.jsonl", '{"session": "1", "item": "85123A", "time": "4"}\n')
    values = ("1::BIGINT, 7::INT, 5.0", "'1', '85123A', 6", """'"1"'::JSON, '"85123A"'::JSON, '7'::JSON""")
    for n, one in enumerate(values, 3):
        duckdb.sql(f"COPY (SELECT * FROM (VALUES ({one})) AS t(session, item, time)) TO '{tmp_path}/{n}.parquet'")
    files = sorted(tmp_path.iterdir())
    found = read_events(files[first:] + files[:first])
    assert sessions(found) == {"1": ["85123A", "7", "22423", "7", "85123A", "7", "85123A", "85123A"]}
    assert found.times.tolist() == [7]


def test_gap_makes_sessions_of_what_a_user_did(tmp_path: Path) -> None:
    text = "user,time,item\nu,0,a\nv,10,a\nu,1800,b\nu,3601,c\nv,99999,d\n"
    found = read_events(csv(tmp_path / "a.csv", text), gap="30m")
    assert sorted(sessions(found).values()) == [["a"], ["a", "b"], ["c"], ["d"]]
    assert [found.visitors[user] for user in found.users] == ["v", "u", "u", "v"]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (("1700000000", "1700000060"), 1700000060.0),
        (("1700000000000", "1700000060000"), 1700000060.0),  # milliseconds
        (("1700000000000000", "1700000060000000"), 1700000060.0),  # microseconds
        (("1700000000000000000", "1700000060000000000"), 1700000060.0),  # nanoseconds
        (("2023-11-14 22:13:20", "2023-11-14 22:14:20"), 1700000060.0),
    ],
)
def test_times_are_seconds(tmp_path: Path, times: tuple[str, str], expected: float) -> None:
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("session_id,item_id,timestamp\n" + "".join(f"1,x,{time}\n" for time in times))
    assert read_events(path).times.tolist() == [expected]
    lines = "".join(f'{{"session_id": 1, "item_id": 2, "timestamp": "{time}"}}\n' for time in times)
    assert read_events(csv(tmp_path / "a.jsonl", lines)).times.tolist() == [expected]


def test_sessions_without_a_user_or_with_several_are_told(tmp_path: Path) -> None:
    text = "session_id,item_id,ts,user_id\na,x,1,u\na,y,2,\nb,x,3,\nc,x,4,v\nc,y,5,u\n"
    found = read_events(csv(tmp_path / "a.csv", text))
    assert [found.visitors[user] if user >= 0 else None for user in found.users] == ["u", None, "v"]
    assert "2 events without a value in 'user_id': 1 session of no known user" in found.notes
    assert "1 session with several values in 'user_id': the first one is the user" in found.notes


SAME = "expected a column of its own; found 'item_id', named as session, too"
ALONE = "column 'ts': expected numbers alone, or dates alone; found "


@pytest.mark.parametrize(
    ("name", "times", "message"),
    [
        ("a.csv", ("5", "inf"), "a.csv: line 3: column 'ts': expected finite times; found 'inf'"),
        ("a.csv", ("2026-01-31", "infinity"), "line 3: column 'ts': expected finite times; found 'infinity'"),
        ("a.jsonl", ("5", "1e999"), "line 2: column 'ts': expected finite times; found 'inf'"),
        ("a.csv", ("5", "2026-01-31"), f"line 3: {ALONE}'2026-01-31' beside the number 5 (FOLDER/a.csv: line 2)"),
        ("a.jsonl", ('"2026-01-31"', "5"), f"""line 1: {ALONE}'"2026-01-31"' beside the number 5"""),
        ("a.csv", ("5", "2026-01-31", "soon"), "line 4: column 'ts': expected times; found 'soon'"),
    ],
)
def test_times_that_are_none_are_refused_by_place(
    tmp_path: Path, name: str, times: tuple[str, ...], message: str
) -> None:
    if name.endswith(".csv"):
        text = "session_id,item_id,ts\n" + "".join(f"1,x,{time}\n" for time in times)
    else:
        text = "".join(f'{{"session_id": 1, "item_id": 2, "ts": {time}}}\n' for time in times)
    with pytest.raises(DataError, match=re.escape(message.replace("FOLDER", str(tmp_path)))):
        read_events(csv(tmp_path / name, text))


@pytest.mark.parametrize(
    ("times", "expected", "told"),
    [
        (("2026-01-01", "9999-12-31"), 253402214400.0, False),  # dates are no milliseconds, however late
        (("1700000000000", "0"), 1700000000.0, True),
        (("0", "-3"), 0.0, False),
    ],
)
def test_numbers_alone_may_be_milliseconds(tmp_path: Path, times: tuple[str, str], expected: float, told: bool) -> None:
    text = "session_id,item_id,ts\n" + "".join(f"1,x,{time}\n" for time in times)
    found = read_events(csv(tmp_path / "a.csv", text))
    assert found.times.tolist() == [expected]
    line = "column 'ts': numbers are taken for milliseconds, as 1 of 2 are so large"
    assert (line in found.notes) == told


@pytest.mark.parametrize(
    ("times", "line", "expected", "found"),
    [
        ((1700000000, 0, -5, 1700000001, 1700000060000, 3), 6, "seconds", "milliseconds"),
        ((1700000000000, 0, -5, 1700000000001, 1700000060), 6, "milliseconds", "seconds"),
        ((1700000000000, 1700000000000000, 5, 1700000000000001), 2, "microseconds", "milliseconds"),
    ],
)
def test_one_time_of_another_unit_is_refused_by_place(
    tmp_path: Path, times: tuple[int, ...], line: int, expected: str, found: str
) -> None:
    csv(tmp_path / "1.csv", "session_id,item_id,ts\n1,x,7\n")
    csv(tmp_path / "2.csv", "session_id,item_id,ts\n" + "".join(f"1,x,{time}\n" for time in times))
    with pytest.raises(DataError) as caught:
        read_events(tmp_path)
    wrong = f"expected {expected}, as most times are; found {times[line - 2]}"
    assert str(caught.value) == f"{tmp_path}/2.csv: line {line}: column 'ts': {wrong}"
    assert caught.value.hint.startswith(f"{times[line - 2]} is as large as {found} since 1970 are")


def test_a_number_that_is_none_is_a_time_that_is_missing(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "a.parquet"
    times = "CASE WHEN i = 1 THEN 'NaN'::DOUBLE ELSE i END AS ts"
    duckdb.sql(f"COPY (SELECT 1 AS session_id, i AS item_id, {times} FROM range(3) t(i)) TO '{path}'")
    found = read_events(path)
    assert "1 row without a value in 'ts': left out" in found.notes and found.times.tolist() == [2]


def test_without_times_rows_are_in_order(tmp_path: Path) -> None:
    found = read_events(csv(tmp_path / "a.csv", "session_id,item_id\nb,x\na,y\nb,z\n"))
    assert found.ids == ["b", "a"]
    assert found.times.tolist() == [0, 1]
    assert "no column of times: the order of the rows is the order of time" in found.notes


def test_files_are_read_as_one_log(tmp_path: Path) -> None:
    csv(tmp_path / "1.csv", "session_id,item_id,ts\na,x,1\n")
    csv(tmp_path / "2.csv", "session_id,item_id,ts\na,y,2\n")
    assert sessions(read_events(tmp_path)) == {"a": ["x", "y"]}
    csv(tmp_path / "3.csv", "session_id,product,ts\na,y,2\n")
    with pytest.raises(DataError, match=r"3.csv: expected the column 'item_id' \(item\)"):
        read_events(tmp_path)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            "Session-ID,EventTime,movieId,User ID",
            "session 'Session-ID', item 'movieId', time 'EventTime', user 'User ID'",
        ),
        ("itemId,_item_id,item id,session_id", "session 'session_id', item 'itemId'"),
        ("item id,item_id,SID", "session 'SID', item 'item_id'"),  # what is written in this way comes first
        ("sku,item,sessionid,transaction_id,ts_", "session 'sessionid', item 'item'"),  # in the order of the list
    ],
)
def test_usual_names_are_found_however_they_are_written(tmp_path: Path, names: str, expected: str) -> None:
    found = read_events(csv(tmp_path / "a.csv", f"{names}\n" + ",".join("1" * (1 + names.count(","))) + "\n"))
    assert found.notes[0] == f"columns by their names: {expected}"


def test_a_name_of_training_comes_before_usual_ones_however_it_is_written(tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", "session_id,item_id,Track-ID\n1,2,3\n")
    found = read_events(path, earlier=EventColumns(session="session_id", item="track_id"))
    assert found.columns.item == "Track-ID" and found.notes[0] == "columns by their names: item 'Track-ID'"


def test_the_page_lists_the_usual_names() -> None:
    page = (Path(__file__).parents[1] / "docs" / "sessions.md").read_text(encoding="utf-8")
    for names in USUAL.values():
        assert ", ".join(f"`{name}`" for name in names) in page


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"session": "visit"}, r"expected the column 'visit' \(session\)"),
        ({"item": "nothing"}, r"expected the column 'nothing' \(item\)"),
        ({"session": "item_id", "item": "item_id"}, f"item: {SAME}"),
        ({"session": "item_id", "item": "ITEM_ID"}, f"item: {SAME}"),
    ],
)
def test_columns_that_are_not_there_or_have_two_roles_are_refused(
    tmp_path: Path, given: dict[str, Any], message: str
) -> None:
    path = csv(tmp_path / "a.csv", "session_id,item_id\n1,2\n")
    with pytest.raises((DataError, ConfigError), match=message):
        read_events(path, EventColumns(**given))


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ("a,b", "session='COLUMN' names it; user='COLUMN', time='COLUMN', gap='30m' makes sessions"),
        ("user_id,ts", "session='COLUMN' names it; gap='30m' makes sessions"),
    ],
)
def test_without_a_session_column_both_ways_are_named(tmp_path: Path, names: str, hint: str) -> None:
    with pytest.raises(DataError, match="expected a column of the session") as caught:
        read_events(csv(tmp_path / "a.csv", f"{names},item_id\n1,2,3\n"))
    assert caught.value.hint == f"{hint} of what a user did without such a pause"
