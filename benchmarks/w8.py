"""W8, cold: whole processes, from exec to proof."""

from __future__ import annotations

from pathlib import Path

from benchmarks.processes import process
from benchmarks.report import Report, of
from elman.bench import listing
from elman.bench.peers import ELMAN, NUMPY, PYTORCH
from elman.bench.race import Check, Peer, race
from elman.bench.workloads import Result

PROGRAMS = Path(__file__).with_name("programs")
ROUNDS, QUICK_ROUNDS = 7, 3


def run(quick: bool) -> Report:
    """Seven rounds; quick: three."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    contestants = [
        process(ELMAN, "-m", "elman", "train", "add"),
        process(NUMPY, str(PROGRAMS / "add_numpy.py"), listing.__file__, form="the listing"),
        process(PYTORCH, str(PROGRAMS / "add_torch.py")),
        process(Peer("python -c pass", ()), "-c", "pass"),
    ]
    found = race(contestants, Check(1, {"exit codes": 0}), 1, rounds)
    return of(
        Result(
            name="w8",
            workload="W8: cold",
            text=(
                "Whole processes, from exec to exit: `elman train add`; the tutorial's listing, 10,000 updates "
                "(`benchmarks/programs/add_numpy.py`); the sizes, data, optimizer and schedule of `elman train add` "
                "with PyTorch's nn.RNN (`benchmarks/programs/add_torch.py`). Each learns to add, and ends well only if "
                f"all pairs of its numbers are right. {rounds} rounds."
            ),
            unit="ms per process",
            scale=1e3,
            races=[(found, None)],
        )
    )
