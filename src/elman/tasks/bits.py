"""The codec of arithmetic: numbers as bits, the least significant first, one bit of each operand per time step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def encode(numbers: Sequence[int] | NDArray[np.int64], steps: int) -> NDArray[np.float32]:
    """(steps, N): the lowest bits of N numbers, which are not negative; any length.

    >>> encode([6, 1], 4).T
    array([[0., 1., 1., 0.],
           [1., 0., 0., 0.]], dtype=float32)
    """
    if isinstance(numbers, np.ndarray):
        return ((numbers[None, :] >> np.arange(steps)[:, None]) & 1).astype(np.float32)
    width = (steps + 7) // 8
    octets = b"".join((n & ((1 << steps) - 1)).to_bytes(width, "little") for n in numbers)
    rows = np.frombuffer(octets, np.uint8).reshape(len(numbers), width)
    return np.unpackbits(rows, axis=1, bitorder="little")[:, :steps].T.astype(np.float32)


def decode(bits: NDArray[np.bool_]) -> list[int]:
    """The numbers whose bits are the columns of (steps, N).

    >>> decode(np.array([[False, True], [True, True]]))
    [2, 3]
    """
    return [int.from_bytes(row.tobytes(), "little") for row in np.packbits(bits.T, axis=1, bitorder="little")]
