"""What is checked of an array where it comes in, before the engine trusts it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from elman.errors import ShapeError, whole

Array = NDArray[Any]
Shape = tuple[int | None, ...]  # None: any extent


class Use(NamedTuple):
    """What is read of an array (T, B, …), or (B, …); the rest may hold anything, and is not looked at."""

    columns: Array | None = None  # (K,): these of the B rows, and in this order; None: all
    lengths: Array | None = None  # (K,): so many steps of each; None: all
    weights: Array | None = None  # (T, K) or (K,): what has weight 0 counts for nothing; None: all count
    axis: int = 1  # of the rows: 0 for arrays without one of steps, which have no lengths
    gaps: bool = False  # whether NaN may stand for what is not known


ALL = Use()


def array(where: str, value: ArrayLike, dtype: DTypeLike, shape: Shape, use: Use = ALL) -> Array:
    """What is used of `value`, of this shape, as a C-contiguous array of this type; every number of it is finite.

    Behind a row's length it holds zeros. Memory is shared with `value` where that fits already.
    """
    found = shaped(where, value, shape)
    if found.dtype.kind not in "biuf":
        raise ShapeError(f"{where}: expected real numbers; found {found.dtype}")
    numbers = found = _used(found, use)
    if found.dtype != dtype:
        with np.errstate(over="ignore"):  # what does not fit becomes infinite
            numbers = found.astype(dtype)
    numbers = np.ascontiguousarray(numbers)
    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        _check_finite(where, found, numbers, use)
    return numbers


def indices(where: str, value: ArrayLike, shape: Shape, low: int, high: int, use: Use = ALL) -> NDArray[np.int32]:
    """What is used of `value` as an array of whole numbers from `low` to `high`, as `array` does."""
    found = shaped(where, value, shape)
    if found.dtype.kind not in "iu":
        raise ShapeError(f"{where}: expected whole numbers from {low} to {high}; found {found.dtype}")
    found = _used(found, use)
    if found.size:
        least, most = found.min(), found.max()
        if least < low or most > high:
            raise ShapeError(f"{where}: expected whole numbers from {low} to {high}; found {least} to {most}")
    return np.ascontiguousarray(found, np.int32)


def key(noise_key: int | None) -> int | None:
    """A key of noise; a ConfigError where it is none that the engine takes."""
    if noise_key is not None:
        whole("noise_key", noise_key, 0, (1 << 64) - 1)
    return noise_key


def as_array(where: str, value: ArrayLike) -> Array:
    """`value` as an array."""
    try:
        return np.asarray(value)
    except ValueError:
        raise ShapeError(f"{where}: expected an array; found rows of different lengths") from None


def shaped(where: str, value: ArrayLike, shape: Shape) -> Array:
    """`value` as an array of this shape."""
    found = as_array(where, value)
    fits = len(shape) == found.ndim and all(n in (None, m) for n, m in zip(shape, found.shape, strict=True))
    if not fits:
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ShapeError(f"{where}: expected shape ({wanted}); found {found.shape}")
    return found


def _used(found: Array, use: Use) -> Array:
    """The columns that are used, with zeros behind each row's length."""
    if use.columns is not None:
        found = found.take(use.columns, use.axis)
    if use.lengths is None or use.lengths.min() == len(found):
        return found
    if use.columns is None:
        found = found.copy()
    found[np.arange(len(found))[:, None] >= use.lengths] = 0
    return found


def within(where: str, numbers: Array, low: float, high: float, use: Use = ALL) -> None:
    """A ShapeError that names the first of these, as `array` gave them, that counts and is not from low to high."""
    if numbers.size and not (
        numbers.min() >= low and numbers.max() <= high
    ):  # NaN, where it does not count, is neither
        places = _places((numbers < low) | (numbers > high), use)
        if len(places):
            raise _wrong(where, numbers, places, f"numbers from {low:g} to {high:g}", use)


def _check_finite(where: str, found: Array, numbers: Array, use: Use) -> None:
    """A ShapeError that names the first place of a number that counts and is not finite."""
    places = _places(np.isinf(numbers) if use.gaps else ~np.isfinite(numbers), use)
    if len(places):
        fits = np.isfinite(found[tuple(places[0])])
        what = f"numbers that {numbers.dtype} can hold" if fits else "finite numbers"
        raise _wrong(where, found, places, what, use)


def _places(bad: Array, use: Use) -> Array:
    """Of the bad numbers that count."""
    if use.weights is not None:
        bad &= (use.weights != 0).reshape(use.weights.shape + (1,) * (bad.ndim - use.weights.ndim))
    return np.argwhere(bad)


def _wrong(where: str, found: Array, places: Array, expected: str, use: Use) -> ShapeError:
    """Names the first of these places, as it was before columns were taken."""
    first = tuple(places[0].tolist())
    value = found[first]
    if use.columns is not None:
        first = (*first[: use.axis], int(use.columns[first[use.axis]]), *first[use.axis + 1 :])
    more = f", and {len(places) - 1:,} more" if len(places) > 1 else ""
    return ShapeError(f"{where}: expected {expected}; found {value} at {where}{list(first)}{more}")
