"""The gradient check: analytic gradients against central differences, element by element, in float64.

A difference across a kink (relu, the maximum over steps, Huber's loss, pinball) is no derivative: there the check
fails, it never passes. Nothing is loosened for that; the seed of the tests (conftest.py) is one with which no
pre-activation of theirs lies within 10 STEP of zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP = 6e-6  # the cube root of a double's rounding error: truncation and cancellation are equally small
RTOL = 1e-6
ATOL = 1e-8  # gradients are of the order of 1, and differences good to some 1e-9


def numeric_gradient(value: Callable[[], float], tensor: Array) -> Array:
    """The gradient of value() by the tensor, one element of which is moved at a time, in place."""
    gradient = np.empty_like(tensor)
    for index in np.ndindex(tensor.shape):
        kept = tensor[index]
        tensor[index] = kept + STEP
        above = value()
        tensor[index] = kept - STEP
        below = value()
        tensor[index] = kept
        gradient[index] = (above - below) / (2 * STEP)
    return gradient


def check_gradients(value: Callable[[], float], tensors: Mapping[str, Array], analytic: Mapping[str, Array]) -> None:
    """An AssertionError that lists every element whose analytic gradient of value() is not the numeric one."""
    assert set(analytic) == set(tensors), f"gradients of {sorted(analytic)}; tensors {sorted(tensors)}"
    wrong: list[str] = []
    for name, tensor in tensors.items():
        assert tensor.dtype == np.float64, f"{name}: {tensor.dtype} is too coarse for differences"
        assert analytic[name].shape == tensor.shape, f"{name} {tensor.shape}: gradient {analytic[name].shape}"
        numeric = numeric_gradient(value, tensor)
        for index in map(tuple, np.argwhere(~np.isclose(analytic[name], numeric, RTOL, ATOL))):
            place = ", ".join(map(str, index))
            wrong.append(f"{name}[{place}]: analytic {analytic[name][index]:.12g}, numeric {numeric[index]:.12g}")
    assert not wrong, "\n".join(wrong)
