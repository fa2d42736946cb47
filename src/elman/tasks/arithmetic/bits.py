"""The codec of arithmetic: numbers as digits, the least significant first, one digit of each operand per time step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def encode(numbers: Sequence[int] | NDArray[np.int64], steps: int, base: int = 2) -> NDArray[np.int64]:
    """(steps, N): the lowest digits of N numbers, which are not negative; any length.

    >>> encode([6, 1], 4).T
    array([[0, 1, 1, 0],
           [1, 0, 0, 0]])
    """
    if base != 2:
        return _digits(numbers, steps, base)
    if isinstance(numbers, np.ndarray):
        return (numbers >> np.arange(steps)[:, None]) & 1
    width = (steps + 7) // 8
    octets = b"".join((n & ((1 << steps) - 1)).to_bytes(width, "little") for n in numbers)
    rows = np.frombuffer(octets, np.uint8).reshape(len(numbers), width)
    return np.unpackbits(rows, axis=1, bitorder="little")[:, :steps].T.astype(np.int64)


def _digits(numbers: Sequence[int] | NDArray[np.int64], steps: int, base: int) -> NDArray[np.int64]:
    rest = numbers if isinstance(numbers, np.ndarray) else np.array(numbers, object)
    rows = np.empty((steps, len(numbers)), np.int64)
    for t in range(steps):
        rows[t] = rest % base
        rest = rest // base
    return rows


def decode(symbols: NDArray[Any], base: int = 2) -> list[int]:
    """The numbers whose digits are the columns of (steps, N).

    >>> decode(np.array([[False, True], [True, True]]))
    [2, 3]
    """
    if base == 2:
        return [int.from_bytes(row.tobytes(), "little") for row in np.packbits(symbols.T, axis=1, bitorder="little")]
    total = np.zeros(symbols.shape[1], object)
    for digits in symbols[::-1]:
        total = total * base + digits.astype(object)
    return [int(n) for n in total]


def length(number: int, base: int = 2) -> int:
    """How many digits a number has; 0 has none."""
    if base == 2:
        return number.bit_length()
    digits = 0
    while number:
        number, digits = number // base, digits + 1
    return digits
