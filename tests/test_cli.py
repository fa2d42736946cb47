"""The command line: answers on stdout, progress and complaints on stderr, exit codes that scripts can rely on."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

import elman
from elman.cli import run
from elman.errors import remedy
from elman.tasks.arithmetic.add import Add
from test_files import forge, full_disk


@dataclass(frozen=True)
class Outcome:
    """What a command leaves behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)


Command = Callable[..., Outcome]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Runs a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    threads = elman.threads()

    def command(*arguments: object) -> Outcome:
        code = run([str(a) for a in arguments])
        return Outcome(code, *capsys.readouterr())

    yield command
    elman.set_threads(threads)


def process(*arguments: str | bytes | Path, **options: Any) -> Any:
    """The same in a process of its own, with pipes for its streams: a `Popen`."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([sys.executable, "-m", "elman", *arguments], **{"text": True, **pipes, **options})


@pytest.fixture(scope="module")
def adder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "adder.safetensors"
    elman.train("add").save(path)
    return path


# --- train ---


def test_train_answers_with_one_json_object(command: Command) -> None:
    trained = command("train", "add", "--json")
    derived = {"origin": "derived", "compared": None}
    assert trained.code == 0
    assert trained.json == {
        "task": "add",
        "model": None,
        "parameters": 337,
        "steps": 2000,
        "seconds": trained.json["seconds"],
        "stopped": None,
        "metrics": {
            "pairs": 65_536,
            "exact": 65_536,
            "exhaustive": True,
            "longer": trained.json["metrics"]["longer_exact"],
            "longer_exact": trained.json["metrics"]["longer"],
            "baselines": {"a XOR b, without carry": 6_561},
            **derived,
        },
        "proof": {
            "verdict": "proven",
            "reason": "",
            "margin": trained.json["proof"]["margin"],
            "counterexample": None,
            **derived,
        },
        "warnings": [],
    }
    assert 0 < trained.json["seconds"] < 60
    assert trained.json["metrics"]["longer"] > 100


def test_train_says_what_it_learned_and_shows_progress_on_stderr(command: Command, tmp_path: Path) -> None:
    trained = command("train", "subtract")  # how fast, it says at once; what is left, only where more lines follow
    assert trained.code == 0
    assert "exact on 65,536 of 65,536 pairs of 8-bit numbers" in trained.out
    for word in ("/2,000 updates", "loss", "of 1,024 exact", "/s", "hint: --out MODEL"):
        assert word in trained.err
    assert not list(tmp_path.iterdir())


def test_first_line_of_progress_tells_of_more_than_one_update(command: Command) -> None:
    # A piece of training begins with a single update, whose pace is that of caches and threads that are still cold.
    first = command("train", "add", "--cell", "none").err.splitlines()[0]
    assert int(first.partition("/")[0].replace(",", "")) > 1


def test_network_without_recurrence_exits_with_1_and_says_how_far_it_got(command: Command) -> None:
    failed = command("train", "add", "--cell", "none")
    assert failed.code == 1
    assert "exact on 6,561 of 65,536 pairs of 8-bit numbers; so the exit code is 1" in failed.out
    assert "hint: without memory nothing can be carried" in failed.err
    assert "error" not in failed.err
    assert command("train", "add", "--cell", "none", "--json").json["metrics"]["exact"] == 6_561


def test_train_takes_the_settings_of_the_task(command: Command) -> None:
    options = ("--seed", 3, "--steps", 40, "--cell", "gru", "--hidden", 5, "--layers", 2, "--bits", 4, "--no-bias")
    command("train", "add", *options, "--threads", 1, "--out", "m")
    model = elman.load("m")
    settings, network = vars(model.task.settings), model.network.architecture
    assert (settings["seed"], settings["bits"], model.updates) == (3, 4, 40)
    assert (network.cell, network.hidden, network.layers, network.bias) == ("gru", 5, 2, False)
    assert elman.threads() == 1


def test_minutes_bound_the_training(command: Command) -> None:
    bounded = command("train", "add", "--steps", 1 << 40, "--minutes", 1e-3, "--json")
    assert 0 < bounded.json["steps"] < 1 << 40


def test_what_stopped_a_training_is_said_last(command: Command, tmp_path: Path) -> None:
    by_time = command("train", "add", "--steps", 1 << 40, "--minutes", 1e-3)
    last = by_time.err.splitlines()[-1]
    assert re.fullmatch(r"stopped after [\d,]+ of 1,099,511,627,776 updates: the time is over \(--minutes\)", last)
    (tmp_path / "a.txt").write_text("abcde " * 300)
    text = ("train", "text", tmp_path / "a.txt", "--hidden", 4, "--every", 1, "--no-out", "--json")
    by_patience = command(*text, "--patience", 2, "--rate", 0, "--steps", 50)
    assert by_patience.json["stopped"] == "no better validation in 2 (--patience)"
    assert by_patience.err.endswith("stopped after 3 of 50 updates: no better validation in 2 (--patience)\n")
    whole = command(*text, "--steps", 3)
    assert whole.json["stopped"] is None and "stopped after" not in whole.err


def test_interrupt_keeps_the_model_and_training_goes_on_from_it(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "m.safetensors"
    with process("train", "add", "--steps", "100000000", "--out", path, "--json") as training:
        assert "updates" in training.stderr.readline()
        training.send_signal(signal.SIGINT)
        out, err = training.communicate(timeout=30)
    assert training.returncode == 130
    assert "Traceback" not in err
    assert f"hint: saved; `elman train --resume {path}` goes on" in err
    [done] = [json.loads(line) for line in out.splitlines()]
    assert done["interrupted"]
    assert elman.load(path).updates == done["steps"] > 0

    goal = done["steps"] + 100
    assert command("train", "--resume", path, "--steps", goal, "--json").json["steps"] == goal
    check_same_training(elman.load(path), elman.train("add", steps=goal))


def test_interrupt_while_checking_keeps_the_model_too(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Add, "score", lambda *_: signal.raise_signal(signal.SIGINT))
        interrupted = command("train", "add", "--steps", 10, "--out", "m", "--json")
    assert interrupted.code == 130
    assert interrupted.json["interrupted"]
    assert elman.load("m").updates == 10


def test_model_is_kept_while_training_goes_on(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(training: elman.Training, minutes: float | None) -> Iterator[elman.Progress]:
        for event in interrupted(training, minutes):
            yield event
            if event.update == 20:
                raise RuntimeError("power cut")

    interrupted = elman.Training.run
    monkeypatch.setattr("elman.cli.training.CHECKPOINT", 0.0)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="power cut"):
        patch.setattr(elman.Training, "run", run)
        patch.setattr("elman.models.run.PIECE", 0.0)
        command("train", "add", "--steps", 370, "--out", "part")
    assert elman.load("part").updates == 20
    command("train", "add", "--steps", 370, "--out", "whole")
    command("train", "--resume", "part")
    check_same_training(elman.load("part"), elman.load("whole"))


def test_checkpoint_that_cannot_be_written_does_not_end_the_training(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elman.cli.training.CHECKPOINT", 0.0)
    with full_disk():
        refused = command("train", "add", "--steps", 300, "--out", "m")
    # Of at least two events, each after the first has passed over a failure.
    assert refused.err.count("warning: no checkpoint: m: not written") >= 2
    check_refused(refused, "m: not written")


def test_training_that_diverges_leaves_the_last_good_model(command: Command) -> None:
    options = ("--optimizer", "sgd", "--rate", 1e30, "--cell", "none", "--nonlinearity", "relu")
    command("train", "add", *options, "--steps", 1, "--out", "m")
    good = elman.load("m")
    diverged = command("train", "--resume", "m", "--steps", 100, "--json")
    check_refused(diverged, "error: update 2: the loss is not finite")
    assert diverged.json["hint"] == "a smaller rate, or clipping of the gradient, usually helps"
    check_same_training(elman.load("m"), good)


def test_network_of_infinite_weights_is_not_kept(command: Command, tmp_path: Path) -> None:
    diverged = command("train", "add", "--optimizer", "sgd", "--rate", 1e39, "--out", "m")
    check_refused(diverged, "not finite")
    assert not list(tmp_path.iterdir())


# --- resume ---


def check_same_training(a: elman.Model, b: elman.Model) -> None:
    """The same bits: parameters, and all that goes on with the training."""
    assert a.updates == b.updates
    assert a.network.parameters.flat.tobytes() == b.network.parameters.flat.tobytes()
    assert {n: v.tobytes() for n, v in a.resumable.items()} == {n: v.tobytes() for n, v in b.resumable.items()}


@pytest.mark.parametrize(
    "options",
    [(), ("--cell", "lstm", "--layers", 2), ("--optimizer", "sgd", "--batch", 1)],
    ids=["default", "lstm", "sgd"],
)
def test_resumed_training_equals_one_that_never_stopped(options: tuple[object, ...], command: Command) -> None:
    command("train", "add", *options, "--steps", 370, "--out", "whole")
    command("train", "add", *options, "--steps", 130, "--out", "part")
    command("train", "--resume", "part", "--steps", 260)
    goal = command("train", "add", "--resume", "part", "--steps", 370, "--json").json
    assert (goal["steps"], goal["model"]) == (370, "part")
    check_same_training(elman.load("part"), elman.load("whole"))


def test_resuming_what_is_done_changes_nothing(command: Command) -> None:
    command("train", "add", "--steps", 130, "--out", "m")
    done = elman.load("m")
    assert command("train", "--resume", "m", "--json").json["steps"] == 130
    check_same_training(elman.load("m"), done)


def test_resume_with_out_leaves_the_model_it_began_with_alone(adder: Path, command: Command) -> None:
    before = adder.read_bytes()
    command("train", "--resume", adder, "--steps", 2010, "--out", "longer")
    assert adder.read_bytes() == before
    assert elman.load("longer").updates == 2010


# --- predict, score, info ---


def test_predict_gives_one_answer_per_line(adder: Path, command: Command) -> None:
    assert command("predict", adder, "17+25", "3 + 4", "1 2", "40", "2") == Outcome(0, "42\n7\n3\n42\n", "")


def test_predict_answers_json_with_inputs_and_outputs(adder: Path, command: Command) -> None:
    assert command("predict", adder, "17", "25", "0+0", "--json").json == {
        "inputs": [[17, 25], [0, 0]],
        "outputs": [42, 0],
    }


def test_predict_reads_lines_of_stdin(adder: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"17+25\n  1000000 1\n\t3 4")))
    assert command("predict", adder).out == "42\n1000001\n7\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert command("predict", adder, "--json").json == {"inputs": [], "outputs": []}


def test_a_dash_is_standard_input(adder: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = []
    for words in ((), ("-",)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"17+25\n1+1\n")))
        answers.append(command("predict", adder, *words).out)
    assert answers[0] == answers[1] != ""


@pytest.mark.parametrize(
    ("lines", "number"),
    [("17\n25\n", 1), ("1+1\nfour\n", 2), ("1+1\n2+2\n,\n", 3)],
    ids=["half an input", "no input", "no input at the end"],
)
def test_line_of_stdin_that_has_no_answer_is_named(
    lines: str, number: int, adder: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    refused = command("predict", adder)
    check_refused(refused, f"error: stdin, line {number}: input ")
    assert refused.out == "2\n4\n"[: 2 * (number - 1)]  # what stands before it is answered
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    assert f"stdin, line {number}: input " in command("predict", adder, "--json").json["error"]


def test_blank_lines_are_answered_by_blank_lines(
    adder: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lines, answers in (("1+1\n\n2+2\n", "2\n\n4\n"), ("\n", "\n"), ("1+1\n \n", "2\n\n")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
        assert command("predict", adder) == Outcome(0, answers, "")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1+1\n\n2+2\n")))
    assert command("predict", adder, "--json").json == {"inputs": [[1, 1], None, [2, 2]], "outputs": [2, None, 4]}
    check_refused(command("predict", adder, ""), "error: input '': expected")  # which was typed


class Terminal(io.BytesIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("words", [("predict", "ADDER"), ("score", "TEXT", "-"), ("train", "text", "-", "--no-out")])
def test_who_sits_at_a_terminal_is_told_that_it_is_read(
    words: tuple[str, ...], adder: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "TEXT" in words:
        elman.TextModel.fit("1+1\n" * 30, steps=1, hidden=4).save(tmp_path / "text")
    words = tuple({"ADDER": str(adder), "TEXT": str(tmp_path / "text")}.get(word, word) for word in words)
    small = ("--steps", "1", "--hidden", "4") if words[0] == "train" else ()
    said = "reading from the terminal; Ctrl-D at the beginning of a line ends it\n"
    for kind, begins in ((Terminal, said), (io.BytesIO, "")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(kind(b"1+1\n" * 30)))
        done = command(*words, *small)
        assert done.code == 0
        assert (said in done.err) == bool(begins) and done.err.startswith(begins)


def test_the_hint_after_a_training_needs_nothing_to_be_typed(tmp_path: Path, command: Command) -> None:
    clicks = tmp_path / "clicks.csv"
    clicks.write_text("session,item\n" + "".join(f"{n},tea pot\n{n},cup\n" for n in range(9)))
    for task, data, example in (("coin", [], "1101"), ("sessions", [str(clicks)], "'tea pot'")):
        out = str(tmp_path / task)
        done = command("train", task, *data, "--steps", "1", "--out", out)
        [hint] = [line for line in done.err.splitlines() if line.startswith("hint: `elman predict")]
        assert hint in (f"hint: `elman predict {out} {example}`", f"hint: `elman predict {out} cup`")
        assert command(*shlex.split(hint.split("`")[1])[1:]).code == 0


def test_line_that_comes_alone_is_answered_at_once(adder: Path) -> None:
    with process("predict", adder) as done:
        for line, answer in (("1+1\n", "2\n"), ("17+25\n3+", "42\n"), ("4\n", "7\n")):
            done.stdin.write(line)
            done.stdin.flush()
            assert done.stdout.readline() == answer  # while standard input stays open
        assert done.communicate("x\n")[0] == ""
    assert done.returncode == 2


def test_lines_without_end_are_answered_until_nobody_reads(adder: Path) -> None:
    endless = "import sys\nwhile True: sys.stdout.write('1+1\\n' * 1000)"
    with (
        subprocess.Popen([sys.executable, "-c", endless], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as lines,
        process("predict", adder, stdin=lines.stdout) as done,
    ):
        assert lines.stdout is not None and lines.stderr is not None
        lines.stdout.close()
        assert [done.stdout.readline() for _ in range(3)] == ["2\n"] * 3
        done.stdout.close()
        assert done.stderr.read() == ""
        assert done.wait(60) == 0
        lines.stderr.read()  # it ends, since nobody reads what it writes


def test_each_line_of_stdin_is_one_input(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command("train", "transducer", "--steps", 1, "--out", "m")
    assert len(command("predict", "m", "1,2", "3,4", "--json").json["outputs"]) == 2
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1,2\n1,2,3,4\n")))
    check_refused(command("predict", "m"), "error: stdin, line 2: input '1,2,3,4': expected 2 whole numbers")
    # To a coin no toss at all is a question, too.
    command("train", "coin", "--steps", 1, "--out", "c")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1\n\n01\n")))
    assert command("predict", "c", "--json").json["inputs"] == ["1", "", "01"]


def test_predict_takes_numbers_of_any_length(adder: Path) -> None:
    rng = random.Random(0)
    pairs = [(rng.getrandbits(bits), rng.getrandbits(bits)) for bits in (10_000, 20_000)]
    sys.set_int_max_str_digits(0)  # here, to write them down; the command sets it for itself
    try:
        text = "".join(f"{a}+{b}\n" for a, b in pairs)
        with process("predict", adder) as done:
            assert done.communicate(text) == ("".join(f"{a + b}\n" for a, b in pairs), "")
    finally:
        sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)


def test_score_measures_beside_the_baselines(adder: Path, command: Command) -> None:
    plain = command("score", adder)
    assert plain.code == 0
    assert plain.out.startswith("exact on 65,536 of 65,536 pairs of 8-bit numbers\nproved for every length\n")
    assert "a XOR b, without carry: 6,561" in plain.out
    assert command("score", adder, "--json").json["metrics"] == elman.load(adder).metrics


def test_score_exits_with_1_where_the_answer_is_no(command: Command) -> None:
    command("train", "subtract", "--steps", 1, "--out", "m")
    failed = command("score", "m", "--json")
    assert failed.code == 1
    assert failed.json["metrics"]["exact"] < failed.json["metrics"]["pairs"]
    plain = command("score", "m")
    assert plain.code == 1
    assert " pairs of 8-bit numbers; so the exit code is 1\n" in plain.out


def test_score_says_that_a_model_is_refuted_as_its_training_did(command: Command) -> None:
    taught = command("train", "add", "--recipe", "tutorial", "--out", "m", "--json")
    scored = command("score", "m", "--json")
    assert taught.json["proof"]["verdict"] == "refuted"
    assert (taught.code, scored.code) == (1, 1)
    assert scored.json["proof"] == taught.json["proof"]
    said = " ".join(command("score", "m").out.split())
    assert re.match(r"exact on .* refuted: for [\d+]+ the network answers .*; so the exit code is 1 pairs: ", said)


def test_score_measures_anew(adder: Path, command: Command) -> None:
    forge(adder_copy := Path("m").absolute(), adder, lambda body, _: body["header"]["metrics"].update(exact=7))
    assert elman.load(adder_copy).metrics["exact"] == 7
    assert command("score", adder_copy, "--json").json["metrics"]["exact"] == 65_536


def test_info_tells_of_the_engine_and_of_a_model(adder: Path, command: Command) -> None:
    engine = command("info", "--json").json
    assert engine["version"] == elman.__version__
    assert engine["instruction_set"] in engine["instruction_sets"]
    assert engine["cells"] == list(elman.CELLS)

    model = command("info", adder, "--json").json
    assert (model["task"], model["parameters"], model["steps"]) == ("add", 337, 2000)
    assert model["tensors"]["weight_hh_l0"] == [16, 16]
    assert model["settings"]["seed"] == 0
    assert (model["format"], model["version"], model["bytes"]) == (2, elman.__version__, adder.stat().st_size)
    assert datetime.fromisoformat(model["modified"]).timestamp() == int(adder.stat().st_mtime)
    for facts, plain in ((engine, command("info")), (model, command("info", adder))):
        assert plain.code == 0
        assert all(f"{name}:" in plain.out for name in facts)
        assert not {"None", "True", "False", "{", "["} & set(re.split(r"[\s:,]+", plain.out))
    assert "  weight_hh_l0: 16 × 16\n" in plain.out


# --- requests that are wrong ---


def check_refused(refused: Outcome, expected: str) -> None:
    assert refused.code == 2
    complaint = refused.err[refused.err.index("error: ") :]
    assert expected in complaint
    assert all(line.startswith(("error: ", "hint: ")) for line in complaint.splitlines())


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "model without a name": (("predict", "", "1+1"), "MODEL: expected the name of a file; found ''"),
    "out without a name": (("train", "add", "--out", ""), "--out: expected the name of a file; found ''"),
    "picture in a folder": (("plot", "ADDER", "--out", "."), "expected a file that ends in .svg or .png; found '.'"),
    "full-width digit": (
        ("train", "add", "--seed", "３"),
        "--seed: expected a whole number; found '３'\nhint: did you mean '3'?",
    ),
    "digits with a line": (("train", "add", "--seed", "1_0"), "--seed: expected a whole number; found '1_0'"),
    "full-width number": (("train", "add", "--minutes", "０.1"), "--minutes: expected a number; found '０.1'"),
    "negative number": (("predict", "ADDER", "-5", "3"), "input '-5': expected 2 whole numbers from 0 up"),
    "negative number after --": (
        ("predict", "ADDER", "--", "-5", "3"),
        "input '-5': expected 2 whole numbers from 0 up",
    ),
    "fraction": (("predict", "ADDER", "1.5", "2"), "input '1.5'"),
    "text": (("predict", "ADDER", "seventeen", "4"), "input 'seventeen'"),
    "difference": (("predict", "ADDER", "17-25"), "input '17-25'"),
    "number with commas": (("predict", "ADDER", "1,000", "2"), "input '1,000'"),
    "other digits": (("predict", "ADDER", "١٧+٢٥"), "input"),
    "odd operand": (
        ("predict", "ADDER", "17", "25", "3"),
        "input '3': expected 2 whole numbers from 0 up, as in 3+4; found 1",
    ),
    "misspelt model": (("predict", "truncate", "1+1"), "hint: did you mean 'truncated'?"),
    "model with another name": (("predict", "nothing.safetensors", "1+1"), "hint: models are made by `elman train"),
    "model that is a folder": (("info", "."), "hint: models are made by `elman train"),
    "misspelt text": (
        ("train", "text", "empt"),
        "empt: expected a file; found none\nhint: did you mean 'empty'?",
    ),
    "no text": (("train", "text", "x"), "hint: it was looked for in /"),
    "text in no folder": (("train", "text", "a/x"), "/a, which is not there either"),
    "no texts": (("train", "text", "*.htm"), "*.htm: expected files of this pattern; found none\nhint: it was"),
    "text without a name": (("train", "text", ""), "expected the name of a file; found ''"),
    "picture of another kind": (
        ("plot", "ADDER", "--out", "a.x"),
        "found 'a.x'\nhint: `elman plot ",
    ),
    "page of files": (("look", "ADDER", "a.csv"), "look: a.csv: expected a model of one of the tasks"),
    "best of a number": (
        ("predict", "ADDER", "1+1", "--top", "2"),
        "--top: expected a model of one of the tasks 'classify', 'tag', 'sessions', 'speech'; found one of 'add'",
    ),
    "sign alone": (("predict", "ADDER", "1", "+", "2"), "hint: an input is one word: `elman predict MODEL 3+4`"),
    "cell in capitals": (("train", "add", "--cell", "LSTM"), "hint: did you mean 'lstm'?"),
    "no speech": (("train", "speech"), "hint: `elman train speech FOLDER`\n"),
    "no sequences": (("train", "tag"), "hint: `elman train tag FILE --label COLUMN`\n"),
    "model elsewhere": (("train", "add", "--out", "flipped"), "found something else ("),
    "share for a level": (("predict", "ADDER", "--level", "0.8,.95"), "found '0.8,.95'\nhint: did you mean 80,95?"),
    "level of all": (("predict", "ADDER", "--level", "100"), "--level: expected percents from 1 to below 100"),
    "file to follow": (("predict", "ADDER", "--follow", "empty"), "--follow < empty`"),
    "no model": (("predict",), "MODEL"),
    "missing file": (("predict", "missing", "1+1"), "missing: no such file"),
    "address": (
        ("predict", "hf://a/b/c", "1+1"),
        "MODEL: expected a file; found an address, hf://…\nhint: name a file",
    ),
    "address to write": (("train", "add", "--out", "https://x"), "--out: expected a file; found an address, https://…"),
    "directory": (("score", "."), "found a folder"),
    "empty file": (("info", "empty"), "an empty file"),
    "truncated model": (("predict", "truncated", "1+1"), "truncated: "),
    "flipped byte in the header": (("predict", "flipped", "1+1"), "field 'checksum'"),
    "tensor of the wrong shape": (("predict", "reshaped", "1+1"), "tensor 'weight_ih_l0'"),
    "model of another task": (("train", "subtract", "--resume", "ADDER"), "expected a model of the task 'subtract'"),
    "no hidden units": (("train", "add", "--hidden", "0"), "hidden: expected a whole number from 1"),
    "half a hidden unit": (("train", "add", "--hidden", "1.5"), "--hidden"),
    "no minutes": (("train", "add", "--minutes", "0"), "minutes: expected a number in (0, inf]"),
    "minutes below none": (("train", "add", "--minutes", "-1"), "minutes: expected a number in (0, inf]"),
    "no threads": (("train", "add", "--threads", "0"), "--threads"),
    "no number": (("train", "add", "--rate", "nan"), "rate"),
    "unknown cell": (("train", "add", "--cell", "lsm"), "hint: did you mean 'lstm'?"),
    "unknown task": (("train", "substract"), "hint: did you mean 'subtract'?"),
    "unknown verb": (("predcit",), "hint: did you mean 'predict'?"),
    "unknown recipe": (("train", "add", "--recipe", "tutoral"), "hint: did you mean 'tutorial'?"),
    "unknown option": (("train", "add", "--hiden", "4"), "--hidden"),
    "misspelt option": (("train", "transducer", "--ordre", "most"), "hint: did you mean '--order'?"),
    "option of other tasks": (("train", "transducer", "--ordered"), "hint: it is an option of add, subtract"),
    "no task": (("train",), "add, subtract"),
    "option before the task": (("train", "--steps", "5", "add"), "after the task's name"),
    "model to go on from before the task": (("train", "--resume", "m", "text", "t"), "text … --resume m`"),
    "data without a task": (("train", "empty"), "found 'empty'\nhint: `elman train text empty`"),
    "data of an adder": (("train", "--resume", "ADDER", "empty"), "found 'empty'\nhint: `elman train add --resume "),
    "data of a missing model": (("train", "--resume", "missing", "empty"), "missing: no such file"),
    "no folder for the model": (("train", "add", "--out", "missing/m"), "expected a folder missing"),
    "folder as the model": (("train", "add", "--out", "."), "found a folder"),
    "file as the folder": (("train", "add", "--out", "empty/m"), "empty"),
    "device as the model": (("train", "add", "--out", "/dev/full"), "no regular file"),
    "missing model to go on from": (("train", "--resume", "missing"), "missing: no such file"),
    "fewer steps than done": (("train", "--resume", "ADDER", "--steps", "10"), "2,000 updates already done"),
    "another seed": (("train", "add", "--resume", "ADDER", "--seed", "1"), "keeps its settings"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_request_is_refused_and_nothing_written(name: str, adder: Path, command: Command, tmp_path: Path) -> None:
    data = adder.read_bytes()
    Path("empty").touch()
    Path("truncated").write_bytes(data[:-1])
    seed = data.index(b'\\"seed\\": 0') + len(b'\\"seed\\": ')
    Path("flipped").write_bytes(data[:seed] + bytes([data[seed] ^ 1]) + data[seed + 1 :])
    forge(tmp_path / "reshaped", adder, lambda _, t: t.update(weight_ih_l0=np.zeros((2, 16), np.float32)))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    template, expected = WRONG[name]
    arguments = [str(adder) if a == "ADDER" else a for a in template]
    plain = command(*arguments)
    check_refused(plain, expected)
    assert plain.out == ""
    # After a lone "--" everything is an input.
    as_json = command(arguments[0], "--json", *arguments[1:]) if "--" in arguments else command(*arguments, "--json")
    check_refused(as_json, expected)
    assert as_json.json["error"] in as_json.err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert adder.read_bytes() == data


def test_full_disk_is_reported_and_leaves_nothing_behind(command: Command, tmp_path: Path) -> None:
    with full_disk():
        refused = command("train", "add", "--steps", 10, "--out", "m")
    check_refused(refused, "m: not written")
    assert not list(tmp_path.iterdir())


def test_model_that_cannot_be_written_is_kept_elsewhere(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(training: elman.Training, minutes: float | None) -> Iterator[elman.Progress]:
        Path("disk").rmdir()
        return trained(training, minutes)

    trained = elman.Training.run
    monkeypatch.setattr(elman.Training, "run", run)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    Path("disk").mkdir()
    refused = command("train", "add", "--steps", 10, "--out", "disk/m")
    check_refused(refused, "error: disk/m: ")
    [kept] = tmp_path.iterdir()
    assert f"hint: the model is in {kept} instead" in refused.err
    assert elman.load(kept).updates == 10


def test_path_that_cannot_be_written_is_refused_before_training(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(elman.Training, "run")
    check_refused(command("train", "add", "--out", "missing/m"), "expected a folder")


@pytest.mark.parametrize(
    "words", [("train", "add", "--steps", 10), ("plot", "ADDER"), ("prove", "ADDER"), ("export", "ADDER")]
)
def test_folder_that_is_gone_is_no_full_disk(words: tuple[object, ...], command: Command, adder: Path) -> None:
    gone = Path("gone").absolute()
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    refused = command(*(adder if word == "ADDER" else word for word in words), "--out", "m.svg")
    check_refused(refused, "error: m.svg: cannot be written: No such file or directory")
    assert "hint: its folder is not there any more: cd to another\n" in refused.err


def test_a_folder_that_is_there_is_not_called_gone() -> None:
    """Where it takes no files, as those of a system's own do, although the working folder is there."""
    assert remedy(OSError(errno.ENOENT, "No such file or directory")) == ""


