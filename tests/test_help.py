"""Words of the command line: how they are read, and what is said of them."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

import elman
from elman.cli import VERBS, data, run
from elman.cli.parser import Parser
from elman.errors import ConfigError
from elman.tasks.capabilities.learns_from_data import LearnsFromData
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.sampling import LENGTH

COMMANDS = [
    (),
    *((verb,) for verb in VERBS),
    *(("train", task) for task in elman.TASKS),
    *(("data", name) for name in data.VERBS),
]
WIDTH = 80
KEEPS = "settings come after the task's name; a resumed training keeps its settings: only --steps can change"


def help_of(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    assert run([*command, "--help"]) == 0
    return capsys.readouterr().out


# --- help ---


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_fits_a_terminal(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, *command)
    assert text.startswith(" ".join(["usage: elman", *command]))
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize("columns", [60, 40])
def test_lines_are_as_wide_as_the_terminal(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    run(["train", "add", "--cell", "none", "--steps", "1"])
    lines = [*help_of(capsys).splitlines(), *help_of(capsys, "train", "text").splitlines()]
    lines += [*capsys.readouterr().out.splitlines()]
    assert columns - 12 < max(map(len, lines)) <= columns
    for none in ("", "0", "wide"):
        monkeypatch.setenv("COLUMNS", none)
        assert max(map(len, help_of(capsys).splitlines())) > 70


def test_lines_for_a_program_are_whole(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    run(["train", "add", "--steps", "1", "--minutes", "1"])
    out, err = capsys.readouterr()
    assert re.search(r"^exact on .*; so the exit code is 1 \(checked in [\d.]+ s\)$", out, re.MULTILINE)
    assert re.search(r"^hint: it had 1 update, where 2,000 are usual: .*--seed 1$", err, re.MULTILINE)


@pytest.mark.parametrize("command", [(), ("train",), ("train", "add"), ("data", "list")], ids=" ".join)
def test_help_is_a_verb_too(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", *command]) == 0
    assert capsys.readouterr().out == help_of(capsys, *command)


def test_each_verb_has_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(run.__code__.co_filename).parent
    files = {
        path.stem
        for path in folder.iterdir()
        if re.search(r"^def run\(options:|^VERBS = ", _source(path), re.MULTILINE)
    }
    assert files - {"__init__"} == set(VERBS)
    text = help_of(capsys)
    assert all(f"\n  {verb} " in text for verb in VERBS)


def _source(path: Path) -> str:
    file = path / "__init__.py" if path.is_dir() else path
    return file.read_text(encoding="utf-8") if file.exists() else ""


@pytest.mark.parametrize("task", elman.TASKS)
def test_help_of_a_task_has_its_settings_and_its_data(task: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(help_of(capsys, "train", task).split())
    kind = elman.TASKS[task]
    data = f"[{kind.data} …] " if issubclass(kind, LearnsFromData) else ""
    assert text.startswith(f"usage: elman train {task} {data}[options] ")
    assert "DATA" not in text
    for field in fields(kind.settings_type):
        assert f"--{field.name.replace('_', '-')}" in text
        usual = field.default
        if isinstance(usual, bool):
            usual = f"--{'' if usual else 'no-'}{field.name.replace('_', '-')}"
        assert usual is None or f"[default: {usual}]" in text
    assert "True" not in text and "; else" not in text


def test_help_of_sample_says_what_the_defaults_are(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(help_of(capsys, "sample").split())
    for field in fields(Choice):
        _, option, rest = text.partition(f"--{field.name.replace('_', '-')} ")
        about = re.split(r" --[\w-]+ [A-Z]+ ", rest)[0]
        assert option and (field.default is None or f"(default: {field.default:g})" in about)
    assert f"(default: {LENGTH}, or" in text


# --- how words are read ---


def parser() -> Parser:
    made = Parser("elman try", "Try words.")
    made.add_argument("first", metavar="FIRST")
    made.add_argument("rest", metavar="REST", nargs="*")
    made.add_argument("-o", "--out", metavar="FILE")
    made.add_argument("--deep-end", metavar="TEXT", action="append", default=[])
    made.add_argument("--json", action="store_true")
    return made


def read(*words: str) -> dict[str, object]:
    found = parser().read(words)
    assert found is not None
    return {name: value for name, value in vars(found).items() if value and name != "help"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a", {"first": "a"}),
        ("a b -5 -5+3 -", {"first": "a", "rest": ["b", "-5", "-5+3", "-"]}),
        ("-5", {"first": "-5"}),
        ("--json a --out x b", {"first": "a", "rest": ["b"], "out": "x", "json": True}),
        ("a --out=x b --json c", {"first": "a", "rest": ["b", "c"], "out": "x", "json": True}),
        ("a -o x", {"first": "a", "out": "x"}),
        ("a -ox", {"first": "a", "out": "x"}),
        ("a --out x --out y", {"first": "a", "out": "y"}),
        ("a --out --json", {"first": "a", "out": "--json"}),
        ("a --out -x=y", {"first": "a", "out": "-x=y"}),
        ("a --deep-end -A-A --deep-end=-", {"first": "a", "deep_end": ["-A-A", "-"]}),
        ("a --json -- --json -h -5", {"first": "a", "rest": ["--json", "-h", "-5"], "json": True}),
        ("-- --json", {"first": "--json"}),
        ("a @b", {"first": "a", "rest": ["@b"]}),
    ],
)
def test_options_stand_anywhere(words: str, expected: dict[str, object]) -> None:
    assert read(*words.split()) == expected


def test_value_is_taken_as_it_is() -> None:
    for value in ("", " ", "two words", "a=b", "\n", "é\udcff", "--out=x y"):
        assert read("a", "--out", value).get("out", "") == value
        assert read("a", f"--out={value}", "--", value) == read("a", "--out", value, "--", value)


@pytest.mark.parametrize("words", ["-h", "a --help", "--help --json=5", "a -h --nothing"])
def test_help_is_asked_for(words: str) -> None:
    assert parser().read(words.split()) is None


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("", "elman try: expected FIRST; found none", "`elman try FIRST [REST …]`; `elman try --help` tells more"),
        ("a --js", "elman try: expected one of its options; found '--js'", "did you mean '--json'?"),
        ("a --dep-end=5", "elman try: expected one of its options; found '--dep-end'", "did you mean '--deep-end'?"),
        ("a -x", "elman try: expected one of its options; found '-x'", "`elman try --help`"),
        ("a --out", "--out: expected a value behind it; found none", "`elman try --help`"),
        ("a --out --", "--out: expected a value; found '--'", "`elman try --help`"),
        ("a --out=--", "--out: expected a value; found '--'", "`elman try --help`"),
        ("a --json=yes", "--json: expected no value; found 'yes'", "write --json alone"),
    ],
)
def test_words_that_make_no_sense_are_named(words: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as error:
        parser().read(words.split())
    assert (str(error.value), error.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("train add --hidden x", "--hidden: expected a whole number; found 'x'", "`elman train add --help`"),
        ("train add --rate fast", "--rate: expected a number; found 'fast'", "`elman train add --help`"),
        ("score m --threads 0", "--threads: expected a whole number from 1 to 1024; found '0'", "`elman score --help`"),
        ("sample m --temperature x", "--temperature: expected a number; found 'x'", "`elman sample --help`"),
        (
            "info a b",
            "elman info: expected nothing more; found 'b'",
            "`elman info [MODEL]`; `elman info --help` tells more",
        ),
        ("predict --thread 4 m", "elman predict: expected one of its options; found '--thread'", "'--threads'?"),
        ("train --hidden 4 add", "--hidden: expected after the task's name; found before it", "add … --hidden`"),
        ("--json info", "--json: expected after the verb's name; found before it", "`elman info … --json`"),
        ("--jsn", "elman: expected one of its options; found '--jsn'", "`elman --help`"),
        ("data", "elman data: expected a verb: list, get; found none", "`elman data --help`"),
        ("version", f"elman: expected one of {', '.join(VERBS)}; found 'version'", "did you mean '--version'?"),
        ("text a.txt", f"elman: expected one of {', '.join(VERBS)}; found 'text'", "`elman train text`"),
        (
            "do it",
            f"elman: expected one of {', '.join(VERBS)}; found 'do'",
            "`elman --help` says what each of them does",
        ),
        (
            "data put",
            "elman data: expected one of list, get; found 'put'",
            "`elman data --help` says what each of them does",
        ),
        ("data gte", "elman data: expected one of list, get; found 'gte'", "did you mean 'get'?"),
        (
            "train add 5",
            "data: expected none, as the task 'add' makes its own; found '5'",
            "`elman train add --help` lists its options",
        ),
        (
            "train transducer a+b",
            "data: expected none, as the task 'transducer' makes its own; found 'a+b'",
            "its options",
        ),
        ("train add --function a", "elman train add: expected one of its options; found '--function'", "of transducer"),
        ("train add --epochs=1", "elman train add: expected one of its options; found '--epochs'", "speech"),
        ("train add --hiden 9", "elman train add: expected one of its options; found '--hiden'", "mean '--hidden'?"),
        ("train --resume m --hidden 9", "elman train: expected one of its options; found '--hidden'", KEEPS),
        ("train --dropout 1", "elman train: expected one of its options; found '--dropout'", f"'--no-out'? {KEEPS}"),
        ("train --resume m --hidden 9 add", "--hidden: expected after the task's name; found before it", "--hidden`"),
        ("check m", "elman check: expected CERTIFICATE; found none", "`elman check --help` tells more"),
        ("export m", "elman export: expected --out FILE; found none", "`elman export --help` tells more"),
        ("train add --bias=false", "--bias: expected no value; found 'false'", "write --no-bias alone"),
        ("train add --bias=1", "--bias: expected no value; found '1'", "write --bias alone"),
        (
            "train",
            f"elman train: expected a task, or --resume MODEL; tasks are {', '.join(elman.TASKS)}",
            "what each of them is",
        ),
        ("train x", f"task: expected one of {', '.join(elman.TASKS)}; found 'x'", "what each of them is"),
        (
            "compress m",
            "elman compress: expected FILE --out FILE; found none",
            "`elman compress MODEL FILE --out FILE`; `elman compress --help` tells more",
        ),
    ],
)
def test_refusal_says_where_what_was_expected_and_what_was_found(
    words: str, message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words.split()) == 2
    first, *more = capsys.readouterr().err.splitlines()
    assert first == f"error: {message}"
    assert more == [] if not hint else more[0].endswith(hint)


def test_json_behind_two_dashes_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", "missing", "--", "--json"]) == 2
    assert capsys.readouterr().out == ""
    assert run(["predict", "missing", "--json", "--", "1+1"]) == 2
    assert set(json.loads(capsys.readouterr().out)) == {"error", "hint"}


# --- what is printed ---


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("folder")
def test_lines_for_people_fit_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Path("text").write_text("a text of a few words, again and again\n" * 40, encoding="utf-8")
    small = ("--hidden", "8", "--batch", "4", "--steps", "20")
    for command in (
        ("train", "add", "--out", "adder"),
        ("train", "subtract", "--cell", "none", "--steps", "500"),
        ("train", "coin", "--steps", "5", "--tosses", "8", "--out", "coin"),
        ("train", "text", "text", *small, "--out", "model"),
        *((verb, model) for model in ("adder", "coin", "model") for verb in ("info", "score")),
        ("prove", "adder"),
        ("prove", "coin"),
        ("info",),
        ("data", "list"),
    ):
        run([*command])
        out, err = capsys.readouterr()
        assert out and "error" not in err
        long = [line for line in (out + err).splitlines() if len(line) > WIDTH]
        assert long == [], command


@pytest.mark.usefixtures("folder")
def test_network_without_recurrence_is_called_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    run(["train", "add", "--cell", "none", "--steps", "1"])
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "add: sigmoid feed-forward network of 16 hidden units, 65 parameters"
    run(["train", "coin", "--steps", "1", "--hidden", "4"])
    assert capsys.readouterr().out.splitlines()[0] == "coin: gru of 4 hidden units, 89 parameters"
