"""Without PyTorch, comparisons with it do not run, and the summary counts them and says why."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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
