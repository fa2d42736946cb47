"""What a network gives back where that is more than an array and a state."""

from __future__ import annotations

from typing import NamedTuple

from elman.network.arrays import Parameters, State
from elman.network.checks import Array


class Gradients(NamedTuple):
    """What `Network.vjp` returns."""

    parameters: Parameters  #: the gradient by the parameters
    x: Array | None  #: by the inputs; None for symbols
    state: State  #: by the initial state


class LossAndGradient(NamedTuple):
    """What `Network.loss_and_gradient` returns."""

    loss: float  #: the mean or the sum, as `reduction` says
    gradient: Parameters  #: by the parameters
    state: State  #: the final one
