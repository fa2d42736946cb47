"""The rules of the house, and the change test for tasks: a new one is a class and its line in the table."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
import elman.cli
from elman.tasks import TASKS
from elman.tasks.capabilities.glances import Glances

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
BELOW_THE_COMMAND_LINE = [path for path in SOURCES if "cli" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def imported(path: Path) -> set[str]:
    """The packages that a file imports, anywhere in it."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name.partition(".")[0] for name in found}


# --- the rules ---


@pytest.mark.parametrize("path", BELOW_THE_COMMAND_LINE, ids=name_of)
def test_only_the_command_line_prints(path: Path) -> None:
    assert not imported(path) & {"argparse"}
    for node in nodes(path):
        assert not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print")
        assert not (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr", "__stdout__", "__stderr__"))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_other_framework_is_imported(path: Path) -> None:
    assert not imported(path) & {"torch", "jax", "tensorflow", "sklearn", "pickle"}


TEXT = "elman.tasks.text elman.models.text"
ARITHMETIC = "elman.tasks.arithmetic"
OTHERS = "torch jax onnx onnxruntime matplotlib multiprocessing elman.bench"
COMPUTES = "numpy safetensors elman._engine elman.network elman.models"
SLOW = f"asyncio inspect dataclasses json pathlib shutil difflib tempfile {COMPUTES}"  # what help can do without
NEEDLESS = {
    "import elman": f"{OTHERS} {SLOW} argparse elman.cli",
    "from elman import load": f"{OTHERS} {SLOW.replace('elman.models', 'elman.models.run')} argparse elman.cli",
    "from elman import TASKS, load; list(TASKS)": f"{OTHERS} {TEXT} {ARITHMETIC} elman.tasks.coin elman.cli",
    "run(['--version'])": f"{OTHERS} {SLOW} elman.cli.info",
    "run(['--help'])": f"{OTHERS} {SLOW} argparse typing elman.cli.info elman.cli.train",
    "run(['predict', '--help'])": f"{OTHERS} {SLOW} elman.cli.train",
    "run(['sample', '--help'])": f"{OTHERS} {SLOW} elman.cli.train",
    "run(['train', 'add', '--help'])": f"{OTHERS} {TEXT} elman.tasks.coin elman.cli.training",
    "run(['info'])": f"{OTHERS} mpmath {TEXT} {ARITHMETIC} elman.cli.train elman.cli.prove",
    "run(['predict', 'm', '1+1'])": f"{OTHERS} mpmath {TEXT} elman.tasks.coin elman.cli.train elman.cli.prove",
    "run(['score', 'm'])": f"{OTHERS} mpmath elman.cli.train elman.cli.prove",
    "run(['train', 'add', '--steps', '1'])": f"{OTHERS} asyncio difflib tempfile mpmath {TEXT} elman.cli.predict",
}


@pytest.mark.parametrize("what", NEEDLESS)
def test_nothing_is_imported_before_it_is_needed(what: str, tmp_path: Path) -> None:
    elman.train("add", steps=1).save(tmp_path / "m")
    imports = "from elman.cli import run; " if "run" in what else ""
    script = f"{imports}{what}; import sys; print(*[name for name in {NEEDLESS[what].split()} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.split("\n")[-2] == ""


THREADS = Path("/proc/self/task")


@pytest.mark.skipif(not THREADS.is_dir(), reason="this system lists no threads of a process")
def test_the_program_has_no_threads_but_those_of_the_engine() -> None:
    """Those of NumPy's OpenBLAS keep a core busy when they begin."""
    script = (
        "import atexit, os, sys; from elman.__main__ import main; "
        f"atexit.register(lambda: print('threads', len(os.listdir({str(THREADS)!r})))); "
        "sys.argv[1:] = ['train', 'add', '--steps', '1']; main()"
    )
    environment = {**os.environ, "ELMAN_THREADS": "3", "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.stdout.endswith("threads 3\n")


@pytest.mark.parametrize("path", [*SOURCES, *sorted((ROOT / "engine").rglob("*.*"))], ids=name_of)
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_each_task_is_where_the_table_says() -> None:
    assert {name: task.name for name, task in TASKS.items()} == dict(zip(TASKS, TASKS, strict=True))
    assert "sessions" not in TASKS


# --- the change test ---


class Echo(Glances):
    """Says each bit again, one step after it came: what takes one bit of memory, and no more."""

    name = "echo"
    summary = "says each bit again, one step later"
    settings_type = elman.Settings

    def architecture(self) -> elman.Architecture:
        return elman.Architecture(inputs=1, outputs=1, cell="rnn", hidden=4)

    def initialise(self, network: elman.Network) -> None:
        network.initialise(np.random.default_rng(self.settings.seed))

    def trainer(self, network: elman.Network) -> elman.Trainer:
        return elman.Trainer(network, loss="bits", optimizer=elman.Adam(0.1), seed=self.settings.seed)

    def plans(self, done: int) -> Iterator[elman.Plan]:
        for update in range(done, self.goal):
            rng = np.random.default_rng((self.settings.seed, update))
            yield elman.Plan(examples=self._batch(rng.integers(0, 2, (8, 16))), rows=np.arange(16)[None, :])

    def _batch(self, bits: Any) -> elman.Batch:
        return elman.Batch(
            inputs=bits[..., None], targets=np.roll(bits, 1, axis=0)[..., None] * (np.arange(8) > 0)[:, None, None]
        )

    def glance(self, network: elman.Network) -> str:
        return "listening"

    def score(self, network: elman.Network) -> dict[str, Any]:
        words = [f"{n:08b}" for n in range(256)]
        exact = sum(said == "0" + word[:-1] for word, said in zip(words, self.predict(network, words), strict=True))
        return {"words": 256, "exact": exact, "baselines": {"silence": 2}}

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        return bool(metrics["exact"] == 256)

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        return f"{metrics['exact']} of 256 words said again"

    def parse(self, words: Sequence[str]) -> list[str]:
        if set("".join(words)) <= {"0", "1"}:
            return list(words)
        raise elman.DataError("input: expected 0s and 1s", "`elman predict MODEL 0110`")

    def predict(self, network: elman.Network, inputs: Sequence[str]) -> list[str]:
        outputs = (network.forward([[[float(bit)]] for bit in word])[0] for word in inputs)
        return ["".join("01"[int(y[0, 0] > 0)] for y in output) for output in outputs]

    def codec(self) -> dict[str, Any]:
        return {"kind": "bits"}

    def fingerprint(self) -> str:
        return f"random bits, seed {self.settings.seed}"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[list[str]], int]:
    """The command line of an elman that has this line more in its table of tasks."""
    monkeypatch.setitem(TASKS.lines, "echo", f"{__name__}:Echo")
    monkeypatch.chdir(tmp_path)
    return elman.cli.run


def test_task_change_is_a_class_and_its_line_in_the_table(
    run: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(*arguments: str, code: int = 0) -> Any:
        assert run([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    assert run(["train", "--help"]) == 0
    assert Echo.summary in capsys.readouterr().out
    trained = answer("train", "echo", "--seed", "1", "--steps", "200", "--out", "m")
    assert (trained["task"], trained["steps"], trained["metrics"]["exact"]) == ("echo", 200, 256)
    assert answer("predict", "m", "0110", "11") == {"inputs": ["0110", "11"], "outputs": ["0011", "01"]}
    assert answer("predict", "m", "two", code=2)["hint"] == "`elman predict MODEL 0110`"
    assert answer("score", "m")["metrics"] == trained["metrics"]
    assert answer("info", "m")["task"] == "echo"
    assert answer("train", "--resume", "m", "--steps", "201")["steps"] == 201
    assert elman.load("m", task="echo").predict(["10"]) == ["01"]
    assert elman.train("echo", steps=200, seed=1).passed
