"""What a transducer learns from, update by update: words in which every state is met, and lasts.

A network that is given random words of full length from the first update on learns few machines: what it would have to
remember is of use only to who remembers it. Four things help, and each follows from the machine:

- *Policies.* Of the 100 pairs of decimal digits only the 10 that add up to 9 pass a carry on, and random digits hardly
  ever leave it open for long which number is the greater one. So symbols that do the same to every state are a class,
  and a word follows a policy: chances for the classes in each state. Most policies are sharp (they stay in a state, or
  go round in a few), some are even.
- *Symbols.* At first there are few of them, of different classes; what is remembered is found out with these.
- *Length.* At first words are short.
- *Noise.* It keeps states apart, and it hides them while they are not; so it grows when words are long. In the end it
  falls a little: a network that cannot answer right for all of the noise begins to bet.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.proof import Mealy

Words = NDArray[np.int64]  # (T, N): N words of T symbols

SHARPNESS = 0.3  # of the Dirichlet distribution that policies come from: the less, the sharper
EVEN = 0.5  # of the policies have even chances
POLICIES, MOST_CHANCES = 256, 1 << 22  # for the words that are drawn at a time, and numbers that they hold
FIRST_SYMBOLS, FIRST_DIGITS = 4, 2  # that training begins with
NOISE = (0.25, 1.0, 0.9)  # shares of it: while words grow, one rise later, and two more rises later


@dataclass(frozen=True)
class Lessons:
    """What is asked in each update.

    Args:
        machine: what is to be learned.
        digits: length of the longest words.
        rise: updates in which symbols and digits become as many as there are; then as many in which the noise grows.
            0: all of it at once.
        seed: of the order in which symbols come.
    """

    machine: Mealy
    digits: int
    rise: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """What the page needs to draw words in the same way (look/words.js); it has the machine."""
        return {
            "digits": self.digits,
            "rise": self.rise,
            "first": {"symbols": FIRST_SYMBOLS, "digits": FIRST_DIGITS},
            "sharpness": SHARPNESS,
            "even": EVEN,
            "policies": POLICIES,
            "chances": MOST_CHANCES,
            "noise": NOISE,
        }

    def words(self, rng: np.random.Generator, update: int, count: int) -> Words:
        """Words to learn from (T, count)."""
        part = min(1.0, update / self.rise) if self.rise else 1.0
        known, digits = _between(FIRST_SYMBOLS, self.machine.symbols, part), _between(FIRST_DIGITS, self.digits, part)
        symbols = self.symbols[:known]
        return symbols[drawn(_restricted(self.machine, symbols), rng, digits, count)]

    def noise(self, update: int) -> float:
        """The share of the noise."""
        return float(np.interp(update, self.rise * np.array([1, 2, 4]), NOISE)) if self.rise else 1.0

    @cached_property
    def symbols(self) -> NDArray[np.int64]:
        """All symbols, in the order in which they come: one of each class, then another one of each."""
        rng = np.random.default_rng((self.seed, 1 << 40))
        shuffled = [rng.permutation(some).tolist() for some in classes(self.machine)]
        order = [shuffled[n] for n in rng.permutation(len(shuffled))]
        return np.array([x for x in chain(*zip_longest(*order)) if x is not None])


def classes(machine: Mealy) -> list[NDArray[np.int64]]:
    """The symbols, put together where they lead from each state to the same one; in order of their first ones."""
    found: dict[tuple[int, ...], list[int]] = {}
    for x, targets in enumerate(zip(*machine.next, strict=True)):
        found.setdefault(targets, []).append(x)
    return [np.array(some) for some in found.values()]


def drawn(machine: Mealy, rng: np.random.Generator, steps: int, count: int) -> Words:
    """Words (steps, count) that follow policies, each one drawn at random."""
    alike = classes(machine)
    size = np.array([len(some) for some in alike])
    symbols, first = np.concatenate(alike), np.cumsum(size) - size
    following = np.array(machine.next)
    policies = max(1, min(POLICIES, MOST_CHANCES // (machine.states * len(alike))))
    chances = rng.dirichlet(np.full(len(alike), SHARPNESS), (policies, machine.states))
    chances[: round(EVEN * policies)] = 1 / len(alike)
    below = chances.cumsum(axis=-1)[..., :-1]
    policy = rng.integers(policies, size=count)
    state, words = np.zeros(count, np.int64), np.empty((steps, count), np.int64)
    for t in range(steps):
        kind = (below[policy, state] <= rng.random((count, 1))).sum(axis=1)
        words[t] = symbols[first[kind] + rng.integers(size[kind])]
        state = following[state, words[t]]
    return words


def _restricted(machine: Mealy, symbols: NDArray[np.int64]) -> Mealy:
    """The machine for some of the symbols, which are renumbered."""
    columns = symbols.tolist()
    return Mealy(*(tuple(tuple(row[x] for x in columns) for row in table) for table in (machine.next, machine.output)))


def _between(first: int, last: int, part: float) -> int:
    """On a straight line."""
    return last if last <= first else int(first + (last - first) * part)
