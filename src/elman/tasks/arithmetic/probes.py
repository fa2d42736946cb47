"""Operands that tell functions apart: long ones, and those near to numbers at which a function may change."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from itertools import product
from types import CodeType
from typing import Any

SHORT = 2048  # tuples of short operands
SOME = 256  # tuples of special operands
LONG = (9, 24, 24, 64, 200)  # digits of random operands, twelve tuples each

Operands = tuple[int, ...]


def probes(constants: Collection[int], operands: int, base: int) -> list[Operands]:
    """Tuples of operands: special ones in many combinations, equal and nearly equal ones, and long random ones."""
    rng = random.Random(0)
    special = sorted({n for n in _special(constants, base) if n >= 0})
    found = [tuple([n] * operands) for n in special]
    found += [tuple(n if k == place else 0 for k in range(operands)) for n in special for place in range(operands)]
    found += [tuple(rng.choice(special) for _ in range(operands)) for _ in range(SOME)]
    for digits in LONG:
        for n in range(12):
            first = rng.randrange(base**digits)
            if n % 3:
                others = [rng.randrange(base**digits) for _ in range(operands - 1)]
            else:
                others = [max(0, first + rng.randrange(-2, 3)) for _ in range(operands - 1)]
            found.append((first, *others))
    return list(dict.fromkeys(found))


def tries(constants: Collection[int], operands: int, base: int) -> list[Operands]:
    """Probes; and special operands beside long random ones, which what a network remembers has to outlast."""
    rng = random.Random(1)
    special = sorted({n for n in _special(constants, base) if n >= 0})
    beside = [
        tuple(n if k == place else rng.randrange(base ** rng.choice(LONG)) for k in range(operands))
        for n in special
        for place in range(operands)
    ]
    return list(dict.fromkeys([*probes(constants, operands, base), *beside]))


def samples(constants: Collection[int], operands: int, base: int) -> list[Operands]:
    """All tuples of short operands, and probes."""
    symbols = base**operands
    digits = max(n for n in range(1, 12) if n == 1 or symbols**n <= SHORT)
    return [*product(range(base**digits), repeat=operands), *probes(constants, operands, base)]


def constants(function: Callable[..., Any]) -> set[int]:
    """The numbers in a Python function, where they can be seen."""
    code = getattr(function, "__code__", None)
    return set() if code is None else set(_constants(code))


def _constants(code: CodeType) -> Iterator[int]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _constants(constant)
        elif type(constant) is int:
            yield constant


def _special(constants: Collection[int], base: int) -> Iterator[int]:
    """Each constant, one more, one less, a digit longer or shorter; and powers of the base."""
    for constant in {abs(c) for c in constants} | {0, 1}:
        for near in (constant - 1, constant, constant + 1):
            yield near
            yield near // base
            yield from (near * base, near * base + 1, near * base + base - 1)
    for power in (1, 2, 3, 5, 8, 13, 30):
        yield from (base**power - 1, base**power, base**power + 1)
