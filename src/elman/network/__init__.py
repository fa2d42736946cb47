"""Networks: their parameters, states and traces, and the files they live in."""

from elman.network.architecture import CELLS, Architecture, Cell
from elman.network.arrays import Parameters, State, Trace
from elman.network.network import Network
from elman.network.results import Gradients, LossAndGradient
from elman.network.stream import Stream

__all__ = [
    "CELLS",
    "Architecture",
    "Cell",
    "Gradients",
    "LossAndGradient",
    "Network",
    "Parameters",
    "State",
    "Stream",
    "Trace",
]
