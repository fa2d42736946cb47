"""Losses: what an answer costs, and how much of it a gradient takes back. The engine computes both at once.

Each has a name, which stands for it with its defaults wherever a loss is asked for: `loss="symbols"` is
`loss=CrossEntropy()`. The letters: y are the outputs of the head, t the targets, σ the logistic sigmoid. Losses are
summed over outputs, and cross-entropies are in nats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from elman._engine import LossKind
from elman.errors import ConfigError, choose, in_range
from elman.keywords import keywords
from elman.network.checks import Array, as_array
from elman.network.loss import Loss, Numbers, numbers
from elman.network.ranking import BPRMax, SampledCrossEntropy, TOP1Max

__all__ = [
    "LOSSES",
    "REDUCTIONS",
    "BPRMax",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Huber",
    "Loss",
    "Pinball",
    "SampledCrossEntropy",
    "SquaredError",
    "SquaredErrorOfSigmoid",
    "TOP1Max",
    "loss_of",
]

REDUCTIONS = ("mean", "sum")


@keywords
@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Of outputs that are the logits of bits: -t log σ(y) - (1-t) log(1-σ(y)), t from 0 to 1. Its name is "bits"."""

    name = "bits"
    kind = LossKind.bits
    bounds = (0, 1)  # beyond them the loss has no least value

    def options(self, outputs: int) -> dict[str, Any]:
        """None."""
        return {}


@keywords
@dataclass(frozen=True)
class CrossEntropy(Loss):
    """Of outputs that are the logits of classes: -log softmax(y)_t, t a whole number from 0 on. Its name is "symbols".

    Both options are those of `torch.nn.CrossEntropyLoss`, which adds them up as here: the loss is
    -∑ⱼ qⱼ log softmax(y)ⱼ with qⱼ = wⱼ ((1-s) [j = t] + s/K), and the mean is over the weights wₜ of the targets, each
    times the weight of its step or row.

    Args:
        class_weights: w, how much each of the K classes counts, from 0 on; default: 1 each.
        smoothing: s, the share of all classes alike in what is aimed at (Szegedy et al., 2016), from 0 to 1.
    """

    name = "symbols"
    kind = LossKind.symbols
    symbols = True
    class_weights: Numbers | None = None  # kept as a tuple
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        if self.class_weights is not None:
            object.__setattr__(self, "class_weights", numbers("class_weights", self.class_weights))
            for weight in self.class_weights:
                in_range("class_weights", weight, 0, math.inf, high_in=False)
        in_range("smoothing", self.smoothing, 0, 1)

    def options(self, outputs: int) -> dict[str, Any]:
        """Weights and smoothing, where there are any."""
        weights = self.class_weights
        if weights is None and self.smoothing == 0:
            return {}
        if weights is not None and len(weights) != outputs:
            raise ConfigError(f"class_weights: expected one for each of {outputs} outputs; found {len(weights)}")
        return {"smoothing": self.smoothing, "of_outputs": [1.0] * outputs if weights is None else weights}

    def mass(self, targets: Array) -> Array | float:
        """The weight of its class."""
        return 1.0 if self.class_weights is None else np.array(self.class_weights)[targets]


@keywords
@dataclass(frozen=True)
class SquaredError(Loss):
    """Half the squared error, ½(y-t)². Its name is "squared"."""

    name = "squared"
    kind = LossKind.squared

    def options(self, outputs: int) -> dict[str, Any]:
        """None."""
        return {}


@keywords
@dataclass(frozen=True)
class SquaredErrorOfSigmoid(Loss):
    """Half the squared error of a sigmoid, ½(σ(y)-t)², t from 0 to 1: the loss of the tutorials.

    Its name is "squared_sigmoid".
    """

    name = "squared_sigmoid"
    kind = LossKind.squared_sigmoid
    bounds = (0, 1)  # no sigmoid comes nearer than to them

    def options(self, outputs: int) -> dict[str, Any]:
        """None."""
        return {}


@keywords
@dataclass(frozen=True)
class Huber(Loss):
    """Squares, but not of outliers (Huber, 1964). Its name is "huber".

    `½(y-t)²` where `|y-t| ≤ δ`, else `δ(|y-t| - ½δ)`.

    Args:
        delta: δ, above 0.
    """

    name = "huber"
    kind = LossKind.huber
    delta: float = 1.0

    def __post_init__(self) -> None:
        in_range("delta", self.delta, 0, math.inf, low_in=False, high_in=False)

    def options(self, outputs: int) -> dict[str, Any]:
        """Delta."""
        return {"delta": self.delta}


@keywords
@dataclass(frozen=True)
class Pinball(Loss):
    """Of outputs that are quantiles: p(t-y) where y < t, (1-p)(y-t) where y > t. Its name is "pinball".

    On the whole it is least at the quantile of level p (Koenker and Bassett, 1978). The outputs are, of each number
    that is asked for, the quantiles of all levels, in their order. A target has one number for all quantiles of it, or
    one for each output. One that is NaN is not known: it costs nothing, and teaches nothing.

    Args:
        levels: p of each quantile, between 0 and 1.
    """

    name = "pinball"
    kind = LossKind.pinball
    gaps = True
    levels: Numbers = (0.1, 0.5, 0.9)  # kept as a tuple

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", numbers("levels", self.levels))
        for level in self.levels:
            in_range("levels", level, 0, 1, low_in=False, high_in=False)

    def options(self, outputs: int) -> dict[str, Any]:
        """The level of each output."""
        return {"of_outputs": [*self.levels] * self._asked_for(outputs)}

    def width(self, targets: ArrayLike, outputs: int) -> int:
        """One number for each output, if there are as many, else one for all levels."""
        asked_for = self._asked_for(outputs)
        return outputs if as_array("targets", targets).shape[-1:] == (outputs,) else asked_for

    def _asked_for(self, outputs: int) -> int:
        if outputs % len(self.levels):
            raise ConfigError(f"levels: expected outputs for each of {len(self.levels)} levels; found {outputs}")
        return outputs // len(self.levels)


LOSSES: dict[str, type[Loss]] = {
    loss.name: loss
    for loss in (
        BinaryCrossEntropy,
        CrossEntropy,
        SquaredError,
        SquaredErrorOfSigmoid,
        Huber,
        Pinball,
        SampledCrossEntropy,
        BPRMax,
        TOP1Max,
    )
}


def loss_of(loss: Loss | str) -> Loss:
    """The loss itself, or the one of that name; a ConfigError where there is none."""
    return loss if isinstance(loss, Loss) else LOSSES[choose("loss", loss, LOSSES)]()
