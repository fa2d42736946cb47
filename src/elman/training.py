"""Training: batches in, events out. Optimizers, schedules, and the state that a resumed run needs.

Optimizers are `torch.optim`'s to the letter. A schedule multiplies the optimizer's rate; it never touches the moments.
All randomness inside an update (noise, dropout) is a function of the seed and the number of the update, so a run that
was interrupted and resumed equals one that never was, bit for bit.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elman._engine import FitOptions, Optimizer32, Optimizer64, OptimizerKind, OptimizerSettings
from elman.errors import ConfigError, NotFiniteError, ShapeError, choose, in_range, whole
from elman.network.arrays import Array, State
from elman.network.network import LOSSES, REDUCTIONS, Network

# --- optimizers ---


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
        for decay in self._decays().values():
            in_range("weight_decay", decay, 0, math.inf, high_in=False)

    def _decays(self) -> Mapping[str, float]:
        return self.weight_decay if isinstance(self.weight_decay, Mapping) else {"*": self.weight_decay}

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What differs from the engine's defaults."""

    def engine(self, network: Network, first: Array, second: Array) -> Any:
        """The engine's form, over these moments."""
        defaults: dict[str, Any] = {
            "momentum": 0.0,
            "nesterov": False,
            "alpha": 0.0,
            "beta1": 0.0,
            "beta2": 0.0,
            "eps": 0.0,
        }
        groups: list[tuple[int, int, float]] = []
        for name, shape, offset in network.parameters.tensors:
            decay = next((d for pattern, d in self._decays().items() if fnmatchcase(name, pattern)), 0.0)
            end = offset + math.prod(shape)
            if groups and groups[-1][2] == decay:
                groups[-1] = (groups[-1][0], end, decay)
            else:
                groups.append((offset, end, decay))
        single = network.architecture.dtype == "float32"
        kind = Optimizer32 if single else Optimizer64
        return kind(OptimizerSettings(**{**defaults, **self.settings()}), groups, first, second)


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
        if self.nesterov and self.momentum == 0:
            raise ConfigError("nesterov: expected a momentum above 0; found 0")

    def settings(self) -> dict[str, Any]:
        """As the engine wants them."""
        return {"kind": OptimizerKind.sgd, "momentum": self.momentum, "nesterov": self.nesterov}


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


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba, 2015)."""

    rate: float = 1e-3
    _: KW_ONLY
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        for beta in self.betas:
            in_range("betas", beta, 0, 1, high_in=False)
        in_range("eps", self.eps, 0, 1)

    def settings(self) -> dict[str, Any]:
        """As the engine wants them."""
        kind = OptimizerKind.adam
        return {"kind": kind, "beta1": self.betas[0], "beta2": self.betas[1], "eps": self.eps}


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decay decoupled from the gradient (Loshchilov and Hutter, 2019)."""

    _: KW_ONLY
    weight_decay: float | Mapping[str, float] = 1e-2

    def settings(self) -> dict[str, Any]:
        """As the engine wants them."""
        return {**super().settings(), "kind": OptimizerKind.adamw}


# --- schedules ---


