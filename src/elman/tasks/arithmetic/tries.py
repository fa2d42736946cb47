"""Inputs that show something of a function, for a page to offer them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from elman.proof import Mealy
from elman.tasks.arithmetic.bits import decode
from elman.tasks.arithmetic.digits import Definition

Operands = tuple[int, ...]
MORE = 8  # digits that a long input has more than others
MOST = 10**60  # what can be typed in the page
SMALL = 4096  # tuples of small operands, of which some may have an answer below 0


def tries(d: Definition, length: int) -> Iterator[tuple[str, Operands]]:
    """What there is to see, and operands that show it; `length` is that of usual operands, in digits."""
    yield "small numbers", tuple(range(d.operands + 2, 2, -1))
    if kept := _kept(d, length):
        yield "one state, kept for many columns", kept
    if below := _below(d):
        yield "an answer below 0", below
    rng, digits = np.random.default_rng(0), length + MORE
    while d.base**digits > MOST:
        digits -= 1
    symbols = rng.integers(d.base, size=(digits, d.operands))
    symbols[-1] = rng.integers(1, d.base, d.operands)
    yield "longer numbers", tuple(decode(symbols, d.base))


def _kept(d: Definition, length: int) -> Operands | None:
    """Operands on which a state is left, another one kept, and then needed; None where no symbol keeps one."""
    word = _keeping(d.machine)
    if word is None:
        return None
    first, again, last = word
    symbols = [first, *[again] * (length - 2), last]
    digits = np.array([[x // d.base ** (d.operands - 1 - k) % d.base for k in range(d.operands)] for x in symbols])
    return tuple(decode(digits if d.order == "least" else digits[::-1], d.base))


def _keeping(machine: Mealy) -> Sequence[int] | None:
    """Symbols (first, again, last): `again` keeps the state that `first` leads to, and `last` tells it from rest."""
    states = [(x, q) for x, q in enumerate(machine.next[0]) if q]
    for (first, q), again in product(states, range(machine.symbols)):
        for last in range(machine.symbols):
            if machine.next[q][again] == q and machine.output[q][last] != machine.output[0][last]:
                return first, again, last
    return None


def _below(d: Definition) -> Operands | None:
    """Small operands whose answer is negative; None where there are none."""
    if not d.signed:
        return None
    below = int(SMALL ** (1 / d.operands))
    small = list(product(range(min(below, 16)), repeat=d.operands))
    found = d.answered(small, d.machine.run)
    return next((some for some, answer in zip(small, found, strict=True) if answer < 0 and all(some)), None)
