"""Contestants, and a fair race: first they prove that they compute the same, then they take turns.

A machine is not equally fast from one minute to the next. So contestants run A B C C B A …, a ratio is taken within
each round, and what counts is the median of the rounds. What the machine can do at most is measured in each round, too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from elman._engine import peak, threads
from elman.errors import ElmanError
from elman.network.checks import Array

TURN = 0.1  # seconds: a contestant that is done earlier goes again within its turn
REST = 0.15  # seconds before a turn: idle threads of the one before wait busily for a while (OpenBLAS: 30 ms and more)
PEAK = 0.05  # seconds that the machine's peak is measured for, in each round


@dataclass(frozen=True)
class Run:
    """What came of some units of work: the seconds they took, and the answers that all must agree on."""

    seconds: float
    answers: Mapping[str, Array]


# k -> the first k units of the work, always from the same start.
Runner = Callable[[int], Run]


@dataclass(frozen=True)
class Peer:
    """A library that takes part, and the packages that it needs."""

    name: str
    packages: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages that are not installed."""
        return tuple(package for package in self.packages if find_spec(package) is None)


@dataclass(frozen=True)
class Contestant:
    """A way to do the work.

    `prepare` imports the library, lays out the data and compiles, all of it off the clock.
    """

    peer: Peer
    prepare: Callable[[], Runner]
    form: str = ""  # which of several ways of this peer

    @property
    def name(self) -> str:
        """The peer's, with the form."""
        return f"{self.peer.name}, {self.form}" if self.form else self.peer.name


@dataclass(frozen=True)
class Check:
    """Before the race: the first `units` of the work, and how far answers may be apart.

    The distance of two answers is the norm of their difference over that of the first contestant's answer. So a few
    numbers may differ where rounding decides (an Adam step goes by the sign of a gradient, however small), but a
    gradient that is missing or wrong shows.
    """

    units: int
    tolerances: Mapping[str, float]


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

    def times(self, factor: float) -> Spread:
        """In another unit."""
        return Spread(tuple(factor * value for value in self.values))


@dataclass(frozen=True)
class Race:
    """Seconds per unit of each contestant, the machine's peak meanwhile, and who could not take part."""

    threads: int
    seconds: Mapping[str, Spread]
    peaks: Mapping[int, Spread]  # threads -> FLOP/s of multiply-adds in registers
    missing: Mapping[str, tuple[str, ...]]  # name -> the packages it lacks

    @property
    def first(self) -> str:
        """The contestant that the others are compared with."""
        return next(iter(self.seconds))

    def ratio(self, name: str) -> Spread:
        """How many times as long as the first one this contestant takes."""
        return self.seconds[name].over(self.seconds[self.first])

    def share(self, name: str, flops: float) -> Spread:
        """Of the peak of as many threads as run, with so many floating-point operations per unit."""
        return Spread(
            tuple(
                flops / seconds / peak
                for seconds, peak in zip(self.seconds[name].values, self.peaks[self.threads].values, strict=True)
            )
        )


class DisagreementError(ElmanError):
    """Two contestants do not compute the same thing, so their times say nothing about each other."""


def race(contestants: Sequence[Contestant], check: Check, units: int, rounds: int) -> Race:
    """Prepares those whose packages are installed, checks them against the first, and times `units` of the work."""
    missing = {c.name: c.peer.missing for c in contestants if c.peer.missing}
    present = {c.name: c.prepare() for c in contestants if c.name not in missing}
    agree(present, check)
    seconds: dict[str, list[float]] = {name: [] for name in present}
    peaks: dict[int, list[float]] = {count: [] for count in sorted({1, threads()})}
    for number in range(rounds):
        for name in present if number % 2 == 0 else reversed(present):
            seconds[name].append(turn(present[name], units))
        for count, found in peaks.items():
            found.append(peak(PEAK, count))
    return Race(
        threads(),
        {name: Spread(tuple(found)) for name, found in seconds.items()},
        {count: Spread(tuple(found)) for count, found in peaks.items()},
        missing,
    )


def agree(contestants: Mapping[str, Runner], check: Check) -> None:
    """A DisagreementError where a contestant's answers are not those of the first."""
    answers = {name: run(check.units).answers for name, run in contestants.items()}
    reference, *others = answers
    for name in others:
        for what, tolerance in check.tolerances.items():
            apart = distance(answers[name][what], answers[reference][what])
            if not apart <= tolerance:
                raise DisagreementError(
                    f"{name}: expected the {what} of {reference} in the first {check.units}, up to {tolerance:g}; "
                    f"found others, {apart:.2g} apart"
                )


def distance(found: Array, expected: Array) -> float:
    """The norm of the difference over the norm of what is expected; infinite where shapes differ."""
    found, expected = (np.asarray(a, np.float64) for a in (found, expected))
    if found.shape != expected.shape:
        return np.inf
    return float(np.linalg.norm(found - expected) / (np.linalg.norm(expected) or 1.0))


def turn(run: Runner, units: int) -> float:
    """Seconds per unit."""
    time.sleep(REST)
    seconds, done = 0.0, 0
    while seconds < TURN:
        seconds += run(units).seconds
        done += units
    return seconds / done
