"""Every verb, as its parser has it, with files that are not what they should be: errors as text, and as JSON."""

from __future__ import annotations

import errno
import io
import json
from argparse import Action
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

import elman
import shop
from elman.cli import run
from elman.cli.parser import Parser
from elman.errors import ElmanError
from optional import DUCKDB, needs
from test_cli import process, program
from test_files import no_space
from test_help import COMMANDS
from test_speech import NAME, SPEECH
from words import spoken, takes, write

READ = {"MODEL", "FILE", "FOLDER", "SOURCE", "CERTIFICATE"}  # metavars of files that are read
WRITTEN = {"--out", "--picture", "--models"}  # options that name what is written
NEEDS = {
    **dict.fromkeys(("record", "listen", "train speech"), SPEECH),
    **dict.fromkeys(("average", "train classify", "train tag", "train sessions", "train series"), DUCKDB),
}

Shelf = dict[str, str]


@dataclass(frozen=True)
class Place:
    """Where something stands in a command."""

    words: tuple[str, ...]
    parser: Parser
    action: Action

    def __str__(self) -> str:
        return " ".join([*self.words, self.name])

    @property
    def name(self) -> str:
        return self.action.option_strings[-1] if self.action.option_strings else str(self.action.metavar)

    @property
    def parameter(self) -> Any:
        marks = [needs(peer) for command, peer in NEEDS.items() if f"{self} ".startswith(f"{command} ")]
        return pytest.param(self, id=str(self), marks=marks)

    def command(self, value: str, shelf: Shelf) -> list[str]:
        """A command with this value there; what else it needs is right."""
        found = list(self.words)
        for action in self.parser._actions:
            other = Place(self.words, self.parser, action)
            needed = action.required or (self.words[0] == "train" and action.metavar is not None and other.is_data)
            if action is self.action or needed:
                given = value if action is self.action else shelf.get(str(other)) or shelf[other.name]
                found += given.split() if other.is_data else [other.name, given]
        beside = (shelf.get(f"beside {one}", "") for one in (" ".join(self.words), self.name, str(self)))
        return [*found, *" ".join(beside).split()]

    @property
    def is_data(self) -> bool:
        return not self.action.option_strings


def declared(words: tuple[str, ...]) -> list[Place]:
    """The places that the parser of a command has; none where the command is but a choice of others."""
    found: list[Parser] = []

    def seen(parser: Parser) -> str:
        found.append(parser)
        return ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Parser, "help_text", seen)
        patch.setattr("sys.stdout", io.StringIO())
        run([*words, "--help"])
    return [Place(words, parser, action) for parser in found for action in parser._actions]


