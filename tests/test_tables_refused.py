"""Tables that are not what they should be: refused with the file, the line and the column; or taken, which is said."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from elman.errors import ConfigError, DataError
from elman.spelling import as_options
from elman.tables import Columns, read
from optional import DUCKDB, needs
from tables import of, refusal, refused, written

pytestmark = needs(DUCKDB)

GOOD = "id,t,x,label\na,1,1,p\na,2,2,p\nb,1,3,q\n"
PARTS: dict[str, tuple[str, dict[str, Any], str, str]] = {  # what is wrong -> file, columns, the message, the hint
    "label missing": (
        GOOD,
        {"label": "lable"},
        "a.csv: expected the column 'lable' (label); found the columns 'id', 't', 'x', 'label'",
        "did you mean 'label'?",
    ),
    "feature missing": (
        GOOD,
        {"features": ["x", "speed"]},
        "a.csv: expected the column 'speed' (feature); found the columns 'id', 't', 'x', 'label'",
        "",
    ),
    "label half empty": (
        GOOD + "c,1,4,\nd,1,5,\n",
        {"label": "label"},
        "a.csv: line 5: column 'label': expected a label for each sequence; found none for 2 of 4 sequences, of which "
        "this is the first row",
        "skip_empty=True leaves such sequences out, and says how many there were",
    ),
    "label changes": (
        GOOD + "a,3,4,q\n",
        {"label": "label"},
        "a.csv: line 5: column 'label': expected 'p', as in the rows of the sequence 'a' before; found 'q'",
        "per='step', as the task 'tag' has it, takes one for each step",
    ),
    "label changes in a file without ids": (
        "x,label\n1,p\n2,q\n",
        {"label": "label"},
        "a.csv: line 3: column 'label': expected 'p', as in the rows of this file before; found 'q'",
        "id='COLUMN' names the column that tells sequences apart; a row that is a whole sequence has a text "
        "(text='COLUMN') or a list such as [1, 2, 3]",
    ),
    "group changes": (
        "id,x,label,who\na,1,p,u\na,2,p,v\n",
        {"label": "label", "group": "who"},
        "a.csv: line 3: column 'who': expected 'u', as in the rows of the sequence 'a' before; found 'v'",
        "",
    ),
    "mixed": (
        'id,note,x,label\na,"two\nlines",1,p\na,,abc,p\na,,3,p\na,,4,p\n',
        {"label": "label"},
        "a.csv: line 4: 'a': column 'x': expected numbers; found 'abc' (3 numbers among 4 values)",
        "kinds={'x': 'category'} takes values as they are written; an empty cell or NA is a missing value",
    ),
    "mixed, behind the first rows": (
        "id,x\n" + "a,1\n" * 11_000 + "a,1.2.3\n",
        {},
        "a.csv: line 11,002: 'a': column 'x': expected numbers; found '1.2.3' (11,000 numbers among 11,001 values)",
        "kinds={'x': 'category'} takes values as they are written; an empty cell or NA is a missing value",
    ),
    "no boolean, behind the first rows": (
        "id,x\n" + "a,true\n" * 11_000 + "a,maybe\n",
        {"kinds": {"x": "boolean"}},
        "a.csv: line 11,002: 'a': column 'x': expected true or false; found 'maybe'",
        "an empty cell or NA is a missing value",
    ),
    "infinite": (
        "id,x\na,1\na,inf\n",
        {},
        "a.csv: line 3: 'a': column 'x': expected finite numbers; found inf",
        "an empty cell is a missing value",
    ),
    "too large": (
        "id,x\na,1\na,-1e999\n",
        {},
        "a.csv: line 3: 'a': column 'x': expected finite numbers; found -inf",
        "an empty cell is a missing value",
    ),
    "infinite target": (
        "id,x,y\na,1,2\nb,2,inf\n",
        {"target": "y"},
        "a.csv: line 3: 'b': column 'y': expected finite numbers; found inf",
        "an empty cell is a missing value",
    ),
    "a target of strings": (
        "id,x,y\na,1,2\nb,2,high\nc,2,low\n",
        {"target": "y"},
        "a.csv: line 3: 'b': column 'y': expected numbers; found 'high'",
        "label='y' takes this column as classes",
    ),
    "thousands with commas": (
        'id,x\na,"1,234"\na,"2,345"\n',
        {},
        "a.csv: line 2: 'a': column 'x': expected numbers; found '1,234' (0 numbers among 2 values)",
        "kinds={'x': 'category'} takes values as they are written; an empty cell or NA is a missing value",
    ),
    "no time": (
        "id,t,x\na,1,1\na,,2\n",
        {},
        "a.csv: line 3: 'a': column 't': expected a time in each row; found none",
        "",
    ),
    "a time that is none": (
        "id,t,x\na,1,1\na,2,2\na,noon,2\n",
        {},
        "a.csv: line 4: 'a': column 't': expected numbers; found 'noon' (2 numbers among 3 values)",
        "dates are read as 2026-01-31, 2026-01, or 2026-01-31 12:30:00",
    ),
    "a month that is none": (
        "id,t,x\na,2026-12,1\na,2026-13,1\n",
        {},
        "a.csv: line 3: 'a': column 't': expected dates; found '2026-13'",
        "dates are read as 2026-01-31, 2026-01, or 2026-01-31 12:30:00",
    ),
    "a date in another order": (
        "id,t,x\na,31.01.2026,1\n",
        {},
        "a.csv: line 2: 'a': column 't': expected dates; found '31.01.2026'",
        "dates are read as 2026-01-31, 2026-01, or 2026-01-31 12:30:00",
    ),
    "a year of two digits": (
        "id,t,x\na,01/02/26,1\na,01/03/26,2\n",
        {},
        "a.csv: line 2: 'a': column 't': expected dates; found '01/02/26'",
        "dates are read as 2026-01-31, 2026-01, or 2026-01-31 12:30:00",
    ),
    "an offset in some dates": (
        "id,t,x\na,2026-01-01 00:00,1\na,2026-01-01T01:00+01:00,2\n",
        {},
        "a.csv: line 3: 'a': column 't': expected an offset such as +02:00 in all dates, or in none; "
        "found '2026-01-01T01:00+01:00' beside others without one",
        "dates with an offset are read in UTC",
    ),
    "an offset in late dates": (
        "id,t,x\n" + "a,2026-01-01,1\n" * 10_000 + "a,2026-01-02 01:00Z,2\n",
        {},
        "a.csv: line 10,002: 'a': column 't': expected an offset such as +02:00 in all dates, or in none; "
        "found '2026-01-02 01:00Z' beside others without one",
        "dates with an offset are read in UTC",
    ),
    "a time of twelve hours": (  # which is not taken for one of the morning
        "id,t,x\na,2026-01-31 11:15 AM,1\na,2026-01-31 01:15 PM,2\n",
        {},
        "a.csv: line 2: 'a': column 't': expected dates; found '2026-01-31 11:15 AM'",
        "dates are read as 2026-01-31, 2026-01, or 2026-01-31 12:30:00",
    ),
    "an infinite time": (
        "id,t,x\na,1,1\na,inf,2\n",
        {},
        "a.csv: line 3: 'a': column 't': expected finite numbers; found inf",
        "",
    ),
    "no id": (
        "id,x\na,1\n,2\n",
        {},
        "a.csv: line 3: column 'id': expected an id in each row; found none",
        "",
    ),
    "empty": ("", {}, "a.csv: expected a row of names, and rows below it; found an empty file", ""),
    "a header only": (
        "id,x\n",
        {},
        "'a.csv': expected rows; found none",
        "the first line has the names of the columns",
    ),
    "no header": (
        "1,2\n3,4\n",
        {},
        "a.csv: the row of names: expected names of columns; found '1', '2'",
        "put a row above",
    ),
    "twice the same name": (
        "id,x,y,x\n1,2,3,4\n",
        {},
        "a.csv: the row of names: expected each name once; found 'x' as columns 2 and 4",
        "",
    ),
    "too few cells": (
        'id,x\n"a\nb",1\na\n',
        {},
        "a.csv: line 4: expected 2 columns, as the row of names has; found 1",
        "a cell with separators or line ends in it stands in double quotes, and a quote in it is doubled",
    ),
    "too many cells": (
        "id,x\na,1,2\n",
        {"delimiter": ","},
        "a.csv: line 2: expected 2 columns, as the row of names has; found 3",
        "a cell with separators or line ends in it stands in double quotes, and a quote in it is doubled",
    ),
    "line ends of two kinds": (
        "id,x\r\na,1\r\na,2\na,3\r\n",
        {},
        "a.csv: line 3: expected a line end CR LF, as before; found LF",
        "save the file with the same end of all lines, as `dos2unix` does",
    ),
    "an empty line with another end": (
        "id,x\na,1\n\r\na,2\n",
        {},
        "a.csv: line 3: expected a line end LF, as before; found CR LF",
        "save the file with the same end of all lines, as `dos2unix` does",
    ),
    "a line end in a line": (
        "id,x\r\na,1\r,2\r\na,3\r\n",
        {},
        "a.csv: line 2: expected a line end CR LF, as before; found CR",
        "save the file with the same end of all lines, as `dos2unix` does",
    ),
    "a list that is not of numbers": (
        "label;x\np;[1, 2]\nq;[3]\np;[4, o]\n",
        {"label": "label"},
        "a.csv: line 4: column 'x': expected lists of numbers; found 'o' (2 lists among 3 values)",
        "kinds={'x': 'category'} takes values as they are written",
    ),
    "a list without its end": (
        "label;x\np;[1, 2]\nq;[3]\np;[4, 5\n",
        {"label": "label"},
        "a.csv: line 4: column 'x': expected lists of numbers; found '[4, 5' (2 lists among 3 values)",
        "kinds={'x': 'category'} takes values as they are written",
    ),
    "an open quote": (
        'id,x\na,"1\nb,2\n',
        {},
        "a.csv: from line 2 on: expected CSV; found: unexpected end of data",
        "a cell with separators or line ends in it stands in double quotes, and a quote in it is doubled",
    ),
    "only rare strings": (
        "id,who\n" + "".join(f"a,n{n}\n" for n in range(1500)),
        {},
        "a.csv: expected features; found only strings, each of them rare",
        "text='name' takes the characters of a column as the steps",
    ),
    "nothing to read": (
        "id,day\na,2026-01-01\n",
        {},
        "a.csv: expected columns of numbers, booleans or categories beside the others; found none: 'id', 'day'",
        "features=['name', …] names them; text='name' takes the characters of a column as the steps",
    ),
}


@pytest.mark.parametrize("what", PARTS)
def test_the_error_names_file_line_and_column(what: str, tmp_path: Path) -> None:
    text, columns, message, hint = PARTS[what]
    columns = dict(columns)
    delimiter = columns.pop("delimiter", None)
    path = written(tmp_path, text)
    error = refused(lambda: read(path, Columns(**columns), threads=1, delimiter=delimiter))
    assert (str(error).replace(f"{tmp_path}/", ""), error.hint) == (message, hint)


@pytest.mark.parametrize(
    ("what", "begins"),
    [
        ("label half empty", "--skip-empty leaves"),
        ("label changes", "`elman train tag` takes"),
        ("label changes in a file without ids", "--id COLUMN names"),
        ("mixed", "--kinds x=category takes"),
        ("a target of strings", "--label y takes"),
    ],
)
def test_the_hint_is_spelled_for_the_command_line(what: str, begins: str, tmp_path: Path) -> None:
    text, columns, message, _ = PARTS[what]
    with as_options():
        found, hint = refusal(tmp_path, text, **columns)
    assert found == message
    assert hint.startswith(begins)


JSON: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "mixed": (
        [{"x": 1}, {"x": "a"}],
        {},
        "a.jsonl: line 2: column 'x': expected numbers; found '\"a\"' (values of several types)",
    ),
    "mixed lists": (
        [{"x": [1, None]}, {"x": [2, "a"]}],
        {},
        "a.jsonl: line 2: column 'x': expected lists of numbers; found '\"a\"' (lists with values of several types)",
    ),
    "mixed lists of lists": (
        [{"x": [[1, 2]]}, {"x": [[1, 2], [3, "a"]]}],
        {},
        "a.jsonl: line 2: column 'x': expected lists of numbers; found '\"a\"' (lists with values of several types)",
    ),
    "no id of lists": (
        [{"id": 1, "x": [1]}, {"x": [2]}],
        {},
        "a.jsonl: line 2: column 'id': expected an id in each row; found none",
    ),
    "an object": (
        [{"x": {"y": 1}}],
        {"features": ["x"]},
        "a.jsonl: column 'x': expected numbers, booleans or categories; found objects",
    ),
    "lists of several lengths": (
        [{"x": [1], "y": [2]}, {"x": [1], "y": [2, 3]}],
        {},
        "a.jsonl: line 2: column 'y': expected 1 steps, as 'x' has; found 2",
    ),
    "too few labels": (
        [{"w": ["a"], "l": ["b"]}, {"w": ["a", "b"], "l": ["b"]}],
        {"label": "l", "per": "step"},
        "a.jsonl: line 2: column 'l': expected 2 steps, as 'w' has; found 1",
    ),
    "lists of lists of several lengths": (
        [{"x": [[1, 2]]}, {"x": [[1]]}],
        {},
        "a.jsonl: line 2: column 'x': expected 2 numbers in each step; found 1",
    ),
    "a list of labels for a sequence": (
        [{"x": [1], "l": ["b"]}],
        {"label": "l"},
        "a.jsonl: column 'l': expected one value in each row; found lists of strings",
    ),
    "one label for steps": (
        [{"x": [1], "l": "b"}],
        {"label": "l", "per": "step"},
        "a.jsonl: column 'l': expected a list with one for each step; found strings",
    ),
    "no object": ([{"x": 1}, [1]], {}, "a.jsonl: line 2: expected a JSON object; found [1]"),
    "a list only": ([[1, 2]], {}, "a.jsonl: line 1: expected a JSON object; found [1, 2]"),
}


@pytest.mark.parametrize("what", JSON)
def test_the_error_names_the_line_of_json(what: str, tmp_path: Path) -> None:
    rows, columns, message = JSON[what]
    text = "\n".join(map(json.dumps, rows))
    assert refusal(tmp_path, text, "a.jsonl", **columns)[0] == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"x": 1}\n\n{"x": 2\n{"x": 3}\n',
            "a.jsonl: line 3: expected a JSON object; found, at column 8: Expecting ','",
        ),
        ('{"x": 1}\n{"x": 2, "x": 3}\n', "a.jsonl: line 2: expected each name once; found 'x' twice"),
        ('{"x": 1}\n{"x": 2', "a.jsonl: line 2: expected a JSON object; found, at column 8: Expecting ','"),
        (
            '{"a": 1, "x": 1}\n{"X": 2}\n',
            "a.jsonl: expected names that differ in more than capital letters; found 'x' and",
        ),
        ("", "a.jsonl: expected JSON objects; found an empty file"),
        (b'{"x": "\xff"}', "a.jsonl: byte 7, line 1: expected utf-8; found 0xff"),
    ],
)
def test_json_that_is_not_as_it_should_be(text: str | bytes, message: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, text, "a.jsonl")[0].startswith(message)


def test_another_encoding_is_named_or_said(tmp_path: Path) -> None:
    text = "id,x\nfür,1\n".encode("latin-1")
    message, hint = refusal(tmp_path, text)
    assert message == "a.csv: byte 6, line 2: expected utf-8; found 0xfc"
    assert hint == "name its encoding, such as encoding='latin-1'"
    assert read(written(tmp_path, text), encoding="latin-1", threads=1)[0].id == "für"
    with as_options():
        assert refusal(tmp_path, text)[1] == "name its encoding, such as --encoding latin-1"
    late = b"id,x\n" + b"a,1\n" * 50_000 + b"\xfc,1\n"  # behind what is looked at first
    assert refusal(tmp_path, late)[0] == "a.csv: byte 200,005, line 50,002: expected utf-8; found 0xfc"


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_compressed_files_that_are_cut_off(name: str, tmp_path: Path) -> None:
    rows = "".join(f'{{"x": {n}}}\n' if "jsonl" in name else f"{n}\n" for n in range(5000))
    whole = gzip.compress(("" if "jsonl" in name else "x\n").encode() + rows.encode())
    message, hint = refusal(tmp_path, whole[: len(whole) // 2], name)
    assert message.startswith(f"{name}: expected a compressed file that is whole; found: ")
    assert hint == "is it cut off?"


@pytest.mark.parametrize(
    ("name", "data", "message", "hint"),
    [
        ("a.csv.gz", b"\x9a\xff\x1f\n", "expected a compressed file, as .gz says; found 0x9a 0xff", "is it damaged?"),
        ("a.csv", b"id,x\n\xff\0", "expected text; found bytes of zero", ""),
        ("a.csv", b"id,x\na\0,1\n", "expected text; found bytes of zero", ""),
        (
            "a.csv",
            b'{"x": 1}\n',
            'expected a row of names; found JSON: {"x": 1}',
            "end the name of a file of JSON with",
        ),
        ("a.csv", b'[\n{"x": 1}]\n', "expected a row of names; found JSON: [", "end the name of a file of JSON with"),
    ],
)
def test_contents_of_another_kind_than_the_name_says(
    name: str, data: bytes, message: str, hint: str, tmp_path: Path
) -> None:
    found = refusal(tmp_path, data, name)
    assert found[0].startswith(f"{name}: {message}") and found[1].startswith(hint) and bool(hint) == bool(found[1])


def test_columns_that_are_no_features_are_named_in_the_hint(tmp_path: Path) -> None:
    rows = [{"id": 1, "x": {"y": 1}, "born": "2001-05-17"}, {"id": 1, "x": {"y": 2}, "born": "2002-05-17"}]
    _, hint = refusal(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl", time="id", id="born")
    assert hint.startswith("the column 'x' is left out: objects; features=['name', …] names them")


def test_parquet_that_is_none(tmp_path: Path) -> None:
    message, _ = refusal(tmp_path, b"PAR1 and nothing else", "a.parquet")
    assert message.startswith("a.parquet: cannot be read: ")
    assert str(tmp_path) not in message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("https://example.com/a.csv", "expected a file; found an address, https://…"),
        ("s3://bucket/a.parquet", "expected a file; found an address, s3://…"),
        ("nowhere/*.csv", "nowhere/*.csv: expected files of this pattern; found none"),
    ],
)
def test_names_that_are_no_files(name: str, message: str) -> None:
    assert str(refused(lambda: read(name))) == message


def test_a_folder_without_tables(tmp_path: Path) -> None:
    written(tmp_path, "x", "a.docx")
    assert str(refused(lambda: read(tmp_path))) == f"{tmp_path}: expected tables in this folder; found none"


def test_files_that_do_not_belong_together(tmp_path: Path) -> None:
    names = [written(tmp_path, "id,x\n1,2\n", "a.csv"), written(tmp_path, "id,y\n1,2\n", "b.csv")]
    error = refused(lambda: read(names, threads=1))
    assert str(error).replace(f"{tmp_path}/", "") == (
        "b.csv: expected the column 'x', as a.csv has; found the columns 'id', 'y'"
    )
    names[1] = written(tmp_path, '{"id": "1", "x": "high"}', "b.jsonl")
    error = refused(lambda: read(names, threads=1))
    expected = "b.jsonl: line 1: '1': column 'x': expected numbers; found 'high'"
    assert str(error).replace(f"{tmp_path}/", "").startswith(expected)


def test_sequences_without_a_label_may_be_left_out(tmp_path: Path) -> None:
    table = of(tmp_path, GOOD + "c,1,4,\na,0,0,\n", label="label", skip_empty=True)
    assert [sequence.id for sequence in table] == ["a", "b"]
    assert table[0].values.tolist() == [[0], [1], [2]]
    assert "1 of 3 sequences left out: no label" in table.notes
    assert refusal(tmp_path, "id,x,label\na,1,\n", label="label", skip_empty=True)[0] == (
        "a.csv: expected sequences with a label; found none"
    )


def test_sequences_without_a_step_may_be_left_out(tmp_path: Path) -> None:
    table = of(tmp_path, "text,label\nab,p\n,q\nc,\nd,q\n", label="label", skip_empty=True)
    assert [(one.id, len(one)) for one in table] == [("0", 2), ("3", 1)]  # the ids are those of the rows
    assert {"1 of 4 sequences left out: no label", "1 of 4 sequences left out: no step"} <= set(table.notes)
    assert len(of(tmp_path, "text,label\nab,p\n,q\n", label="label")[1]) == 0
    assert refusal(tmp_path, 'text\n""\n', skip_empty=True)[0] == "a.csv: expected sequences with steps; found none"


def test_one_sequence_and_one_class_are_left_to_the_task(tmp_path: Path) -> None:
    table = of(tmp_path, "id,x,label\na,1,p\n", label="label")
    assert (len(table), table.steps, table.classes) == (1, 1, ("p",))


def test_a_column_in_other_letters_is_taken_and_said(tmp_path: Path) -> None:
    table = of(tmp_path, GOOD, label="Label", features=["X"])
    assert {"label: the column 'label' is taken for 'Label'", "features: the column 'x' is taken for 'X'"} <= set(
        table.notes
    )
    text = "id,x,X\na,1,2\n"  # two of them: exactly that one
    assert of(tmp_path, text, features=["X"])[0].values.tolist() == [[2]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"label": "a", "target": "b"}, "label: expected label or target; found both"),
        ({"label": "a", "id": "a"}, "id: expected a column of its own; found 'a', named as label, too"),
        ({"features": []}, "features: expected at least one column; found none"),
        ({"text": "a", "features": ["b"]}, "text: expected text or features; found both"),
        ({"per": "row"}, "per: expected one of sequence, step; found 'row'"),
        ({"kinds": {"a": "numeric"}}, "kinds: a: expected one of number, boolean, category, date; found 'numeric'"),
        ({"lable": "a"}, "Columns: keyword: expected one of "),
        ({"label": 3}, "label: expected the name of a column; found 3"),
    ],
)
def test_columns_that_contradict_each_other(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Columns(**given)
    assert str(caught.value).startswith(message)


def test_little_memory_is_enough_or_said(tmp_path: Path) -> None:
    rows = "".join(f"{n % 997},{n},{n}\n" for n in range(200_000))
    path = written(tmp_path, f"id,t,x\n{rows}")
    assert read(path, memory=40, threads=1).steps == 200_000
    with pytest.raises(DataError, match="expected more memory"):
        read(path, memory=1, threads=1)
