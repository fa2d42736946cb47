"""Forecasts as columns of a table, and what a network begins with in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from elman.errors import in_range, whole
from elman.network import Network
from elman.tasks.series import frequency
from elman.tasks.series.codec import AT_ONCE, Codec
from elman.tasks.series.learning import Learning
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel
from elman.tasks.series.settings import LONGEST
from elman.tasks.series.transforms import TRANSFORMS


def forecasts(
    codec: Codec, network: Network, horizon: int | None, levels: Sequence[float]
) -> Iterator[dict[str, list[Any]]]:
    """Columns of what comes behind the codec's series, for some of them at a time.

    Raises:
        ConfigError: the horizon or a level is none.
    """
    steps = codec.horizon if horizon is None else horizon
    whole("horizon", steps, 1, LONGEST)
    for level in levels:
        in_range("level", level, 0, 100, low_in=False, high_in=False)
    panel = codec.panel
    for first in range(0, len(panel), AT_ONCE):
        rows = np.arange(first, min(first + AT_ONCE, len(panel)))
        found = codec.forecast(network, panel, Origins(rows, panel.lengths[rows]), steps, levels)
        columns: dict[str, list[Any]] = {
            "unique_id": [panel.ids[row] for row in rows for _ in range(steps)],
            "ds": [time for row in rows for time in _times(panel, int(row), steps)],
            "mean": found.mean.ravel().tolist(),
        }
        for level, (low, high) in found.intervals.items():
            columns[f"lo-{level:g}"], columns[f"hi-{level:g}"] = low.ravel().tolist(), high.ravel().tolist()
        yield columns


def _times(panel: Panel, row: int, steps: int) -> list[Any]:
    length = int(panel.lengths[row])
    return frequency.shown(panel.times(row, length, length + steps))


def begun(codec: Codec, learning: Learning) -> list[str]:
    """What the network begins with."""
    beginning = codec.beginning
    weights = beginning.weights.mean(axis=0)
    order = np.argsort(-weights, kind="stable")[:3]
    names = beginning.names()
    seasons = " and ".join(map(str, beginning.seasons)) or "none"
    counts = np.bincount(beginning.kinds, minlength=len(TRANSFORMS))
    read = ", ".join(f"{count:,} {name}" for name, count in zip(TRANSFORMS, counts, strict=True) if count)
    return [
        f"seasons: {seasons} steps" if beginning.seasons else "no season",
        f"transforms of series: {read}",
        "the simple forecast that it begins with: "
        + ", ".join(f"{weights[place]:.0%} {names[place]}" for place in order)
        + " …",
        f"{learning.seen.inputs.shape[1]:,} origins to learn from, {learning.held_out.inputs.shape[1]:,} held out, "
        "the last of each series",
    ]
