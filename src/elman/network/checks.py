"""What is checked of an array where it comes in, before the engine trusts it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from elman.errors import ShapeError

Array = NDArray[Any]
Shape = tuple[int | None, ...]  # None: any extent


def array(where: str, value: ArrayLike, dtype: DTypeLike, shape: Shape) -> Array:
    """`value` as a C-contiguous array of this type and shape."""
    found = _of_shape(where, value, shape)
    try:
        return np.ascontiguousarray(found, dtype)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"{where}: expected numbers; {error}") from None


def indices(where: str, value: ArrayLike, shape: Shape, low: int, high: int) -> NDArray[np.int32]:
    """`value` as an array of whole numbers from `low` to `high`."""
    found = _of_shape(where, value, shape)
    if found.dtype.kind not in "iu":
        raise ShapeError(f"{where}: expected whole numbers from {low} to {high}; found {found.dtype}")
    if found.size and (found.min() < low or found.max() > high):
        least, most = found.min(), found.max()
        raise ShapeError(f"{where}: expected whole numbers from {low} to {high}; found {least} to {most}")
    return np.ascontiguousarray(found, np.int32)


def _of_shape(where: str, value: ArrayLike, shape: Shape) -> Array:
    try:
        found = np.asarray(value)
    except ValueError:
        raise ShapeError(f"{where}: expected an array; found rows of different lengths") from None
    fits = len(shape) == found.ndim and all(n in (None, m) for n, m in zip(shape, found.shape, strict=True))
    if not fits:
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ShapeError(f"{where}: expected shape ({wanted}); found {found.shape}")
    return found
