"""Contestants, and a fair race: first they prove that they compute the same, then they take turns.

A machine is not equally fast from one minute to the next. So contestants run A B C A B C …, a ratio is taken within
each round, and what counts is the median of the rounds.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

TURN = 0.1  # seconds: a contestant that is done earlier goes again within its turn


@dataclass(frozen=True)
class Run:
    """What came of some updates: the seconds they took, the parameters after them in one vector, the loss of each."""

    seconds: float
    parameters: NDArray[Any]
    losses: Sequence[float] | NDArray[Any]


# k -> the first k updates, always from the same parameters and on the same examples.
Updates = Callable[[int], Run]


@dataclass(frozen=True)
class Contestant:
    """A way to compute the updates of a workload.

    `prepare` imports the library, lays out the data and compiles, all of it off the clock.
    """

    name: str
    package: str  # that it needs
    prepare: Callable[[], Updates]


@dataclass(frozen=True)
class Spread:
    """Figures of the same thing, one per round."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """What counts."""
        return statistics.median(self.values)

    def over(self, other: Spread) -> Spread:
        """The ratio within each round."""
        return Spread(tuple(a / b for a, b in zip(self.values, other.values, strict=True)))


@dataclass(frozen=True)
class Race:
    """Seconds per update of each contestant, and who could not take part."""

    seconds: Mapping[str, Spread]
    missing: Mapping[str, str]  # name -> the package it needs


class DisagreementError(Exception):
    """Two contestants do not compute the same thing, so their times say nothing about each other."""


def race(contestants: Sequence[Contestant], updates: int, rounds: int) -> Race:
    """Prepare, check against the first contestant, and time those whose package is installed."""
    missing = {c.name: c.package for c in contestants if find_spec(c.package) is None}
    present = {c.name: c.prepare() for c in contestants if c.name not in missing}
    check(present)
    turns = [{name: turn(run, updates) for name, run in present.items()} for _ in range(rounds)]
    return Race({name: Spread(tuple(one[name] for one in turns)) for name in present}, missing)


def check(contestants: Mapping[str, Updates], updates: int = 100, first: int = 10) -> None:
    """Losses of the first updates, and parameters after more of them, agree as far as float32 does."""
    runs = {name: run(updates) for name, run in contestants.items()}
    reference, *_ = runs
    for name, run in runs.items():
        if not np.allclose(run.parameters, runs[reference].parameters, rtol=1e-5, atol=1e-5):
            raise DisagreementError(f"{name}: after {updates} updates, other parameters than {reference}")
        if not np.allclose(run.losses[:first], runs[reference].losses[:first], rtol=1e-5, atol=1e-5):
            raise DisagreementError(f"{name}: in the first {first} updates, other losses than {reference}")


def turn(run: Updates, updates: int) -> float:
    """Seconds per update."""
    seconds, done = 0.0, 0
    while seconds < TURN:
        seconds += run(updates).seconds
        done += updates
    return seconds / done
