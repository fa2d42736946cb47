"""Corpora: what a user names becomes symbols, whole, in order, and in constant memory; what cannot be is refused."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.errors import ConfigError, DataError
from elman.tasks.text import END, Alphabet, Corpus
from elman.tasks.text.corpus import sources
from elman.tasks.text.corpus.reading import Reading
from elman.tasks.text.corpus.sources import find
from elman.tasks.text.corpus.texts import Piece, pieces
from test_files import full_disk

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
texts = st.lists(st.text(characters, min_size=1), min_size=1, max_size=8).filter(lambda made: sum(map(len, made)) > 1)
DOCUMENTS = Reading(documents=True)
patient = settings(deadline=None)  # the disk answers when it does


def written(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read_back(corpus: Corpus) -> list[str]:
    return [corpus.text(i) for i in range(len(corpus))]


def check_form(corpus: Corpus) -> None:
    """END before each text, and after the last; `bounds` say where."""
    assert corpus.tokens[0] == corpus.tokens[-1] == END
    assert corpus.bounds.tolist() == np.flatnonzero(corpus.tokens == END).tolist()
    assert corpus.bounds.dtype == np.int64
    assert corpus.characters == sum(map(len, read_back(corpus)))


# --- what a corpus is ---


@patient
@given(texts)
def test_every_text_comes_back(made: list[str]) -> None:
    corpus = Corpus.of(made)
    check_form(corpus)
    assert read_back(corpus) == made
    assert corpus.alphabet == Alphabet.of("".join(made))


@patient
@given(st.lists(st.binary(min_size=2), min_size=1))
def test_every_byte_comes_back(made: list[bytes]) -> None:
    corpus = Corpus.of([text.decode("latin-1") for text in made], tokens="bytes")
    check_form(corpus)
    assert [text.encode("latin-1") for text in read_back(corpus)] == made


@pytest.mark.parametrize(
    ("count", "dtype"), [(255, np.uint8), (256, np.uint16), (65_535, np.uint16), (65_536, np.int32)]
)
def test_tokens_have_the_narrowest_type_and_cannot_be_written(count: int, dtype: type) -> None:
    corpus = Corpus.of(["".join(chr(0x10000 + i) for i in range(count))])
    assert corpus.tokens.dtype == dtype
    assert corpus.tokens.tolist() == [END, *range(1, count + 1), END]
    assert not corpus.tokens.flags.writeable


def test_pieces_of_any_size_make_the_same_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "zwölf Boxkämpfer\r\njagen 𝔙iktor\r\rüber den Sylter Deich\n" * 20
    path = written(tmp_path / "a.txt", text)
    parts = written(tmp_path / "b.txt", text.replace("\r\r", "\r\n\r\n"))
    whole, documents = Corpus.read(path), Corpus.read(parts, DOCUMENTS)
    for size in (1, 2, 7, 1000):
        monkeypatch.setattr("elman.tasks.text.corpus.texts.PIECE", size)
        for expected, again in ((whole, Corpus.read(path)), (documents, Corpus.read(parts, DOCUMENTS))):
            assert again.tokens.tolist() == expected.tokens.tolist()
            assert again.fingerprint == expected.fingerprint
            assert np.concatenate(list(again.pieces(size))).tolist() == expected.tokens.tolist()
    assert whole.text(0) == text.replace("\r\n", "\n").replace("\r", "\n")


def test_fingerprint_is_that_of_the_texts_and_of_nothing_else(tmp_path: Path) -> None:
    corpus = Corpus.read(written(tmp_path / "a", "some text"))
    assert corpus.fingerprint == Corpus.read(written(tmp_path / "b", "some text")).fingerprint
    assert corpus.fingerprint == Corpus.of(["some text"], alphabet=Alphabet("xyz")).fingerprint
    others = [Corpus.of(made) for made in (["some texT"], ["some ", "text"], ["som", "e text"], ["text some"])]
    others += [*corpus.split(0.5), *corpus.split(0.4), Corpus.of(["some text"], tokens="bytes")]
    assert len({corpus.fingerprint, *(other.fingerprint for other in others)}) == 1 + len(others)


def test_known_alphabet_keeps_its_symbols() -> None:
    corpus = Corpus.of(["banana"], alphabet=Alphabet("nxb"))
    assert corpus.alphabet == Alphabet("nxba")
    assert corpus.tokens.tolist() == [END, 3, 4, 1, 4, 1, 4, END]
    with pytest.raises(ConfigError, match="expected bytes, as the alphabet has; found characters"):
        Corpus.of(["banana"], alphabet=Alphabet.of_bytes())


RESIDENT = """
import resource, sys
from elman.tasks.text import Corpus
from elman.tasks.text.corpus.reading import Reading

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
corpus = Corpus.read(sys.argv[1], Reading(tokens=sys.argv[2]))
train, held_out = corpus.split(0.1)
assert sum(len(tokens) for tokens in train.pieces()) == len(train.tokens)
print(corpus.characters, len(corpus), (peak() - before) // 1024)
"""


@pytest.mark.parametrize("tokens", ["characters", "bytes"])
def test_file_of_one_line_takes_no_memory(tokens: str, tmp_path: Path) -> None:
    size = 60_000_000
    path = tmp_path / "long.txt"
    with path.open("wb") as file:
        for _ in range(60):
            file.write(b"to be or not to be, " * 50_000)
    run = [sys.executable, "-c", RESIDENT, str(path), tokens]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    characters, count, megabytes = map(int, done.stdout.split())
    assert (characters, count) == (size, 1)
    assert megabytes < 40  # 26 were measured; the tokens alone are 60 MB, those of bytes 120 MB


# --- parts ---


@patient
@given(texts, st.floats(0.01, 0.99))
def test_held_out_is_the_end_of_the_characters(made: list[str], share: float) -> None:
    corpus = Corpus.of(made)
    cut = int(corpus.characters * (1 - share))
    if not 0 < cut < corpus.characters:
        with pytest.raises(DataError, match="expected enough"):
            corpus.split(share)
        return
    train, held_out = corpus.split(share)
    for part in (train, held_out):
        check_form(part)
        assert "" not in read_back(part) or part.unseen
    together = "".join(made)
    assert "".join(read_back(train)) == together[:cut]
    assert train.alphabet == held_out.alphabet == Alphabet.of(together[:cut])
    seen = set(together[:cut])
    assert "".join(read_back(held_out)) == "".join(c for c in together[cut:] if c in seen)
    assert held_out.unseen == sum(c not in seen for c in together[cut:])
    assert train.unseen == 0


def test_sizes_are_those_of_the_published_split() -> None:
    train, held_out = Corpus.of(["x" * 1_115_394]).split(0.1)
    assert (train.characters, held_out.characters) == (1_003_854, 111_540)


def test_parts_that_meet_between_two_texts_cut_neither() -> None:
    train, held_out = Corpus.of(["aab", "ab", "a"]).split(0.5)
    assert (read_back(train), read_back(held_out)) == (["aab"], ["ab", "a"])


@patient
@given(st.integers(1, 60), st.sampled_from([0.1, 0.2, 0.25, 0.5, 0.9]))
def test_every_so_many_th_document_is_held_out(count: int, share: float) -> None:
    made = [f"{i}." for i in range(count)]
    corpus = Corpus.of(made, documents=True)
    expected = [int((i + 1) * share) > int(i * share) for i in range(count)]
    if not 0 < sum(expected) < count:
        with pytest.raises(DataError, match=f"found {count} document"):
            corpus.split(share)
        return
    train, held_out = corpus.split(share)
    check_form(train)
    check_form(held_out)
    digits = set("".join(read_back(train)))
    assert read_back(train) == [text for text, held in zip(made, expected, strict=True) if not held]
    chosen = [text for text, held in zip(made, expected, strict=True) if held]
    assert read_back(held_out) == ["".join(c for c in text if c in digits) for text in chosen]


def test_tenth_twentieth_and_so_on_are_held_out() -> None:
    _, held_out = Corpus.of([f"{i:03}" for i in range(1, 35)], documents=True).split(0.1)
    assert read_back(held_out) == ["010", "020", "030"]


def test_known_characters_stay_known_whether_trained_on_or_not() -> None:
    train, held_out = Corpus.of(["aaabx"], alphabet=Alphabet("qb")).split(0.4)
    assert train.alphabet == Alphabet("qba")
    assert read_back(held_out) == ["b"]
    assert held_out.unseen == 1
    everything, rest = Corpus.of(["aaab"], tokens="bytes").split(0.5)
    assert everything.alphabet == Alphabet.of_bytes()
    assert rest.unseen == 0


@pytest.mark.parametrize("share", [0, 1, -0.1, float("nan"), "x"])
def test_shares_that_are_none_are_refused(share: Any) -> None:
    with pytest.raises(ConfigError, match="validate"):
        Corpus.of(["abc"]).split(share)


# --- sources ---


def test_files_folders_and_globs_are_read_once_each_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = ["b/2.txt", "b/10.md", "b/deep/er.py", "a.txt", "c1.txt", "c2.txt", "[x].txt"]
    for name in [*made, "b/.hidden", "b/.git/config"]:
        written(Path(name), name)
    written(Path("b/picture.png"), b"\x89PNG\0\0")
    written(Path("b/__init__.py"), "")
    os.mkfifo("b/pipe")
    written(Path("other/o.txt"), "not asked for")
    Path("b/linked").symlink_to(tmp_path / "other")
    Path("b/loop").symlink_to("loop")
    corpus = Corpus.read(["c*.txt", "a.txt", Path("b"), "c1.txt", "[x].txt"])
    assert corpus.names == (
        "c1.txt",
        "c2.txt",
        "a.txt",
        "b/10.md",
        "b/2.txt",
        "b/__init__.py",
        "b/deep/er.py",
        "[x].txt",
    )
    assert read_back(corpus) == [name for name in corpus.names if name != "b/__init__.py"]
    assert corpus.skipped == (
        "b/linked: no regular file",
        "b/loop: cannot be read",
        "b/picture.png: no text",
        "b/pipe: no regular file",
        "b/__init__.py: empty",
    )
    assert read_back(Corpus.read("**/*.py")) == ["b/deep/er.py"]
    assert "b/picture.png" in Corpus.read("b", Reading(tokens="bytes")).names


def test_links_that_lead_in_a_circle_lead_to_each_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "deep/b.txt"):
        written(Path(name), name)
    Path("deep/up").symlink_to(tmp_path)
    Path("c.txt").symlink_to("a.txt")
    Path("d.txt").symlink_to("none")
    found = find(["**/*.txt", "a.txt", "."])
    assert [source.name for source in found.files] == ["a.txt", "deep/b.txt"]
    assert found.skipped[0] == "d.txt: a link that leads nowhere"


def test_standard_input_and_pipes_are_read_as_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("grüß\r\n".encode())))
    corpus = Corpus.read("-")
    assert (read_back(corpus), corpus.names) == (["grüß\n"], ("standard input",))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"through a pipe",))
    writer.start()
    assert read_back(Corpus.read([pipe])) == ["through a pipe"]
    writer.join()


def test_standard_input_may_hold_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"a": "one"}\n{"a": "two"}\n')))
    assert read_back(Corpus.read("-", Reading(documents=True, field="a"))) == ["one", "two"]


def test_pieces_are_there_before_the_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = written(tmp_path / "a", b"x" * (1 << 20) + b"\xff")
    coming = pieces(find(path), Reading())
    first = next(coming)
    assert (first.text, first.starts) == ("x" * sources.PIECE, [0])
    with pytest.raises(DataError, match=f"byte {1 << 20:,}, line 1"):
        list(coming)


# --- encodings ---


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030", "shift_jis", "latin-1"]
)
def test_encodings_are_read_however_they_are_cut(encoding: str, tmp_path: Path) -> None:
    text = "né à Genève\n" if encoding == "latin-1" else "國破山河在，\n城春草木深。\n"
    text *= 3000
    path = written(tmp_path / "a", text.encode(encoding))
    assert read_back(Corpus.read(path, Reading(encoding=encoding))) == [text]


def test_byte_order_mark_of_utf_8_is_no_text(tmp_path: Path) -> None:
    assert read_back(Corpus.read(written(tmp_path / "a", "\ufeffab"))) == ["ab"]
    assert read_back(Corpus.read(written(tmp_path / "a.csv", "\ufefftext\nab\n"), DOCUMENTS)) == ["ab"]


@pytest.mark.parametrize("size", [5, 8190, 8191, 8192, 100_000])
def test_what_is_no_utf_8_is_found_to_the_byte(size: int, tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "é\n".encode() * size + b"caf\xe9 \n")
    with pytest.raises(DataError) as caught:
        Corpus.read(path)
    place = f"byte {3 * size + 3:,}, line {size + 1:,}"
    assert str(caught.value) == f"{path}: {place}: expected utf-8; found 0xe9"
    assert "encoding='latin-1'" in caught.value.hint
    assert "tokens='bytes' takes anything" in caught.value.hint


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_other_unicode_is_known_by_its_mark(encoding: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a", "hello\r\n".encode(encoding))
    assert read_back(Corpus.read(path)) == read_back(Corpus.read(tmp_path)) == ["hello\n"]
    with pytest.raises(DataError, match=f"a: byte {path.stat().st_size}, line 2: expected {encoding}; found 0x0"):
        Corpus.read(written(path, path.read_bytes() + b"\0"))


def test_nul_is_no_text_but_a_byte(tmp_path: Path) -> None:
    path = written(tmp_path / "a", "x" * 300_000 + "some\0thing")
    with pytest.raises(DataError, match="a: character 300,004: expected text; found a NUL") as caught:
        Corpus.read(path)
    assert "tokens='bytes' takes anything" in caught.value.hint
    assert read_back(Corpus.read(path, Reading(tokens="bytes"))) == ["x" * 300_000 + "some\0thing"]


def test_bytes_are_read_as_they_are(tmp_path: Path) -> None:
    everything = bytes(range(256)) + b"\r\n\r\xff"
    [text] = read_back(Corpus.read(written(tmp_path / "a", everything), Reading(tokens="bytes")))
    assert text.encode("latin-1") == everything


# --- documents ---

POEMS = ["first\nof two lines", "zweites, mit „Zeichen“"]


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("a.jsonl", "\n".join(json.dumps({"id": i, "text": poem}) for i, poem in enumerate(POEMS)), None),
        ("a.ndjson", "\n\n".join(map(json.dumps, POEMS)), None),
        ("a.JSON", json.dumps([{"text": poem} for poem in POEMS], indent=1), "text"),
        ("a.json", json.dumps([{"paragraphs": poem.split("\n")} for poem in POEMS], ensure_ascii=False), "paragraphs"),
        ("a.json", json.dumps(POEMS), None),
        ("a.csv", 'n,text\r\n1,"first\r\nof two lines"\r\n2,"zweites, mit „Zeichen“"\r\n', None),
        ("a.tsv", 'body\n"first\nof two lines"\nzweites, mit „Zeichen“\n', "body"),
        ("a.txt", "\n\n \nfirst\nof two lines\n\n\t\n\nzweites, mit „Zeichen“", None),
        ("a", "\n".join(json.dumps({"body": poem}) for poem in POEMS), "body"),
    ],
)
def test_documents_of_every_kind_of_file(name: str, content: str, field: str | None, tmp_path: Path) -> None:
    path = written(tmp_path / name, content)
    corpus = Corpus.read(path, Reading(documents=True, field=field))
    check_form(corpus)
    assert read_back(corpus) == POEMS
    assert corpus.documents
    raw = Corpus.read(path, Reading(documents=True, field=field, tokens="bytes"))
    assert [text.encode("latin-1").decode() for text in read_back(raw)] == POEMS


def test_empty_documents_are_left_out_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '"one"\n""\n" \\n"\n"two"\n""\n')
    corpus = Corpus.read(path, DOCUMENTS)
    assert read_back(corpus) == ["one", "two"]
    assert corpus.skipped == (f"{path}: 3 empty documents",)


def test_files_without_fields_are_skipped_where_a_field_is_asked_for(tmp_path: Path) -> None:
    written(tmp_path / "LICENSE", "do what you want")
    written(tmp_path / "a.json", '[{"poem": ["one", "two"]}]')
    corpus = Corpus.read(tmp_path, Reading(documents=True, field="poem"))
    assert read_back(corpus) == ["one\ntwo"]
    assert corpus.skipped == (f"{tmp_path / 'LICENSE'}: no file with fields",)


def test_field_of_csv_may_be_large(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "text\n" + "x" * 1_000_000 + "\n")
    assert Corpus.read(path, DOCUMENTS).characters == 1_000_000


@pytest.mark.parametrize(
    ("name", "content", "field", "message"),
    [
        (
            "a.jsonl",
            '{"text": "a"}\n' * 16 + '{"body": "a", "n": 1}',
            None,
            "line 17: .* 'text'; found the fields body, n",
        ),
        ("a.jsonl", '{"text": "a"}\n{"text": ', None, "line 2: expected JSON; found, at column 10: Expecting value"),
        ("a.jsonl", '{"text": "a"}\n[1]', None, "line 2: expected an object, a string, or a list of strings; found"),
        ("a.jsonl", '{"text": 3}', None, "line 1: field 'text': expected a string, or a list of them; found 3"),
        ("a.jsonl", '{"text": null}', None, "found null"),
        ("a.jsonl", '{"text": ["a", 1]}', None, r'found \["a", 1\]'),
        (
            "a.jsonl",
            '{"text": "\\ud83d"}',
            None,
            r"line 1: character 0: expected text; found the lone surrogate .*\\ud83d",
        ),
        ("a.jsonl", '{"text": "a\\u0000"}', None, "line 1: character 1: expected text; found a NUL"),
        ("a.jsonl", "[" * 100_000, None, "line 1: expected JSON"),
        ("a.jsonl", "{}", None, "line 1: expected the field 'text'; found the fields none"),
        ("a.jsonl", json.dumps(dict.fromkeys(map(str, range(99)), "")), None, "0, 1, .*, 11 and 87 more"),
        ("a.json", '{"text": "a"}', None, "a.json: expected a list; found"),
        ("a.json", '[\n{"text": "a"},\n]', None, "expected JSON; found, at line 3, column 1"),
        ("a.json", '["a", {"body": "b"}]', None, "item 2: expected the field 'text'"),
        ("a.csv", "id,body\n1,a\n", None, "line 1: expected the field 'text'; found the fields id, body"),
        ("a.csv", "id,text\n1,a\n2,Hello, world\n", None, "line 3: expected 2 columns, as the header has; found 3"),
        ("a.csv", 'text\n"a"b\n', None, "line 2: expected CSV; found: "),
        ("a.csv", 'text\n"a\n', None, "expected CSV; found: unexpected end of data"),
        ("a.txt", "not an object\n", "text", "line 1: expected JSON"),
        ("a.jsonl", b'"a"\n"\xff"\n', None, "byte 5, line 2: expected utf-8; found 0xff"),
    ],
)
def test_documents_that_are_none_are_named(
    name: str, content: str | bytes, field: str | None, message: str, tmp_path: Path
) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(DataError, match=message) as caught:
        Corpus.read(path, Reading(documents=True, field=field))
    assert str(caught.value).startswith(str(path))


# --- what is no corpus ---


def test_names_that_mean_nothing_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    written(Path("hidden/.profile"), "no")
    written(Path("file"), "a file")
    for name, message in {
        "none.txt": "none.txt: expected a file; found none",
        "file/inside": "file/inside: expected a file; found none",
        "*.txt": r"\*.txt: expected files of this pattern; found none",
        "empty": "empty: expected text files in this folder; found none",
        "hidden": "hidden: expected text files in this folder; found none",
        "a\0b": "cannot be read: embedded null byte",
        "x" * 300: "cannot be read: File name too long",
    }.items():
        with pytest.raises(DataError, match=message):
            find(name)
    with pytest.raises(DataError, match="expected the name of a file; found none"):
        find([])


@pytest.mark.parametrize("content", ["", "\ufeff", "x"])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_files_with_next_to_nothing_are_refused(content: str, name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(DataError, match=f"{name}: expected at least 2 characters of text; found {content.count('x')}"):
        Corpus.read(path)


def test_no_documents_are_refused(tmp_path: Path) -> None:
    for name, content in {"a.csv": "", "b.csv": "text\n", "a.jsonl": "\n", "a.json": "[]", "a.txt": "\n \n"}.items():
        with pytest.raises(DataError, match=f"{name}: expected at least 2 characters of text; found 0"):
            Corpus.read(written(tmp_path / name, content), DOCUMENTS)


def fails(number: int) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_files_that_may_not_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.txt", "secret")
    monkeypatch.setattr("pathlib.Path.open", fails(errno.EACCES))
    with pytest.raises(DataError, match=r"a.txt: cannot be read: Permission denied"):
        Corpus.read(path)


def test_folders_that_may_not_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.scandir", fails(errno.EACCES))
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        find(tmp_path)


def test_full_temporary_folder_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = written(tmp_path / "a", "x" * 100_000)
    with (
        full_disk(),
        pytest.raises(DataError, match=r"folder /.*: cannot be written: File too large") as caught,
    ):
        Corpus.read(path)
    assert "TMPDIR" in caught.value.hint


def test_full_disk_while_standard_input_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 100_000)))
    with full_disk(), pytest.raises(DataError, match="temporary folder") as caught:
        Corpus.read("-")
    assert "TMPDIR" in caught.value.hint


def test_temporary_files_are_gone_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a", "some text")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    corpus = Corpus.read(path)
    parts = corpus.split(0.5)
    assert not list(folder.iterdir())
    path.unlink()
    assert "".join(text for part in parts for text in read_back(part) if part.unseen == 0) in "some text"


def test_file_that_changes_meanwhile_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a", "before")

    def count_and_change(read: Iterator[Piece]) -> str:
        found = "".join(piece.text for piece in read)
        written(path, "after!")
        return "".join(set(found))

    monkeypatch.setattr("elman.tasks.text.corpus.corpus._characters", count_and_change)
    with pytest.raises(DataError, match="a: changed while it was read"):
        Corpus.read(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tokens": "words"},
        {"encoding": "utf-99"},
        {"encoding": "base64"},
        {"encoding": "utf-8\0"},
        {"encoding": None},
        {"field": "text"},
    ],
)
def test_readings_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Reading(**wrong)


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_texts_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="text: character 1: expected text"):
        Corpus.of([text])
    with pytest.raises(DataError, match="expected characters that the model has seen"):
        Corpus.of(["水ab"], tokens="bytes")
