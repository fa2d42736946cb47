"""What comes in and goes out by the command line: encodings, line ends, long prompts, JSON whatever stdout is."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from elman.cli import run
from elman.cli.output import emit
from elman.errors import DataError
from elman.files.arriving import arriving
from elman.models import load
from elman.tasks.text.corpus.reading import Reading

TEXT = "".join(
    f"the {animal} sat on the {thing}. Grüße, 水 🌊\n" for animal in ("cat", "dog") for thing in ("mat", "log")
)
Command = Callable[..., str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    (folder / "text.txt").write_text(TEXT, encoding="utf-8")
    (folder / "latin.txt").write_text(TEXT.translate({ord(c): None for c in "水🌊"}), encoding="latin-1")
    small = ("--hidden", "8", "--batch", "4", "--steps", "20", "--validate", "0")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, given in {
            "text": ("text.txt",),
            "bytes": ("text.txt", "--tokens", "bytes"),
            "latin": ("latin.txt", "--encoding", "latin-1"),
            "lines": ("text.txt", "--documents"),
        }.items():
            assert run(["train", "text", *given, *small, "--out", f"{name}.model", "--json"]) == 0
        assert run(["train", "add", "--out", "add.model", "--json"]) == 0
    return folder


@pytest.fixture
def command(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Command:
    """Runs a command on some standard input; gives what it writes to stdout."""
    monkeypatch.chdir(folder)

    def ran(*arguments: str, stdin: bytes = b"", code: int = 0) -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "ascii"))
        found = run(list(arguments))
        out, err = capfdbinary.readouterr()
        assert found == code, err.decode()
        return (err if code else out).decode()

    return ran


# --- JSON ---


@pytest.mark.parametrize("value", ["é", "水", "🌊", "\ud83d", "\udc80", "\x85\u2028"])
def test_json_is_a_line_of_ascii_and_the_same_value(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    emit({value: [value]})
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    assert json.loads(out) == {value: [value]}


@pytest.mark.parametrize(
    "arguments",
    [
        ("sample", "text.model", "--length", "30", "--prompt", "Grü", "--json"),
        ("score", "text.model", "text.txt", "--json"),
        ("score", "text.model", "text.txt", "--each", "--surprise"),
        ("score", "bytes.model", "text.txt", "--each"),
        ("predict", "text.model", "🌊", "--json"),
        ("predict", "bytes.model", "caf\udce9", "--json"),
        ("info", "text.model", "--json"),
    ],
)
def test_all_json_is_ascii(arguments: tuple[str, ...], command: Command) -> None:
    out = command(*arguments)
    assert out.isascii()
    for line in out.splitlines():
        json.loads(line)


def test_errors_in_json_are_ascii_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", str(folder / "text.model"), "ß漢", "--json"]) == 2
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out)["error"].endswith("found '漢'")


def test_json_is_json_where_stdout_has_no_unicode(folder: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-m", "elman", "score", "text.model", "text.txt", "--each"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == TEXT.splitlines(keepends=True)


# --- standard input ---


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b""])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_lines_of_standard_input_are_read_as_texts_are(end: bytes, mark: bytes, command: Command) -> None:
    for model, words in (
        ("text.model", ["the Gr", "🌊"]),
        ("lines.model", ["the Gr", "🌊"]),
        ("add.model", ["17+25", "3 4"]),
    ):
        lines = words if end else words[:1]
        alone = command("predict", model, *lines)
        assert command("predict", model, stdin=mark + end.join(line.encode() for line in lines) + end) == alone
    assert command("predict", "latin.model", stdin=b"Gr\xfc\xdf" + end) == command("predict", "latin.model", "Grüß")


def test_lines_of_other_unicode_are_known_by_their_mark(command: Command) -> None:
    assert command("predict", "text.model", stdin="Grü\r\n".encode("utf-16")) == command("predict", "text.model", "Grü")


def test_bytes_are_read_as_they_are(command: Command) -> None:
    """As `train` and `score` read them."""
    for given in (b"caf\xe9", b"a\rb", b"\xef\xbb\xbfa", "Grüße".encode()):
        alone = command("predict", "bytes.model", given.decode("utf-8", "surrogateescape"))
        assert command("predict", "bytes.model", stdin=given + b"\n") == alone


class Slow(io.BytesIO):
    """A stream of which so many bytes are there at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self.size = size

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(self.size if size is None or size < 0 else min(size, self.size))


