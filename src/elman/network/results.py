"""What a network gives back where that is more than an array and a state."""

from __future__ import annotations

from typing import NamedTuple

from elman.network.arrays import Parameters, State
from elman.network.checks import Array


class Gradients(NamedTuple):
    """What `Network.vjp` returns: gradients of the parameters, the inputs (None for symbols) and the initial state."""

    parameters: Parameters
    x: Array | None
    state: State


class LossAndGradient(NamedTuple):
    """What `Network.loss_and_gradient` returns."""

    loss: float
    gradient: Parameters
    state: State  # the final one
