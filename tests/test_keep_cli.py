"""What the command line keeps, whatever ends it, and what it says to whoever waits."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import elman
from elman.cli import run
from elman.cli.output import duration
from elman.cli.waiting import Waiting, left
from elman.network.file import write_whole
from test_cli import INTERRUPTED_IMPORT, Command, command, process, program

__all__ = ["command"]  # a fixture

SONG = "".join(f"{n} green bottles, hanging on the wall.\n" for n in range(60, 0, -1))
ENDLESS = ("--hidden", "32", "--batch", "4", "--epochs", "1e6")
SHORT = ("--hidden", "16", "--batch", "4", "--steps", "40", "--every", "20")
ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("song.txt").write_text(SONG)
    return tmp_path


# --- signals ---


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Who runs the tests may have signals ignored (`nohup`), and programs that are started here would inherit it."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING)
def test_every_signal_that_ends_the_program_keeps_the_model(number: signal.Signals) -> None:
    with process("train", "text", "song.txt", *ENDLESS) as training:
        told = [training.stderr.readline() for _ in range(6)]
        training.send_signal(number)
        out, err = training.communicate(timeout=120)
    assert training.returncode == 128 + number
    assert told[0] == "the model will be kept in song.safetensors\n"
    assert re.fullmatch(r"lstm of 32 hidden units, [\d,]+ parameters\n", told[3])
    assert re.fullmatch(r"[\d,]+ updates, of about [\d,]+ characters each\n", told[4])
    assert re.search(r" updates  loss .*  [\d,]+ characters/s", told[5])  # too early to say what is left
    assert out == ""
    stopped, hint = err.splitlines()
    assert re.fullmatch(r"stopped after [\d,]+ of [\d,]+ updates: interrupted", stopped)
    assert hint == "hint: saved; `elman train --resume song.safetensors` goes on"
    assert elman.load("song.safetensors").updates > 0
    assert [path for path in Path().iterdir() if path.suffix == ".part"] == []


CLOSED_TERMINAL = """
import os, signal, sys
if "--minutes" in sys.argv:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
terminal = os.open(sys.argv[1], os.O_RDWR)  # a session without a terminal takes the first that it opens
for stream in range(3):
    os.dup2(terminal, stream)
os.execv(sys.executable, [sys.executable, "-m", "elman", *sys.argv[2:]])
"""


@pytest.mark.parametrize("minutes", [(), ("--minutes", "0.05")], ids=["hung up", "nohup"])
def test_closed_terminal_keeps_the_model(minutes: tuple[str, ...]) -> None:
    ours, theirs = pty.openpty()
    arguments = [os.ttyname(theirs), "train", "text", "song.txt", *ENDLESS, *minutes]
    training = subprocess.Popen(
        [sys.executable, "-c", CLOSED_TERMINAL, *arguments],
        start_new_session=True,
        env={**os.environ, "TERM": "xterm"},
    )
    told = b""
    while b"loss" not in told:
        told += os.read(ours, 1 << 12)
    os.close(theirs)
    os.close(ours)
    assert training.wait(timeout=120) == (2 if minutes else 128 + signal.SIGHUP)  # 2: no one to tell the result
    assert elman.load("song.safetensors").updates > 0


@pytest.mark.parametrize("package", ["elman.cli", "numpy"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_while_importing_ends_quietly(number: signal.Signals, package: str) -> None:
    before = INTERRUPTED_IMPORT.replace("raise KeyboardInterrupt", f"import os; os.kill(os.getpid(), {number:d})")
    done = program(before, "info", package)
    assert (done.returncode, done.stdout) == (128 + number, "")
    assert done.stderr in ("", "error: interrupted\n")


def test_ignored_signal_stays_ignored() -> None:
    ignoring = "import signal, os; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    hanging_up = "from elman.signals import listen; listen(); os.kill(os.getpid(), signal.SIGHUP)"
    done = program(f"{ignoring}\n{hanging_up}", "train", "add", "--no-out")
    assert done.returncode == 0


SIGNALLED = """
import os, signal
from elman.models import model, run
pieces, write = run.Training.run, model.write_whole