def test_model_that_may_not_be_read_is_not_called_missing(adder: Path, command: Command) -> None:
    superuser = os.geteuid() == 0  # who may read anything
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        model = Path(folder, "m")
        model.write_bytes(adder.read_bytes())
        model.chmod(0)
        if superuser:
            os.seteuid(65534)
        try:
            refused = command("predict", model, "1+1")
        finally:
            if superuser:
                os.seteuid(0)
    check_refused(refused, f"error: {model}: cannot be read: Permission denied")


# --- the process ---


@pytest.mark.parametrize("verb", [(), ("train",), ("train", "add"), ("predict",), ("score",), ("plot",), ("info",)])
def test_help_tells_of_every_verb(verb: tuple[str, ...], command: Command) -> None:
    told = command(*verb, "--help")
    assert told.code == 0
    assert told.out.startswith("usage: ")
    assert " ".join(verb) in told.out.splitlines()[0]


def test_help_and_version_go_by_their_usual_names(command: Command) -> None:
    assert command("--version") == Outcome(0, f"elman {elman.__version__}\n", "")
    for verb in ((), ("train",), ("train", "add"), ("predict",), ("score",), ("plot",), ("info",)):
        assert command(*verb, "-h") == command(*verb, "--help")


def test_help_of_a_task_names_every_setting_and_its_default(command: Command) -> None:
    text = " ".join(command("train", "add", "--help").out.split())
    for name, default in vars(Add().settings).items():
        assert f"--{name}" in text
        usual = f"--{'' if default else 'no-'}{name}" if isinstance(default, bool) else default
        assert usual is None or f"[default: {usual}]" in text


