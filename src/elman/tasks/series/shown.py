"""What the page and the picture of a series model show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from elman.network import Network
from elman.tasks.capabilities.has_page import HasPage
from elman.tasks.capabilities.pictured import Pictured
from elman.tasks.series.codec import Codec
from elman.tasks.series.frequency import shown
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel, Values

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVELS = (80.0, 95.0)
SERIES = 100  # that a page has, at most
ORIGINS = 25  # of each series: its end, and those before it
NEXT = (5, 25, 50, 75, 95)  # percent of what may come after the end that lies below the value that comes
HISTORY = 8  # horizons that are seen before the first origin, at least
NUMBERS = 150_000  # of all forecasts and histories of a page, at most: 1 MB
LEANS = 8  # simple forecasts that are named
DIGITS = 6  # of a number


class Shown(Pictured, HasPage):
    """Series and their forecasts, as a picture and on a page."""

    script: ClassVar[Path] = Path(__file__).with_name("look") / "page.js"
    known: Codec

    def picture(self, network: Network) -> Figure:
        """History, forecast and intervals of the first series, and the last errors of a step ahead."""
        from elman.tasks.series.picture import picture

        return picture(self.known, network)

    def seen(self, network: Network) -> dict[str, Any]:
        """The first series, each with its history and what is forecast from its last origins.

        Forecasts stand there as Python made them: the page has no second codec. It has what the network reads at each
        origin (T, I), so that it can be asked there.
        """
        codec = self.known
        each = ORIGINS + len(NEXT)
        size = each * (codec.horizon * (2 + 2 * len(LEVELS)) + codec.windows.steps * codec.windows.inputs)
        count = max(1, min(len(codec.panel), SERIES, NUMBERS // size))
        return {
            "horizon": codec.horizon,
            "levels": list(LEVELS),
            "share": codec.calibration.share,
            "past": codec.windows.past,
            "piece": codec.windows.piece,
            "all": len(codec.panel),
            "known": [name for one in (codec.panel.exogenous, codec.panel.calendar) if one for name in one.names],
            "series": [_series(codec, network, number) for number in range(count)],
        }


def _series(codec: Codec, network: Network, number: int) -> dict[str, Any]:
    panel, horizon = codec.panel, codec.horizon
    length = int(panel.lengths[number])
    # What is to come of columns that are known in advance is not at hand: the last origin is a horizon earlier.
    last = length if panel.exogenous is None else max(1, min(length, int(panel.exogenous.lengths[number]) - horizon))
    ends = np.arange(max(1, last - ORIGINS + 1), last + 1)
    begun = max(0, int(ends[0]) - max(HISTORY * horizon, codec.windows.width))
    values = panel.values[panel.offsets[number] : panel.offsets[number + 1]]
    weights = codec.beginning.weights[number]
    order = np.argsort(-weights, kind="stable")[:LEANS]
    names = codec.beginning.names()
    return {
        "name": panel.ids[number],
        "begun": begun,
        "length": length,
        "values": _listed(values[begun:]),
        "times": list(map(str, shown(panel.times(number, begun, last + 1 + horizon)))),
        "leans": [[names[place], _rounded(weights[place])] for place in order if weights[place] > 0],
        "origins": _origins(codec, network, panel, number, ends),
        "next": [] if panel.exogenous else list(_next(codec, network, number, last)),
    }


def _next(codec: Codec, network: Network, number: int, last: int) -> Iterator[dict[str, Any]]:
    """What is forecast once the value after the end is there, if it comes low, as expected, or high."""
    origin = Origins(np.array([number]), np.array([last]))
    found = codec.forecast(network, codec.panel, origin, codec.horizon, (50.0, 90.0))
    (low, high), (lowest, highest) = ([edge[0, 0] for edge in found.intervals[level]] for level in (50.0, 90.0))
    for percent, value in zip(NEXT, (lowest, low, found.mean[0, 0], high, highest), strict=True):
        grown = codec.panel.grown({number: np.array([value])})
        made = _origins(codec, network, grown, number, np.array([last + 1]))[0]
        yield {"percent": percent, "value": _rounded(value), **made}


def _origins(codec: Codec, network: Network, panel: Panel, number: int, ends: Any) -> list[dict[str, Any]]:
    """For each origin, forecasts and what the network reads."""
    origins = Origins(np.full(len(ends), number), ends)
    found = codec.forecast(network, panel, origins, codec.horizon, LEVELS)
    inputs = codec.seen(panel, origins).inputs
    return [
        {
            "end": int(end),
            "mean": _listed(found.mean[row]),
            "simple": _listed(found.simple[row]),
            "intervals": [[_listed(edge[row]) for edge in found.intervals[level]] for level in LEVELS],
            "inputs": _listed(inputs[:, row].ravel()),
        }
        for row, end in enumerate(ends)
    ]


def _rounded(value: Any) -> float | None:
    """As few digits as people and networks need; None where it is missing."""
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None


def _listed(values: Values | Any) -> list[float | None]:
    return [_rounded(value) for value in values.tolist()]
