import os
import signal
from collections import Counter

import numpy as np
import pytest

os.environ["COLUMNS"] = "80"  # whatever the terminal has

# Tests that run in the background of a shell may have Ctrl-C ignored; programs that they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers for each test, whichever tests run with it (the seed: gradcheck.py says why this one)."""
    return np.random.default_rng(6)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Counts the comparisons with other libraries (`needs` in optional.py) that did not run, and says why."""
    reasons = Counter(one.longrepr[2].removeprefix("Skipped: ") for one in terminalreporter.stats.get("skipped", []))
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} tests did not run: {reason}")
