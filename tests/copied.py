"""A copy of the package, which a test may change, and Python that runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(
        [str(c) for c in command], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copy_sources(root: Path) -> None:
    """Puts src/elman into a folder, without an engine."""
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("*.so", "__pycache__"))


def in_copy(root: Path, *arguments: str | Path, cwd: Path, also: Path | None = None, **environment: str) -> str:
    """Runs Python with the copy's package: without `site`, which would find the installed one."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    path = os.pathsep.join(map(str, (root / "src", *([also] if also else []), ROOT / "tests", *packages)))
    return run(sys.executable, "-S", *arguments, cwd=cwd, PYTHONPATH=path, **environment)
