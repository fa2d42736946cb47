"""What does a multiply-add cost as sizes grow? It should cost the same, once there are enough of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from benchmarks.report import Report, say
from elman.bench.peers import ELMAN, engine
from elman.bench.problems import Model, Training
from elman.bench.race import Check, Contestant, Race, race
from elman.bench.table import digits, race_data, spread
from elman.bench.workloads import SYMBOLS

MIDDLE: Mapping[str, int] = {"steps": 50, "rows": 32, "hidden units": 128, "layers": 1}
GROWTH: Mapping[str, tuple[int, ...]] = {
    "steps": (1, 5, 20, 50, 100, 200, 500),
    "rows": (1, 2, 4, 8, 16, 32, 64, 128),
    "hidden units": (8, 16, 32, 64, 128, 256, 512, 1024),
    "layers": (1, 2, 4, 8),
}
ROUNDS, QUICK_ROUNDS = 7, 3
GO, MOST = 2e9, 200  # FLOP and updates in one go


@dataclass(frozen=True)
class Point:
    """One size."""

    what: str
    size: int
    flops: float
    race: Race


def run(quick: bool) -> Report:
    """Each size from small to large while the others stay in the middle."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    points = [measure(what, size, rounds) for what, sizes in GROWTH.items() for size in sizes]
    middle = ", ".join(f"{what} {size}" for what, size in MIDDLE.items())
    return Report(
        title="Growth",
        text=(
            f"Updates as in W3 by LSTMs; where it says nothing else, {middle}. The last columns should stay flat where "
            f"there is enough to do; {rounds} rounds."
        ),
        header=("size", "ms per update", "ps per multiply-add", "of the peak"),
        rows=[row(point) for point in points],
        data={"points": [{point.what: point.size, **race_data("growth", point.race, point.flops)} for point in points]},
    )


def measure(what: str, size: int, rounds: int) -> Point:
    """elman alone, and the peak beside it."""
    sizes = {**MIDDLE, what: size}
    model = Model("lstm", sizes["hidden units"], sizes["layers"], SYMBOLS)
    training = Training(model, sizes["rows"], sizes["steps"], windows=2)
    updates = max(1, min(MOST, round(GO / training.flops)))
    contestant = Contestant(ELMAN, partial(engine.trainer, training))
    point = Point(what, size, training.flops, race([contestant], Check(1, {}), updates, rounds))
    say(" | ".join(row(point)))
    return point


def row(point: Point) -> tuple[str, ...]:
    """One line of the table."""
    seconds = point.race.seconds[ELMAN.name]
    picoseconds = digits(seconds.median / (point.flops / 2) * 1e12)
    share = spread(point.race.share(ELMAN.name, point.flops).times(100), " %")
    return (f"{point.what}: {point.size:,}", spread(seconds.times(1e3)), picoseconds, share)
