"""What the page of a coin model shows beside the network: the directions in which its hidden state counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from elman.network import Network
from elman.tasks.coin.coins import Tosses
from elman.tasks.coin.picture import Numbers, direction, hidden, quantities

POINTS = 150  # that stand behind what a visitor tosses
NAMES = ("odds", "seen")
FLAT = 1e-9  # a quantity that varies no more is the same for all coins: there is nothing to find


def directions(network: Network, tosses: Tosses, exact: Numbers) -> list[dict[str, Any]]:
    """For some tosses (T, N) and the exact chances of heads (T + 1, N): a direction of each quantity that varies.

    Each is found on half of the coins; its `share` of the variance, R², and the `points`, pairs of the quantity and
    the place along the direction, are of the other half.
    """
    h = hidden(network, tosses)
    rng = np.random.default_rng(0)
    shown = rng.integers(len(exact), size=POINTS), rng.integers(tosses.shape[1] // 2, tosses.shape[1], size=POINTS)
    found = []
    for name, quantity in zip(NAMES, quantities(exact), strict=True):
        if np.ptp(quantity) < FLAT:
            continue
        one = direction(h, quantity)
        points = np.stack([quantity[shown], one.along(h[shown])], axis=1)
        found.append(
            {
                "name": name,
                "vector": one.vector.tolist(),
                "offset": one.offset,
                "share": one.share,
                "points": points.round(4).tolist(),
            }
        )
    return found
