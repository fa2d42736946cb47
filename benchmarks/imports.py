"""What does `import elman` cost?"""

from __future__ import annotations

from benchmarks.processes import process
from benchmarks.report import Report
from elman.bench.goals import IMPORT_SECONDS
from elman.bench.peers import PEERS
from elman.bench.race import Check, Peer, Spread, race
from elman.bench.table import race_data, spread

ROUNDS, QUICK_ROUNDS = 9, 3
EMPTY = "an empty process"


def run(quick: bool) -> Report:
    """Every library's import, beyond an empty process."""
    contestants = [process(Peer(EMPTY, ()), "-c", "pass")]
    contestants += [process(peer, "-c", f"import {peer.packages[-1]}") for peer in PEERS]
    rounds = QUICK_ROUNDS if quick else ROUNDS
    found = race(contestants, Check(1, {"exit codes": 0}), 1, rounds)
    beyond = {name: minus(seconds, found.seconds[EMPTY]) for name, seconds in found.seconds.items() if name != EMPTY}
    rows = [(EMPTY, spread(found.seconds[EMPTY].times(1e3)), "", "", "")]
    for peer in PEERS:
        if peer.missing:
            rows.append((peer.name, "not installed", "", "", ""))
            continue
        more = beyond[peer.name]
        verdict = ""
        if peer.name == "elman":
            verdict = f"≤ {IMPORT_SECONDS * 1e3:g} ms: {'met' if more.median <= IMPORT_SECONDS else 'missed'}"
        columns = (
            spread(found.seconds[peer.name].times(1e3)),
            spread(more.times(1e3)),
            spread(more.over(beyond["NumPy"])),
        )
        rows.append((f"`import {peer.packages[-1]}`", *columns, verdict))
    return Report(
        title="Import",
        text=f"Processes that import a library and end; {rounds} rounds, by turns.",
        header=("process", "ms", "ms beyond an empty one", "of importing NumPy", "goal"),
        rows=rows,
        data=race_data("import", found, None),
    )


def minus(some: Spread, other: Spread) -> Spread:
    """The difference within each round."""
    return Spread(tuple(a - b for a, b in zip(some.values, other.values, strict=True)))
