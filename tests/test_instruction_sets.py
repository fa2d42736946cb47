"""The kernels of every instruction set that this machine runs compute the same, and one of them can be asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from elman import _engine

# What goes through every kernel; all of the rest is compiled once.
FILES = ("test_math.py", "test_losses.py", "test_small.py", "test_beside.py", "test_oracle.py", "test_gradients.py")
SELECTION = "not 1-layers and not forwards and not tutorial and not listing"
SHOW = "from elman import _engine; print(_engine.instruction_set())"


def python(isa: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Another process with ELMAN_ISA set, in the folder of the tests."""
    command = [sys.executable, *arguments]
    environment = {**os.environ, "ELMAN_ISA": isa}
    return subprocess.run(command, env=environment, cwd=Path(__file__).parent, capture_output=True, text=True)


@pytest.mark.parametrize("isa", [isa for isa in _engine.instruction_sets() if isa != _engine.instruction_set()])
def test_other_instruction_set_passes_the_tests_of_all_kernels(isa: str) -> None:
    run = f"{SHOW}; import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
    done = python(isa, "-c", run, "-p", "no:cacheprovider", "-k", SELECTION, *FILES)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f"{isa}\n")


def test_best_instruction_set_is_used_unless_one_is_asked_for() -> None:
    known = _engine.instruction_sets()
    for isa in known:
        assert python(isa, "-c", SHOW).stdout == f"{isa}\n"
    assert python("", "-c", SHOW).stdout == f"{known[-1]}\n"


def test_unknown_instruction_set_is_refused_at_import_with_the_names_of_the_known_ones() -> None:
    done = python("sse9", "-c", "from elman import Network")
    assert done.returncode == 1
    known = ", ".join(_engine.instruction_sets())
    error = f'ImportError: environment variable ELMAN_ISA: expected one of {known}, found "sse9"'
    assert done.stderr.splitlines()[-1] == error
