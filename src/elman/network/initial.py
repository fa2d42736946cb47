"""What a network begins with: its first parameters, and the states of its first step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from elman.errors import ShapeError, in_range
from elman.network.architecture import Architecture
from elman.network.arrays import Parameters, State
from elman.network.checks import Array, array


def draw(a: Architecture, parameters: Parameters, rng: np.random.Generator, scale: float | None) -> None:
    """As `Network.initialise`."""
    if scale is not None:
        in_range("scale", scale, 0, math.inf, high_in=False)
    for name, values in parameters.items():
        width = a.reads if name.startswith(("head.", "terms.", f"{a.readout}.")) else a.hidden
        bound = 1 / math.sqrt(width) if scale is None else scale
        values[...] = rng.uniform(-bound, bound, values.shape)
        if scale is not None:
            continue
        if name.startswith(("initial", "terms.")):
            values[...] = 0
        if a.cell == "lstm" and name.startswith("bias_ih"):
            values[a.hidden : 2 * a.hidden] = 1


def given(where: str, state: State | None, a: Architecture, rows: int, dtype: np.dtype[Any]) -> list[Array]:
    """As `Network.states`."""
    if state is None:
        return []
    if not isinstance(state, Mapping) or set(state) != set(a.states):
        found = ", ".join(state) or "none" if isinstance(state, Mapping) else f"{state!r:.60}"
        raise ShapeError(f"{where}: expected the states {', '.join(a.states)}; found {found}")
    shape = (a.layers * a.directions, rows, a.hidden)
    return [array(f"{where}.{name}", state[name], dtype, shape) for name in a.states]


def fill(state: State, given: Sequence[Array], a: Architecture, parameters: Parameters) -> None:
    """Writes the state that a run begins with: what is given, in the order of its names, or the architecture's."""
    for index, (name, values) in enumerate(state.items()):
        if given:
            values[...] = given[index]
        elif a.initial == "learned":
            values[...] = parameters[f"initial_{name}"][:, None, :]
        else:
            values[...] = a.initial
