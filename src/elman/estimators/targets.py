"""What estimators are to learn: checked as scikit-learn does it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.estimators.scikit import assert_all_finite, check_consistent_length, checking, column_or_1d
from elman.estimators.steps import Steps


def one_each(estimator: object, steps: Steps, y: Any) -> NDArray[Any]:
    """(N,) one for each sequence."""
    found = _flat(estimator, y)
    with checking("y"):
        check_consistent_length(steps.lengths, found)
    return found


def of_steps(estimator: object, steps: Steps, y: Any) -> NDArray[Any]:
    """(R,) one for each step of all sequences: of a list of (T_i,), or an array (N, T); of a table (N,)."""
    if y is None or steps.form == "table":
        return one_each(estimator, steps, y)
    with checking("y"):
        check_consistent_length(steps.lengths, y)
        parts = [np.asarray(one) for one in y]
    for place, (part, length) in enumerate(zip(parts, steps.lengths.tolist(), strict=True)):
        if part.shape != (length,):
            raise DataError(f"y[{place}]: expected {length:,} labels, one for each step; found {y[place]!r:.60}")
        _refuse_missing(f"y[{place}]", "step", part)
    with checking("y"):
        found = np.concatenate(parts)
        assert_all_finite(found, input_name="y")
    return found


def _flat(estimator: object, y: Any) -> NDArray[Any]:
    if y is None:
        raise DataError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    with checking("y"):
        found: NDArray[Any] = column_or_1d(y, warn=True)
        _refuse_missing("y", "sequence", found)
        assert_all_finite(found, input_name="y")
    return found


def _refuse_missing(where: str, unit: str, found: NDArray[Any]) -> None:
    """A DataError where an answer is None; NaN is refused as scikit-learn does it."""
    if found.dtype == object and None in (given := found.tolist()):
        raise DataError(f"{where}: expected an answer for each {unit}; found None at {unit} {given.index(None)}")
