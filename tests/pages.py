"""What README and docs tell people to type, and running it.

Kinds of code blocks. `sh`: a command on each line. `console`: commands behind `$`, and what they print; `…`
stands for anything, and seconds may differ. `python`: a program; if its first line is a comment with a name (`# x.py`),
it is kept under that name, too. `text`: what the program before it prints. No language: nothing to be run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
KINDS = ("sh", "console", "python", "text", "json", "c", "")

SERVER = "elman serve "  # what begins so answers until it is stopped
# Begins like this -> is not run here, because …
ELSEWHERE = {
    "python3 -m venv": "it would bring packages from the network, as the next ones",
    ". .venv/bin/activate": "there is no new environment",
    "pip ": "test_package.py builds the source distribution and the wheel, and runs the wheel",
    "make ": "CI runs make; test_docs.py holds that there is such a target",
    "elman bench --device": "a GPU; test_device.py measures another device",
    "torchrun ": "test_ranks.py trains with it, and kills a process",
    "mpiexec ": "test_ranks.py trains with it",
    "python -m benchmarks": "minutes or hours; test_bench.py",
    "elman import http": "it would fetch a file; test_interop.py fetches one from this machine",
    "elman import hf:": "the same; test_interop.py holds what is asked of the library",
}

# In a command -> what is run. Corpora of the network are small files, some trainings are short, and some numbers are in
# another base.
SHORTER = {
    " --device cuda": "",  # which machines that run tests seldom have; test_device.py trains with PyTorch
    r'"\$\(elman data get shakespeare\)"': "verses.txt",
    r'"\$\(elman data get tang\)"': "tang.json",
    r"(elman train text (?!.*(--recite|--from|--resume)).*)": r"\1 --hidden 32 --steps 40",
    r"(elman train text .*--from.*)": r"\1 --steps 60",
    r"(elman train text (?!.*--hidden).*--recite.*)": r"\1 --hidden 48",
    r"(elman train coin (?!.*--seed).*)": r"\1 --steps 700",
    "--steps 20000": "--steps 60",
    "--minutes [0-9.]+": "--minutes 0.02",
    "--base 10": "--base 3",
    "--seeds 0-499": "--seeds 0-2",
    "--seeds 500-999": "--seeds 3-4",
}


@dataclass(frozen=True)
class Block:
    """A code block of a page."""

    page: str
    line: int
    kind: str
    text: str


@dataclass(frozen=True)
class Command:
    """A line to type, or a program; what it prints, where the page says so; and its exit code."""

    where: str
    text: str
    expected: str | None = None
    code: int = 0
    python: bool = False


def blocks(page: str) -> list[Block]:
    """All code blocks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.finditer(r"^```(.*)\n((?:.*\n)*?)```$", text, re.MULTILINE)
    return [Block(page, text.count("\n", 0, one.start()) + 1, one[1], one[2]) for one in found]


def commands(page: str) -> Iterator[Command]:
    """In the order of the page. `exit 1` in a comment says that a command ends so."""
    found = blocks(page)
    for block, following in zip_longest(found, found[1:]):
        where = f"{block.page}:{block.line}"
        if block.kind == "python":
            printed = following.text.strip() if following and following.kind == "text" else None
            yield Command(where, block.text, printed, python=True)
        elif block.kind == "sh":
            for line in block.text.replace("\\\n", "").splitlines():
                yield from _command(where, line, None)
        elif block.kind == "console":
            for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                line, _, printed = part.partition("\n")
                yield from _command(where, line, printed.strip() or None)


def pictures(page: str) -> list[str]:
    """The pictures that a page draws: all that it shows, but for links to a page, and those that benchmarks/ draws."""
    text = (ROOT / page).read_text(encoding="utf-8")
    paths = [Path(page).parent / name for name in re.findall(r"(?<!\[)!\[[^\]]*\]\(([^)]*)\)", text)]
    return [str(path) for path in paths if path.parent.name == "docs"]


def previews(page: str) -> list[tuple[str, str]]:
    """Pictures that are links, and the pages that they lead to."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"\[!\[[^\]]*\]\(([^)]*)\)\]\(([^)]*)\)", text)
    return [(str(Path(page).parent / picture), str(Path(page).parent / to)) for picture, to in found]


def _command(where: str, line: str, expected: str | None) -> Iterator[Command]:
    text, _, comment = re.sub(r"(^|\s+)# ", "\0", line, count=1).partition("\0")
    if text.strip():
        yield Command(where, text.strip(), expected, int("exit 1" in comment))


def here(command: Command) -> bool:
    """Whether it is run in the tests of pages. Programs with PyTorch have a test of their own."""
    return not any(command.text.startswith(beginning) for beginning in ELSEWHERE) and not with_torch(command)


def with_torch(command: Command) -> bool:
    """Whether it is a program that imports PyTorch."""
    return command.python and re.search("^import torch", command.text, re.MULTILINE) is not None


def shortened(text: str) -> str:
    """As it is run in the tests."""
    for pattern, replacement in SHORTER.items():
        text = re.sub(pattern, replacement, text)
    return text


def run(command: Command, folder: Path) -> str:
    """Runs it in a shell; what is not as the page says, or empty."""
    # TMPDIR and ELMAN_CACHE: nothing is left, and nothing found, outside of the folder.
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "ELMAN_THREADS": "1",
        "ELMAN_CACHE": str(folder / "cache"),
        "COLUMNS": "80",
        "TMPDIR": str(folder),
        "BROWSER": "true",  # pages are written; what opens them does nothing
    }
    text = command.text if command.python else shortened(command.text)
    if command.python and (name := re.match(r"# (\w+\.py)\n", text)):
        (folder / name[1]).write_text(text, encoding="utf-8")
    if text.startswith(SERVER):
        done = served(text, folder, environment)
    else:
        line = [sys.executable, "-W", "error", "-c", text] if command.python else ["bash", "-c", text]
        done = subprocess.run(
            line, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
    told = f"{command.where}: {text}\n{done.stdout}{done.stderr}"
    if done.returncode != command.code:
        return f"exit {done.returncode}, expected {command.code}: {told}"
    printed = (done.stdout, done.stderr + done.stdout)  # a page may leave out what is said beside the answer
    if command.expected is not None and not any(matches(command.expected, one) for one in printed):
        return f"expected\n{command.expected}\n{told}"
    return ""


def served(text: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Starts a server, waits until it answers at the address that it says, however long that takes, and stops it."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {text}"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        said = server.stderr.readline()
        if address := re.match(r"(http://\S+):", said):
            with urlopen(f"{address[1]}/health"):
                pass
            server.terminate()
        said += server.stderr.read()
    return subprocess.CompletedProcess(text, server.returncode, "", said)


def matches(expected: str, found: str) -> bool:
    """Whether that was printed, but for seconds and for what … stands for."""
    pattern = re.sub(r"\d+\\\.\d+\\ s\b", r"\\d+\\.\\d+ s", re.escape(expected)).replace("…", ".*")
    return re.fullmatch(pattern, found.strip(), re.DOTALL) is not None
