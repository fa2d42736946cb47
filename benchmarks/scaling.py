"""What does a second thread bring? elman and PyTorch on one thread and on all of the run, by turns."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.report import Report, say
from elman._engine import set_threads, threads
from elman.bench.peers import ELMAN, PYTORCH
from elman.bench.race import Contestant, Peer, Race, Run, Runner, Spread, race
from elman.bench.table import race_data, spread
from elman.bench.workloads import QUICK_ROUNDS, ROUNDS, WORKLOADS

NAMES = ("w2", "w3", "w4", "w5", "w7")


def run(quick: bool) -> Report:
    """One line per race of the workloads."""
    count, rounds = threads(), QUICK_ROUNDS if quick else ROUNDS
    rows, data = [], []
    for name in NAMES:
        for heat in WORKLOADS[name](quick).heats:
            chosen = [c for c in heat.contestants if c.peer in (ELMAN, PYTORCH)]
            both = [on(number, contestant) for contestant in chosen for number in (1, count)]
            found = race(both, heat.check, heat.units, rounds)
            form = f", {chosen[0].form}" if chosen[0].form else ""
            rows.append((f"{name.upper()}{form}", *columns(found, count)))
            data.append({"workload": name, **race_data("scaling", found, heat.flops)})
            say(" | ".join(rows[-1]))
    return Report(
        title=f"From 1 thread to {count}",
        text=(
            f"Contestants of the workloads, each on one thread and on {count}, by turns, {rounds} rounds: how many "
            "times as fast more threads are. The machine's own factor is that of its peaks: cores that share power are "
            "slower together."
        ),
        header=("workload", "elman", "PyTorch", "the machine"),
        rows=rows,
        data={"races": data},
    )


def on(number: int, contestant: Contestant) -> Contestant:
    """The same on so many threads."""

    def prepare() -> Runner:
        runner = contestant.prepare()

        def run(units: int) -> Run:
            before = threads()
            tell(contestant.peer, number)
            try:
                return runner(units)
            finally:
                tell(contestant.peer, before)

        return run

    return Contestant(contestant.peer, prepare, str(number))


def tell(peer: Peer, number: int) -> None:
    """Sets a library's number of threads."""
    setter: Callable[[int], Any] = import_module("torch").set_num_threads if peer is PYTORCH else set_threads
    setter(number)


def columns(found: Race, count: int) -> tuple[str, ...]:
    """Factors of elman, PyTorch and the machine."""
    gains = [
        spread(found.seconds[f"{peer.name}, 1"].over(found.seconds[f"{peer.name}, {count}"]))
        if f"{peer.name}, 1" in found.seconds
        else "not installed"
        for peer in (ELMAN, PYTORCH)
    ]
    machine: Spread = found.peaks[count].over(found.peaks[1])
    return (*gains, spread(machine))
