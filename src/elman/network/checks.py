"""What is checked of an array where it comes in, before the engine trusts it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from elman.errors import ShapeError

Array = NDArray[Any]
Shape = tuple[int | None, ...]  # None: any extent


def array(where: str, value: ArrayLike, dtype: DTypeLike, shape: Shape, lengths: Array | None = None) -> Array:
    """`value` as a C-contiguous array of this type and shape.

    With `lengths`, what is behind a row's length is zero: padding is never read, and may hold anything.
    """
    found = shaped(where, value, shape)
    if found.dtype.kind not in "biuf":
        raise ShapeError(f"{where}: expected real numbers; found {found.dtype}")
    try:
        with np.errstate(over="raise"):
            return np.ascontiguousarray(_without_padding(found, lengths), dtype)
    except FloatingPointError:
        raise ShapeError(f"{where}: expected numbers that {np.dtype(dtype)} can hold; found larger ones") from None


def indices(
    where: str, value: ArrayLike, shape: Shape, low: int, high: int, lengths: Array | None = None
) -> NDArray[np.int32]:
    """`value` as an array of whole numbers from `low` to `high`; `lengths` as for `array`."""
    found = shaped(where, value, shape)
    if found.dtype.kind not in "iu":
        raise ShapeError(f"{where}: expected whole numbers from {low} to {high}; found {found.dtype}")
    found = _without_padding(found, lengths)
    if found.size and (found.min() < low or found.max() > high):
        least, most = found.min(), found.max()
        raise ShapeError(f"{where}: expected whole numbers from {low} to {high}; found {least} to {most}")
    return np.ascontiguousarray(found, np.int32)


def shaped(where: str, value: ArrayLike, shape: Shape) -> Array:
    """`value` as an array of this shape."""
    try:
        found = np.asarray(value)
    except ValueError:
        raise ShapeError(f"{where}: expected an array; found rows of different lengths") from None
    fits = len(shape) == found.ndim and all(n in (None, m) for n, m in zip(shape, found.shape, strict=True))
    if not fits:
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ShapeError(f"{where}: expected shape ({wanted}); found {found.shape}")
    return found


def _without_padding(found: Array, lengths: Array | None) -> Array:
    """A copy of an array (T, B, …) with zeros behind each row's length, where there is anything behind one."""
    if lengths is None or lengths.min() == len(found):
        return found
    found = found.copy()
    found[np.arange(len(found))[:, None] >= lengths] = 0
    return found
