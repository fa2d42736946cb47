"""What a network begins with that goes on from another one, whose items are not all the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman.network import Parameters
from elman.tasks.sessions.counts import Counts

OF_ITEMS = ("embedding.", "head.")  # tensors with a row for each item


def adopt(parameters: Parameters, known: Parameters, places: NDArray[np.int64], counts: Counts) -> None:
    """Takes over what is known.

    New items begin as the mean of the known ones that are near to them in sessions; those that have no such
    neighbours stay as they are.

    Args:
        parameters: that are written.
        known: those of the other network.
        places: (V,) of the items there, -1 of new ones.
        counts: of the new log.
    """
    there = places >= 0
    for name, values in known.items():
        if not name.startswith(OF_ITEMS):
            parameters[name][...] = values
            continue
        rows = parameters[name]
        rows[there] = values[places[there]]
        for item in np.flatnonzero(~there).tolist():
            neighbours, near = counts.near(item)
            if (near := near * there[neighbours]).any():
                rows[item] = near @ rows[neighbours] / near.sum()
