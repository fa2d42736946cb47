"""What a network gives back where that is more than an array and a state."""

from __future__ import annotations

from dataclasses import dataclass

from elman.network.arrays import Parameters, State
from elman.network.checks import Array


@dataclass(frozen=True)
class Gradients:
    """What `Network.vjp` returns: gradients of the parameters, the inputs (None for symbols) and the initial state."""

    parameters: Parameters
    x: Array | None
    state: State


@dataclass(frozen=True)
class LossAndGradient:
    """What `Network.loss_and_gradient` returns."""

    loss: float
    gradient: Parameters
    state: State  # the final one
