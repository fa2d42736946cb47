"""NPZ: arrays of NumPy. Which array is what, by its name.

`x` (N, T, F) or (N, T): sequences of the same length; with `lengths` (N,), what is behind the length of a sequence is
padding. Or `values` (R, F) or (R,), the steps of all sequences one after another, with `lengths` (N,). `names` (F,) are
those of the features, else they are x1, x2 … Labels, targets, groups and ids are the arrays that `Columns` names, with
one for each sequence; labels and targets also with one for each step, (N, T) or (R,).
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.files.source import Source
from elman.tables import hints
from elman.tables.columns import Columns, pick
from elman.tables.held import Part

SUFFIX = ".npz"
PADDED, RAGGED, LENGTHS, NAMES = "x", "values", "lengths", "names"
Array = NDArray[Any]


def part(source: Source, columns: Columns) -> Part:
    """The sequences of a file.

    Raises:
        DataError: an array is not there, or has another shape or type than it should.
    """
    arrays = _arrays(source)
    file = source.name
    values, lengths, steps = _values(file, arrays)
    width = values.shape[1]
    given = arrays.get(NAMES, np.array([f"x{n}" for n in range(1, width + 1)], np.str_))
    if given.shape != (width,):
        raise DataError(f"{file}: names: expected {width} names of features, ({width},); found {given.shape}")
    names = tuple(map(str, given.tolist()))
    notes: list[str] = []

    def one(role: str, name: str | None, each: bool) -> Array | None:
        if name is None:
            return None
        place, note = pick(file, role, name, list(arrays))
        notes.extend([note] * bool(note))
        return _per(file, list(arrays)[place], list(arrays.values())[place], lengths, steps if each else None)

    each = columns.per == "step"
    targets = [one("target", name, each) for name in columns.target]
    labels = one("label", columns.label, each)
    return Part(
        file=file,
        names=names,
        values=values,
        lengths=lengths,
        lines=np.arange(1, len(lengths) + 1),
        unit="sequence",
        labels=None if labels is None else _strings(labels),
        targets=_numbers(file, columns.target, targets) if targets else None,
        groups=_optional(one("group", columns.group, False)),
        ids=_optional(one("id", columns.id, False)),
        notes=tuple(notes),
    )


def _arrays(source: Source) -> dict[str, Array]:
    with source.raw() as file:
        try:
            with np.load(file, allow_pickle=False) as found:
                if not isinstance(found, np.lib.npyio.NpzFile):
                    raise DataError(f"{source.name}: expected an NPZ file; found one array")
                return {name: found[name] for name in found.files}
        except (ValueError, zipfile.BadZipFile, EOFError, KeyError) as error:
            if isinstance(error, DataError):
                raise
            hint = "arrays of objects are not read: values and lengths hold ragged sequences" * ("pickle" in str(error))
            raise DataError(f"{source.name}: expected an NPZ file of arrays; found: {error}", hint) from None


def _values(file: str, arrays: Mapping[str, Array]) -> tuple[NDArray[np.float64], NDArray[np.int64], Array]:
    """All steps (R, F); the lengths; and (N, T) or (R,), which steps of what was given they are."""
    lengths = arrays.get(LENGTHS)
    if lengths is not None and (lengths.ndim != 1 or lengths.dtype.kind not in "iu" or (lengths < 0).any()):
        raise DataError(f"{file}: lengths: expected whole numbers (N,); found {lengths.dtype} {lengths.shape}")
    if PADDED in arrays:
        name, x = PADDED, arrays[PADDED]
        if x.ndim == 2:
            x = x[:, :, None]
        if x.ndim != 3:
            raise DataError(f"{file}: x: expected the shape (N, T, F) or (N, T); found {x.shape}")
        if lengths is None:
            lengths = np.full(len(x), x.shape[1])
        if len(lengths) != len(x):
            raise DataError(f"{file}: lengths: expected one for each sequence, ({len(x)},); found ({len(lengths)},)")
        if (long := lengths > x.shape[1]).any():
            place = int(long.argmax())
            raise DataError(
                f"{file}: lengths: sequence {place + 1:,}: expected at most {x.shape[1]:,} steps, as x has; "
                f"found {lengths[place]:,}"
            )
        steps = np.arange(x.shape[1])[None, :] < lengths[:, None]
        values = x[steps]
    elif RAGGED in arrays and lengths is not None:
        name, values = RAGGED, arrays[RAGGED]
        if values.ndim == 1:
            values = values[:, None]
        if values.ndim != 2 or len(values) != lengths.sum():
            raise DataError(
                f"{file}: values: expected the shape ({lengths.sum()}, F), as lengths say; found {values.shape}"
            )
        steps = np.ones(len(values), bool)
    else:
        raise DataError(
            f"{file}: expected the array x, or values and lengths; found {', '.join(arrays) or 'none'}",
            "numpy.savez(file, x=…, y=…)",
        )
    if values.dtype.kind not in "fiub":
        raise DataError(f"{file}: {name}: expected numbers; found {values.dtype}")
    made = values.astype(np.float64)
    lengths = lengths.astype(np.int64)
    if np.isinf(made).any():
        step, feature = np.argwhere(np.isinf(made))[0]
        sequence = int(np.searchsorted(np.cumsum(lengths), step, side="right"))
        raise DataError(
            f"{file}: {name}: sequence {sequence + 1:,}, step {step - lengths[:sequence].sum() + 1:,}, feature "
            f"{feature + 1}: expected a finite number; found {made[step, feature]}",
            "NaN is a missing value",
        )
    return made, lengths, steps


def _per(file: str, name: str, found: Array, lengths: Array, steps: Array | None) -> Array:
    """One for each sequence, or for each step, (n,) or (R,)."""
    shape = lengths.shape if steps is None else steps.shape
    if found.shape != shape:
        what = "sequence" if steps is None else "step"
        hint = hints.each_step() * (steps is None and found.ndim == 2)
        raise DataError(f"{file}: {name}: expected one for each {what}, {shape}; found {found.shape}", hint)
    return found if steps is None else found[steps]


def _strings(found: Array) -> list[str]:
    """Labels as strings; "" where one is missing."""
    if found.dtype.kind == "f":
        return ["" if np.isnan(one) else f"{one:g}" for one in found]
    return [one.decode() if isinstance(one, bytes) else str(one) for one in found]


def _optional(found: Array | None) -> list[str] | None:
    return None if found is None else _strings(found)


def _numbers(file: str, names: Any, found: list[Array | None]) -> NDArray[np.float64]:
    for name, one in zip(names, found, strict=True):
        if one is None or one.dtype.kind not in "fiub" or np.isinf(one).any():
            raise DataError(f"{file}: {name}: expected finite numbers; found {'others' if one is None else one.dtype}")
    return np.column_stack([np.asarray(one, np.float64) for one in found])
