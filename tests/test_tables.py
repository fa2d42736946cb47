"""Rows of CSV, Parquet and JSON become sequences: the same ones, whatever their file."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

import tables
from elman.errors import ConfigError
from elman.tables import Columns, read
from elman.tables.database import Database, Folder, literal
from optional import DUCKDB, needs
from tables import of, values, written

pytestmark = needs(DUCKDB)

nan = float("nan")
LONG = """id,time,x,colour,on,label
b,1,1.5,red,true,p
b,2,,blue,false,p
a,2,4,red,,q
a,1,3,red,true,q
"""
SEEN = [[[1.5, 1, 1], [nan, 0, 0]], [[3, 1, 1], [4, 1, nan]]]


def parquet(folder: Path, query: str, name: str = "a.parquet") -> str:
    path = folder / name
    import duckdb

    duckdb.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")
    return str(path)


def as_parquet(folder: Path, text: str) -> str:
    return parquet(folder, f"SELECT * FROM read_csv({literal(written(folder, text, 'source.csv'))})")


def as_json(folder: Path, text: str) -> str:
    names, *rows = [line.split(",") for line in text.splitlines()]
    kinds: list[Callable[[str], Any]] = [str, int, float, str, "true".__eq__, str]
    types = dict(zip(names, kinds, strict=True))
    objects = [
        {name: types[name](cell) if cell else None for name, cell in zip(names, row, strict=True)} for row in rows
    ]
    return written(folder, "\n".join(map(json.dumps, objects)), "a.jsonl")


FORMS: dict[str, Callable[[Path, str], str]] = {
    "commas": written,
    "semicolons": lambda folder, text: written(folder, text.replace(",", ";")),
    "bars": lambda folder, text: written(folder, text.replace(",", "|"), "a.txt"),
    "tabs": lambda folder, text: written(folder, text.replace(",", "\t"), "a.tsv"),
    "tabs in a csv": lambda folder, text: written(folder, text.replace(",", "\t")),
    "mark": lambda folder, text: written(folder, b"\xef\xbb\xbf" + text.encode()),
    "utf-16": lambda folder, text: written(folder, text.encode("utf-16")),
    "crlf": lambda folder, text: written(folder, text.replace("\n", "\r\n")),
    "empty lines": lambda folder, text: written(folder, text.replace("\n", "\n\n")),
    "sep": lambda folder, text: written(folder, "sep=;\n" + text.replace(",", ";")),
    "gzip": lambda folder, text: written(folder, gzip.compress(text.encode()), "a.csv.gz"),
    "bzip2": lambda folder, text: written(folder, bz2.compress(text.encode()), "a.csv.bz2"),
    "xz": lambda folder, text: written(folder, lzma.compress(text.encode()), "a.csv.xz"),
    "capital letters": lambda folder, text: written(folder, text.replace("id,time", "ID,Time"), "A.CSV"),
    "quotes": lambda folder, text: written(folder, text.replace("1.5", '"1.5"').replace("red", '"red"')),
    "parquet": as_parquet,
    "json": as_json,
    "json list": lambda folder, text: written(
        folder, "[" + ",\n".join(Path(as_json(folder, text)).read_text().splitlines()) + "]", "a.json"
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_long_form_is_the_same_in_every_kind_of_file(form: str, tmp_path: Path) -> None:
    table = read(FORMS[form](tmp_path, LONG), Columns(label="label"), threads=1)
    np.testing.assert_equal(values(table), SEEN)
    assert [sequence.id for sequence in table] == ["b", "a"]  # in the order of their first rows
    assert [(one.name, one.kind, one.categories, one.missing) for one in table.features] == [
        ("x", "number", (), 1),
        ("colour", "category", ("blue", "red"), 0),
        ("on", "boolean", (), 1),
    ]
    assert table.classes == ("p", "q")
    assert (table.counts.tolist(), [sequence.label for sequence in table]) == ([1, 1], [0, 1])
    assert [sequence.rows.tolist() for sequence in table] == [[0, 1], [3, 2]]
    times = [sequence.times for sequence in table if sequence.times is not None]
    assert [one.tolist() for one in times] == [[1, 2], [1, 2]]


def test_zstd_is_read_and_its_rows_are_called_records(tmp_path: Path) -> None:
    import duckdb

    path = str(tmp_path / "a.csv.zst")
    query = f"SELECT * FROM read_csv({literal(written(tmp_path, LONG))}, all_varchar = true)"
    duckdb.execute(f"COPY ({query}) TO {literal(path)} (FORMAT csv, COMPRESSION zstd)")
    table = read(path, Columns(label="label"), threads=1)
    np.testing.assert_equal(values(table), SEEN)
    assert str(table[1].place) == f"{path}: record 3"


# --- several files ---


def test_files_of_a_folder_are_one_table_and_a_sequence_may_go_on_in_the_next(tmp_path: Path) -> None:
    written(tmp_path, "id,x,y\na,1,2\n", "1.csv")
    written(tmp_path, "y;id;x\n4;a;3\n6;b;5\n", "2.csv")  # other columns, found by their names
    written(tmp_path, '{"x": 7, "y": 8, "id": "b"}\n', "3.jsonl")
    written(tmp_path, "no table", "notes.md")
    table = read(tmp_path, threads=1)
    assert values(table) == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert [Path(file).name for file in table.files] == ["1.csv", "2.csv", "3.jsonl"]
    assert str(table[1].place).endswith("2.csv: line 3")
    assert table.notes[0].endswith("notes.md: no table, by the end of its name")


@pytest.mark.parametrize("first", range(3))
def test_a_column_is_read_as_each_file_has_it(first: int, tmp_path: Path) -> None:
    import duckdb

    written(tmp_path, "id,t,x,b,c,k\n1,2026-01-31,1.5,yes,p,7\n", "0.csv")
    rows = [{"id": 2**70 + n, "t": "2026-02-01", "x": 2, "b": False, "c": "p", "k": 8} for n in range(2)]
    written(tmp_path, "\n".join(map(json.dumps, rows)), "1.jsonl")
    row = """'1' AS id, DATE '2026-02-03' AS t, 3::INT AS x, true AS b, '"q"'::JSON AS c, '"7"'::JSON AS k"""
    duckdb.sql(f"COPY (SELECT {row}) TO '{tmp_path}/2.parquet'")
    files = sorted(tmp_path.iterdir())
    columns = Columns(label="k", kinds={"c": "category"})
    with read([str(one) for one in files[first:] + files[:first]], columns, threads=1) as table:
        found = {one.id: one.values.tolist() for one in table}
        assert table.features[2].categories == ("p", "q")
        assert (table.classes, table.counts.tolist()) == (("7", "8"), [1, 2])
    assert found == {"1": [[1.5, 1, 0], [3, 1, 1]], str(2**70): [[2, 0, 0]], str(2**70 + 1): [[2, 0, 0]]}


def test_files_without_an_id_are_one_sequence_each_in_the_order_of_their_rows(tmp_path: Path) -> None:
    names = [written(tmp_path, f"x\n{n}\n{n + 1}\n", f"{n}.csv") for n in (5, 3)]
    table = read(names, threads=1)
    assert values(table) == [[[5], [6]], [[3], [4]]]
    assert [sequence.id for sequence in table] == names
    assert {"each file is one sequence", "steps are in the order of the rows"} <= set(table.notes)


def test_a_name_of_a_file_may_be_anything(tmp_path: Path) -> None:
    for name in ("*.csv", "[a].csv", "it's; DROP TABLE raw.csv", "label=3/x.csv", "http:/x.csv", "é\n.csv"):
        written(tmp_path, "x\n1\n", "other.csv")
        assert values(read(written(tmp_path, "x\n7\n", name), threads=1)) == [[[7]]]


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_a_name_of_a_column_may_be_anything(form: str, tmp_path: Path) -> None:
    name = """x"; DROP TABLE raw; --'{}"""
    quoted = name.replace('"', '""')
    files = {
        "csv": lambda: written(tmp_path, f'id,"{quoted}",b\n1,2,3\n'),
        "parquet": lambda: parquet(tmp_path, f'SELECT 1 AS id, 2 AS "{quoted}", 3 AS b'),
        "jsonl": lambda: written(tmp_path, json.dumps({"id": 1, name: 2, "b": 3}), "a.jsonl"),
    }
    table = read(files[form](), Columns(features=["b", name]), threads=1)
    assert values(table) == [[[3, 2]]]
    assert table.features[1].name == name