def test_module_is_the_program(adder: Path) -> None:
    with process("predict", adder, "17+25") as done:
        assert done.communicate() == ("42\n", "")
    assert done.returncode == 0


STRICT = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}  # as in most locales that are not C


@pytest.mark.parametrize(
    ("arguments", "data"),
    [(("predict", "ADDER"), b"\xff\xfe\n"), (("predict", b"\xff.safetensors", "1+1", "--json"), b"")],
    ids=["stdin", "path"],
)
def test_bytes_that_are_no_text_are_refused(arguments: tuple[str | bytes, ...], data: bytes, adder: Path) -> None:
    with process(*(adder if a == "ADDER" else a for a in arguments), env=STRICT, text=False) as done:
        err = done.communicate(data)[1]
    assert done.returncode == 2
    assert err.startswith(b"error: ")


def test_reader_that_has_gone_is_no_trouble(adder: Path) -> None:
    with process("predict", adder, *["1+1"] * 20_000) as done:
        done.stdout.close()
        assert done.stderr.read() == ""
    assert done.returncode == 0


def test_watcher_that_has_gone_does_not_end_the_training(tmp_path: Path) -> None:
    with process("train", "add", "--out", tmp_path / "m") as done:
        done.stderr.close()
        assert "65,536 of 65,536" in done.stdout.read()
    assert done.returncode == 0
    assert elman.load(tmp_path / "m").passed


