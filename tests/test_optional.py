"""What runs where something is missing: a package, or what only Unix has.

Without PyTorch, comparisons with it do not run, and the summary counts them and says why.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import elman
from elman.network import file

# A module that is None cannot be imported, and is not found.
WITHOUT_TORCH = "import sys; sys.modules['torch'] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"


def test_comparisons_that_cannot_run_are_counted_and_named() -> None:
    command = [sys.executable, "-c", WITHOUT_TORCH, "-p", "no:cacheprovider", "test_torch_parity.py"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    found = re.search(r"^(\d+) tests did not run: PyTorch is not installed$", done.stdout, re.MULTILINE)
    assert found
    assert f"\n{found[1]} skipped in " in done.stdout
    assert int(found[1]) > 50


@pytest.fixture
def without_flint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    monkeypatch.delitem(sys.modules, "elman.proof.checker", raising=False)


@pytest.mark.usefixtures("without_flint")
def test_without_flint_all_but_proofs_works(command: Callable[..., tuple[int, Any, str]], tmp_path: Path) -> None:
    model, certificate = tmp_path / "adder", tmp_path / "certificate"
    code, out, _ = command("train", "add", "--out", str(model), "--json")
    assert (code, out["proof"], out["metrics"]["exact"]) == (0, None, 65536)
    code, _, told = command("train", "add", "--no-out")
    assert (code, "hint: pip install python-flint" in told) == (0, True)
    code, out, _ = command("score", str(model), "--json")
    assert (code, out["proof"], out["metrics"]["exact"]) == (0, None, 65536)
    code, _, told = command("score", str(model))
    assert (code, "hint: pip install python-flint" in told) == (0, True)
    certificate.write_text("{}")
    for words in (["prove", str(model)], ["check", str(model), str(certificate)]):
        code, _, told = command(*words)
        assert (code, "proof: expected the package python-flint; found none" in told) == (2, True), told
        assert "pip install python-flint" in told
    # A wrong answer is found without it.
    assert elman.train("add", recipe="tutorial").prove().verdict == "refuted"


def test_a_broken_flint_is_told_once_when_it_is_asked_for(
    command: Callable[..., tuple[int, Any, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ModuleType("flint")
    broken.__spec__ = ModuleSpec("flint", None)
    monkeypatch.setitem(sys.modules, "flint", broken)
    monkeypatch.delitem(sys.modules, "elman.proof.checker", raising=False)
    assert command("train", "add", "--steps", "1", "--no-out")[0] == 1  # nothing to prove: not asked for
    with pytest.raises(ImportError, match="flint"):
        command("train", "add", "--no-out")


def test_without_what_only_unix_has_models_are_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on Windows, which nobody has tried: a folder cannot be opened, and there is no sysconf.
    def refuse(path: Any, *rest: Any) -> int:
        raise PermissionError(13, f"Permission denied: {path} {rest}")

    model = elman.train("add", steps=3)
    with monkeypatch.context() as patch:
        patch.delattr(os, "sysconf")
        model.save(tmp_path / "model")
        assert elman.load(tmp_path / "model").updates == 3
        patch.setattr(os, "open", refuse)
        with pytest.raises(PermissionError):
            file._sync_folder(tmp_path)
        patch.setattr(os, "name", "nt")
        file._sync_folder(tmp_path)
