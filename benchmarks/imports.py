"""What does `import elman` cost?"""

from __future__ import annotations

from benchmarks.processes import process
from benchmarks.report import Report
from elman.bench import goals
from elman.bench.peers import ELMAN, PEERS
from elman.bench.race import Check, Peer, Spread, race
from elman.bench.table import race_data, spread

ROUNDS, QUICK_ROUNDS = 9, 3
EMPTY = Peer("an empty process", ())
# `import elman` alone imports next to nothing: the rest comes with the names that are used.
STATEMENTS = [
    *((ELMAN, statement) for statement in ("import elman", "from elman import Network", "from elman import load")),
    *((peer, f"import {peer.packages[-1]}") for peer in PEERS if peer is not ELMAN),
]
HELP = "elman --help"


def run(quick: bool) -> Report:
    """Every library's import, beyond an empty process."""
    contestants = [process(EMPTY, "-c", "pass")]
    contestants += [process(peer, "-c", statement, form=statement) for peer, statement in STATEMENTS]
    contestants.append(process(ELMAN, "-m", "elman", "--help", form=HELP))
    rounds = QUICK_ROUNDS if quick else ROUNDS
    found = race(contestants, Check(1, {"exit codes": 0}), 1, rounds)
    beyond = {name: minus(seconds, found.seconds[EMPTY.name]) for name, seconds in found.seconds.items()}
    numpy = beyond["NumPy, import numpy"]
    rows = [(EMPTY.name, spread(found.seconds[EMPTY.name].times(1e3)), "", "", "")]
    for (peer, statement), contestant in zip(STATEMENTS, contestants[1:-1], strict=True):
        if peer.missing:
            rows.append((peer.name, "not installed", "", "", ""))
            continue
        more = beyond[contestant.name]
        columns = (
            spread(found.seconds[contestant.name].times(1e3)),
            spread(more.times(1e3)),
            spread(more.over(numpy)),
        )
        rows.append((f"`{statement}`", *columns, _verdict(statement, more, numpy)))
    told, empty = found.seconds[contestants[-1].name], found.seconds[EMPTY.name]
    factor = told.over(empty)
    rows.append(
        (
            f"`{HELP}`: {spread(factor)} times an empty process",
            spread(told.times(1e3)),
            spread(beyond[contestants[-1].name].times(1e3)),
            spread(beyond[contestants[-1].name].over(numpy)),
            goals.bound(goals.HELP, factor.median, " empty processes"),
        )
    )
    return Report(
        title="Import",
        text=(
            f"Processes that import a library and end; {rounds} rounds, by turns. `import elman` leaves the rest of "
            "the package, and NumPy, to the first use of a name: with `Network` comes what computes. What `load` needs "
            "comes with its first call. The help of the command line is a process like these."
        ),
        header=("process", "ms", "ms beyond an empty one", "of importing NumPy", "goal"),
        rows=rows,
        data=race_data("import", found, None),
    )


def _verdict(statement: str, more: Spread, numpy: Spread) -> str:
    if statement == "import elman":
        return goals.bound(goals.IMPORT_SECONDS * 1e3, more.median * 1e3, " ms")
    if statement == "from elman import load":
        return goals.bound(goals.LOAD, more.over(numpy).median, " of importing NumPy")
    return ""


def minus(some: Spread, other: Spread) -> Spread:
    """The difference within each round."""
    return Spread(tuple(a - b for a, b in zip(some.values, other.values, strict=True)))
