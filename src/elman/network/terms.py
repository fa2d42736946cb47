"""Terms: extra logits that come from outside of a network, from counts say; how much they weigh is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from elman._engine import Term32, Term64
from elman.errors import ConfigError, ShapeError
from elman.keywords import keywords
from elman.network.architecture import Architecture
from elman.network.checks import Array, Use, array, indices, shaped


@keywords
@dataclass(frozen=True, kw_only=True)
class Term:
    """Extra logits: a sparse matrix (R, O), and for each answer the row of it that is added.

    The matrix has compressed rows, as `scipy.sparse.csr_array`: row r has `data[j]` at the outputs `indices[j]` for j
    from `indptr[r]` to before `indptr[r + 1]`, and 0 elsewhere. An output that stands twice in a row counts twice.
    Where `indptr` is of int64, `indices` of int32 and `data` of the network's own type, nothing is copied.

    Args:
        rows: (T, B) whole numbers below R, or -1 for nothing; with a readout, (B,).
        indptr: (R + 1,), from 0 to the number of values.
        indices: the outputs, one for each value.
        data: the values.
    """

    rows: ArrayLike
    indptr: ArrayLike
    indices: ArrayLike
    data: ArrayLike


def held_terms(a: Architecture, terms: Sequence[Term], answers: tuple[int, ...], use: Use) -> list[Any]:
    """Checked terms as the engine takes them; `use` says which of their rows are read."""
    if terms == () and a.terms == 0:
        return []
    if isinstance(terms, Term) or not all(isinstance(term, Term) for term in terms):
        raise ConfigError(f"terms: expected elman.Term, one after another; found {terms!r:.60}")
    if len(terms) != a.terms:
        raise ShapeError(f"terms: expected {a.terms}, as many as the network has; found {len(terms)}")
    return [_held(f"terms[{n}]", a, term, answers, use) for n, term in enumerate(terms)]


def _held(where: str, a: Architecture, term: Term, answers: tuple[int, ...], use: Use) -> Any:
    values = array(f"{where}.data", term.data, np.dtype(a.dtype), (None,))
    outputs = indices(f"{where}.indices", term.indices, values.shape, 0, a.outputs - 1)
    begins = _begins(f"{where}.indptr", term.indptr, len(values))
    rows = indices(f"{where}.rows", term.rows, answers, -1, len(begins) - 2, use)
    return (Term32 if a.dtype == "float32" else Term64)(rows=rows, begins=begins, outputs=outputs, values=values)


def _begins(where: str, indptr: ArrayLike, values: int) -> Array:
    """Where rows begin, and the last one ends; a ShapeError where they do not hold so many values."""
    found = shaped(where, indptr, (None,))
    fits = found.dtype.kind in "iu" and len(found) > 0 and found[0] == 0 and found[-1] == values
    if not fits or (np.diff(found.astype(np.int64)) < 0).any():
        raise ShapeError(f"{where}: expected whole numbers that rise from 0 to {values}; found {found!r:.60}")
    return np.ascontiguousarray(found, np.int64)