@dataclass(frozen=True, kw_only=True)
class Schedule(ABC):
    """A factor on the learning rate, by the number of the update (from 0), after a linear warm-up."""

    warmup: int = 0

    def __post_init__(self) -> None:
        whole("warmup", self.warmup, 0, 1 << 40)

    def factors(self, updates: NDArray[np.int64]) -> NDArray[np.float64]:
        """The factors of these updates."""
        rising = np.minimum(1.0, (updates + 1) / (self.warmup + 1))
        return rising * self.shape(np.maximum(0, updates - self.warmup).astype(np.float64))

    @abstractmethod
    def shape(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The factor u updates after the warm-up."""


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """Always 1."""

    def shape(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """1."""
        return np.ones_like(u)


@dataclass(frozen=True, kw_only=True)
class Steps(Schedule):
    """Multiplied by `factor` after every `every` updates."""

    every: int
    factor: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        whole("every", self.every, 1, 1 << 40)
        in_range("factor", self.factor, 0, 1)

    def shape(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """factor^⌊u / every⌋."""
        powers: NDArray[np.float64] = self.factor ** (u // self.every)
        return powers


@dataclass(frozen=True, kw_only=True)
class Falling(Schedule, ABC):
    """From 1 to `final` over `updates` updates, and `final` from then on."""

    updates: int
    final: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        whole("updates", self.updates, 1, 1 << 40)
        in_range("final", self.final, 0, 1)

    def part(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far the fall is, from 0 to 1."""
        return np.minimum(1.0, u / max(1, self.updates - self.warmup))


@dataclass(frozen=True, kw_only=True)
class Linear(Falling):
    """Falls on a straight line."""

    def shape(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 - (1 - final) part."""
        return 1 - (1 - self.final) * self.part(u)


@dataclass(frozen=True, kw_only=True)
class Cosine(Falling):
    """Falls on half a wave (Loshchilov and Hutter, 2017)."""

    def shape(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Final + (1 - final) (1 + cos π part) / 2."""
        half: NDArray[np.float64] = (1 + np.cos(np.pi * self.part(u))) / 2
        return self.final + (1 - self.final) * half


# --- data ---


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Sequences side by side: inputs (T, B, I) or (T, B) symbols, targets, lengths (B,), weights (T, B).

    `carry`: begin with the state in which the update before ended.
    """

    inputs: ArrayLike
    targets: ArrayLike
    lengths: ArrayLike | None = None
    weights: ArrayLike | None = None
    carry: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Many updates over one array of examples, for one call of the engine.

    Update u reads the columns rows[u] (U, B), `steps` steps from starts[u] on (default: all), and begins with the
    final state of the update before where carry[u] (default: nowhere).
    """

    examples: Batch
    rows: NDArray[np.integer[Any]]
    starts: NDArray[np.integer[Any]] | None = None
    steps: int | None = None
    carry: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Progress:
    """An event of training: some updates are done."""

    update: int  # the number of updates done so far, from the very first
    losses: NDArray[np.float64]  # of the updates since the event before
    rate: float  # of the last one
    seconds: float  # that those updates took

    @property
    def loss(self) -> float:
        """The mean of the losses."""
        return float(self.losses.mean())


# --- the loop ---


@dataclass
class Trainer:
    """Trains a network; a generator of events, it prints nothing and opens nothing.

    Its own state (`updates`, the moments `first` and `second`, the `carried` state, the seed) is all that a resumed
    run needs beside the network's parameters.
    """

    network: Network
    _: KW_ONLY
    loss: str = "bits"
    optimizer: Optimizer = field(default_factory=Adam)
    schedule: Schedule = field(default_factory=Constant)
    clip_norm: float | None = None
    clip_value: float | None = None
    reduction: str = "mean"
    seed: int = 0

    def __post_init__(self) -> None:
        choose("loss", self.loss, LOSSES)
        choose("reduction", self.reduction, REDUCTIONS)
        whole("seed", self.seed, 0, (1 << 63) - 1)
        for name in ("clip_norm", "clip_value"):
            if getattr(self, name) is not None:
                in_range(name, getattr(self, name), 0, math.inf, low_in=False, high_in=False)
        self.updates = 0
        self.first = np.zeros_like(self.network.parameters.flat)
        self.second = np.zeros_like(self.network.parameters.flat)
        self.carried: State | None = None

    def run(self, batches: Iterable[Batch | Plan]) -> Iterator[Progress]:
        """Applies updates; one event for each batch or plan.

        Stopped by Ctrl-C (within 0.1 s) or by NotFiniteError, the network is as the last whole update left it.
        """
        known: tuple[Batch, Any] | None = None
        for item in batches:
            plan = item if isinstance(item, Plan) else _whole_batch(item)
            if known is None or known[0] is not plan.examples:
                known = plan.examples, self._examples(plan.examples)
            yield self._fit(plan, known[1])

    def _examples(self, b: Batch) -> Any:
        return self.network.examples(b.inputs, lengths=b.lengths, targets=b.targets, loss=self.loss, weights=b.weights)

    def _fit(self, plan: Plan, examples: Any) -> Progress:
        total, columns = np.shape(plan.examples.inputs)[:2]
        rows = np.ascontiguousarray(plan.rows, np.int32)
        if rows.ndim != 2 or rows.size == 0 or rows.min() < 0 or rows.max() >= columns:
            raise ShapeError(f"rows: expected (updates, batch) indices below {columns}; found shape {rows.shape}")
        count = len(rows)
        steps = total if plan.steps is None else plan.steps
        starts = np.zeros(count, np.int64) if plan.starts is None else np.ascontiguousarray(plan.starts, np.int64)
        carry = np.zeros(count, np.bool_) if plan.carry is None else np.ascontiguousarray(plan.carry, np.bool_)
        if starts.shape != (count,) or carry.shape != (count,):
            raise ShapeError(f"starts, carry: expected shape ({count},); found {starts.shape}, {carry.shape}")
        if steps < 1 or starts.min() < 0 or starts.max() + steps > total:
            raise ShapeError(f"starts: expected windows of {steps} steps within {total}; found {starts.max()}")
        rates = self.optimizer.rate * self.schedule.factors(np.arange(self.updates, self.updates + count))
        losses = np.full(count, np.nan)
        began = time.perf_counter()
        try:
            trouble = self.network.engine.fit(
                self.network.parameters.flat,
                examples,
                rows,
                steps,
                starts,
                carry,
                rates,
                self.optimizer.engine(self.network, self.first, self.second),
                FitOptions(
                    loss=LOSSES[self.loss],
                    mean=self.reduction == "mean",
                    clip_norm=self.clip_norm or 0.0,
                    clip_value=self.clip_value or 0.0,
                    count=self.updates,
                    seed=self.seed,
                ),
                self._carry(rows.shape[1], carry),
                losses,
            )
        finally:
            done = int(np.count_nonzero(~np.isnan(losses)))
            self.updates += done
        if trouble:
            what = "the loss" if trouble == "loss" else f"the gradient of {trouble}"
            raise NotFiniteError(
                f"update {self.updates + 1}: {what} is not finite; the network is as update {self.updates} left it",
                "a smaller rate, or clip_norm, usually helps",
            )
        return Progress(self.updates, losses, float(rates[-1]), time.perf_counter() - began)

    def _carry(self, batch: int, carry: NDArray[np.bool_]) -> list[Array]:
        """The arrays in which states travel from update to update; none where nothing is carried, yet or ever."""
        if carry[0] and (self.carried is None or self.carried["h"].shape[1] != batch):
            found = "none" if self.carried is None else f"one of {self.carried['h'].shape[1]} rows"
            raise ShapeError(f"carry: expected a state of {batch} rows from the update before; found {found}")
        if self.carried is None or self.carried["h"].shape[1] != batch:
            self.carried = self.network.new_state(batch)
        return list(self.carried.values())


def _whole_batch(batch: Batch) -> Plan:
    """One update over all of a batch."""
    rows = np.arange(np.shape(batch.inputs)[1])[None, :]
    return Plan(examples=batch, rows=rows, carry=np.array([batch.carry]))
