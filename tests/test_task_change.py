"""The change tests of tasks and verbs, each in a copy of the package.

A new task is one folder and one line; without a task's folder and its lines, all else works; a new verb is one file and
one line.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import elman._engine
from copied import ROOT, copy_sources, in_copy
from elman.tasks import TASKS
from words import GLIDES, spoken, write

FOLDERS = sorted({line.split(".")[2].partition(":")[0] for line in TASKS.lines.values()})


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, with the engine that is here."""
    copy_sources(tmp_path)
    shutil.copy(elman._engine.__file__, tmp_path / "src" / "elman")
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


@pytest.fixture
def command(copy: Path, tmp_path: Path) -> Callable[..., Any]:
    """The command line of the copy; with --json, its object."""

    def run(*words: str) -> Any:
        out = in_copy(copy, "-m", "elman", *words, cwd=tmp_path)
        return json.loads(out) if "--json" in words else out

    return run


# --- a new task ---


def test_task_is_a_folder_and_a_line(copy: Path, tmp_path: Path, command: Callable[..., Any]) -> None:
    tasks = copy / "src" / "elman" / "tasks"
    shutil.copytree(ROOT / "tests" / "newtask" / "echo", tasks / "echo")
    replace(tasks / "__init__.py", '        "coin":', '        "echo": "elman.tasks.echo:Echo",\n        "coin":')

    assert "says each bit again" in command("train", "--help")
    trained = command("train", "echo", "--seed", "1", "--steps", "200", "--out", "m", "--json")
    assert (trained["task"], trained["steps"], trained["metrics"]["exact"]) == ("echo", 200, 256)
    assert command("predict", "m", "0110", "11", "--json") == {"inputs": ["0110", "11"], "outputs": ["0011", "01"]}
    assert command("score", "m", "--json")["metrics"] == trained["metrics"]
    assert command("info", "m", "--json")["task"] == "echo"
    assert command("train", "--resume", "m", "--steps", "201", "--json")["steps"] == 201
    script = (
        "import elman; model = elman.load('m', task='echo'); assert model.predict(['10']) == ['01']; "
        "model.export('half', 'float16'); print(elman.train('echo', steps=200, seed=1).passed, model.prove().verdict)"
    )
    assert in_copy(copy, "-c", script, cwd=tmp_path) == "True undecided\n"


# --- one task less ---

