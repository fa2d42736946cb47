"""Numbers as far as they are known: polynomials in numbers that are read digit by digit, over a common denominator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import gcd

from elman.errors import ConfigError

MOST = 1 << 28  # of a number that is handled: sums of products of two fit into 64 bits


def check_size(*numbers: int) -> None:
    """A ConfigError where some are too large."""
    if max(map(abs, numbers)) > MOST:
        raise ConfigError(
            f"function: its numbers multiply up to more than {MOST:,}, the most that is handled",
            "numbers this large need more states than a network learns",
        )


@dataclass(frozen=True)
class Form:
    """(sum of coefficient * number + constant) / den, where that is a whole number; den has no factor of the base."""

    parts: tuple[tuple[int, int], ...]  # (which number, coefficient)
    constant: int = 0
    den: int = 1

    def __post_init__(self) -> None:
        check_size(self.constant, self.den, *(c for _, c in self.parts))


@dataclass(frozen=True)
class Number:
    """Sum of coefficient * product of numbers, divided by den; in lowest terms, so that equal ones are the same.

    `terms` are ((which numbers, coefficient), …); the empty product is the constant.
    """

    terms: tuple[tuple[tuple[int, ...], int], ...]
    den: int = 1

    @staticmethod
    def of(terms: Mapping[tuple[int, ...], int], den: int = 1) -> Number:
        """In lowest terms."""
        shared = gcd(den, *terms.values())
        kept = sorted((numbers, c // shared) for numbers, c in terms.items() if c)
        return Number(tuple(kept), den // shared)

    @staticmethod
    def known(value: int) -> Number:
        """A constant."""
        return Number.of({(): value})

    @property
    def constant(self) -> int | None:
        """Its value, where it is a constant."""
        if any(numbers for numbers, _ in self.terms):
            return None
        assert self.den == 1  # where it came from, it was a whole number
        return self.terms[0][1] if self.terms else 0

    @property
    def linear(self) -> bool:
        """Whether no two numbers are multiplied."""
        return all(len(numbers) < 2 for numbers, _ in self.terms)

    @property
    def offset(self) -> int:
        """The constant among its terms."""
        return dict(self.terms).get((), 0)

    def plus(self, other: Number, times: int = 1) -> Number:
        """self + times * other."""
        terms = {numbers: c * other.den for numbers, c in self.terms}
        for numbers, c in other.terms:
            terms[numbers] = terms.get(numbers, 0) + times * c * self.den
        return Number.of(terms, self.den * other.den)

    def times(self, other: Number) -> Number:
        """The product."""
        terms: dict[tuple[int, ...], int] = {}
        for (p, c), (q, d) in product(self.terms, other.terms):
            numbers = tuple(sorted(p + q))
            terms[numbers] = terms.get(numbers, 0) + c * d
        return Number.of(terms, self.den * other.den)

    def over(self, divisor: int) -> Number:
        """The quotient, of a number that is a multiple of the divisor."""
        return Number.of(dict(self.terms), self.den * divisor)

    def form(self, den: int | None = None) -> Form:
        """The same as a form, of a linear number; with `den`, of the multiple that has this denominator."""
        parts = tuple((numbers[0], c) for numbers, c in self.terms if numbers)
        return Form(parts, self.offset, self.den if den is None else den)


ZERO = Number.known(0)
