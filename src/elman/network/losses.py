"""Losses: what an answer costs, and how much of it a gradient takes back. The engine computes both at once.

Each has a name, which stands for it with its defaults wherever a loss is asked for: `loss="symbols"` is
`loss=CrossEntropy()`. The letters: y are the outputs of the head, t the targets, σ the logistic sigmoid. Losses are
summed over outputs, and cross-entropies are in nats.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elman._engine import Loss32, Loss64, LossKind
from elman.errors import ConfigError, choose, in_range
from elman.keywords import keywords
from elman.network.architecture import Architecture
from elman.network.checks import Array, as_array

REDUCTIONS = ("mean", "sum")
Numbers = Sequence[float] | NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Loss(ABC):
    """What an answer costs."""

    name: ClassVar[str]
    kind: ClassVar[LossKind]
    symbols: ClassVar[bool] = False  # whether targets are symbols, one of them for all outputs
    gaps: ClassVar[bool] = False  # whether a target may be NaN: nobody knows it, and it costs nothing

    @abstractmethod
    def options(self, outputs: int) -> dict[str, Any]:
        """What the engine must know of it beside the kind; a ConfigError where that does not fit so many outputs."""

    def width(self, targets: ArrayLike, outputs: int) -> int:
        """How many numbers a target has: one for each output, or fewer, each for as many outputs side by side."""
        return outputs

    def mass(self, targets: Array) -> Array | float:
        """How much each target counts in a mean, beside its weight."""
        return 1.0

    def engine(self, architecture: Architecture) -> Any:
        """The engine's form."""
        single = architecture.dtype == "float32"
        options = self.options(architecture.outputs)
        if "of_outputs" in options:
            options["of_outputs"] = np.array(options["of_outputs"], architecture.dtype)
        return (Loss32 if single else Loss64)(self.kind, **options)


@keywords
@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Of outputs that are the logits of bits: -t log σ(y) - (1-t) log(1-σ(y)), t from 0 to 1. Its name is "bits"."""

    name = "bits"
    kind = LossKind.bits

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
            object.__setattr__(self, "class_weights", _numbers("class_weights", self.class_weights))
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
    """Half the squared error of a sigmoid, ½(σ(y)-t)²: the loss of the tutorials. Its name is "squared_sigmoid"."""

    name = "squared_sigmoid"
    kind = LossKind.squared_sigmoid

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
        object.__setattr__(self, "levels", _numbers("levels", self.levels))
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


def _numbers(where: str, values: Any) -> tuple[float, ...]:
    """A tuple of at least one number; a ConfigError where it is none."""
    found: Array = as_array(where, values)
    if found.ndim != 1 or found.size == 0 or found.dtype.kind not in "iuf":
        raise ConfigError(f"{where}: expected numbers, one after another; found {values!r:.60}")
    return tuple(found.tolist())


LOSSES: dict[str, type[Loss]] = {
    loss.name: loss for loss in (BinaryCrossEntropy, CrossEntropy, SquaredError, SquaredErrorOfSigmoid, Huber, Pinball)
}


def loss_of(loss: Loss | str) -> Loss:
    """The loss itself, or the one of that name; a ConfigError where there is none."""
    return loss if isinstance(loss, Loss) else LOSSES[choose("loss", loss, LOSSES)]()