PLACES = [place for words in COMMANDS for place in declared(words)]
INPUTS = [one.parameter for one in PLACES if one.name not in WRITTEN and one.action.metavar in READ]
OUTPUTS = [one.parameter for one in PLACES if one.name in WRITTEN]
FILLED = [one.parameter for one in PLACES if one.name == "--out"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """What is right: a value for each place, by its command and name, or by its name alone."""
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "song.txt").write_text("la la, lo la\n" * 40)
    (folder / "waves.csv").write_text("a\n" + "".join(f"{step % 5}.5\n" for step in range(60)))
    rows = [f"{n},{step},{n % 2 + step / 9},{'ab'[n % 2]}" for n in range(12) for step in range(4)]
    (folder / "rows.csv").write_text("\n".join(["id,step,x,label", *rows, ""]))
    shop.write(folder / "clicks.csv", shop.rows(60))
    models = {
        "adder": elman.train("add", steps=600),
        "add": elman.train("add", steps=1),
        "text": elman.train("text", str(folder / "song.txt"), hidden=4, steps=1),
    }
    for seed in range(0 if DUCKDB.missing else 2):
        series = elman.train("series", str(folder / "waves.csv"), hidden=4, steps=1, seed=seed)
        models[f"series{seed}"] = series
    if not SPEECH.missing:
        takes(folder / "takes", 2, ("ann", "bob"))
        write(folder / "said.wav", spoken("up"))
        models["speech"] = elman.train("speech", str(folder / "takes"), name=NAME, hidden=4, steps=1, validate=0.0)
    for name, model in models.items():
        model.save(folder / name)
    run(["compress", str(folder / "text"), str(folder / "song.txt"), "--out", str(folder / "packed")])
    names = {
        "MODEL": "add",
        "average MODEL": "series0 series1",
        **{f"{verb} MODEL": "text" for verb in ("sample", "compress", "decompress")},
        "listen MODEL": "speech",
        "prove MODEL": "adder",
        "compress FILE": "song.txt",
        "decompress FILE": "packed",
        "import SOURCE": "add",
        "train text FILE": "song.txt",
        "train classify FILE": "rows.csv",
        "train tag FILE": "rows.csv",
        "train sessions FILE": "clicks.csv",
        "train speech FOLDER": "takes",
        "train series FILE": "waves.csv",
    }
    found = {place: " ".join(str(folder / one) for one in of.split()) for place, of in names.items()}
    return {
        **found,
        "WORD": "up",
        "INPUT": "1+1",
        "--out": "out.svg",
        "check CERTIFICATE": found["compress FILE"],
        "beside record --out": f"--from {folder / 'said.wav'}",
        "beside train --out": f"--resume {found['MODEL']}",
        "beside --models": "--seeds 0",
        **{f"beside train {task}": "--steps 1" for task in elman.TASKS},
        "beside train speech": f"--name {NAME} --validate 0 --steps 1",
        "beside export --certificate": "--to c",
    }


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said on stderr of a command that is wrong and changes nothing; --json has the same."""
    said = []
    for more in ((), ("--json",)):
        code = run([*words, *more])
        out, err = capsys.readouterr()
        assert (code, [path for path in Path().rglob("*") if path.is_file()]) == (2, [Path("file")]), (words, err)
        said.append(err[err.index("error: ") :])
    found = json.loads(out)
    assert set(found) == {"error", "hint"}
    assert said == [f"error: {found['error']}\n" + f"hint: {found['hint']}\n" * bool(found["hint"])] * 2
    return said[0]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file and a folder, each in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("folder.svg").mkdir()


@pytest.mark.parametrize("place", INPUTS)
def test_what_cannot_be_read_is_refused(
    place: Place, shelf: Shelf, here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("missing.csv", "folder.svg"):
        said = refused(place.command(name, shelf), capsys)
        assert f"{name}: " in said or f"{place.name}: " in said  # it has no sense with this model
        assert "hint: " in said or place.action.metavar != "MODEL" or name != "missing.csv"


@pytest.mark.parametrize("place", OUTPUTS)
def test_what_cannot_be_written_is_refused(
    place: Place, shelf: Shelf, here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    is_folder = place.action.metavar == "FOLDER"
    for name in ("file/out.svg", *(("file",) if is_folder else ("none/out.svg", "folder.svg"))):
        said = refused(place.command(name, shelf), capsys)
        assert name.partition("/")[0] in said and "hint: " in said


@pytest.mark.parametrize("place", FILLED)
def test_full_disk_is_refused_and_leaves_no_file_behind(
    place: Place, shelf: Shelf, here: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elman.network.file._replace", no_space)
    monkeypatch.setattr("tempfile.tempdir", str(Path("folder.svg").absolute()))  # where a model would be kept instead
    assert "not written: No space left on device" in refused(place.command("out.svg", shelf), capsys)


TO_STDOUT = ("compress --out", "decompress --out", "look --out", "plot --out")  # and C code


@pytest.mark.parametrize("place", OUTPUTS)
def test_dash_is_standard_output_and_never_a_file(
    place: Place, shelf: Shelf, here: None, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = place.command("-", shelf)
    code = run(words)
    out, err = capsysbinary.readouterr()
    assert not Path("-").exists()
    if str(place) in TO_STDOUT:
        assert (code, len(out) > 100, b"error" in err) == (0, True, False)
        assert run([*words, "--json"]) == 2  # which cannot be there, too
    else:
        assert (code, out) == (2, b"")
        assert err.splitlines()[-1].startswith(b"hint: ")


def test_c_code_goes_to_standard_output(
    shelf: Shelf, here: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ["export", shelf["MODEL"], "--to", "c", "--out"]
    assert run([*export, "-"]) == 0
    out, err = capsys.readouterr()
    assert err == f"{len(out.encode()):,} bytes of c to standard output\n"
    assert run([*export, "add.h"]) == 0  # named as the model's file, so it has the same names
    assert Path("add.h").read_text() == out


# --- what is raised on the floors below ---


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (OSError(errno.EIO, "Input/output error", "disk"), 2, ("disk: Input/output error", "")),
        (OSError(errno.ENOSPC, "No space left on device"), 2, ("output: No space left on device", "is the disk full?")),
        (MemoryError(), 2, ("out of memory", "smaller sizes need less")),
        (KeyboardInterrupt(), 130, ("interrupted", "")),
        (ElmanError("m: expected a; found b", "try c"), 2, ("m: expected a; found b", "try c")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
@pytest.mark.parametrize("place", [one.parameter for one in PLACES if one.name == "--json"])
def test_every_error_is_one_object(
    place: Place,
    raised: BaseException,
    code: int,
    said: tuple[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> NoReturn:
        raise raised

    monkeypatch.setattr("elman.cli.parser.Parser.read", fail)
    assert run([*place.words, "--json"]) == code
    assert json.loads(capsys.readouterr().out) == dict(zip(("error", "hint"), said, strict=True))


def test_every_verb_has_json() -> None:
    assert {one.words for one in PLACES if one.name == "--json"} == {one.words for one in PLACES}


@pytest.mark.parametrize("words", [("info", "missing", "--json"), ("train", "add", "--bad", "--json")])
def test_error_that_stdout_cannot_take_is_on_stderr(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full, process(*words, stdout=full) as done:
        assert done.communicate()[1].startswith("error: ")
    assert done.returncode == 2


def test_fault_of_elman_is_no_answer() -> None:
    done = program("import elman.cli.info as info\ninfo.run = lambda options: 1 // 0", "info", "--json")
    assert done.returncode == 70
    assert "Traceback" in done.stderr and "\nhint: please report it" in done.stderr
    assert json.loads(done.stdout)["error"].startswith("a fault of elman itself: ZeroDivisionError: ")
