"""Picture of forecasts: how series went, how they go on, and how sure that is; and the last errors of a step ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from elman.network import Network
from elman.tasks.capabilities.pictured import plain
from elman.tasks.series.codec import Codec
from elman.tasks.series.origins import Origins

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 6  # series
LEVELS = (95.0, 80.0)
SHADES = {95.0: 0.2, 80.0: 0.35}
SEEN = 4  # horizons of the past, at least, are shown


def picture(codec: Codec, network: Network) -> Figure:
    """A row for each of the first series: on the left history, forecast and intervals, on the right errors."""
    from matplotlib.figure import Figure

    count = min(MOST, len(codec.panel))
    figure = Figure(figsize=(10, 2.2 * count), layout="constrained")
    axes = figure.subplots(count, 2, squeeze=False, width_ratios=[3, 1])
    for number in range(count):
        left, right = axes[number]
        _forecast(left, codec, network, number)
        _errors(right, codec, network, number)
    axes[0][0].legend(loc="upper left", fontsize="small")
    axes[0][1].set_title("errors, one step ahead", fontsize="small")
    return figure


def _forecast(axes: Any, codec: Codec, network: Network, number: int) -> None:
    from matplotlib import dates

    untyped: Any = dates
    panel, horizon = codec.panel, codec.horizon
    length = int(panel.lengths[number])
    # What is to come of columns that are known in advance is not at hand: there, the last steps are forecast.
    end = length if panel.exogenous is None else min(length, int(panel.exogenous.lengths[number]) - horizon)
    begun = max(0, end - max(SEEN * horizon, codec.windows.width))
    values = panel.values[panel.offsets[number] : panel.offsets[number + 1]]
    found = codec.forecast(network, panel, Origins(np.array([number]), np.array([end])), horizon, LEVELS)
    times = panel.times(number, begun, max(length, end + horizon))
    axes.plot(times[: length - begun], values[begun:], color="black", linewidth=1, label="values")
    ahead = times[end - begun : end - begun + horizon]
    axes.plot(ahead, found.mean[0], color="C0", label="forecast")
    for level, (low, high) in found.intervals.items():
        axes.fill_between(ahead, low[0], high[0], color="C0", alpha=SHADES[level], linewidth=0, label=f"{level:g} %")
    axes.set_title(plain(panel.ids[number]), fontsize="small")
    axes.tick_params(labelsize="small")
    if times.dtype.kind == "M":
        ticks = untyped.AutoDateLocator()
        axes.xaxis.set_major_locator(ticks)
        axes.xaxis.set_major_formatter(untyped.ConciseDateFormatter(ticks))


def _errors(axes: Any, codec: Codec, network: Network, number: int) -> None:
    """Of the last origins, as many as the network's window has steps."""
    panel = codec.panel
    length = int(panel.lengths[number])
    ends = np.arange(max(1, length - codec.windows.width), length)
    origins = Origins(np.full(len(ends), number), ends)
    made = codec.forecast(network, panel, origins, 1).mean[:, 0]
    actual = panel.following(origins.rows, origins.ends, 1)[:, 0]
    axes.axhline(0, color="black", linewidth=0.5)
    axes.plot(panel.times(number, int(ends[0]), length), actual - made, color="C1", marker=".", linestyle="none")
    axes.tick_params(labelsize="small")
    axes.xaxis.set_ticks([])
