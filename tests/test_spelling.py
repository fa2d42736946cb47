"""Hints name settings as whoever asked has them: Python, or the command line."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import elman
from elman.cli import run
from elman.spelling import Value, as_options, plain, spelled


@pytest.mark.parametrize(
    ("name", "value", "python", "command"),
    [
        ("skip_empty", True, "skip_empty=True", "--skip-empty"),
        ("header", False, "header=False", "--no-header"),
        ("validate", 0.1, "validate=0.1", "--validate 0.1"),
        ("validate", 0, "validate=0", "--validate 0"),
        ("seed", 12345678, "seed=12345678", "--seed 12345678"),
        ("order", "least", "order='least'", "--order least"),
        ("kinds", {"zip code": "category"}, "kinds={'zip code': 'category'}", "--kinds 'zip code=category'"),
        ("function", "a mod 100", "function='a mod 100'", "--function 'a mod 100'"),
    ],
)
def test_settings_are_spelled_for_who_asked(name: str, value: Value, python: str, command: str) -> None:
    assert spelled(name, value) == python
    with as_options():
        assert spelled(name, value) == command
        assert len(shlex.split(command)) <= 2
    assert spelled(name, value) == python


@pytest.mark.parametrize(
    ("value", "python", "command"),
    [
        (None, "None", "nothing"),
        (True, "True", "true"),
        ("a b", "'a b'", "'a b'"),
        ([1, None], "[1, None]", "a list: 1, nothing"),
        ([], "[]", "an empty list"),
        ({"a": False}, "{'a': False}", "names and values: a false"),
        ("x" * 100, f"'{'x' * 59}", f"'{'x' * 59}"),
    ],
)
def test_values_are_written_for_who_reads_them(value: object, python: str, command: str) -> None:
    assert plain(value) == python
    with as_options():
        assert plain(value) == command


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spelling")
    (folder / "song.txt").write_text("la la la, le le le\n" * 20)
    (folder / "bytes.txt").write_bytes(b"\xff\xfa\xfb" * 50)
    (folder / "nul.txt").write_text("a\0b")
    (folder / "rows.csv").write_text("id;lyrics\n1;a\n2;b\n")
    (folder / "gaps.jsonl").write_text('{"text": "one"}\n{"text": null}\n')
    song = elman.TextModel.fit("la la la, le le le\n" * 20, hidden=4, steps=2)
    song.save(folder / "song.model")
    song.export(folder / "shipped.model")
    return folder


def test_settings_are_called_as_who_asked_typed_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(tmp_path / "adder")
    elman.train("add", hidden=4, steps=2).save(model)
    for settings, options, python, command in (
        (
            {"resume": model, "start": model},
            f"--resume {model} --from {model}",
            "resume, start: ",
            "--resume, --from: ",
        ),
        ({"start": model, "cell": "lstm"}, f"--from {model} --cell lstm", "start: ", "--from: "),
        ({"resume": model, "noise": 0.1}, f"--resume {model} --noise 0.1", "noise: a ", "--noise: a "),
    ):
        with pytest.raises(elman.ConfigError, match=f"^{python}"):
            elman.train("add", **settings)
        assert run(["train", "add", *options.split()]) == 2
        assert capsys.readouterr().err.startswith(f"error: {command}")
    with pytest.raises(elman.ConfigError, match=r"same architecture; found cell 'rnn', not 'lstm'; .*hidden 4, not 3"):
        elman.train("add", start=model, cell="lstm", hidden=3)


Call = Callable[[], object]

# What is wrong -> in Python, on the command line, and what the hints are to name.
WRONG: dict[str, tuple[Call, str, str, str]] = {
    "prompt": (
        lambda: elman.TextModel.fit("la la le le", hidden=4, steps=1).sample("日本"),
        "sample song.model --prompt 日本",
        "unknown='skip'",
        "--unknown skip",
    ),
    "rhyme": (
        lambda: elman.Form(rhyme="AA"),
        "sample song.model --rhyme AA",
        'lines="4x5"',
        "--form 4x5",
    ),
    "encoding": (
        lambda: elman.train("text", "bytes.txt"),
        "train text bytes.txt",
        "such as encoding='latin-1'; tokens='bytes' takes",
        "such as --encoding latin-1; --tokens bytes takes",
    ),
    "NUL": (lambda: elman.train("text", "nul.txt"), "train text nul.txt", "encoding='utf-16'", "--encoding utf-16"),
    "field": (
        lambda: elman.train("text", "rows.csv", documents=True),
        "train text rows.csv --documents",
        "field='id'",
        "--field id",
    ),
    "gaps": (
        lambda: elman.train("text", "gaps.jsonl", documents=True),
        "train text gaps.jsonl --documents",
        "skip_empty=True",
        "--skip-empty",
    ),
    "delimiter": (
        lambda: elman.train("text", "rows.csv", documents=True, delimiter=";;"),
        "train text rows.csv --documents --delimiter ';;'",
        "delimiter=';'",
        "--delimiter ';'",
    ),
    "documents": (
        lambda: elman.train("text", "rows.csv", field="lyrics"),
        "train text rows.csv --field lyrics",
        "documents=True",
        "--documents",
    ),
    "patience": (
        lambda: elman.train("text", "song.txt", patience=1, validate=0),
        "train text song.txt --patience 1 --validate 0",
        "validate=0.1",
        "--validate 0.1",
    ),
    "no text": (lambda: elman.train("text"), "train text", 'elman.train("text", path)', "`elman train text FILE`"),
    "no text to go on with": (
        lambda: elman.train("text", start="song.model"),
        "train text --from song.model",
        'elman.train("text", path, start=model)',
        "`elman train text FILE --from MODEL`",
    ),
    "another text": (
        lambda: elman.train("text", "rows.csv", resume="song.model"),
        "train text rows.csv --resume song.model",
        "start=model) begins a new training",
        "--from MODEL` begins a new training",
    ),
    "shipped": (
        lambda: elman.train(resume="shipped.model"),
        "train --resume shipped.model",
        "elman.train('text', path, start=model)",
        "`elman train text FILE --from MODEL`",
    ),
    "no model": (
        lambda: elman.load("none.model"),
        "info none.model",
        "elman.train(task).save(path)",
        "`elman train TASK --out FILE`",
    ),
    "order": (
        lambda: elman.train("transducer", function="max(a, b)", order="least"),
        "train transducer --function 'max(a, b)' --order least",
        "order='most'",
        "--order most",
    ),
    "base": (
        lambda: elman.train("transducer", function="a ^ b", base=10),
        "train transducer --function 'a ^ b' --base 10",
        "base=2, 4, 8",
        "--base 2, 4, 8",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_the_same_mistake_is_answered_in_the_language_it_was_made_in(
    wrong: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    call, words, python, command = WRONG[wrong]
    with pytest.raises(elman.ElmanError) as caught:
        call()
    assert python in caught.value.hint
    assert "--" not in caught.value.hint
    assert run(shlex.split(words)) == 2
    [_, hint] = capsys.readouterr().err.strip().rsplit("hint: ", 1)
    assert command in hint
    assert python not in hint.replace(command, "")
