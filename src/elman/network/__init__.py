"""Networks: their parameters, states and traces, and the files they live in."""

from elman.network.architecture import CELLS, READOUTS, Architecture, Cell
from elman.network.arrays import Parameters, Reading, State, Trace
from elman.network.network import Network
from elman.network.results import Gradients, LossAndGradient
from elman.network.stream import Stream

__all__ = [
    "CELLS",
    "READOUTS",
    "Architecture",
    "Cell",
    "Gradients",
    "LossAndGradient",
    "Network",
    "Parameters",
    "Reading",
    "State",
    "Stream",
    "Trace",
]
