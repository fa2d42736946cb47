"""Optimizers: `torch.optim`'s to the letter; the engine applies them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from fnmatch import fnmatchcase
from typing import Any

from elman._engine import Optimizer32, Optimizer64, OptimizerKind, OptimizerSettings
from elman.errors import ConfigError, in_range
from elman.keywords import keywords
from elman.network.checks import Array
from elman.network.network import Network


@dataclass(frozen=True)
class Optimizer(ABC):
    """A rule that turns gradients into new parameters.

    `weight_decay` is one number for all parameters, or a mapping from patterns of names to numbers, the first match
    counting: `{"weight_hh*": 0.002}`.
    """

    rate: float = 1e-3
    _: KW_ONLY
    weight_decay: float | Mapping[str, float] = 0.0

    def __post_init__(self) -> None:
        in_range("rate", self.rate, 0, math.inf, high_in=False)
        if isinstance(self.weight_decay, Mapping):
            object.__setattr__(self, "weight_decay", dict(self.weight_decay))  # nobody else's, to change
        for decay in self._decays().values():
            in_range("weight_decay", decay, 0, math.inf, high_in=False)

    def _decays(self) -> Mapping[str, float]:
        return self.weight_decay if isinstance(self.weight_decay, Mapping) else {"*": self.weight_decay}

    def decay_of(self, name: str) -> float:
        """The weight decay of the parameter of this name."""
        return next((decay for pattern, decay in self._decays().items() if fnmatchcase(name, pattern)), 0.0)

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What differs from the engine's defaults."""

    def engine(self, network: Network, first: Array, second: Array, average: Array | None = None) -> Any:
        """The engine's form, over these moments and this average of the parameters."""
        defaults: dict[str, Any] = {
            "momentum": 0.0,
            "nesterov": False,
            "lazy": False,
            "alpha": 0.0,
            "beta1": 0.0,
            "beta2": 0.0,
            "eps": 0.0,
        }
        unused = [p for p in self._decays() if p != "*" and not any(fnmatchcase(n, p) for n in network.parameters)]
        if unused:
            known = ", ".join(network.parameters)
            raise ConfigError(f"weight_decay: expected patterns of the names {known}; found {', '.join(unused)}")
        groups: list[tuple[int, int, float]] = []
        for name, shape, offset in network.parameters.tensors:
            decay = self.decay_of(name)
            end = offset + math.prod(shape)
            if groups and groups[-1][2] == decay:
                groups[-1] = (groups[-1][0], end, decay)
            else:
                groups.append((offset, end, decay))
        single = network.architecture.dtype == "float32"
        kind = Optimizer32 if single else Optimizer64
        return kind(OptimizerSettings(**{**defaults, **self.settings()}), groups, first, second, average)


@keywords
@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum (Polyak, 1964) or Nesterov's (Sutskever et al., 2013)."""

    rate: float = 0.1
    _: KW_ONLY
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        in_range("momentum", self.momentum, 0, 1)
        if not isinstance(self.nesterov, bool):
            raise ConfigError(f"nesterov: expected true or false; found {self.nesterov!r}")
        if self.nesterov and self.momentum == 0:
            raise ConfigError("nesterov: expected a momentum above 0; found 0")

    def settings(self) -> dict[str, Any]:
        """As the engine wants them."""
        return {"kind": OptimizerKind.sgd, "momentum": self.momentum, "nesterov": self.nesterov}


@keywords
@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Gradients over a running root mean square of themselves (Tieleman and Hinton, 2012)."""

    rate: float = 1e-2
    _: KW_ONLY
    alpha: float = 0.99
    eps: float = 1e-8
    momentum: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        in_range("alpha", self.alpha, 0, 1)
        in_range("momentum", self.momentum, 0, 1)
        in_range("eps", self.eps, 0, 1)

    def settings(self) -> dict[str, Any]:
        """As the engine wants them."""
        kind = OptimizerKind.rmsprop
        return {"kind": kind, "alpha": self.alpha, "eps": self.eps, "momentum": self.momentum}


@keywords
@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Gradients over the root of the sum of all their squares (Duchi, Hazan and Singer, 2011)."""

    rate: float = 1e-2
    _: KW_ONLY
    eps: float = 1e-10

    def __post_init__(self) -> None:
        super().__post_init__()
        in_range("eps", self.eps, 0, 1)

    def settings(self) -> dict[str, Any]:
        """As the engine wants them."""
        return {"kind": OptimizerKind.adagrad, "eps": self.eps}


@keywords
@dataclass(frozen=True)
class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba, 2015)."""

    rate: float = 1e-3
    _: KW_ONLY
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.betas, tuple) or len(self.betas) != 2:
            raise ConfigError(f"betas: expected two numbers; found {self.betas!r}")
        for beta in self.betas:
            in_range("betas", beta, 0, 1, high_in=False)
        in_range("eps", self.eps, 0, 1)

    def settings(self) -> dict[str, Any]:
        """As the engine wants them."""
        kind = OptimizerKind.adam
        return {"kind": kind, "beta1": self.betas[0], "beta2": self.betas[1], "eps": self.eps}


@keywords
@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decay decoupled from the gradient (Loshchilov and Hutter, 2019)."""

    _: KW_ONLY
    weight_decay: float | Mapping[str, float] = 1e-2

    def settings(self) -> dict[str, Any]:
        """As the engine wants them."""
        return {**super().settings(), "kind": OptimizerKind.adamw}


@keywords
@dataclass(frozen=True)
class LazyAdam(Adam):
    """Adam that leaves alone what does not occur: rows of the embedding and, with negatives, of the head.

    Adam itself moves them on by their moments, so that an update costs as much as there are rows. Here they and their
    moments stay as they are, as in `torch.optim.SparseAdam`; all else is Adam. SGD without momentum and Adagrad, both
    without decay of these rows, leave them alone as they are: there no other optimizer is needed.
    """

    def settings(self) -> dict[str, Any]:
        """As the engine wants them."""
        return {**super().settings(), "lazy": True}


OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind.__name__: kind for kind in (SGD, RMSProp, Adagrad, Adam, AdamW, LazyAdam)
}