def stopped(*arguments):
    for event in pieces(*arguments):
        yield event
        os.kill(os.getpid(), signal.SIGTERM)

def interrupted_write(path, data):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)
    write(path, data)
    os.kill(os.getpid(), signal.SIGINT)

run.Training.run, model.write_whole = stopped, interrupted_write
"""


def test_further_signals_while_saving_leave_a_whole_file() -> None:
    done = program(SIGNALLED, "train", "text", "song.txt", *SHORT, "--json")
    assert done.returncode == 128 + signal.SIGTERM
    assert json.loads(done.stdout)["interrupted"]
    assert elman.load("song.safetensors").updates == 1
    assert sorted(path.name for path in Path().iterdir()) == ["song.safetensors", "song.txt"]


def test_signal_while_the_finished_model_is_written_keeps_it(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    signals = [KeyboardInterrupt()]

    def write(path: Path, data: bytes) -> None:
        if signals:
            raise signals.pop()
        write_whole(path, data)

    monkeypatch.setattr("elman.models.model.write_whole", write)
    assert command("train", "add", "--steps", 5, "--out", "m").code == 130
    assert elman.load("m").updates == 5


# --- names ---


def test_training_on_data_is_kept_under_a_name_that_is_said_before_it_begins(command: Command) -> None:
    trained = command("train", "text", "song.txt", *SHORT)
    assert trained.code == 0
    first, hint, *_ = trained.err.splitlines()
    assert first == "the model will be kept in song.safetensors"
    assert "--out MODEL" in hint
    assert "saved to song.safetensors\n" in trained.out
    assert trained.err.endswith("hint: `elman sample song.safetensors`\n")
    again = command("train", "text", "song.txt", *SHORT, "--json")
    assert again.json["model"] == "song-2.safetensors"
    assert command("sample", "song-2.safetensors", "--length", 3).code == 0


def test_nothing_is_kept_where_nothing_is_to_be(command: Command) -> None:
    unkept = command("train", "text", "song.txt", *SHORT, "--no-out", "--json")
    assert (unkept.code, unkept.json["model"]) == (0, None)
    assert command("train", "add", "--no-out").err.count("hint") == 0
    assert [path.name for path in Path().iterdir()] == ["song.txt"]
    for wrong, expected in (
        (("--no-out", "--out", "m"), "--out: expected no --no-out beside it; found both"),
        (("--force",), "--force: expected --out beside it; found none"),
    ):
        refused = command("train", "add", *wrong)
        assert (refused.code, expected in refused.err) == (2, True)


def test_training_that_takes_long_is_kept_although_nobody_asked(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elman.cli.kept.LONG", 0.0)
    trained = command("train", "add", "--steps", 300)
    assert "this takes longer than 0 s: the model will be kept in add.safetensors\n" in trained.err
    assert elman.load("add.safetensors").updates == 300


# --- what is there already ---


def test_what_is_at_out_is_not_replaced_unless_forced(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("diary").write_text("dear diary")
    command("train", "subtract", "--steps", 20, "--out", "m")
    for name, found in (("diary", "something else"), ("m", "a model of the task 'subtract'")):
        before = Path(name).read_bytes()
        with monkeypatch.context() as patch:
            patch.delattr(elman.Training, "run")
            refused = command("train", "add", "--steps", 10, "--out", name)
        assert refused.code == 2
        assert f"error: {name}: expected nothing there" in refused.err
        assert found in refused.err
        assert "--force" in refused.err
        assert Path(name).read_bytes() == before
        command("train", "add", "--steps", 10, "--out", name, "--force")
        assert elman.load(name, "add").updates == 10


def interrupted_at(update: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C comes behind this update, and a checkpoint after each piece of training."""

    def run(training: elman.Training, minutes: float | None) -> Iterator[elman.Progress]:
        for event in trained(training, minutes):
            yield event
            if event.update >= update:
                raise KeyboardInterrupt

    trained = elman.Training.run
    monkeypatch.setattr(elman.Training, "run", run)
    monkeypatch.setattr("elman.models.run.PIECE", 0.0)
    monkeypatch.setattr("elman.cli.training.CHECKPOINT", 0.0)


