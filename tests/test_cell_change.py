"""The change test: adding a cell is one new header and its line in the table of cells, and nothing else.

A copy of the sources gets a minimal gated unit in just that way and is built. The gradient check, the oracle, traces,
model files and the command line must then know it.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import cmake
import nanobind
import ninja
import pytest

import copied
from copied import ROOT, copy_sources, run

NEW = ROOT / "tests" / "newcell"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with one more cell, built for the simplest instruction set."""
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "engine", root / "engine")
    copy_sources(root)
    shutil.copy(ROOT / "CMakeLists.txt", root)

    shutil.copy(NEW / "mgu.h", root / "engine" / "cells")
    table = root / "engine" / "cells" / "table.h"
    lines = table.read_text()
    assert lines.count("CellList<Rnn") == 1
    table.write_text(lines.replace("CellList<Rnn", "CellList<Mgu, Rnn").replace("#pragma once", '#include "mgu.h"'))

    build = root / "build"
    tool = Path(cmake.CMAKE_BIN_DIR) / "cmake"
    run(
        *(
            tool,
            "-S",
            root,
            "-B",
            build,
            "-G",
            "Ninja",
            "-DELMAN_ONLY=baseline",
            "-DELMAN_STRICT=ON",
            "-DELMAN_WASM=OFF",
            "-DCMAKE_BUILD_TYPE=Debug",
            "-DCMAKE_CXX_FLAGS_DEBUG=-O1",
        ),
        *(f"-DPython_EXECUTABLE={sys.executable}", f"-Dnanobind_DIR={nanobind.cmake_dir()}"),
        f"-DCMAKE_MAKE_PROGRAM={Path(ninja.BIN_DIR) / 'ninja'}",
        cwd=root,
    )
    run(tool, "--build", build, cwd=root)
    [engine] = build.glob("_engine*")
    shutil.copy(engine, root / "src" / "elman")
    return root


def in_copy(root: Path, *arguments: str | Path, cwd: Path) -> str:
    return copied.in_copy(root, *arguments, cwd=cwd, also=NEW, ELMAN_ISA="baseline")


def test_gradient_check_and_oracle_take_the_new_cell_up(copy: Path) -> None:
    tests = ("tests/test_gradients.py", "tests/test_oracle.py")
    output = in_copy(copy, "-m", "pytest", "-p", "mgu_oracle", "-k", "mgu", *tests, cwd=ROOT)
    assert " passed" in output and "failed" not in output


def test_command_line_trace_and_files_take_the_new_cell_up(copy: Path, tmp_path: Path) -> None:
    options = ("--cell", "mgu", "--out", "m.safetensors", "--json")
    trained = json.loads(in_copy(copy, "-m", "elman", "train", "add", *options, cwd=tmp_path))
    assert trained["metrics"]["exact"] == 65_536
    assert in_copy(copy, "-m", "elman", "predict", "m.safetensors", "17+25", cwd=tmp_path) == "42\n"
    script = "import elman; print(*elman.load('m.safetensors').network.trace([[[0, 1]]]))"
    assert in_copy(copy, "-c", script, cwd=tmp_path) == "forget new h y\n"
