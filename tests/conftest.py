import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

os.environ["COLUMNS"] = "80"  # whatever the terminal has

# Tests that run in the background of a shell may have Ctrl-C ignored; programs that they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """For pages (`browser.opened`)."""
    with browser.started() as found:
        yield found


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers for each test, whichever tests run with it (the seed: gradcheck.py says why this one)."""
    return np.random.default_rng(6)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """The engine has one thread, and afterwards as many as before."""
    import elman

    before = elman.threads()
    elman.set_threads(1)
    yield
    elman.set_threads(before)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any, str]]:
    """The command line: exit code, standard output (with --json, its object; its objects with --follow), errors."""
    from elman.cli import run

    def called(*words: str) -> tuple[int, Any, str]:
        code = run(list(words))
        found = capsys.readouterr()
        if "--json" not in words:
            return code, found.out, found.err
        objects = list(map(json.loads, found.out.splitlines()))
        return code, objects if "--follow" in words else objects[0], found.err

    return called


# They compile, or run what takes minutes. (The order, with xdist, of those with most tests first has them last.)
LONG = ("test_package.py", "test_docs.py", "test_instruction_sets.py", "test_cell_change.py", "test_task_change.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first: else a process is left alone with one of them at the end."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Counts the comparisons with other libraries (`needs` in optional.py) that did not run, and says why."""
    reasons = Counter(one.longrepr[2].removeprefix("Skipped: ") for one in terminalreporter.stats.get("skipped", []))
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} tests did not run: {reason}")
