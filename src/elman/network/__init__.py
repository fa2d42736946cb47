"""Networks: their parameters, states and traces, and the files they live in."""

from elman.network.architecture import CELLS, READOUTS, Architecture, Cell
from elman.network.arrays import Parameters, Reading, State, Trace
from elman.network.loss import Loss
from elman.network.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Pinball,
    SquaredError,
    SquaredErrorOfSigmoid,
)
from elman.network.network import Network
from elman.network.ragged import pad
from elman.network.ranking import BPRMax, Ranking, SampledCrossEntropy, TOP1Max
from elman.network.results import Gradients, LossAndGradient
from elman.network.stream import Stream
from elman.network.terms import Term

__all__ = [
    "CELLS",
    "READOUTS",
    "Architecture",
    "BPRMax",
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
    "Ranking",
    "Reading",
    "SampledCrossEntropy",
    "SquaredError",
    "SquaredErrorOfSigmoid",
    "State",
    "Stream",
    "TOP1Max",
    "Term",
    "Trace",
    "pad",
]
