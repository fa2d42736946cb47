"""The command line of scoring and compressing text: what goes where, and what is refused."""

from __future__ import annotations

import io
import json
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import elman
from elman.cli import run
from elman.models import begin
from elman.tasks.text.scoring.surprise import Score, text_surprise

TEXT = (
    "".join(f"the {animal} sat on the {thing}.\n" for animal in ("cat", "dog", "rat") for thing in ("mat", "log")) * 40
)
OTHER = "the dog sat on the cat.\nthe éat\n"

Command = Callable[..., "Outcome"]


class Outcome:
    """What a command leaves behind."""

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code, self.bytes, self.out, self.err = code, out, out.decode("utf-8", "replace"), err.decode()

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)

    @property
    def rows(self) -> list[Any]:
        """The JSON objects on stdout, a line each."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def command(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Command:
    """Runs a command in this process, in the folder of the models."""
    monkeypatch.chdir(folder)
    return lambda *arguments: Outcome(run([str(a) for a in arguments]), *capfdbinary.readouterr())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a model of text, one of documents, one of bytes, one of something else, and what they learned from."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "text.txt").write_text(TEXT)
    (folder / "other.txt").write_text(OTHER)
    (folder / "jokes.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in TEXT.splitlines()))
    small = ("--hidden", "8", "--layers", "1", "--batch", "4", "--length", "16", "--steps", "30")
    texts = {"text": ("text.txt",), "bytes": ("text.txt", "--tokens", "bytes"), "jokes": ("jokes.jsonl", "--documents")}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, arguments in texts.items():
            assert run(["train", "text", *arguments, *small, "--out", f"{name}.model", "--json"]) == 0
    begin("add").model().save(folder / "add.model")
    return folder


# --- score ---


def test_figures_of_a_file(command: Command) -> None:
    scored = command("score", "text.model", "other.txt", "--json")
    assert scored.code == 0
    assert scored.json == {
        "task": "text",
        "model": "text.model",
        "characters": len(OTHER) - 1,
        "nats_per_character": scored.json["nats_per_character"],
        "bits_per_character": pytest.approx(scored.json["nats_per_character"] / math.log(2)),
        "perplexity": pytest.approx(math.exp(scored.json["nats_per_character"])),
        "unseen": 1,
        "unseen_characters": "é",
        "warnings": [],
    }
    model = elman.load("text.model")
    alphabet = model.task.alphabet  # type: ignore[attr-defined]
    assert (
        scored.json["nats_per_character"]
        == Score.of(text_surprise(model.network, alphabet, [OTHER])).nats_per_character
    )
    for line in ("characters: 31", "unseen: 1 ('é')"):
        assert line in command("score", "text.model", "other.txt").out.splitlines()


def test_without_a_file_what_was_held_out_is_scored(command: Command, folder: Path) -> None:
    scored = command("score", "text.model", "--json").json
    assert scored["characters"] == pytest.approx(len(TEXT) / 10, abs=1)
    (folder / "tenth.txt").write_text(TEXT[-scored["characters"] :])
    assert command("score", "text.model", "tenth.txt", "--json").json["nats_per_character"] == pytest.approx(
        scored["nats_per_character"]
    )


TASKS = "'text', 'classify', 'tag', 'sessions', 'speech', 'series'"
SCORED = f"expected a model of one of the tasks {TASKS}; found one of 'add'"


@pytest.mark.parametrize("name", ["text.model", "jokes.model"])
def test_training_and_score_measure_the_same_characters_of_what_was_held_out(name: str, command: Command) -> None:
    scored = command("score", name, "--json").json
    model = elman.load(name)
    assert model.metrics["nats_per_character"] == pytest.approx(scored["nats_per_character"], rel=1e-5)
    assert model.metrics["characters"] == scored["characters"]
    kept = dict(model.metrics)
    assert model.score() == kept  # a loaded model reads its text again


def test_model_whose_text_is_gone_is_not_scored_on_nothing(folder: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text(TEXT)
    elman.train("text", text, steps=1, hidden=4).save(tmp_path / "model")
    text.unlink()
    model = elman.load(tmp_path / "model")
    kept = dict(model.metrics)
    with pytest.raises(elman.DataError, match=re.escape("text.txt")):
        model.score()
    assert model.metrics == kept


def test_several_files_are_texts_of_their_own(command: Command) -> None:
    one = command("score", "text.model", "other.txt", "--json").json
    two = command("score", "text.model", "text.txt", "--json").json
    both = command("score", "text.model", "text.txt", "other.txt", "--json").json
    total = sum(part["nats_per_character"] * part["characters"] for part in (one, two))
    assert both["characters"] == one["characters"] + two["characters"]
    assert both["nats_per_character"] * both["characters"] == pytest.approx(total)


def test_standard_input_is_a_file(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(OTHER.encode())))
    piped = command("score", "text.model", "-", "--json").json
    assert piped == command("score", "text.model", "other.txt", "--json").json


def test_each_line_is_scored_in_its_place(command: Command) -> None:
    scored = command("score", "text.model", "other.txt", "--each")
    assert [row["text"] for row in scored.rows] == OTHER.splitlines(keepends=True)
    assert [row["characters"] for row in scored.rows] == [24, 7]
    assert [row["unseen_characters"] for row in scored.rows] == ["", "é"]
    whole = command("score", "text.model", "other.txt", "--json").json
    total = sum(row["nats_per_character"] * row["characters"] for row in scored.rows)
    assert total == pytest.approx(whole["nats_per_character"] * whole["characters"])
    assert "characters: 31" in scored.err
    assert command("score", "text.model", "other.txt", "--each", "--json").json == {**whole, "each": scored.rows}


def test_surprise_has_a_number_for_each_character(command: Command) -> None:
    rows = command("score", "text.model", "other.txt", "--surprise").rows
    assert [list(row) for row in rows] == [["text", "nats"]] * 2
    assert all(len(row["nats"]) == len(row["text"]) for row in rows)
    assert [i for i, n in enumerate(rows[1]["nats"]) if n is None] == [4]


def test_rows_of_a_model_of_bytes_hold_text_and_a_number_for_each_byte(command: Command, folder: Path) -> None:
    (folder / "mixed").write_bytes("é漢\n".encode() + b"\xffa")
    rows = command("score", "bytes.model", "mixed", "--surprise", "--each").rows
    assert [row["text"] for row in rows] == ["é漢\n", "\ufffda"]
    assert [len(row["nats"]) for row in rows] == [row["characters"] for row in rows] == [6, 2]


def test_documents_have_an_end(command: Command) -> None:
    rows = command("score", "jokes.model", "jokes.jsonl", "--surprise", "--each").rows
    assert [row["text"] for row in rows] == TEXT.splitlines()
    assert all(len(row["nats"]) == row["characters"] == len(row["text"]) + 1 for row in rows)
    assert command("score", "jokes.model", "--json").json["characters"] < len(TEXT) / 5


@pytest.mark.parametrize("name", ["text.model", "jokes.model", "bytes.model"])
def test_static_and_adaptive_figures_stand_apart(command: Command, name: str) -> None:
    scored = command("score", name, "--adapt", "--baselines", "--json").json
    assert scored["adapted"]["nats_per_character"] < scored["nats_per_character"]
    assert scored["adapted"]["bits_per_character"] == pytest.approx(
        scored["adapted"]["nats_per_character"] / math.log(2)
    )
    assert scored["best_static_baseline"] in [b["name"] for b in scored["baselines"] if b["static"] is not None]
    assert [b["name"] for b in scored["baselines"] if b["adaptive"] is not None] == [
        "PPMd, order 6",
        "xz -9e",
        "xz -9e, without training",
    ]
    plain = command("score", name, "--adapt", "--baselines").out
    static, adaptive = (f"{part['nats_per_character']:.4f}" for part in (scored, scored["adapted"]))
    assert any(line.split() == ["model", static, adaptive] for line in plain.splitlines())
    assert plain.count("the best n-gram") == 1


def test_baselines_learn_from_what_they_are_given(command: Command, folder: Path) -> None:
    (folder / "noise.txt").write_text("ghijklm tac.\n" * 30)
    options = ("score", "text.model", "other.txt", "--baselines", "--json")
    own = command(*options).json["baselines"]
    noise = command(*options, "--train", "noise.txt").json["baselines"]
    both = command(*options, "--train", "noise.txt", "--train", "text.txt").json["baselines"]
    assert own[6]["static"] < noise[6]["static"] / 1.5
    assert own[6]["static"] < both[6]["static"] < noise[6]["static"]


@pytest.mark.parametrize(
    ("arguments", "who"),
    [
        (("text.model", "text.txt"), "the model"),
        (("text.model", "text.txt", "--baselines"), "the model and the baselines"),
        (("bytes.model", "text.txt"), "the model"),
        (("jokes.model", "jokes.jsonl"), "the model"),
        (("jokes.model", "jokes.jsonl", "--baselines"), "the model and the baselines"),
        (("shipped.model", "text.txt"), "the model"),
        (("text.model", "begin.txt", "--baselines"), "the model and the baselines"),
        (("text.model", "new.txt", "--baselines", "--train", "new.txt"), "the baselines"),
        (("text.model", "text.txt", "--baselines", "--train", "text.txt"), "the model and the baselines"),
        (("text.model", "text.txt", "--baselines", "--train", "new.txt"), "the model"),
        (("text.model",), None),
        (("text.model", "--adapt", "--baselines"), None),
        (("text.model", "new.txt", "--baselines"), None),
        (("text.model", "text.txt", "new.txt"), None),
    ],
)
def test_a_warning_tells_of_figures_of_what_was_learned(
    command: Command, folder: Path, arguments: tuple[str, ...], who: str | None
) -> None:
    (folder / "begin.txt").write_text(TEXT[: len(TEXT) // 5])
    (folder / "new.txt").write_text("a cat ate the rat.\n" * 10)
    assert command("export", "text.model", "--out", "shipped.model", "--force").code == 0
    told = command("score", *arguments)
    [*warnings] = command("score", *arguments, "--json").json["warnings"]
    assert told.code == 0
    if who is None:
        assert warnings == []
        assert "warning" not in told.err
    else:
        [warning] = warnings
        assert warning.startswith(f"{who} learned from most of this text")
        assert "`elman score MODEL` without FILE scores what was held out" in warning
        assert f"warning: {warning}" in told.err.replace("\n", " ")


@pytest.mark.parametrize("options", [("--adapt",), ("--baselines",), ("--adapt", "--baselines")])
def test_columns_of_the_table_are_aligned(command: Command, options: tuple[str, ...]) -> None:
    lines = command("score", "text.model", "other.txt", *options).out.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("nats per character "))
    header, *rows = lines[first:]
    ends = {header.index(name) + 6 for name in ("static", "adaptive")}
    found = {number.end() for row in rows for number in re.finditer(r"(?<= )\d\.\d{4}\b", row)}
    assert found
    assert found <= ends


def test_prediction_of_a_model_of_bytes_is_one_object(command: Command) -> None:
    predicted = command("predict", "bytes.model", "漢", "é", "--json").json
    assert predicted["inputs"] == ["漢", "é"]
    assert [len(answer) for answer in predicted["outputs"]] == [10, 10]  # no two bytes are called alike


# --- compress, decompress ---


@pytest.mark.parametrize("name", ["text.model", "jokes.model", "bytes.model"])
@pytest.mark.parametrize("data", [b"", b"a", OTHER.encode(), bytes(range(256)), TEXT.encode()], ids=len)
def test_files_come_back(command: Command, folder: Path, name: str, data: bytes) -> None:
    (folder / "given").write_bytes(data)
    packed = command("compress", name, "given", "-o", "packed", "--force", "--json")
    size = (folder / "packed").stat().st_size
    assert packed.json == {"model": name, "file": "packed", "bytes": len(data), "compressed": size}
    unpacked = command("decompress", name, "packed", "-o", "back", "--force", "--json")
    assert unpacked.json == {"model": name, "file": "back", "compressed": size, "bytes": len(data)}
    assert (folder / "back").read_bytes() == data


def test_pipes(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\0 the cat")))
    packed = command("compress", "text.model", "-", "-o", "-").bytes
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed)))
    assert command("decompress", "text.model", "-", "-o", "-").bytes == b"\xff\0 the cat"


# --- what is refused ---


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("score", "add.model", "other.txt"),
            SCORED,
        ),
        (
            ("score", "add.model", "--adapt"),
            "--adapt: expected a model of the task 'text'; found one of 'add'",
        ),
        (
            ("compress", "add.model", "other.txt", "-o", "new"),
            "expected a model of the task 'text'; found one of 'add'",
        ),
        (("decompress", "add.model", "other.txt", "-o", "new"), "found one of 'add'"),
        (("score", "text.model", "none.txt"), "none.txt: expected a file; found none"),
        (("score", "text.model", "other.txt", "--train", "text.txt"), "--train: expected with --baselines"),
        (("score", "text.model", "foreign.txt"), "found 3 characters that it does not have"),
        (("score", "text.model", "empty.txt"), "found an empty text"),
        (("score", "jokes.model", "empty.txt", "--json"), "found an empty text"),
        (("score", "text.model", "other.txt", "--encoding", "utf-9"), "utf-9"),
        (("compress", "text.model", "none.txt", "-o", "new"), "none.txt: expected a file; found none"),
        (("compress", "text.model", ".", "-o", "new"), "expected a file; found a folder"),
        (("compress", "text.model", "other.txt", "-o", "none/new"), "expected a folder none"),
        (("compress", "text.model", "other.txt", "-o", "other.txt"), "expected another file than other.txt"),
        (("compress", "text.model", "other.txt", "-o", "text.model"), "expected another file than text.model"),
        (("compress", "text.model", "other.txt", "-o", "link"), "expected another file than other.txt"),
        (("compress", "text.model", "other.txt", "-o", "-", "--json"), "standard output cannot hold both"),
        (
            ("decompress", "text.model", "other.txt", "-o", "new"),
            "other.txt: compressed data: expected a file of `elman compress`",
        ),
        (("decompress", "bytes.model", "packed.text", "-o", "new"), "expected that of the model with the mark "),
    ],
)
def test_wrong_requests_exit_with_2_and_leave_everything_as_it_was(
    command: Command, folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    (folder / "foreign.txt").write_text("漢字é")
    (folder / "empty.txt").touch()
    (folder / "link").unlink(missing_ok=True)
    (folder / "link").symlink_to("other.txt")
    command("compress", "text.model", "text.txt", "-o", "packed.text")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    failed = command(*arguments)
    assert failed.code == 2
    assert told in failed.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
