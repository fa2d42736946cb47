"""The engine's part of a network: it computes, and holds no numbers worth keeping."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from elman._engine import Network32, Network64
from elman.network.architecture import Architecture
from elman.network.arrays import Parameters, aligned_zeros


def connect(architecture: Architecture) -> Any:
    """The engine of such a network."""
    kind = Network32 if architecture.dtype == "float32" else Network64
    return kind(architecture.engine())


def zeros(architecture: Architecture, engine: Any) -> Parameters:
    """The parameters that such an engine computes with, all of them zero."""
    tensors = engine.tensors()
    size = sum(math.prod(shape) for _, shape, _ in tensors)
    return Parameters(tensors, aligned_zeros(size, np.dtype(architecture.dtype)))
