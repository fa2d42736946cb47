"""The package as users get it: an sdist builds, and the wheel built from it works with the sources gone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import cmake
import nanobind
import ninja
import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, sources = tmp_path_factory.mktemp("sdist"), tmp_path_factory.mktemp("sources")
    # Whoever builds it looks at every file, and environments have tens of thousands.
    shutil.copytree(ROOT, sources, ignore=shutil.ignore_patterns(".git", ".venv*", "build"), dirs_exist_ok=True)
    script = f"from scikit_build_core.build import build_sdist; build_sdist({str(folder)!r})"
    subprocess.run([sys.executable, "-c", script], cwd=sources, check=True, capture_output=True)
    [file] = folder.glob("elman-*.tar.gz")
    return file


def test_sdist_holds_all_sources_and_nothing_compiled(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    kept = {
        str(p.relative_to(ROOT)) for folder in ("engine", "src") for p in (ROOT / folder).rglob("*.*") if p.is_file()
    }
    sources = {name for name in kept if "__pycache__" not in name and not name.endswith(".so")}
    assert sources <= names
    assert not [name for name in names if name.endswith((".so", ".pyc", ".safetensors", ".wasm"))]


def test_wheel_built_from_the_sdist_works_alone(sdist: Path, tmp_path: Path) -> None:
    """Compiled in haste, for the simplest instruction set: the sources of all of them are the same."""
    build = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-w", str(tmp_path), str(sdist)]
    quick = ("build-type=Debug", "define.CMAKE_CXX_FLAGS_DEBUG=-O1", "define.ELMAN_ONLY=baseline")
    subprocess.run([*build, *(f"-Ccmake.{option}" for option in quick)], check=True, capture_output=True)
    [wheel] = tmp_path.glob("elman-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    assert (tmp_path / "site" / "elman" / "py.typed").exists()
    assert (tmp_path / "site" / "elman" / "engine.wasm").read_bytes().startswith(b"\0asm")
    [entries] = (tmp_path / "site").glob("*.dist-info/entry_points.txt")
    assert "elman = elman.__main__:main" in entries.read_text(encoding="utf-8").replace("elman=", "elman = ")
    # Without `site`, so that the package installed for these tests is not found.
    path = os.pathsep.join([str(tmp_path / "site"), *(path for path in sys.path if path.endswith("site-packages"))])
    trained = subprocess.run(
        [sys.executable, "-S", "-m", "elman", "train", "subtract", "--out", "m.safetensors"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert trained.returncode == 0, trained.stderr
    assert "65,536 of 65,536" in trained.stdout


def test_build_that_cannot_compile_the_engine_for_pages_says_so_and_ends(tmp_path: Path) -> None:
    (tmp_path / "ziglang.py").write_text("raise SystemExit(1)", encoding="utf-8")
    tool, make = Path(cmake.CMAKE_BIN_DIR) / "cmake", Path(ninja.BIN_DIR) / "ninja"
    given = {"Python_EXECUTABLE": sys.executable, "nanobind_DIR": nanobind.cmake_dir(), "CMAKE_MAKE_PROGRAM": make}
    done = subprocess.run(
        [tool, "-S", ROOT, "-B", tmp_path / "build", "-G", "Ninja", *(f"-D{name}={at}" for name, at in given.items())],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "hint: pip install ziglang; or build without pages: -C cmake.define.ELMAN_WASM=OFF" in " ".join(
        done.stderr.split()
    )
