"""Batches of like lengths: what each update of an epoch sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]

POOL = 16  # batches of sequences that are drawn together, and sorted by length
LEAST, MOST = 8, 128  # sequences of a batch, where nobody said how many


def batch_size(count: int) -> int:
    """What suits so many sequences: the power of two that is nearest to their root, from 8 to 128."""
    return int(np.clip(1 << round(np.log2(count) / 2), LEAST, MOST))


def together(coming: Sequence[Rows], lengths: NDArray[np.int32], steps: int) -> int:
    """How many of these batches are laid out side by side: the first, and those of its size that fit beside it.

    Args:
        coming: one batch, or more.
        lengths: (N,) of all sequences.
        steps: padded ones that they may have.
    """
    size, longest = len(coming[0]), 0
    for count, batch in enumerate(coming):
        longest = max(longest, int(lengths[batch].max()))
        if count and (len(batch) != size or longest * size * (count + 1) > steps):
            return count
    return len(coming)


def batches(lengths: NDArray[np.int32], size: int, rng: np.random.Generator) -> list[Rows]:
    """An epoch: every sequence once, in batches of at most `size`, which differ by one at most; larger ones first.

    Sequences are drawn into pools. In each, they are sorted by length and cut into batches. Where the batches come in
    the epoch, and which are the larger ones, is drawn, too.
    """
    count = -(-len(lengths) // size)
    sizes = len(lengths) // count + (np.arange(count) < len(lengths) % count)
    order, places = rng.permutation(len(lengths)), rng.permutation(count)
    found: list[Rows] = [order] * count
    first = 0
    for pool in np.split(places, range(POOL, count, POOL)):
        ends = np.cumsum(sizes[pool])
        rows = order[first : first + ends[-1]]
        first += ends[-1]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        for place, part in zip(pool, np.split(rows, ends[:-1]), strict=True):
            found[place] = part
    return found
