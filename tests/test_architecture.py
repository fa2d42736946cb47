"""The rules of the house."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import elman
import elman.cli
from elman.tasks import TASKS

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
FOLDERS = {".".join(line.partition(":")[0].split(".")[:3]) for line in TASKS.lines.values()}
BELOW_THE_COMMAND_LINE = [path for path in SOURCES if "cli" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


@cache
def modules(path: Path) -> set[str]:
    """The modules that a file imports from, anywhere in it."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def imported(path: Path) -> set[str]:
    """The packages of these modules."""
    return {name.partition(".")[0] for name in modules(path)}


# --- the rules ---


@pytest.mark.parametrize("path", BELOW_THE_COMMAND_LINE, ids=name_of)
def test_only_the_command_line_prints(path: Path) -> None:
    assert not imported(path) & {"argparse"}
    for node in nodes(path):
        assert not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print")
        assert not (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr", "__stdout__", "__stderr__"))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_other_framework_is_imported(path: Path) -> None:
    others = {"torch", "jax", "tensorflow", "sklearn", "pickle"}
    # Methods that stand beside a score; and what estimators are.
    if name_of(path) in ("src/elman/tasks/labelled/baselines.py", "src/elman/estimators/scikit.py"):
        others.remove("sklearn")
    assert not imported(path) & others


TEXT = "elman.tasks.text elman.models.text"
ARITHMETIC = "elman.tasks.arithmetic"
OTHERS = "torch jax sklearn elman.estimators onnx onnxruntime matplotlib multiprocessing elman.bench"
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


def test_the_checker_is_imported_beside_the_updates() -> None:
    script = (
        "import sys; from threading import enumerate; from elman.cli import run, training; update = training._watch\n"
        "def watch(*given):\n"
        "    [thread.join() for thread in enumerate() if thread.name == 'import of the checker']\n"
        "    print('imported', 'elman.proof.checker' in sys.modules)\n"
        "    update(*given)\n"
        "training._watch = watch; run(['train', 'add', '--steps', '1', '--no-out'])"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("imported True\n")


@pytest.mark.parametrize("path", [*SOURCES, *sorted((ROOT / "engine").rglob("*.*"))], ids=name_of)
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


PACKAGE = ROOT / "src" / "elman"
MODELS = [PACKAGE / "models" / f"{kind}.py" for kind in ("series", "sessions", "speech", "text")]
SURFACE = [PACKAGE / "__init__.py", *MODELS, *PACKAGE.glob("estimators/*.py")]


@pytest.mark.parametrize("path", [path for path in SOURCES if path not in SURFACE], ids=name_of)
def test_nobody_but_the_table_knows_a_task(path: Path) -> None:
    """Others ask for capabilities. Beside the table are public names, classes of models, estimators."""
    known = {folder for folder in FOLDERS for module in modules(path) if f"{module}.".startswith(f"{folder}.")}
    here = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
    assert all(f"{here}.".startswith(f"{folder}.") for folder in known)


def test_each_task_is_where_the_table_says() -> None:
    assert {name: task.name for name, task in TASKS.items()} == dict(zip(TASKS, TASKS, strict=True))
    assert "no such task" not in TASKS
