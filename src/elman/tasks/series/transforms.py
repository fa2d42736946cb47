"""Transforms: what values become before anything is fitted: themselves, their roots, or their logarithms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Kinds = NDArray[np.int64] | int  # numbers of transforms, in the order of TRANSFORMS

TRANSFORMS = ("none", "sqrt", "log1p")
NONE, SQRT, LOG = range(3)
LARGEST = 600.0  # e to the power of it is a number yet


def forward(values: Values, kinds: Kinds) -> Values:
    """y, √y, or log(1 + y)."""
    if isinstance(kinds, int):
        return (values, np.sqrt(np.maximum(values, 0)), np.log1p(np.maximum(values, 0)))[kinds] if kinds else values
    found = values
    for kind in (SQRT, LOG):
        if (kinds == kind).any():
            found = np.where(kinds == kind, forward(values, kind), found)
    return found


def backward(values: Values, kinds: Kinds) -> Values:
    """The inverse; of roots and logarithms, not below 0."""
    if isinstance(kinds, int):
        if kinds == NONE:
            return values
        above = np.maximum(values, 0)
        found: Values = above**2 if kinds == SQRT else np.expm1(np.minimum(above, LARGEST))
        return found
    made = values
    for kind in (SQRT, LOG):
        if (kinds == kind).any():
            made = np.where(kinds == kind, backward(values, kind), made)
    return made
