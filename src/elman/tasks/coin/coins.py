"""Coins of unknown bias: how they are drawn, and what the exact posterior says of the next toss.

A toss is 1 for heads, 0 for tails. A prior is named as on the command line: `uniform`, `beta:2,5`, `two-coins`,
`switching:0.9,0.1,0.02`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, choose, in_range

Tosses = NDArray[np.float32]
Chances = NDArray[np.float64]
LogOdds = NDArray[np.float64]


def encode(tosses: Tosses) -> Tosses:
    """Inputs (T + 1, N, 1) of tosses (T, N): 0 before the first, then 1 for heads and -1 for tails."""
    return np.concatenate([np.zeros((1, tosses.shape[1]), np.float32), 2 * tosses - 1])[..., None]


def sigmoid(y: LogOdds) -> Chances:
    """The chances of log-odds."""
    return np.exp(-np.logaddexp(0, -y))


def divergence(exact: Chances, log_odds: LogOdds) -> Chances:
    """Nats from exact chances, within (0, 1), to those of some log-odds: Kullback and Leibler (1951)."""
    cross = exact * np.logaddexp(0, -log_odds) + (1 - exact) * np.logaddexp(0, log_odds)
    # Never below 0, but for the rounding of such a difference.
    return np.maximum(cross + exact * np.log(exact) + (1 - exact) * np.log1p(-exact), 0)


class Prior(ABC):
    """A way in which coins come about."""

    @abstractmethod
    def toss(self, rng: np.random.Generator, tosses: int, coins: int) -> Tosses:
        """(T, N): so many tosses of N coins, each drawn anew."""

    @abstractmethod
    def predictive(self, tosses: Tosses) -> Chances:
        """(T + 1, N): the chance of heads next, before the first of the tosses (T, N) and after each of them."""


@dataclass(frozen=True)
class Beta(Prior):
    """The chance of heads p is drawn from Beta(a, b) and stays."""

    a: float = 1.0
    b: float = 1.0

    def __post_init__(self) -> None:
        for name in ("a", "b"):
            in_range(f"prior: {name} of beta", getattr(self, name), 1e-3, 1e6)

    def toss(self, rng: np.random.Generator, tosses: int, coins: int) -> Tosses:
        """Independent, once p is drawn."""
        p = rng.beta(self.a, self.b, coins)
        return (rng.random((tosses, coins)) < p).astype(np.float32)

    def predictive(self, tosses: Tosses) -> Chances:
        """(a + heads) / (a + b + tosses): Laplace's rule of succession (1774) where a = b = 1."""
        heads = np.concatenate([np.zeros((1, tosses.shape[1])), np.cumsum(tosses, axis=0, dtype=np.float64)])
        return (self.a + heads) / (self.a + self.b + np.arange(len(heads))[:, None])


@dataclass(frozen=True)
class TwoCoins(Prior):
    """One of two coins, whose chances of heads are known, and after each toss, with chance `switch`, the other one."""

    p: float = 0.8
    q: float = 0.2
    switch: float = 0.0

    def __post_init__(self) -> None:
        for name in ("p", "q"):
            in_range(f"prior: chance {name} of heads", getattr(self, name), 1e-6, 1 - 1e-6)
        in_range("prior: chance of a switch", self.switch, 0, 1)

    def toss(self, rng: np.random.Generator, tosses: int, coins: int) -> Tosses:
        """Either coin comes first with the same chance."""
        switches = rng.random((tosses, coins)) < self.switch
        switches[:1] = rng.random((1, coins)) < 0.5
        second = np.cumsum(switches, axis=0) % 2 == 1
        return (rng.random((tosses, coins)) < np.where(second, self.q, self.p)).astype(np.float32)

    def predictive(self, tosses: Tosses) -> Chances:
        """The filter of a hidden Markov model of two states (Rabiner, 1989), in log-odds, so that none is ever lost."""
        heads, tails = np.log(self.p / self.q), np.log((1 - self.p) / (1 - self.q))
        with np.errstate(divide="ignore"):
            go, stay = np.log(self.switch), np.log1p(-self.switch)
        odds = np.zeros((len(tosses) + 1, tosses.shape[1]))  # of the first coin, as logarithms
        for t, toss in enumerate(tosses):
            seen = odds[t] + np.where(toss > 0.5, heads, tails)
            odds[t + 1] = np.logaddexp(stay + seen, go) - np.logaddexp(go + seen, stay)
        return self.q + (self.p - self.q) * sigmoid(odds)


# Names; what they stand for; the numbers that may be given after the name, and are these if they are not.
PRIORS: dict[str, tuple[type[Beta | TwoCoins], tuple[float, ...]]] = {
    "uniform": (Beta, ()),
    "beta": (Beta, (1.0, 1.0)),
    "two-coins": (TwoCoins, (0.8, 0.2)),
    "switching": (TwoCoins, (0.8, 0.2, 0.05)),
}


def prior(text: str) -> Prior:
    """The prior of a name and, after a colon, its numbers; a ConfigError says what is wrong with it.

    >>> prior("beta:2,5")
    Beta(a=2.0, b=5.0)
    """
    name, colon, rest = text.partition(":")
    kind, numbers = PRIORS[choose("prior", name, PRIORS)]
    if not colon:
        return kind(*numbers)
    usual = ",".join(f"{n:g}" for n in numbers)
    try:
        given = [float(word) for word in rest.split(",")] if rest.isascii() and "_" not in rest else []
    except ValueError:
        given = []
    if len(given) != len(numbers) or not given:
        raise ConfigError(
            f"prior: expected {len(numbers) or 'no'} numbers after {name!r}; found {rest!r}",
            f"as in {name}:{usual}" if usual else "",
        )
    return kind(*given)
