"""Results as rows of a table, and the same for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from elman.bench import goals
from elman.bench.race import Race, Spread
from elman.bench.workloads import Result

Row = tuple[str, ...]


def header(result: Result) -> Row:
    """Of the columns of `rows`."""
    speed = ("GFLOP/s", "of the peak") if any(flops for _, flops in result.races) else ()
    return ("contestant", result.unit, "elman is faster by a factor of", *speed, "goal")


def rows(result: Result) -> list[Row]:
    """One per contestant, those that could not take part at the end."""
    width = len(header(result))
    lines = [row(result, race, flops, name) for race, flops in result.races for name in race.seconds]
    for name, packages in missing(result).items():
        lines.append((name, f"{' and '.join(packages)} not installed", *[""] * (width - 2)))
    return lines


def row(result: Result, race: Race, flops: float | None, name: str) -> Row:
    """What one contestant did."""
    seconds, first = race.seconds[name], name == race.first
    cells = [name, spread(seconds.times(result.scale)), "" if first else spread(race.ratio(name))]
    if flops is not None:
        cells += [digits(flops / seconds.median / 1e9), spread(race.share(name, flops).times(100), " %")]
    return *cells, verdict(result, race, flops, name)


def verdict(result: Result, race: Race, flops: float | None, name: str) -> str:
    """elman's goal is a share of the peak, a peer's is how far it is behind."""
    if name != race.first:
        return goals.verdict(goals.factor(result.name, name), race.ratio(name).median)
    goal = goals.SHARES.get(result.name)
    if goal is None or flops is None:
        return ""
    return goals.verdict(100 * goal, 100 * race.share(name, flops).median, " %")


def missing(result: Result) -> dict[str, tuple[str, ...]]:
    """Who could not take part, and the packages they lack."""
    return {name: packages for race, _ in result.races for name, packages in race.missing.items()}


def text(result: Result) -> str:
    """What is said about the table; where there are shares of the machine's peak, what that was."""
    every = [race.peaks for race, flops in result.races if flops]
    if not every:
        return result.text
    peaks = {count: Spread(tuple(value for one in every for value in one[count].values)) for count in every[0]}
    said = [f"{spread(peak.times(1e-9), ' GFLOP/s')} on {count}" for count, peak in peaks.items()]
    return f"{result.text} The machine's peak, by number of threads: {', '.join(said)}."


def data(result: Result) -> dict[str, Any]:
    """The same with every round."""
    return {
        "workload": result.workload,
        "races": [race_data(result.name, race, flops) for race, flops in result.races],
        "missing": missing(result),
    }


def race_data(workload: str, race: Race, flops: float | None) -> dict[str, Any]:
    """Of one race."""
    contestants = {
        name: {
            "seconds": seconds.median,
            "rounds": seconds.values,
            "factor": race.ratio(name).median,
            "share_of_peak": None if flops is None else race.share(name, flops).median,
            "goal": goals.factor(workload, name) if name != race.first else goals.SHARES.get(workload),
        }
        for name, seconds in race.seconds.items()
    }
    return {
        "contestants": contestants,
        "flop": flops,
        "peak_flop_per_second": {str(count): peak.median for count, peak in race.peaks.items()},
    }


def spread(figures: Spread, unit: str = "") -> str:
    """Median (least–greatest)."""
    low, high = min(figures.values), max(figures.values)
    return f"{digits(figures.median)}{unit} ({digits(low)}–{digits(high)})"


def digits(value: float) -> str:
    """Three digits, or all before the point.

    >>> digits(0.5123), digits(15.38), digits(1189.6)
    ('0.512', '15.4', '1,190')
    """
    places = next((places for bound, places in ((1, 3), (10, 2), (100, 1)) if abs(value) < bound), 0)
    return f"{value:,.{places}f}"


def aligned(lines: Sequence[Row]) -> list[str]:
    """Rows as lines of text: the first column to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    sides = [str.ljust, *[str.rjust] * (len(widths) - 1)]
    placed = [[side(cell, width) for side, cell, width in zip(sides, line, widths, strict=True)] for line in lines]
    return ["  ".join(cells).rstrip() for cells in placed]