def test_interrupted_run_replaces_no_better_model(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command("train", "add", "--steps", 50, "--out", "m")
    better = Path("m").read_bytes()
    with monkeypatch.context() as patch:
        interrupted_at(20, patch)
        again = command("train", "add", "--steps", 60, "--out", "m")
        other = command("train", "add", "--seed", 1, "--out", "m", "--force", "--json")
    assert (again.code, other.code) == (130, 130)
    assert Path("m").read_bytes() == better
    assert "saved to m.unfinished: m is as it was\n" in again.err
    assert elman.load("m.unfinished").updates == 20
    assert other.json["model"] == "m-2.unfinished"
    # It goes on as the hint says.
    hint = re.findall(r"`elman (.*)`", other.err)[-1].split()
    assert command(*hint, "--steps", 100).code == 1
    assert (elman.load("m").updates, elman.load("m").task.settings.seed) == (100, 1)


def test_interrupted_run_that_has_come_further_replaces_the_earlier_one(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("train", "add", "--steps", 10, "--out", "m")
    interrupted_at(20, monkeypatch)
    assert "saved; `elman train --resume m` goes on" in command("train", "add", "--steps", 60, "--out", "m").err
    assert elman.load("m").updates == 20
    assert not Path("m.unfinished").exists()


def test_run_that_ends_before_the_earlier_one_did_says_where_it_is(command: Command) -> None:
    command("train", "add", "--steps", 2000, "--out", "m")
    short = command("train", "add", "--steps", 2000, "--minutes", 1e-5, "--out", "m")
    assert "saved to m.unfinished\nm is as it was: that model has more updates of the same training\n" in short.out
    assert elman.load("m").updates == 2000


@pytest.mark.parametrize(
    "words",
    [
        ("train", "add", "--out", "other.svg"),
        ("export", "m", "--out", "other.svg"),
        ("prove", "m", "--out", "other.svg"),
        ("prove", "m", "--picture", "other.svg"),
        ("plot", "m", "--out", "other.svg"),
        ("compress", "writer", "song.txt", "--out", "other.svg"),
        ("decompress", "writer", "packed", "--out", "other.svg"),
    ],
    ids=" ".join,
)
def test_verb_replaces_a_file_only_where_that_is_forced(words: tuple[str, ...], command: Command) -> None:
    command("train", "add", "--out", "m")
    if "writer" in words:
        command("train", "text", "song.txt", *SHORT, "--out", "writer")
        command("compress", "writer", "song.txt", "--out", "packed")
    Path("other.svg").write_text("mine")
    refused = command(*words)
    assert refused.code == 2
    assert re.search(
        r"error: other.svg: expected nothing there.*; found .*\nhint: .*--force replaces it\n", refused.err
    )
    assert Path("other.svg").read_text() == "mine"
    assert command(*words, "--force").code == 0
    replaced = Path("other.svg").read_bytes()
    assert replaced != b"mine"
    assert command(*words).code == (0 if words[0] == "train" else 2)  # the same training once more
    Path("other.svg").write_bytes(b"")
    assert command(*words).code == 0
    if words[0] != "train":
        assert Path("other.svg").read_bytes() == replaced


# --- what is shipped ---


def test_export_writes_a_small_file_and_says_what_it_costs(command: Command) -> None:
    command("train", "text", "song.txt", *SHORT)
    model = Path("song.safetensors")
    told = command("export", model, "--int8", "--out", "small")
    assert told.code == 0
    assert f"{model.stat().st_size:,} bytes become {Path('small').stat().st_size:,}\n" in told.out
    assert re.search(r"^\d\.\d{4} nats per character; it was \d\.\d{4} nats per character$", told.out, re.MULTILINE)
    half = command("export", model, "song.txt", "--float16", "-o", "half", "--json").json
    assert (half["dtype"], half["was"], half["bytes"]) == ("float16", model.stat().st_size, Path("half").stat().st_size)
    assert half["after"]["characters"] == len(SONG)
    slim = command("export", model, "--out", "slim", "--json").json
    assert (slim["dtype"], slim["after"], slim["reason"]) == ("float32", None, None)
    Path("song.txt").rename("moved.txt")
    refused = command("export", model, "--int8", "--out", "smaller")
    assert refused.code == 2
    assert "expected data that tells what it costs" in refused.err
    unmeasured = command("export", model, "--float16", "--out", "smaller")
    assert unmeasured.code == 0
    assert "not measured what that costs: " in unmeasured.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--out", "song.txt"), "song.txt: expected nothing there; found a file"),
        (("--out", "m", "--force"), "expected another file than m"),
        (("song.txt", "--out", "song.txt", "--force"), "expected another file than song.txt"),
        (("--out", "x", "--int8", "--float16"), "expected one of them; found both"),
        (("--out", "missing/x"), "expected a folder missing"),
        ((), "--out"),
    ],
)
def test_export_that_would_lose_something_is_refused(
    arguments: tuple[str, ...], expected: str, command: Command
) -> None:
    command("train", "add", "--steps", 3, "--out", "m")
    before = {path: path.read_bytes() for path in Path().iterdir()}
    refused = command("export", "m", *arguments)
    assert (refused.code, expected in refused.err) == (2, True), refused.err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_what_is_shipped_is_proved_and_not_resumed(command: Command) -> None:
    command("train", "add", "--out", "m")
    assert command("export", "m", "--int8", "--out", "small").code == 0
    assert "proved for every length" in command("prove", "small", "--out", "certificate").out
    assert command("check", "small", "certificate").code == 0
    refused = command("train", "--resume", "small", "--steps", 3000)
    assert refused.code == 2
    assert "hint: go on with the model that it came from; `elman train add --from MODEL`" in refused.err