@pytest.mark.parametrize("size", [1, 3, 1 << 16])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress], ids=["plain", "gzip", "xz"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_lines_are_the_same_in_whatever_pieces_they_come(
    encoding: str, pack: Callable[[bytes], bytes], size: int
) -> None:
    wanted = ["Grüße", "", "水 🌊\u2028", "x" * 20_000, "end"]
    for end in ("\n", "\r\n", "\r"):
        stream = Slow(pack(end.join(wanted).encode(encoding)), size)
        batches = list(arriving("it", stream, Reading().coding))
        assert list(chain.from_iterable(batches)) == wanted
        assert size == 1 << 16 or len(batches) > 1


@pytest.mark.parametrize("size", [1, 3, 1 << 16])
def test_lines_before_bytes_that_are_no_text_are_given(size: int) -> None:
    lines = arriving("it", Slow("é\nb\nç\n".encode() + b"d\xc3e\nf\n", size), Reading().coding)
    given = []
    with pytest.raises(DataError, match=r"(?m)^it: byte 9, line 4: expected utf-8; found 0xc3$"):
        for batch in lines:
            given += batch
    assert given == ["é", "b", "ç"]


def test_input_that_is_no_text_is_named(command: Command) -> None:
    assert "standard input: byte 3, line 1: expected utf-8; found 0xff" in command(
        "predict", "text.model", stdin=b"the\xff\n", code=2
    )


# --- prompts ---


@pytest.mark.parametrize("name", ["prompt.txt", "-"])
def test_prompts_from_files_and_standard_input(name: str, folder: Path, command: Command) -> None:
    content = b"\xef\xbb\xbfthe cat\r\nsat"
    (folder / "prompt.txt").write_bytes(content)
    given = command("sample", "text.model", "--prompt", "the cat\nsat", "--length", "20")
    found = command(
        "sample", "text.model", "--prompt", name if name == "-" else f"@{name}", "--length", "20", stdin=content
    )
    assert found == given
    assert found.startswith("the cat\nsat")


def test_long_prompts_are_read(command: Command) -> None:
    """Longer than an argument of a command may be."""
    long = TEXT * 2000
    out = json.loads(command("sample", "text.model", "--prompt", "-", "--length", "5", "--json", stdin=long.encode()))
    assert len(long) > 240_000
    assert out["prompt"] == long
    assert len(out["text"]) == 5


def test_prompts_that_begin_with_an_at(folder: Path, command: Command) -> None:
    told = command("sample", "text.model", "--prompt", "@none", code=2)
    assert "prompt: none: expected a file; found none" in told
    assert "@@none is the text '@none' itself" in told
    assert "expected characters that the model has seen; found '@'" in command(
        "sample", "text.model", "--prompt", "@@the", code=2
    )
    assert "found a folder" in command("sample", "text.model", "--prompt", f"@{folder}", code=2)


def test_prompts_too_short_to_recite_from_are_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (folder / "song.txt").write_text("la la ti ta, tu ta ti")
    train = ["train", "text", "song.txt", "--recite", "--hidden", "16", "--out", "song.model"]
    assert run(train) == 0
    capsys.readouterr()
    suffices = load("song.model").metrics["suffices"]
    assert run(["sample", "song.model", "--prompt", "la", "--greedy"]) == 0
    assert f"or from {suffices} characters; the prompt has 2" in capsys.readouterr().err
    assert run([*train, "--steps", "3", "--force"]) == 1
    capsys.readouterr()
    assert run(["sample", "song.model", "--prompt", "la", "--greedy"]) == 0
    recited = load("song.model").metrics["recited"]
    assert f"hint: the text was not learned by heart: {recited} of 21 characters" in capsys.readouterr().err
    assert run(["sample", "song.model", "--greedy"]) == 0
    assert capsys.readouterr().err == ""


# --- files ---


def test_how_files_are_read_can_be_said_anew(folder: Path, command: Command) -> None:
    (folder / "a.csv").write_text("x;the cat\ny;the dog\n")
    (folder / "b.jsonl").write_text('{"song": {"words": "the cat"}}\n{"song": null}\n')
    for given in (
        ("a.csv", "--delimiter", ";", "--no-header", "--field", "2"),
        ("a.csv", "--no-header"),
        ("b.jsonl", "--field", "song.words", "--skip-empty"),
    ):
        assert json.loads(command("score", "lines.model", *given, "--each").splitlines()[0])["text"] == "the cat"
    assert "expected with documents only" in command("score", "text.model", "a.csv", "--no-header", code=2)
    assert "--no-header: expected a model of the task 'text'" in command("score", "add.model", "--no-header", code=2)


def test_what_was_found_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.csv").write_text("1;the cat\n2;the dog\n")
    path = str(folder / "c.csv")
    small = ["--hidden", "4", "--steps", "1", "--validate", "0", "--out", str(folder / "c.model")]
    assert run(["train", "text", path, "--documents", *small]) == 0
    found = [f"{path}: columns are separated by semicolons", f"{path}: no row of names; the text is column 2"]
    assert capsys.readouterr().err.splitlines()[:2] == found
    assert run(["score", str(folder / "lines.model"), path]) == 0
    assert capsys.readouterr().err.splitlines()[:2] == found


# --- floods ---


def test_many_unseen_characters_are_cut_with_a_count(folder: Path, command: Command) -> None:
    foreign = "".join(map(chr, range(0x4E00, 0x4E00 + 300)))
    (folder / "foreign.txt").write_text(f"the cat {foreign}", encoding="utf-8")
    shown = command("score", "text.model", "foreign.txt")
    listed = ", ".join(map(repr, foreign[:20])) + " and 280 more"
    assert f"unseen: 300 ({listed})" in shown
    unknown = "300 of 308 characters are unknown to the model: all figures are of the others"
    assert json.loads(command("score", "text.model", "foreign.txt", "--json"))["warnings"] == [unknown]
    assert json.loads(command("score", "text.model", "foreign.txt", "--json"))["unseen_characters"] == foreign
    for given in (
        ("predict", "text.model", foreign),
        ("sample", "text.model", "--form", "400x2", "--acrostic", foreign),
    ):
        told = command(*given, code=2)
        assert f"found {listed}" in told
        assert len(told) < 400
