"""Data that is drawn as training goes: the same updates whatever has been done before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from elman.training import Batch, Plan


def drawn(
    seed: int, done: int, goal: int, *, rows: int, chunk: int, draw: Callable[[np.random.Generator, int, int], Batch]
) -> Iterator[Plan]:
    """Plans of `chunk` updates of `rows` rows; what update u sees depends on seed and u alone.

    `draw` makes the rows of a plan from a generator, the number of the plan's first update, and how many they are.
    """
    for first in range(done - done % chunk, goal, chunk) if done < goal else ():
        rng = np.random.default_rng((seed, 1 + first // chunk))
        columns = np.arange(chunk * rows).reshape(chunk, rows)
        some = columns[max(0, done - first) : goal - first]
        yield Plan(examples=draw(rng, first, chunk * rows), rows=some)