@pytest.mark.parametrize("arguments", [("info",), ("info", "--json"), ("train", "add"), ("--help",)])
def test_full_disk_behind_stdout_is_an_error(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full, process(*arguments, stdout=full) as done:
        err = done.communicate()[1]
    assert done.returncode == 2
    assert "error: " in err
    assert "Traceback" not in err


def program(before: str = "", *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program as it is installed, after a line of Python."""
    script = f"{before}\nfrom elman.__main__ import main\nmain()"
    environment = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-c", script, *arguments], env=environment, capture_output=True, text=True)


def test_all_that_a_process_says_is_what_the_program_says() -> None:
    done = program("", "train", "transducer", "--function", "a+1", "--steps", "200", "--no-out")
    assert "exact on" in done.stdout
    assert "nanobind" not in done.stderr  # objects that are there at the end are not told of


@pytest.mark.parametrize(("name", "choices"), [("ELMAN_ISA", "baseline"), ("ELMAN_THREADS", "a whole number from 1")])
def test_wrong_variable_of_the_environment_is_refused_by_name(name: str, choices: str) -> None:
    plain, as_json = program("", "info", **{name: "foo"}), program("", "info", "--json", **{name: "foo"})
    error, hint = plain.stderr.splitlines()
    assert error.startswith(f"error: environment variable {name}: expected ")
    assert choices in error
    assert hint.startswith("hint: unset it")
    assert (plain.returncode, plain.stdout) == (2, "")
    assert (as_json.returncode, as_json.stderr) == (2, plain.stderr)
    assert json.loads(as_json.stdout) == {"error": error.removeprefix("error: "), "hint": hint.removeprefix("hint: ")}


INTERRUPTED_IMPORT = """
import sys
class Finder:
    def find_spec(self, name, *_):
        if name == sys.argv[-1]:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize("package", ["argparse", "elman._engine", "elman.cli.info", "numpy"])
def test_interrupt_of_the_first_imports_is_quiet(package: str) -> None:
    done = program(INTERRUPTED_IMPORT, "info", package)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr in ("", "error: interrupted\n")
    assert program("", "info").stdout.startswith("version: ")


@pytest.mark.parametrize(
    "line", ['predict "$0" <&-', "info >&-", 'predict "$0" 1+1 >&-', 'predict "$0" x 2>&-', "info <&- >&- 2>&-"]
)
def test_closed_streams_end_in_no_traceback(line: str, adder: Path) -> None:
    shell = ("sh", "-c", f"{sys.executable} -m elman {line}", str(adder))
    done = subprocess.run(shell, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr
