"""Networks: their parameters, states and traces, and the files they live in."""

from elman.network.architecture import CELLS, READOUTS, Architecture, Cell
from elman.network.arrays import Parameters, Reading, State, Trace
from elman.network.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    Pinball,
    SquaredError,
    SquaredErrorOfSigmoid,
)
from elman.network.network import Network
from elman.network.results import Gradients, LossAndGradient
from elman.network.stream import Stream

__all__ = [
    "CELLS",
    "READOUTS",
    "Architecture",
    "BinaryCrossEntropy",
    "Cell",
    "CrossEntropy",
    "Gradients",
    "Huber",
    "Loss",
    "LossAndGradient",
    "Network",
    "Parameters",
    "Pinball",
    "Reading",
    "SquaredError",
    "SquaredErrorOfSigmoid",
    "State",
    "Stream",
    "Trace",
]