# Commands that need no other task than the one that they name, their exit codes, and what they read.
WORDS = {
    "add": [
        ("train add --steps 3 --out add --json", 1, ""),
        ("train --resume add --steps 4 --json", 1, ""),
        ("predict add 1+2", 0, ""),
        ("predict add", 0, "1+2\n3+4\n"),
        ("score add", 1, ""),
        ("prove add", 1, ""),
        ("export add --out half --float16", 0, ""),
        ("sample add", 2, ""),
        ("compress add add --out packed", 2, ""),
        ("score add --each", 2, ""),
    ],
    "subtract": [("train subtract --steps 3", 1, "")],
    "transducer": [("train transducer --steps 3 --hidden 4 --function a+1", 1, "")],
    "coin": [
        ("train coin --steps 3 --tosses 8 --out coin", 1, ""),
        ("predict coin", 0, "0110\n\n1\n"),
        ("score coin --json", 1, ""),
        ("prove coin", 1, ""),
        ("sample coin", 2, ""),
        ("export coin --out small --int8 --json", 0, ""),
    ],
    "text": [
        ("train text song --steps 3 --hidden 8 --out text --json", 0, ""),
        ("predict text", 0, "la\n"),
        ("sample text --length 5", 0, ""),
        ("score text --each song", 0, ""),
        ("compress text song --out packed", 0, ""),
        ("prove text", 1, ""),
        ("plot text --out a.svg", 0, ""),
    ],
    "classify": [
        ("train classify small.ts --steps 3 --hidden 4 --out classify --json", 0, ""),
        ("train --resume classify --steps 4 --json", 0, ""),
        ("predict classify small.ts", 0, ""),
        ("score classify small.ts", 0, ""),
        ("sample classify", 2, ""),
    ],
    "tag": [
        ("train tag steps.csv --label tag --steps 3 --hidden 4 --out tag --json", 0, ""),
        ("train --resume tag --steps 4 --json", 0, ""),
        ("predict tag steps.csv", 0, ""),
        ("predict tag -", 0, "id,x\n1,a\n"),
        ("score tag steps.csv", 0, ""),
        ("sample tag", 2, ""),
    ],
    "sessions": [
        ("train sessions clicks.csv --steps 3 --hidden 4 --out sessions --json", 0, ""),
        ("train --resume sessions --steps 4 --json", 0, ""),
        ("predict sessions 1 2 --top 2", 0, ""),
        ("predict sessions", 0, "1 2\n3\n"),
        ("score sessions clicks.csv", 0, ""),
        ("score sessions --surprise", 2, ""),
        ("sample sessions", 2, ""),
    ],
    "speech": [
        ("train speech words --steps 3 --hidden 4 --out speech --json", 0, ""),
        ("train --resume speech --steps 4 --json", 0, ""),
        ("predict speech words/up/0.wav", 0, ""),
        ("score speech words", 0, ""),
        ("sample speech", 2, ""),
    ],
    "series": [
        ("train series waves.csv --steps 3 --hidden 4 --horizon 2 --out series --json", 0, ""),
        ("train --resume series --steps 4 --json", 0, ""),
        ("predict series --level 80", 0, ""),
        ("predict series - --horizon 5", 0, "y\n1\n2\n3\n"),
        ("score series waves.csv", 0, ""),
        ("sample series", 2, ""),
    ],
}
CLICKS = "session_id,item_id\n" + "".join(f"{n},{n % 5}\n{n},{(n + 1) % 5}\n" for n in range(40))
SMALL = "@classLabel true up down\n@data\n" + "1,2,3:up\n3,2,1:down\n" * 10
WAVES = "y\n" + "\n".join(map(str, [1, 5, 3] * 10))
STEPS = "id,x,tag\n" + "".join(f"{n},a,A\n{n},b,B\n" for n in range(20))
ALWAYS = [("--help", 0, ""), ("train --help", 0, ""), ("info", 0, ""), ("data list", 0, ""), ("train song", 2, "")]
SCRIPT = """
import io, sys
from elman.cli import run
for words, code, given in {commands!r}:
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()))
    print(words)
    assert run(words.split()) == code, words
import elman
elman.load, elman.train, elman.Network, elman.Trainer, dir(elman)
"""


def test_each_task_has_commands_here() -> None:
    assert list(WORDS) == list(TASKS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_without_a_tasks_folder_and_its_lines_all_else_works(folder: str, copy: Path, tmp_path: Path) -> None:
    tasks = copy / "src" / "elman" / "tasks"
    shutil.rmtree(tasks / folder)
    table = tasks / "__init__.py"
    lines = re.sub(rf'        "\w+": "elman\.tasks\.{folder}[.:].*\n', "", table.read_text())
    assert folder not in lines
    table.write_text(lines)
    (tmp_path / "song").write_text("la la la, la la. " * 20)
    (tmp_path / "small.ts").write_text(SMALL)
    (tmp_path / "steps.csv").write_text(STEPS)
    for word in GLIDES:
        for take in range(2):
            write(tmp_path / "words" / word / f"{take}.wav", spoken(word, take=take))
    (tmp_path / "clicks.csv").write_text(CLICKS)
    (tmp_path / "waves.csv").write_text(WAVES)
    left = [name for name in TASKS if f"tasks.{folder}" not in TASKS.lines[name]]
    (tmp_path / "waves.csv").write_text(WAVES)
    commands = [*ALWAYS, *(one for name in left for one in WORDS[name])]
    out = in_copy(copy, "-c", SCRIPT.format(commands=commands), cwd=tmp_path)
    assert all(words in out for words, _, _ in commands)


# --- a new verb ---


def test_verb_is_a_file_and_a_line(copy: Path, command: Callable[..., Any]) -> None:
    cli = copy / "src" / "elman" / "cli"
    shutil.copy(ROOT / "tests" / "newverb" / "tasks.py", cli)
    replace(cli / "__init__.py", "VERBS = {\n", 'VERBS = {\n    "tasks": "All tasks by name.",\n')
    assert "All tasks by name." in command("--help")
    assert command("tasks") == f"{' '.join(TASKS)}\n"
    assert command("tasks", "--json") == {"tasks": list(TASKS)}
    assert command("tasks", "--help").startswith("usage: elman tasks [options]")