def test_info_tells_what_a_file_holds_and_could_drop(command: Command, folder: Path) -> None:
    command("train", "text", "song.txt", *SHORT)
    facts = command("info", "song.safetensors", "--json").json
    assert sum(facts["holds"].values()) == facts["bytes"] == Path("song.safetensors").stat().st_size
    assert facts["exported"]["int8"] < facts["exported"]["float16"] < facts["exported"]["float32"] < facts["bytes"]
    assert (facts["stored"], facts["sources"]) == ("float32", [str(folder / "song.txt")])
    assert command("compress", "song.safetensors", "song.txt", "--out", "packed").code == 0
    command("train", "text", "song.txt", "--hidden", 4, "--steps", 1, "--out", "other")
    refused = command("decompress", "other", "packed", "--out", "again")
    assert (refused.code, f"found that of {facts['mark']}\n" in refused.err) == (2, True)
    refused = command("decompress", "other", "song.txt", "--out", "again")
    assert "expected a file of `elman compress`; found other data\n" in refused.err
    plain = command("info", "song.safetensors").out
    assert re.search(
        r"^holds:\n  network: [\d,]+\n  training: [\d,]+\n  header: [\d,]+\nexported:\n", plain, re.MULTILINE
    )


def test_size_of_a_large_file_is_told(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elman.cli.kept.LARGE", 0)
    told = " ".join(command("train", "add", "--steps", 3, "--out", "m").out.split())
    assert "0.0 MB, of which 0.0 MB are the network: `elman export` leaves out the rest" in told


def test_text_is_found_from_elsewhere_and_named_where_it_is_not(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("train", "text", "song.txt", *SHORT)
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert command("score", "../song.safetensors", "--json").json["characters"] > 0
    Path("../song.txt").unlink()
    refused = command("score", "../song.safetensors")
    assert refused.code == 2
    assert f"error: {folder / 'song.txt'}: expected a file; found none\n" in refused.err
    assert "hint: the text was there in training; name it: " in refused.err


# --- waiting ---


def test_whoever_waits_is_told_how_far_it_is(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command("train", "text", "song.txt", *SHORT, "--out", "m")
    command("train", "add", "--steps", 600, "--out", "adder")
    monkeypatch.setattr("elman.cli.waiting.SOON", 0.0)
    monkeypatch.setattr("elman.cli.waiting.PAUSE", 0.0)
    monkeypatch.setattr("elman.tasks.text.scoring.surprise.PIECE", 300)
    commands: dict[str, tuple[Any, ...]] = {
        r"[\d,]+/[\d,]+ characters scored  0 s left": ("score", "m", "song.txt"),
        r"[\d,]+/65,536 inputs checked": ("score", "adder"),
        r"[\d,]+ rounds of the search for a proof  0 s so far": ("prove", "adder"),
        r"[\d,]+/[\d,]+ steps": ("compress", "m", "song.txt", "--out", "packed"),
    }
    for line, words in commands.items():
        assert re.search(rf"^{line}", command(*words).err, re.MULTILINE), line


def test_no_time_left_is_said_until_a_tenth_is_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elman.cli.waiting.SOON", 0.0)
    monkeypatch.setattr("elman.cli.waiting.PAUSE", 0.0)
    waiting = Waiting()
    for done in (1, 9, 12, 50):
        waiting("boxes", done, 100)
    said = capsys.readouterr().err.splitlines()
    assert said == ["1/100 boxes", "9/100 boxes", "12/100 boxes  0 s left", "50/100 boxes  0 s left"]
    assert (left(1, 100, 5.0), left(1, 100, 60.0), left(20, 100, 5.0)) == (None, 99 * 60.0, 20.0)  # or for a minute


def test_training_says_what_is_left_by_the_same_rule(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elman.cli.training.Clock.strikes", lambda self: True)
    small = ("train", "text", "song.txt", "--hidden", 8, "--steps", 60, "--every", 4, "--no-out")
    lines = [line for line in command(*small).err.splitlines() if " updates  loss " in line]
    for line in lines:
        assert (" left  " in line) == (int(line.partition("/")[0]) >= 6)
    assert len(lines) > 3 and " left  " not in lines[0] and " left  " in lines[-1]
    bounded = [line for line in command(*small, "--minutes", 5).err.splitlines() if " updates  loss " in line]
    assert "  at most 5 min left  " in bounded[0]


def test_time_of_what_may_end_early_is_the_most(command: Command) -> None:
    small = ("--hidden", 8, "--steps", 60, "--no-out")
    assert re.search(r"  at most [\d,]+ s left  ", command("train", "text", "song.txt", "--recite", *small).err)
    assert re.search(r"[\d.]  [\d,]+ s left  ", command("train", "text", "song.txt", *small).err)


def test_long_training_says_after_a_second_how_long_it_will_take(command: Command) -> None:
    with process("train", "text", "song.txt", *ENDLESS) as training:
        told = [training.stderr.readline()]
        while not told[-1].startswith("hint: with --minutes"):
            told.append(training.stderr.readline())
            assert told[-1]
        training.send_signal(signal.SIGINT)
        training.communicate(timeout=120)
    assert re.fullmatch(r"this will take about [\d,.]+ (min|h)\n", told[-2])
    assert "this will take" not in command("train", "text", "song.txt", *ENDLESS, "--minutes", 0.03, "--force").err


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "0 s"), (119, "119 s"), (125, "2 min"), (7100, "118 min"), (7200, "2.0 h"), (1e7, "2,777.8 h")],
)
def test_durations_are_told_in_units_that_people_read(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_work_that_is_soon_done_is_not_told_of(command: Command) -> None:
    command("train", "add", "--out", "m")
    assert command("score", "m").err == ""
    with suppress(SystemExit):
        assert run(["prove", "m"]) == 0
    assert command("prove", "m").err == ""
