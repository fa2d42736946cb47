"""How much memory does W3 take? The peak resident set of processes that train it, each alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.report import Report
from elman.bench import goals
from elman.bench.peers import PEERS
from elman.bench.race import Spread
from elman.bench.table import spread
from elman.bench.workloads import WORKLOADS

UPDATES = 10
ROUNDS, QUICK_ROUNDS = 3, 1
NOTHING = "none: what all of them load first"


def run(quick: bool) -> Report:
    """One process per library and round."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    [heat] = WORKLOADS["w3"](True).heats
    names = [contestant.name for contestant in heat.contestants if not contestant.peer.missing]
    bytes_of = {name: Spread(tuple(peak_of(name) for _ in range(rounds))) for name in (*names, NOTHING)}
    first = bytes_of["elman"]
    rows = []
    for name, found in bytes_of.items():
        factor = found.over(first)
        verdict = goals.verdict(goals.factor("memory", name), factor.median)
        rows.append((name, spread(found.times(1e-6)), "" if name == "elman" else spread(factor), verdict))
    rows += [(peer.name, "not installed", "", "") for peer in PEERS if peer.name != "ONNX Runtime" and peer.missing]
    return Report(
        title="Memory",
        text=(
            f"The peak resident set of a process that does {UPDATES} updates of W3 and nothing else, {rounds} "
            "processes each."
        ),
        header=("library", "MB", "times elman's", "goal"),
        rows=rows,
        data={"bytes": {name: found.values for name, found in bytes_of.items()}},
    )


def peak_of(name: str) -> float:
    """Bytes, from a process of its own."""
    code = f"from benchmarks.memory import train; train({name!r})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def train(name: str) -> None:
    """In that process: W3 by one contestant, and what the process needed at most."""
    [heat] = WORKLOADS["w3"](True).heats
    for contestant in heat.contestants:
        if contestant.name == name:
            contestant.prepare()(UPDATES)
    # Not `resource.getrusage`, which counts what the process was forked from, too.
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    print(1024 * int(line.split()[1]))