# --- one row a sequence ---


def test_lists_are_sequences_of_any_length(tmp_path: Path) -> None:
    rows = [{"x": [1, 2.5, None], "y": [4, 5, 6], "k": 1}, {"x": [7], "y": [8], "k": 0}, {"x": [], "y": [], "k": 1}]
    table = of(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl", label="k")
    np.testing.assert_equal(values(table), [[[1, 4], [2.5, 5], [nan, 6]], [[7, 8]], []])
    assert table.classes == ("0", "1")
    assert table.known.lengths.tolist() == [3, 1, 0]
    assert table[2].values.shape == (0, 2)


def test_lists_of_words_have_lists_of_labels(tmp_path: Path) -> None:
    rows = [{"words": ["the", "cat"], "tags": ["D", "N"]}, {"words": ["a"], "tags": [None]}]
    table = of(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl", label="tags", per="step")
    assert table.features[0].categories == ("a", "cat", "the")
    assert [sequence.label.tolist() for sequence in table if isinstance(sequence.label, np.ndarray)] == [[0, 1], [-1]]
    assert table.classes == ("D", "N")
    assert table.known.labels is None


def test_lists_of_lists_have_several_features(tmp_path: Path) -> None:
    path = parquet(
        tmp_path, "SELECT [[1.0, 2.0], [3.0, 4.0]] AS x, 5 AS age, 0.5 AS y UNION ALL SELECT [[5.0, 6.0]], 6, 1"
    )
    table = read(path, Columns(target="y", features=["x", "age"]), threads=1)
    assert values(table) == [[[1, 2, 5], [3, 4, 5]], [[5, 6, 6]]]  # what is no list is the same at each step
    assert [one.name for one in table.features] == ["x1", "x2", "age"]
    assert table.known.targets is not None
    assert table.known.targets.tolist() == [[0.5], [1]]


def test_lists_in_cells_of_csv(tmp_path: Path) -> None:
    assert values(of(tmp_path, 'x,label\n"[1, 2]",a\n[3],b\n', label="label")) == [[[1], [2]], [[3]]]


def test_characters_of_a_text_are_steps(tmp_path: Path) -> None:
    table = of(tmp_path, 'Text,label\n"no,\n""way"" 🎈",a\n,b\nNA,b\n', label="label")
    texts = ["".join(map(chr, sequence.values[:, 0].astype(int))) for sequence in table]
    assert texts == ['no,\n"way" 🎈', "", "NA"]
    assert (table.features[0].kind, table.columns.text) == ("text", "Text")
    assert [str(sequence.place)[-6:] for sequence in table] == ["line 2", "line 4", "line 5"]


# --- what columns are ---


def test_all_other_columns_of_numbers_booleans_and_categories_are_features(tmp_path: Path) -> None:
    names = "\n".join(f"{n},{n}.5,name {n},2026-01-{1 + n % 28:02},,k{n % 2},{n % 3},1" for n in range(1500))
    table = of(tmp_path, f"session_id,x,who,born,empty,kind,,label\n{names}\n", label="label")
    assert [one.name for one in table.features] == ["x", "kind"]
    told = "\n".join(table.notes)
    assert "the column 'who' is left out: about 1," in told
    assert "the column 'born' is left out: dates" in told
    assert "the column 'empty' is left out: nothing" in told
    assert "column 7 has no name" in told
    assert "rows of the same 'session_id' are one sequence" in told


def test_columns_that_are_asked_for_may_be_dates_or_rare_strings(tmp_path: Path) -> None:
    text = "id,day,who\n1,1970-01-02,a\n1,1970-01-01T00:00:10,b\n"
    table = of(tmp_path, text, features=["who", "day"])
    assert values(table) == [[[0, 86400], [1, 10]]]
    assert table.features[1].kind == "date"


def test_dates_are_times(tmp_path: Path) -> None:
    table = of(tmp_path, "id,ds,x\n1,2026-03-01,2\n1,2026-02-01 10:00:00,1\n")
    assert values(table) == [[[1], [2]]]
    assert "rows were not in the order of their times: they were sorted" in table.notes
    assert table[0].times is not None
    assert table[0].times.dtype.kind == "M"


def test_large_times_are_ordered_to_the_last_digit(tmp_path: Path) -> None:
    last = 1_700_000_000_000_000_000
    rows = "\n".join(f"1,{last + n},{n}" for n in (2, 0, 1))
    assert values(of(tmp_path, f"id,t,x\n{rows}\n")) == [[[0], [1], [2]]]


def test_numbers_may_have_a_decimal_comma(tmp_path: Path) -> None:
    table = of(tmp_path, "id;x;y\n1;1,5;1,234\n1;-,25;3\n1;NA;7\n")
    np.testing.assert_equal(values(table), [[[1.5, 1.234], [-0.25, 3], [nan, 7]]])


def test_missing_values_are_words_among_numbers_and_values_among_strings(tmp_path: Path) -> None:
    words = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"]
    rows = "\n".join(f"1,{word},{word or 'z'}" for word in words)
    table = of(tmp_path, f"id,x,country\n1,5,z\n{rows}\n")
    np.testing.assert_equal(table[0].values[:, 0], [5] + 9 * [nan])
    assert table.features[1].categories == tuple(sorted({*words[1:], "z"}))


def test_a_kind_may_be_said(tmp_path: Path) -> None:
    table = of(tmp_path, "id,zip\n1,10\n1,9\n1,\n", kinds={"zip": "category"})
    assert table.features[0].categories == ("9", "10")  # numbers in their order
    again = of(tmp_path, "id,zip\n1,10\n1,9\n1,\n", features=["ZIP"], kinds={"ZIP": "category"})
    assert again.features == table.features
    np.testing.assert_equal(values(table), [[[1], [0], [nan]]])


def test_rows_of_lists_with_the_same_id_are_sequences_of_their_own(tmp_path: Path) -> None:
    rows = [{"id": 1, "time": None, "x": [1]}, {"id": 2, "time": 3, "x": [2]}, {"id": 1, "time": 4, "x": [3]}]
    with read(written(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl")) as table:
        assert ([one.id for one in table], values(table)) == (["1", "2", "1"], [[[1]], [[2]], [[3]]])
        said = (
            "1 row has the id of a row before: each is a sequence of its own; time='COLUMN' takes each row for a step"
        )
        assert said in table.notes


def test_rows_with_a_time_are_steps_whatever_stands_beside(tmp_path: Path) -> None:
    rows = [{"id": 1, "t": t, "x": t / 2, "words": ["a", "b"]} for t in (2, 1)]
    path = written(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl")
    with read(path, Columns(time="t")) as table:
        assert values(table) == [[[0.5], [1]]]
        assert "the column 'words' is left out: lists of strings" in table.notes


def test_lists_are_neither_ids_nor_times_by_their_names(tmp_path: Path) -> None:
    rows = [{"t": ["a", "b"], "time": [1, 2], "step": "noon"}, {"t": ["b"], "time": [3], "step": None}]
    with read(written(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl")) as table:
        assert [one.name for one in table.features] == ["t", "time"]
        assert values(table) == [[[0, 1], [1, 2]], [[1, 3]]]
        assert "the column 'step' is left out: no list" in table.notes
        assert (table.columns.id, table.columns.time) == (None, None)
    with read(tmp_path / "a.jsonl", Columns(time="step", features=["t"])) as table:  # whose values order nothing
        assert values(table) == [[[0], [1]], [[1]]]


def test_strings_of_json_may_be_dates(tmp_path: Path) -> None:
    rows = [{"id": 1, "time": f"2024-01-{day:02}T00:00:00.000", "born": "2001-05-17", "x": day} for day in (3, 1, 2)]
    path = written(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl")
    with read(path) as table:
        assert values(table) == [[[1], [2], [3]]]
        assert {"steps are ordered by 'time'", "the column 'born' is left out: dates"} <= set(table.notes)
        times = table[0].times
        assert times is not None and str(times[1]) == "2024-01-02T00:00:00.000000"


def test_a_kind_of_what_is_in_lists_may_be_said(tmp_path: Path) -> None:
    rows = [{"x": [7, 8], "w": ["a", 1]}, {"x": [7], "w": ["b"]}]
    path = written(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl")
    with read(path, Columns(kinds={"x": "category", "w": "category"})) as table:
        assert [one.categories for one in table.features] == [("7", "8"), ("1", "a", "b")]
        assert values(table) == [[[0, 1], [1, 0]], [[0, 2]]]


def test_what_text_means_is_known_from_all_rows(tmp_path: Path) -> None:
    numbers = "\n".join(f"1,{n}" for n in range(12_000))
    words = "\n".join("1,abc" for _ in range(13_000))
    table = of(tmp_path, f"id,x\n{numbers}\n{words}\n", features=["x"])
    assert table.features[0].kind == "category"
    assert len(table.features[0].categories) == 12_001


def test_a_column_that_begins_with_empty_cells_is_not_lost(tmp_path: Path) -> None:
    table = of(tmp_path, "id,x,late\n" + "1,2,\n" * 10_500 + "1,3,4\n")
    assert [one.name for one in table.features] == ["x", "late"]
    assert table[0].values[-1].tolist() == [3, 4]


def test_targets_are_numbers_of_sequences_or_steps(tmp_path: Path) -> None:
    text = "id,x,y,z\n1,1,0.5,2\n1,2,0.5,\n2,3,7,9\n"
    table = of(tmp_path, text, target=["y"], features=["x"])
    assert [sequence.target.tolist() for sequence in table if sequence.target is not None] == [[0.5], [7]]
    table = of(tmp_path, text, target=["y", "z"], features=["x"], per="step")
    np.testing.assert_equal(
        [one.target.tolist() for one in table if one.target is not None], [[[0.5, 2], [0.5, nan]], [[7, 9]]]
    )


def test_a_target_may_be_true_or_false(tmp_path: Path) -> None:
    for name, text in (
        ("a.csv", "id,x,y\n1,2,true\n2,3,no\n"),
        ("a.jsonl", '{"id":1,"x":2,"y":true}\n{"id":2,"x":3,"y":false}'),
    ):
        targets = of(tmp_path, text, name, target="y").known.targets
        assert targets is not None
        assert targets.tolist() == [[1], [0]]


def test_labels_in_some_rows_only_are_those_of_the_sequence(tmp_path: Path) -> None:
    table = of(tmp_path, "id,x,label,who\na,1,,\na,2,p,u\nb,3,q,\n", label="label", group="who")
    assert [sequence.label for sequence in table] == [0, 1]
    assert (table.groups, [sequence.group for sequence in table]) == (("u",), [0, -1])


def test_a_hundred_thousand_classes_and_sequences_of_one_step(tmp_path: Path) -> None:
    rows = "\n".join(f"{n},{n % 7},c{n}" for n in range(100_000))
    table = of(tmp_path, f"id,x,label\n{rows}\n", label="label")
    assert len(table.classes) == len(table) == 100_000
    assert table.counts.sum() == 100_000
    labels = [
        table.classes[sequence.label] for sequence in table.chunks(100).__next__() if isinstance(sequence.label, int)
    ]
    assert labels == [f"c{n}" for n in range(100)]


# --- reading again, in pieces, elsewhere ---


def test_every_size_of_chunk_gives_the_same_sequences(tmp_path: Path) -> None:
    rows = [f"{n % 13},{n},{n * n}" for n in range(500)]
    table = of(tmp_path, "id,t,x\n" + "\n".join(rows) + "\n")
    whole = values(table)
    assert [one[0][0] for one in whole] == [n * n for n in range(13)]
    for steps in (1, 50, 10_000):
        chunks = list(table.chunks(steps))
        assert [one.values.tolist() for chunk in chunks for one in chunk] == whole
    assert len(list(table.chunks(1))) == 13
    assert [one.number for chunk in table.chunks(50, 4, 9) for one in chunk] == [4, 5, 6, 7, 8]
    assert table[-1].values.tolist() == whole[-1]
    assert [[one.number, other.number] for one, other in zip(table, table, strict=True)][-1] == [12, 12]


def test_a_table_tells_how_to_read_other_files_in_the_same_way(tmp_path: Path) -> None:
    table = of(tmp_path, LONG, label="label")
    columns = Columns(**json.loads(json.dumps(asdict(table.columns.without_answers()))))
    other = read(written(tmp_path, "on,more,x,time,colour,id\n,5,,1,7,z\n", "b.csv"), columns, threads=1)
    np.testing.assert_equal(values(other), [[[nan, 0, nan]]])
    assert [one.kind for one in other.features] == ["number", "category", "boolean"]
    assert other.features[1].categories == ("7",)
    assert "columns that are not used: 'more'" in other.notes


def test_a_description_says_what_was_read_and_chosen(tmp_path: Path) -> None:
    table = of(tmp_path, LONG + "a,2,5,red,,q\n", label="label")
    assert table.describe() == [
        f"'{tmp_path}/a.csv': 2 sequences of 2 to 3 steps, 5 in all",
        "each row is a step",
        "rows of the same 'id' are one sequence",
        "steps are ordered by 'time'",
        "rows were not in the order of their times: they were sorted",
        f"1 step has the time of the step before: in the order of their rows (the first: {tmp_path}/a.csv: line 6)",
        "features: 'x' (numbers), 'colour' (2 categories), 'on' (booleans)",
        "'x': 1 step has no value",
        "'on': 2 steps have no value",
        "2 classes: p 1, q 1",
    ]


def test_temporary_files_go_when_a_table_is_closed_or_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with of(tmp_path, LONG) as table:
        assert list((tmp_path / "temporary").iterdir())
        del table
    assert not list((tmp_path / "temporary").iterdir())
    table = of(tmp_path, LONG)
    del table
    assert not list((tmp_path / "temporary").iterdir())
    tables.refused(lambda: of(tmp_path, LONG, label="none"))
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ("csv", "line 2"),
        ("jsonl", "line 1"),
        ("json", "item 1"),
        ("utf-16", "line 1"),
        ("gzip", "line 1"),
        ("parquet", "row 1"),
    ],
)
def test_standard_input_is_what_it_begins_as(
    form: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    rows = [{"id": n, "x": n / 2} for n in range(2)]
    lines = "\n".join(map(json.dumps, rows))
    if form == "parquet":
        duckdb.sql(f"COPY (SELECT i AS id, i / 2 AS x FROM range(2) t(i)) TO '{tmp_path}/a.csv' (FORMAT parquet)")
    else:
        data = {"csv": "id,x\n0,0\n1,.5\n", "json": f" {json.dumps(rows, indent=1)}"}.get(form, lines)
        written(
            tmp_path,
            gzip.compress(data.encode()) if form == "gzip" else data.encode("utf-16" if form == "utf-16" else "utf-8"),
        )
    with (tmp_path / "a.csv").open("rb") as file:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(file))
        table = read("-", threads=1)
    assert values(table) == [[[0]], [[0.5]]]
    assert str(table[0].place) == f"standard input: {place}"


# --- the database is shut off ---


def test_the_database_opens_nothing_but_what_was_named(tmp_path: Path) -> None:
    named, other = written(tmp_path, "x\n1\n"), written(tmp_path, "x\n2\n", "other.csv")
    database = Database(Folder(), [named])
    assert database.run(f"SELECT * FROM read_csv({literal(named)})").fetchall() == [(1,)]
    outside: list[Any] = [
        f"SELECT * FROM read_csv({literal(other)})",
        "SELECT * FROM read_csv('https://example.com/a.csv')",
        f"COPY (SELECT 1) TO {literal(str(tmp_path / 'new.csv'))}",
        f"ATTACH {literal(str(tmp_path / 'new.db'))}",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
    ]
    for query in outside:
        with pytest.raises(Exception, match=r"disabled|locked|cannot be changed|Cannot"):
            database.run(query)
    settings = "autoinstall_known_extensions", "autoload_known_extensions", "enable_external_access"
    for name in settings:
        assert database.run(f"SELECT current_setting('{name}')").fetchone() == (False,)


INTERRUPTED = """
import os, signal, threading
from elman.signals import listen
from elman.tables.database import Database, Folder

database = Database(Folder(), [])
listen()
try:
    threading.Timer({seconds}, os.kill, [os.getpid(), signal.SIGTERM]).start()
    database.run("SELECT count(*) FROM range(1000000000000)").fetchone()
except KeyboardInterrupt as stopped:
    print(stopped.number == signal.SIGTERM)
"""


@pytest.mark.parametrize("seconds", [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3])
def test_a_signal_ends_a_query_whenever_it_comes(seconds: float) -> None:
    program = INTERRUPTED.format(seconds=seconds)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "True\n"


def test_a_signal_of_somebody_elses_handler_ends_a_query_too() -> None:
    """Outside the command line Ctrl-C is Python's own, and raises a KeyboardInterrupt."""
    program = (
        INTERRUPTED.replace("listen()", "").replace("SIGTERM", "SIGINT").replace("stopped.number", "signal.SIGINT")
    )
    done = subprocess.run(
        [sys.executable, "-c", program.format(seconds=0.1)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "True\n"


def test_a_query_in_another_thread_meets_no_signal() -> None:
    found: list[Any] = []
    thread = Thread(target=lambda: found.append(Database(Folder(), []).run("SELECT 1").fetchone()))
    thread.start()
    thread.join()
    assert found == [(1,)]


def test_without_duckdb_the_error_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(ConfigError, match="the package duckdb is not installed") as caught:
        of(tmp_path, LONG)
    assert caught.value.hint == "pip install 'elman[tables]'"


@pytest.mark.parametrize("values", [["5%", "7.5 %"], ["$5", "1,234 €"], ["−5", "−0.5"], ["1,5 %", "+2%"]])
def test_numbers_with_signs_that_are_none_of_theirs_are_said(values: list[str], tmp_path: Path) -> None:
    text = "".join(f'1;"{one}";a12;5-7;31.01.2026;1.2.3\n' for one in values)
    text = f"id;x;room;range;born;version\n{text}"
    table = of(tmp_path, text)
    said = [note for note in table.notes if "without a sign" in note]
    assert said == ["'x' is taken for categories: 2 values could be a number without a sign such as % $ −"]
    assert "without a sign" not in str(of(tmp_path, text, kinds={"x": "category"}).notes)


@needs(DUCKDB)
def test_words_that_make_a_column_one_of_categories_are_said(tmp_path: Path) -> None:
    said = "'x' is taken for categories: 1 value could be a number, as many or more could not"
    assert said in of(tmp_path, "id,x\n1,5\n1,oops\n2,oops\n").describe()
    assert not [line for line in of(tmp_path, "id,x\n1,a\n1,oops\n2,oops\n").describe() if "taken" in line]
    asked_for = of(tmp_path, "id,x\n1,5\n1,oops\n", kinds={"x": "category"})
    assert not [line for line in asked_for.describe() if "taken" in line]


def test_dates_order_steps_but_no_texts(tmp_path: Path) -> None:
    steps = "id,Date,x,label\na,2020-01-02,2,u\na,2020-01-01,1,u\n"
    with read(written(tmp_path, steps), Columns(label="label")) as table:
        assert table.columns.time == "Date" and [one.values[:, 0].tolist() for one in table] == [[1, 2]]
    with read(written(tmp_path, "text,date,label\nhallo,2020-01-02,u\n"), Columns(label="label")) as table:
        assert table.columns.text == "text" and table.columns.time is None
    with read(written(tmp_path, "id,month,x\na,3,1\na,3,2\n"), Columns()) as table:
        assert table.columns.time is None and [one.name for one in table.features] == ["month", "x"]
