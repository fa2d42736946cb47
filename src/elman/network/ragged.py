"""Sequences of different lengths, as people have them: checked one by one, and side by side in one array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from elman.errors import ShapeError
from elman.network.architecture import CELLS, Architecture
from elman.network.checks import Array, array, as_array

MANY = 256  # sequences that are looked at at once
# Unless one sequence has more, so many numbers are held at once, about:
PIECE = 1 << 21  # of padded inputs and outputs
INSIDE = 1 << 23  # of gates and states, in a bidirectional network; others pass over sequences in short windows


def pad(sequences: Iterable[ArrayLike]) -> tuple[Array, NDArray[np.int32]]:
    """N sequences side by side, as `Network.forward` reads them, and their lengths (N,).

    Args:
        sequences: arrays (T_i, I) of numbers, or (T_i,) of symbols, which are whole numbers. (T_i,) of others are
            (T_i, 1).

    Returns:
        x (T, N, I), or (T, N) symbols, with zeros behind each end; T is the largest length.

    Raises:
        ShapeError: there is none, one is empty, or they do not have the same number of inputs.
    """
    arrays = [as_array(f"sequences[{i}]", one) for i, one in enumerate(listed("sequences", sequences))]
    first = arrays[0]
    if first.ndim == 1 and first.dtype.kind in "iu":
        size = int(np.iinfo(np.int32).max)
        checked = [symbols(f"sequences[{i}]", one, size) for i, one in enumerate(arrays)]
    else:
        width = first.shape[1] if first.ndim == 2 else 1
        dtype = np.result_type(np.float32, *{one.dtype for one in arrays if one.dtype.kind in "biuf"})
        checked = [numbers(f"sequences[{i}]", one, dtype, width) for i, one in enumerate(arrays)]
    return padded(checked), lengths_of("sequences", checked)


def listed(where: str, given: Iterable[Any]) -> list[Any]:
    """What is given, one after another; a ShapeError where that is no list, or an empty one."""
    try:
        found = None if isinstance(given, str | bytes | Mapping) else list(given)
    except TypeError:
        found = None
    if found is None:
        raise ShapeError(f"{where}: expected a list; found {given!r:.60}")
    if not found:
        raise ShapeError(f"{where}: expected at least one; found none")
    return found


def inputs_of(a: Architecture, sequences: Iterable[ArrayLike], where: str = "sequences") -> list[Array]:
    """Sequences that such a network reads: (T_i, I) of its type, or (T_i,) symbols."""
    given = listed(where, sequences)
    if a.symbols:
        return [symbols(f"{where}[{i}]", one, a.inputs) for i, one in enumerate(given)]
    if _ready(given, np.dtype(a.dtype), a.inputs):
        return given
    return [numbers(f"{where}[{i}]", one, a.dtype, a.inputs) for i, one in enumerate(given)]


def _ready(given: list[Any], dtype: np.dtype[Any], width: int) -> bool:
    """Whether all are as `numbers` would make them. Looked at many at a time, short ones cost a fraction of that."""
    for one in given:
        if not (type(one) is np.ndarray and one.dtype == dtype and one.ndim == 2 and one.shape[1] == width):
            return False
        if not one.flags.c_contiguous:
            return False
    return all(np.isfinite(np.concatenate(given[n : n + MANY])).all() for n in range(0, len(given), MANY))


def lengths_of(where: str, checked: Sequence[Array]) -> NDArray[np.int32]:
    """The lengths (N,); a ShapeError where a sequence is empty."""
    lengths = np.array([len(one) for one in checked], np.int32)
    if not lengths.all():
        raise ShapeError(f"{where}[{lengths.argmin()}]: expected at least one step; found none", "leave it out")
    return lengths


def numbers(where: str, given: ArrayLike, dtype: DTypeLike, width: int, axis: str = "steps") -> Array:
    """An array (T, width) of finite numbers of this type; where the width is 1, (T,) is the same.

    `axis` is what T counts, for the message of an error.
    """
    found = as_array(where, given)
    if width == 1 and found.ndim == 1:
        found = found[:, None]
    if found.ndim != 2 or found.shape[1] != width:
        what = f"shape {found.shape}" if found.ndim else f"{given!r:.60}"
        hint = ""
        if found.ndim == 2 and len(found) == width:
            hint = f"`array.T` has {axis} first"
        elif found.ndim == 1 and where.endswith("[0]"):
            hint = "a list of one sequence is `[array]`"
        raise ShapeError(f"{where}: expected an array ({axis}, {width}); found {what}", hint)
    return array(where, found, dtype, (None, width))


def symbols(where: str, given: ArrayLike, size: int) -> NDArray[np.int32]:
    """An array (T,) of whole numbers from 0 to before `size`."""
    found = as_array(where, given)
    if found.size == 0 and found.ndim == 1:
        return np.zeros(0, np.int32)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        what = f"{found.dtype} of shape {found.shape}" if found.ndim else f"{given!r:.60}"
        raise ShapeError(
            f"{where}: expected an array of whole numbers from 0 to {size - 1}, one after another; found {what}",
            "`names, numbers = numpy.unique(values, return_inverse=True)` gives each value a number",
        )
    wrong = (found < 0) | (found >= size)
    if wrong.any():
        first = int(wrong.argmax())
        raise ShapeError(f"{where}[{first}]: expected a whole number from 0 to {size - 1}; found {found[first]}")
    return np.ascontiguousarray(found, np.int32)


def padded(some: Sequence[Array]) -> Array:
    """Arrays (T_i, …) side by side (T, N, …), with zeros behind each end."""
    found = np.zeros((max(map(len, some)), len(some), *some[0].shape[1:]), some[0].dtype)
    for column, one in enumerate(some):
        found[: len(one), column] = one
    return found


def pieces(a: Architecture, lengths: NDArray[np.int32]) -> Iterator[NDArray[np.intp]]:
    """The rows of these lengths, in parts of like lengths that are held at once."""
    order = np.argsort(-lengths, kind="stable")
    steps, first = steps_at_once(a), 0
    if a.bidirectional:
        inside = a.layers * a.reads * (len(CELLS[a.cell].gates) + len(a.states))
        steps = min(steps, INSIDE // inside)
    while first < len(order):
        last = first + max(1, steps // int(lengths[order[first]]))
        yield order[first:last]
        first = last


def steps_at_once(a: Architecture) -> int:
    """How many padded steps are held at once."""
    return PIECE // ((1 if a.symbols else a.inputs) + a.outputs)


def outputs(
    a: Architecture, sequences: Iterable[ArrayLike], forward: Callable[[Array, NDArray[np.int32]], Array]
) -> list[Array] | Array:
    """What `forward` says of each sequence: a list of (T_i, O), or with a readout (N, O)."""
    checked = inputs_of(a, sequences)
    lengths = lengths_of("sequences", checked)
    found: list[Array] = [np.zeros(0)] * len(checked)
    for rows in pieces(a, lengths):
        y = forward(padded([checked[row] for row in rows]), lengths[rows])
        for column, row in enumerate(rows):
            found[row] = y[: lengths[row], column].copy() if a.per_step else y[column]
    return found if a.per_step else np.array(found)
