"""`elman sample`: what it writes, and what it refuses."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import elman
from elman.cli import run
from elman.tasks.text import END, Alphabet, Text
from elman.tasks.text.settings import TextSettings
from elman.tasks.text.writing.sampling import LENGTH, Sampling
from elman.tasks.text.writing.written import sample
from test_sampling import LETTERS, random_network


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stands for a file with a model of text."""
    model = SimpleNamespace(task=Text(LETTERS), network=random_network(), metrics={})
    monkeypatch.setattr(import_module("elman.models"), "load", lambda _: model)
    return model


def command(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    return (run(["sample", "m", *map(str, arguments)]), *capsys.readouterr())


def test_prompt_text_and_a_new_line(model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    [text] = sample(model.network, LETTERS, Sampling("ab", 40))
    assert command(capsys, "--prompt", "ab", "--length", 40) == (0, f"ab{text}\n", "")
    code, out, _ = command(capsys, "--prompt", "ab", "--length", 40, "--json")
    assert (code, json.loads(out)) == (0, {"prompt": "ab", "text": text, "seed": 0})
    assert out.count("\n") == 1


def test_what_was_learned_by_heart_is_written_to_its_end(model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    recites = Text(LETTERS, TextSettings(recite=True, validate=0.0))
    model.network.parameters["head.bias"][END] = -1e3  # the text never ends by itself
    by_heart = elman.TextModel(recites, model.network, metrics={"characters": 700})
    model.task, model.metrics = recites, by_heart.metrics
    text = command(capsys)[1]
    assert len(text) == 700 + LENGTH + len("\n")
    assert by_heart.sample() == text[:-1]
    assert command(capsys, "--length", 9)[1] == text[:9] + "\n"
    assert len(command(capsys, "--form", "2x3")[1]) == len("abc\nabc\n")


def test_count_gives_a_list(model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    texts = sample(model.network, LETTERS, Sampling(length=9, seed=3), 5)
    given = ("--length", 9, "--seed", 3, "--count", 5)
    assert json.loads(command(capsys, *given, "--json")[1]) == {"prompt": "", "text": texts, "seed": 3}
    assert command(capsys, *given)[1] == "\n\n".join(texts) + "\n"


def test_form_and_beam(model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--form", "4x5", "--acrostic", "abcd", "--forbid", "e", "--forbid", "f", "--require", "ha")
    for more in ((), ("--beam", 4), ("--greedy",), ("--top-k", 3, "--top-p", 0.9, "--min-p", 0.01)):
        text = json.loads(command(capsys, *given, *more, "--json")[1])["text"]
        lines = text.split("\n")
        assert [len(line) for line in lines] == [5] * 4
        assert "".join(line[0] for line in lines) == "abcd"
        assert not {"e", "f"} & set(text)
        assert "ha" in text
    assert command(capsys, "--temperature", 0) == command(capsys, "--greedy")


def test_bytes_come_as_they_are(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    alphabet = Alphabet.of_bytes()
    model.task.alphabet, model.network = alphabet, random_network(alphabet)
    [text] = sample(model.network, alphabet, Sampling("é", 30))
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    assert run(["sample", "m", "--prompt", "é", "--length", "30"]) == 0
    assert out.buffer.getvalue() == "é".encode() + text.encode("latin-1") + b"\n"


def test_bytes_are_text_in_json(model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    alphabet = Alphabet.of_bytes()
    model.task.alphabet, model.network = alphabet, random_network(alphabet)
    given = ("--prompt", "é", "--form", "3x4-6", "--acrostic", "漢字é", "--require", "字é", "--forbid", "ü")
    found = json.loads(command(capsys, *given, "--json")[1])
    assert found["prompt"] == "é"
    assert [line[0] for line in found["text"].split("\n")] == ["漢", "字", "é"]
    assert "字é" in found["text"]
    assert "ü" not in found["text"]


def test_interrupt_keeps_what_was_written(
    model: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pieces(*_: object) -> Any:
        yield "abc"
        raise KeyboardInterrupt

    monkeypatch.setattr("elman.tasks.text.writing.writer.stream", pieces)
    assert command(capsys) == (130, "abc\n", "error: interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--prompt", "xaY"), "prompt: expected characters that the model has seen; found 'Y', 'x'"),
        (("--temperature", "-1"), "temperature: expected a number from 0 to"),
        (("--temperature", "nan"), "temperature: expected a number from 0 to"),
        (("--greedy", "--temperature", "0.5"), "--greedy: expected no temperature"),
        (("--top-k", "0"), "top_k: expected"),
        (("--top-p", "0"), "top_p: expected"),
        (("--min-p", "1"), "min_p: expected"),
        (("--stop", ""), "stop: expected a string"),
        (("--length", "0"), "length: expected"),
        (("--count", "0"), "count: expected"),
        (("--seed", "-1"), "seed: expected"),
        (("--beam", "0"), "beam: expected"),
        (("--beam", "2", "--count", "3"), "count: expected"),
        (("--beam", "2", "--top-k", "3"), "beam: expected no temperature"),
        (("--stop", "az"), "stop: expected characters that the model has seen; found 'z'"),
        (("--form", "4x5", "--length", "9"), "length: expected none beside the form 4x5; found 9"),
        (("--form", "5x5", "--rhyme", "AABB"), "rhyme AABB: expected lines for all of its rhymes; found 5"),
        (("--form", "4 by 5"), "form: expected lines x characters"),
        (("--form", "4x5", "--forbid", "\n"), "found no text of this alphabet"),
        (("--unknown", "guess"), "unknown: expected one of error, skip"),
    ],
)
def test_wrong_request_is_refused(
    arguments: tuple[str, ...], message: str, model: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = command(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    code, out, _ = command(capsys, *arguments, "--json")
    assert code == 2
    assert message in json.loads(out)["error"]


def test_unknown_characters_are_skipped_if_asked(model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    [text] = sample(model.network, LETTERS, Sampling("ab", 40))
    found = json.loads(command(capsys, "--prompt", "xaYb", "--unknown", "skip", "--length", 40, "--json")[1])
    assert found == {"prompt": "xaYb", "text": text, "seed": 0}


def test_model_of_another_task_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "adder.safetensors"
    elman.train("add", steps=1).save(path)
    done = subprocess.run([sys.executable, "-m", "elman", "sample", path], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected a model of the task 'text'; found one of 'add'" in done.stderr
