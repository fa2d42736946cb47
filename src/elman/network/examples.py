"""Examples as the engine takes them: everything it is handed is checked and laid out here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from elman._engine import Examples32, Examples64
from elman.errors import ShapeError
from elman.network.architecture import Architecture
from elman.network.checks import Array, Use, array, indices, shaped, within
from elman.network.losses import Loss, loss_of
from elman.network.terms import Term, held_terms


def extent(a: Architecture, x: ArrayLike) -> tuple[int, int]:
    """How many steps and rows inputs have; a ShapeError where they are none of such a network."""
    found = shaped("x", x, (None, None) if a.symbols else (None, None, a.inputs))
    if found.size == 0:
        raise ShapeError(f"x: expected at least one step and one row; found shape {found.shape}")
    return found.shape[0], found.shape[1]


def examples(
    a: Architecture,
    x: ArrayLike,
    *,
    lengths: ArrayLike | None = None,
    targets: ArrayLike | None = None,
    loss: Loss | str | None = None,
    weights: ArrayLike | None = None,
    columns: Array | None = None,
    terms: Sequence[Term] = (),
) -> Any:
    """Checked arrays as the engine takes them, with the targets of a loss if there is one; it keeps them alive.

    Targets and weights belong to answers: they have an axis of steps where every step is answered. With `columns` (K,),
    of these rows alone. Where a weight is 0, the target may be anything.
    """
    steps, rows = extent(a, x)
    dtype, arrays = np.dtype(a.dtype), dict[str, Array]()
    once = Use(columns, axis=0)
    if lengths is not None:
        arrays["lengths"] = indices("lengths", lengths, (rows,), 1, steps, once)
    every = Use(columns, arrays.get("lengths"))
    if a.symbols:
        arrays["symbols"] = indices("x", x, (steps, rows), 0, a.inputs - 1, every)
    else:
        arrays["dense"] = array("x", x, dtype, (steps, rows, a.inputs), every)
    answers, use = a.answers(steps, rows), every if a.per_step else once
    if weights is not None:
        arrays["weights"] = array("weights", weights, dtype, answers, use)
        if (arrays["weights"] < 0).any():
            raise ShapeError(f"weights: expected none below 0; found {arrays['weights'].min()}")
        use = use._replace(weights=arrays["weights"])
    if loss is not None:
        arrays |= _targets(a, loss_of(loss), targets, answers, use)
    kind = Examples32 if a.dtype == "float32" else Examples64
    extra = held_terms(a, terms, a.answers(steps, rows), every if a.per_step else once)
    return kind(steps=steps, columns=rows if columns is None else len(columns), terms=extra, **arrays)


def _targets(
    a: Architecture, loss: Loss, targets: ArrayLike | None, answers: tuple[int, ...], use: Use
) -> dict[str, Array]:
    """What a loss compares the answers with, by the engine's name for it."""
    if targets is None:
        raise ShapeError("targets: expected an array; found none")
    if loss.symbols:
        return {"target_symbols": indices("targets", targets, answers, 0, a.outputs - 1, use)}
    width = loss.width(targets, a.outputs)
    numbers = array("targets", targets, np.dtype(a.dtype), (*answers, width), use._replace(gaps=loss.gaps))
    if loss.bounds is not None:
        within("targets", numbers, *loss.bounds, use)
    return {"targets": numbers if width == a.outputs else numbers.repeat(a.outputs // width, -1)}
