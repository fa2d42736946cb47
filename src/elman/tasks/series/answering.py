"""Forecasts as columns of a table, and what a network begins with in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from elman.errors import DataError, in_range, whole
from elman.network import Network
from elman.tasks.series import frequency
from elman.tasks.series.codec import AT_ONCE, Codec
from elman.tasks.series.frequency import Times
from elman.tasks.series.learning import Learning
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel
from elman.tasks.series.reading import Read, gaps
from elman.tasks.series.settings import LONGEST
from elman.tasks.series.transforms import TRANSFORMS


def forecasts(
    codec: Codec,
    network: Network,
    horizon: int | None,
    levels: Sequence[float],
    times: Callable[[Times], list[Any]] = frequency.plain,
) -> Iterator[dict[str, list[Any]]]:
    """Columns of what comes behind the codec's series, for some of them at a time; `times` makes those of `ds`.

    Raises:
        ConfigError: the horizon or a level is none.
    """
    steps = codec.horizon if horizon is None else horizon
    whole("horizon", steps, 1, LONGEST)
    for level in levels:
        in_range("level", level, 1, 100, high_in=False)
    panel, lengths = codec.panel, codec.panel.lengths.tolist()
    ends = [*zip(panel.first, (panel.begin + panel.lengths).tolist(), strict=True)]
    known: dict[tuple[Any, int], list[Any]] = {}  # the times to come: many series end at the same one

    def to_come(row: int) -> list[Any]:
        if ends[row] not in known:
            known[ends[row]] = times(panel.times(row, lengths[row], lengths[row] + steps))
        return known[ends[row]]

    for first in range(0, len(panel), AT_ONCE):
        rows = np.arange(first, min(first + AT_ONCE, len(panel)))
        found = codec.forecast(network, panel, Origins(rows, panel.lengths[rows]), steps, levels)
        columns: dict[str, list[Any]] = {
            "unique_id": [panel.ids[row] for row in rows for _ in range(steps)],
            "ds": [time for row in rows.tolist() for time in to_come(row)],
            "mean": found.mean.ravel().tolist(),
        }
        for level, (low, high) in found.intervals.items():
            columns[f"lo-{level:g}"], columns[f"hi-{level:g}"] = low.ravel().tolist(), high.ravel().tolist()
        yield columns


def on_files(codec: Codec, read: Read, log: str, refit: bool, note: Callable[[str], None]) -> Codec:
    """The codec for the series of files; what is fitted to them is fitted anew, or only to those that are new."""
    for line in [*read.notes, *gaps(read.panel), *codec.unknown(read.panel)]:
        note(line)
    new = [name for name in read.panel.ids if name not in codec.panel.numbers]
    if new and not refit:
        note(f"{len(new):,} series are new to the model: what it knows of the others is used for them")
    made = codec.refitted if refit else codec.on
    return made(read.panel, read.panel.lengths, log)


def validated(
    codec: Codec,
    network: Network,
    panel: Panel,
    horizon: int,
    windows: int,
    step: int,
    levels: Sequence[float],
    log: str,
) -> dict[str, list[Any]]:
    """Columns of what was forecast from rolling origins, the oldest first, with `cutoff` and `y`.

    Raises:
        DataError: no series is long enough for one.
    """
    ends = panel.lengths[:, None] - horizon - step * np.arange(windows)[::-1]
    there = ends >= 1
    rows = np.repeat(np.arange(len(panel)), windows).reshape(ends.shape)
    origins = Origins(rows[there], ends[there])
    if not len(origins):
        raise DataError(f"{panel.ids[0]!r}: expected more than {horizon} steps; found {panel.lengths[0]}")
    upto = panel.lengths.copy()
    np.minimum.at(upto, origins.rows, origins.ends)
    codec = codec.refitted(panel, upto, log)
    found = codec.forecast(network, codec.panel, origins, horizon, levels)
    columns: dict[str, list[Any]] = {"unique_id": [], "ds": [], "cutoff": []}
    for row, end in zip(origins.rows.tolist(), origins.ends.tolist(), strict=True):
        times = panel.times(row, end - 1, end + horizon)
        columns["unique_id"] += [panel.ids[row]] * horizon
        columns["ds"] += frequency.plain(times[1:])
        columns["cutoff"] += frequency.plain(times[:1]) * horizon
    columns["y"] = panel.following(origins.rows, origins.ends, horizon).ravel().tolist()
    columns["mean"] = found.mean.ravel().tolist()
    for level, (low, high) in found.intervals.items():
        columns[f"lo-{level:g}"], columns[f"hi-{level:g}"] = low.ravel().tolist(), high.ravel().tolist()
    return columns


def dates(panel: Panel) -> list[str]:
    """What is read of the dates of series, in lines."""
    if panel.calendar is None:
        return []
    lines = [panel.calendar.told(panel.frequency)] if panel.calendar.cycles else []
    if panel.calendar.holidays is not None:
        rows = np.repeat(np.arange(len(panel)), panel.lengths)
        off = panel.moved_by(rows, np.arange(len(rows)) - panel.offsets[rows])[:, -1].sum()
        lines.append(f"holidays of {panel.calendar.holidays}: {off:,.0f} of {len(rows):,} steps")
    return lines


def begun(codec: Codec, learning: Learning) -> list[str]:
    """What the network begins with."""
    beginning = codec.beginning
    weights = beginning.weights.mean(axis=0)
    order = np.argsort(-weights, kind="stable")[:3]
    names = beginning.names()
    seasons = " and ".join(map(str, beginning.seasons)) or "none"
    counts = np.bincount(beginning.kinds, minlength=len(TRANSFORMS))
    read = ", ".join(f"{count:,} {name}" for name, count in zip(TRANSFORMS, counts, strict=True) if count)
    counted = int(codec.panel.counts.sum()) if codec.windows.counted else 0
    said = f"{counted:,} series are counts, whole numbers from 0 on: so are the edges of their intervals"
    return [
        *dates(codec.panel),
        f"seasons: {seasons} steps" if beginning.seasons else "no season",
        f"transforms of series: {read}",
        *[said] * bool(counted),
        "the simple forecast that it begins with: "
        + ", ".join(f"{weights[place]:.0%} {names[place]}" for place in order)
        + " …",
        f"{learning.seen.inputs.shape[1]:,} origins to learn from, {learning.held_out.inputs.shape[1]:,} held out, "
        "the last of each series",
    ]
