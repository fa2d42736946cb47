"""What is remembered of numbers that are read digit by digit, the least significant one first: a vector of integers.

A form L, a sum of multiples of the numbers, is read with a carry. With x = B x' + d for each number x,

    L(x) = B L'(x') + digit        digit = L(d) mod B, and L' has the coefficients of L and another constant: the carry

What is asked of forms (whether one is negative, its remainder, …) is an atom: it has a few integers of its own, and a
value if no more digits come. ^, & and | join the digits of two forms: that gives a new number, which is read as the
operands are. All of it is computed for many states and all symbols at once.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from elman.tasks.arithmetic.functions.numbers import Form, check_size
from elman.tasks.arithmetic.functions.tables import Ints

JOINED: Mapping[type[ast.AST], Callable[[Ints, Ints], Ints]] = {
    ast.BitXor: np.bitwise_xor,
    ast.BitAnd: np.bitwise_and,
    ast.BitOr: np.bitwise_or,
}
Digits = Callable[[int | Form], Ints]  # of a number, or of a form


class Atom(ABC):
    """What is asked of numbers. `start` is what is remembered of no digits; the methods take it as (…, len(start))."""

    start: tuple[int, ...] = ()

    @property
    def form(self) -> Form | None:
        """The form whose carry it needs."""
        return None

    def step(self, own: Ints, digits: Digits, base: int) -> Ints:
        """What is remembered after one more digit, (N, S, w) of (N, 1, w)."""
        return own

    @abstractmethod
    def value(self, own: Ints, rest: Digits, base: int) -> Ints:
        """Its value (N,), if no more digits come; `rest` is what numbers and forms still hold: of operands, 0."""


@dataclass(frozen=True)
class Sign(Atom):
    """Whether a form is at least 0: as L = B^t L' + digits, whether L' is."""

    of: Form

    @property
    def form(self) -> Form:
        """Its own."""
        return self.of

    def value(self, own: Ints, rest: Digits, base: int) -> Ints:
        """0 or 1."""
        return (rest(self.of) >= 0).astype(np.int64)


@dataclass(frozen=True)
class Residue(Atom):
    """A form without constant, modulo m: that of the digits so far, and B^t mod m."""

    of: Form
    m: int

    def __post_init__(self) -> None:
        check_size(self.m)

    @property
    def start(self) -> tuple[int, ...]:  # type: ignore[override]
        """No digits, B^0."""
        return 0, 1 % self.m

    def _sum(self, numbers: Digits) -> Ints:
        total = np.zeros(1, np.int64)
        for number, c in self.of.parts:
            total = total + c * numbers(number)
        return total % self.m

    def step(self, own: Ints, digits: Digits, base: int) -> Ints:
        """B^t times the new digits comes in."""
        so_far, power = own[..., 0], own[..., 1]
        after = (so_far + power * self._sum(digits)) % self.m
        return np.stack([after, np.broadcast_to(power * base % self.m, after.shape)], axis=-1)

    def value(self, own: Ints, rest: Digits, base: int) -> Ints:
        """From 0 to m - 1."""
        return (own[:, 0] + own[:, 1] * self._sum(rest)) % self.m


def odd(numbers: Ints) -> Ints:
    """Whether the number of ones in the binary form of |n| is odd, for each n below 2^62."""
    n = np.abs(numbers)
    for shift in (32, 16, 8, 4, 2, 1):
        n = n ^ (n >> shift)
    return n & 1


@dataclass(frozen=True)
class Parity(Atom):
    """Whether the number of ones in the binary form of a form is odd, where that is not negative; B is a power of 2."""

    of: Form
    start = (0,)

    @property
    def form(self) -> Form:
        """Its own."""
        return self.of

    def step(self, own: Ints, digits: Digits, base: int) -> Ints:
        """Every digit counts."""
        return (own[..., 0] ^ odd(digits(self.of)))[..., None]

    def value(self, own: Ints, rest: Digits, base: int) -> Ints:
        """With the ones that a carry still holds."""
        return own[:, 0] ^ odd(rest(self.of))


@dataclass(frozen=True)
class Small(Atom):
    """The value of a form, where it is from 0 to most - 1; else -1."""

    of: Form
    most: int
    start = (0, 1)  # the digits so far as a number (-1: too large), and B^t, which stays once it is at least `most`

    def __post_init__(self) -> None:
        check_size(self.most)

    @property
    def form(self) -> Form:
        """Its own."""
        return self.of

    def step(self, own: Ints, digits: Digits, base: int) -> Ints:
        """Digits count while they can; behind that, only zeros may come."""
        so_far, power, digit = own[..., 0], own[..., 1], digits(self.of)
        after = np.where(so_far < 0, -1, so_far + np.minimum(power, self.most) * digit)
        after = np.where(after >= self.most, -1, after)
        grown = np.where(power < self.most, power * base, power)
        return np.stack([after, np.broadcast_to(grown, after.shape)], axis=-1)

    def value(self, own: Ints, rest: Digits, base: int) -> Ints:
        """The digits and what the carry still holds."""
        held = rest(self.of)
        total = own[:, 0] + own[:, 1] * np.clip(held, -self.most, self.most)
        return np.where((own[:, 0] >= 0) & (total >= 0) & (total < self.most), total, -1)


@dataclass(frozen=True)
class Clock(Atom):
    """How many digits were read, up to `most`."""

    most: int
    start = (0,)

    def step(self, own: Ints, digits: Digits, base: int) -> Ints:
        """One more."""
        return np.minimum(own + 1, self.most)

    def value(self, own: Ints, rest: Digits, base: int) -> Ints:
        """So many."""
        return own[:, 0]


class Reader:
    """Reads operands, and remembers what forms and atoms need."""

    def __init__(self, base: int, operands: int) -> None:
        self.base, self.operands = base, operands
        self.start = [0]  # a state is never empty
        self.forms: dict[Form, int] = {}  # and the place of the carry
        self.joined: dict[tuple[type[ast.AST], Form, Form], int] = {}  # and the number that they are
        self.atoms: dict[Atom, slice] = {}
        self._digits = [np.array([d])[None] for d in zip(*product(range(base), repeat=operands), strict=True)]
        self._digits = [column.reshape(1, -1) for column in self._digits]

    def read(self, form: Form) -> None:
        """From now on with its carry."""
        if form not in self.forms:
            self.forms[form] = len(self.start)
            self.start.append(form.constant)

    def join(self, sign: type[ast.AST], left: Form, right: Form) -> int:
        """The number whose digits are those of two forms, joined."""
        for form in (left, right):
            self.read(form)
        return self.joined.setdefault((sign, left, right), self.operands + len(self.joined))

    def ask(self, atom: Atom) -> None:
        """From now on with its memory."""
        if atom not in self.atoms:
            if atom.form is not None:
                self.read(atom.form)
            self.atoms[atom] = slice(len(self.start), len(self.start) + len(atom.start))
            self.start += atom.start

    def step(self, states: Ints) -> Ints:
        """The states (N, S, W) after each symbol."""
        after = np.repeat(states[:, None], self._digits[0].shape[1], axis=1)
        digits = self._read(states, after)
        for atom, place in self.atoms.items():
            after[..., place] = atom.step(states[:, None, place], digits, self.base)
        return after

    def digits(self, states: Ints, form: Form) -> Ints:
        """The digit (N, S) of a form that comes out at each symbol."""
        shape = len(states), self._digits[0].shape[1]
        return np.broadcast_to(self._read(states, None)(form), shape)

    def _read(self, states: Ints, after: Ints | None) -> Digits:
        numbers, forms = list(self._digits), {}

        def of(what: int | Form) -> Ints:
            if not isinstance(what, Form):
                return numbers[what]
            if what not in forms:
                place = self.forms[what]
                total = states[:, place, None] + sum(c * numbers[n] for n, c in what.parts)
                digit = total % self.base
                if what.den > 1:
                    digit = digit * pow(what.den, -1, self.base) % self.base
                forms[what] = digit
                if after is not None:
                    after[..., place] = (total - what.den * digit) // self.base
            return forms[what]

        for sign, left, right in self.joined:
            numbers.append(JOINED[sign](of(left), of(right)))
        for form in self.forms:
            of(form)
        return of

    def values(self, states: Ints) -> Ints:
        """The values (N, atoms) of all atoms, if no more digits come."""
        numbers: list[Ints] = [np.zeros(len(states), np.int64)] * self.operands

        def rest(what: int | Form) -> Ints:
            if not isinstance(what, Form):
                return numbers[what]
            held = states[:, self.forms[what]] + sum(c * numbers[n] for n, c in what.parts)
            check_size(int(np.abs(held).max() >> 3))
            return held // what.den

        for sign, left, right in self.joined:
            numbers.append(JOINED[sign](rest(left), rest(right)))
        columns: Sequence[Ints] = [a.value(states[:, place], rest, self.base) for a, place in self.atoms.items()]
        return np.stack(columns, axis=1) if columns else np.zeros((len(states), 0), np.int64)
