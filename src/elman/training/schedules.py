"""Schedules: factors on the optimizer's rate, by the number of the update. They never touch the moments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman.errors import in_range, whole
from elman.keywords import keywords


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


@keywords
class Constant(Schedule):
    """Always 1."""

    def shape(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """1."""
        return np.ones_like(u)


@keywords
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


@keywords
class Linear(Falling):
    """Falls on a straight line."""

    def shape(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 - (1 - final) part."""
        return 1 - (1 - self.final) * self.part(u)


@keywords
class Cosine(Falling):
    """Falls on half a wave (Loshchilov and Hutter, 2017)."""

    def shape(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Final + (1 - final) (1 + cos π part) / 2."""
        half: NDArray[np.float64] = (1 + np.cos(np.pi * self.part(u))) / 2
        return self.final + (1 - self.final) * half


SCHEDULES: dict[str, type[Schedule]] = {kind.__name__: kind for kind in (Constant, Steps, Linear, Cosine)}
