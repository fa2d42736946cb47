"""Documents as people have them: any delimiter, no header, gaps, fields in fields; files that are compressed."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elman.errors import ConfigError, DataError
from elman.tasks.text import Corpus
from elman.tasks.text.corpus.reading import Reading
from elman.tasks.text.corpus.sources import TOLD, few, find

POEMS = ['first, of; two|\tlines\nsaid "he"; ok', "zweites, mit „Zeichen“", "third"]
PACKED: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def texts(path: Path, **reading: Any) -> list[str]:
    corpus = Corpus.read(path, Reading(documents=True, **reading))
    return [corpus.text(i) for i in range(len(corpus))]


def table(path: Path, delimiter: str, header: list[str] | None, numbers: bool = True) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, delimiter=delimiter)
        rows.writerows([header] if header else [])
        rows.writerows([str(i), poem] if numbers else [poem] for i, poem in enumerate(POEMS))
    return path


# --- rows ---


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "~"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
@pytest.mark.parametrize("header", [True, False])
def test_delimiter_and_header_are_found_and_said(delimiter: str, name: str, header: bool, tmp_path: Path) -> None:
    path = table(tmp_path / name, delimiter, ["id", "text"] if header else None)
    given: dict[str, Any] = {"delimiter": "~"} if delimiter == "~" else {}
    assert texts(path, **given) == POEMS
    found = find(path, Reading(documents=True, **given)).found
    assert [line for line in found if "no row of names; the text is column 2" in line] == list(found)[-1:] * (
        not header
    )
    usual = {"a.csv": ",", "a.tsv": "\t"}[name]
    assert any("columns are separated by" in line for line in found) == (delimiter != usual and not given)


def test_rows_are_cut_as_one_says(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,no;b\nd;e\n")
    assert texts(path, delimiter=";", header=False, field="2") == ["b", "e"]
    assert texts(path, delimiter=";", header=False) == ["text,no", "d"]
    with pytest.raises(DataError, match="line 1: expected the field 'text'; found the fields text,no, b"):
        texts(path, delimiter=";", header=True)
    for field in ("3", "0", "text", "²"):
        with pytest.raises(ConfigError, match="field: expected the number of a column, 1 to 2"):
            texts(path, delimiter=";", header=False, field=field)


@pytest.mark.parametrize(
    ("content", "reading", "found"),
    [
        ("one column\nand, no; header\n", {"header": False, "delimiter": "|"}, ["one column", "and, no; header"]),
        ("1,a b\n2,c d\n", {}, ["a b", "c d"]),
        ("id, text\n1,ab\n", {}, ["ab"]),
        ("sep=;\r\nid;text\r\n1;ab\r\n", {}, ["ab"]),
        ("sep=,\n1,ab\n", {}, ["ab"]),
        ("id\ttext\n1\tab\n", {"delimiter": "\\t"}, ["ab"]),
        ("text\n1,5\n", {"delimiter": ";"}, ["1,5"]),
        ("\ntext\na\n\nb\n", {}, ["a", "b"]),
        ("id;text\n1;" + "x" * 200_000 + "\n2;y\n", {}, ["x" * 200_000, "y"]),
        ("id;text\r1;a\r2;b\r", {}, ["a", "b"]),
    ],
)  # fmt: skip
def test_rows_that_are_odd(content: str, reading: dict[str, Any], found: list[str], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, newline="")
    assert texts(path, **reading) == found


def test_a_header_that_lacks_the_field_is_no_row(tmp_path: Path) -> None:
    """Names of columns are no document, if they can be names."""
    path = tmp_path / "a.csv"
    path.write_text("id;lyrics\n1;a\n")
    with pytest.raises(DataError, match="expected the field 'text'; found the fields id, lyrics") as caught:
        texts(path)
    assert caught.value.hint == "name one of them, such as field='id'"


@pytest.mark.parametrize("delimiter", ["", ";;", "\n", '"', "\0"])
def test_delimiters_that_are_none_are_refused(delimiter: str) -> None:
    with pytest.raises(ConfigError, match="delimiter: expected one character"):
        Reading(documents=True, delimiter=delimiter)


@pytest.mark.parametrize("given", [{"delimiter": ";"}, {"header": False}, {"header": True}, {"skip_empty": True}])
def test_what_is_of_documents_is_refused_without_them(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"{next(iter(given))}: expected with documents only"):
        Reading(**given)


# --- objects ---


def test_gaps_are_left_out_and_counted_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    items = [{"text": "one"}, {"text": None}, {"body": "x"}, {"text": ""}, {"text": "two"}]
    path.write_text("\n".join(map(json.dumps, items)))
    with pytest.raises(DataError, match=r"line 2: field 'text'.* found null") as caught:
        texts(path)
    assert "skip_empty=True" in caught.value.hint
    (tmp_path / "nothing.jsonl").write_text("{}")
    with pytest.raises(DataError, match="found the fields none") as caught:
        texts(tmp_path / "nothing.jsonl")
    assert caught.value.hint == "skip_empty=True leaves documents without it out"
    corpus = Corpus.read(path, Reading(documents=True, skip_empty=True))
    assert [corpus.text(i) for i in range(len(corpus))] == ["one", "two"]
    assert corpus.skipped == (f"{path}: 3 empty documents",)
    with pytest.raises(DataError, match="found 0") as caught:
        texts(path, skip_empty=True, field="misspelt")
    assert caught.value.hint == "in 5 documents the field was empty or not there"


@pytest.mark.parametrize(
    ("item", "field", "text"),
    [
        ({"song": {"lyrics": "la"}}, "song.lyrics", "la"),
        ({"a": {"b": {"c": ["la", "le"]}}}, "a.b.c", "la\nle"),
        ({"song.lyrics": "la", "song": {"lyrics": "no"}}, "song.lyrics", "la"),
        ({"stanzas": [["a", "b"], ["c"], []]}, "stanzas", "a\nb\nc"),
        ([["a", "b"], "c"], None, "a\nb\nc"),
        ("a\r\nb\rc", None, "a\nb\nc"),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_texts_that_lie_deeper(name: str, item: Any, field: str | None, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(json.dumps([item, item]) if name == "a.json" else f"{json.dumps(item)}\n" * 2)
    assert texts(path, field=field) == [text, text]


@pytest.mark.parametrize(
    ("content", "field", "message"),
    [
        ({"song": {"lyrics": "la", "by": "me"}}, None, "found the fields song.lyrics, song.by"),
        ({"song": "la"}, "song.lyrics", "expected the field 'song.lyrics'; found the fields song"),
        ({"song": {"lyrics": 3}}, "song.lyrics", "field 'song.lyrics': expected a string, or a list of them; found 3"),
        ({"text": [["a"], [None]]}, None, "expected a string, or a list of them"),
    ],
)
def test_texts_that_lie_elsewhere_are_named(content: Any, field: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=message):
        texts(path, field=field)


def test_lines_of_objects_in_a_json_file_are_known(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"text": "a"}\n{"text": "b"}\n')
    with pytest.raises(DataError, match="line 2, column 1: Extra data") as caught:
        texts(path)
    assert caught.value.hint == "one object a line is a .jsonl file"
    path.write_text(f"[{'1' * 5000}]")
    with pytest.raises(DataError, match="expected JSON; found: Exceeds the limit"):
        texts(path)


# --- compressed files ---


@pytest.mark.parametrize("suffix", PACKED)
def test_compressed_texts_are_read_through(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "zwölf Boxkämpfer\r\njagen\n" * 9
    packed = PACKED[suffix](text.encode())
    (tmp_path / f"a.txt{suffix}").write_bytes(packed)
    read = text.replace("\r\n", "\n")
    for source in (tmp_path / f"a.txt{suffix}", tmp_path):
        assert Corpus.read(source).text(0) == read
    raw = Corpus.read(tmp_path / f"a.txt{suffix}", Reading(tokens="bytes"))
    assert raw.text(0).encode("latin-1") == text.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed)))
    assert Corpus.read("-").text(0) == read
    for name, content in {"b.csv": 'id;text\n1;"a\nb"\n', "b.jsonl": '{"text": "a\\nb"}\n'}.items():
        path = tmp_path / f"{name}{suffix}"
        path.write_bytes(PACKED[suffix](content.encode()))
        assert texts(path) == ["a\nb"]
    path.write_bytes(PACKED[suffix](b'"\xff"\n'))
    with pytest.raises(DataError, match="byte 1, line 1: expected utf-8; found 0xff"):
        texts(path)


@pytest.mark.parametrize("suffix", PACKED)
def test_damage_to_compressed_texts_is_named(suffix: str, tmp_path: Path) -> None:
    packed = PACKED[suffix](bytes(range(32, 127)) * 99)
    path = tmp_path / f"a{suffix}"
    broken = [packed[:size] for size in (9, 12, len(packed) // 2, len(packed) - 1)]
    broken += [packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :] for at in range(10, len(packed), 5)]
    for content in broken:
        path.write_bytes(content)
        try:
            Corpus.read(path)  # not every bit of a file is checked
        except DataError as error:
            assert str(error).startswith(f"{path}: expected")


def test_other_compressed_files_are_known(tmp_path: Path) -> None:
    path, other = tmp_path / "a.zip", tmp_path / "b.txt"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "text")
    other.write_bytes(b"\x28\xb5\x2f\xfd\x04")
    for name, kind in ((path, "a zip archive"), (other, "a file of zstd")):
        with pytest.raises(DataError, match=f"expected text; found {kind}") as caught:
            Corpus.read(name)
        assert "bytes" not in caught.value.hint
    (tmp_path / "c.txt").write_text("text")
    assert Corpus.read(tmp_path).skipped == (
        f"{path}: a zip archive, which is not read",
        f"{other}: a file of zstd, which is not read",
    )


# --- what is told ---


def test_what_is_told_of_many_files_is_cut() -> None:
    lines = [str(i) for i in range(TOLD + 2)]
    assert few(lines) == [*lines[:TOLD], "and 2 more of that kind"]
    assert few(lines[:-1]) == lines[:-1]
