"""Anomalies: values that lie outside of what was expected a step before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from elman.network import Network
from elman.tasks.series.codec import AT_ONCE, Codec
from elman.tasks.series.frequency import shown
from elman.tasks.series.origins import CONTEXT, Origins

LEVEL = 99.0  # of the interval, in percent


def anomalies(codec: Codec, network: Network) -> Iterator[dict[str, Any]]:
    """Each value outside of its interval: `unique_id`, `ds`, `y`, `elman`, `lo-99` and `hi-99`, in order.

    The model expects each step from all that was before it. The first values of a series have nothing before them.
    """
    panel = codec.panel
    counts = np.maximum(panel.lengths - CONTEXT, 0)
    rows = np.repeat(np.arange(len(panel)), counts)
    ends = CONTEXT + np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    for first in range(0, len(rows), AT_ONCE):
        origins = Origins(rows, ends).part(slice(first, first + AT_ONCE))
        found = codec.forecast(network, panel, origins, 1, (LEVEL,))
        y = panel.following(origins.rows, origins.ends, 1)[:, 0]
        low, high = (edge[:, 0] for edge in found.intervals[LEVEL])
        for place in np.flatnonzero((y < low) | (y > high)):
            row, end = int(origins.rows[place]), int(origins.ends[place])
            yield {
                "unique_id": panel.ids[row],
                "ds": shown(panel.times(row, end, end + 1))[0],
                "y": float(y[place]),
                "elman": float(found.mean[place, 0]),
                f"lo-{LEVEL:g}": float(low[place]),
                f"hi-{LEVEL:g}": float(high[place]),
            }
