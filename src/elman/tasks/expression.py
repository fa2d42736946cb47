"""Arithmetic expressions, and what is left of them when one digit of each operand has been read.

An expression over a, b, … is parsed, never executed. Read digit by digit, the least significant first, it is a machine
whose states are expressions: with x = B x' + d for each operand,

    p(x) = B p'(x') + (p(d) mod B)        the digit that comes out, and the polynomial p' that is still to be computed

as every term of p(B x' + d) but p(d) is a multiple of B. For a linear p only the constant of p' ever changes: the
carry. (The idea is the derivative of a regular expression; J. Brzozowski, 1964.) Two polynomials are one function only
if they are the same, so that the machine is finite exactly if finitely many polynomials come up.
"""

from __future__ import annotations

import ast
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb
from typing import Any

from elman.errors import ConfigError

LONGEST = 200  # characters; with it, nesting is bounded
LARGEST = 10_000  # of numbers in expressions
FUNCTIONS: Mapping[str, tuple[int, Callable[..., int]]] = {  # least number of arguments, and what it is
    "max": (2, max),
    "min": (2, min),
    "parity": (1, lambda n: n.bit_count() % 2),
    "abs": (1, abs),
}
BINARY: Mapping[type[ast.AST], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
    ast.BitXor: operator.xor,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
COMPARISONS: Mapping[type[ast.AST], Callable[[int, int], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
WORDS = (("XOR", "^"), ("AND", "&"), ("OR", "|"), ("mod", "%"), ("×", "*"), ("−", "-"), ("≤", "<="), ("≥", ">="))


def parse(text: str) -> tuple[ast.expr, tuple[str, ...]]:
    """The tree of an expression and the names in it, in alphabetical order; a ConfigError says what does not belong."""
    if len(text) > LONGEST:
        raise ConfigError(f"function: expected at most {LONGEST} characters; found {len(text)}")
    plain = text
    for word, sign in WORDS:
        plain = plain.replace(word, sign)
    try:
        tree = ast.parse(_products(plain.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConfigError(f"function: expected an expression such as 3*a + b; found {text!r}") from None
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(FUNCTIONS)
    _check(tree)
    if not names or len(names) > 8 or any(len(name) > 1 for name in names):
        raise ConfigError(f"function: expected 1 to 8 operands of one letter, as in 3*a + b; found {text!r}")
    return tree, tuple(sorted(names))


def _products(text: str) -> str:
    """3a is 3*a."""
    return "".join(c + "*" * (c.isdigit() and after.isalpha()) for c, after in zip(text, text[1:] + " ", strict=True))


def _check(node: ast.expr) -> None:
    match node:
        case ast.Name() if node.id not in FUNCTIONS:
            return None
        case ast.Constant(value=int(value)) if not isinstance(value, bool) and value <= LARGEST:
            return None
        case ast.UnaryOp(op=ast.USub()):
            return _check(node.operand)
        case ast.BinOp(op=ast.Mod() | ast.FloorDiv(), right=right) if type(node.op) in BINARY:
            if not isinstance(right, ast.Constant) or not right.value:
                raise ConfigError(f"function: expected a number after {ast.unparse(node.left)!r} and its % or //")
            _check(node.left)
            return _check(right)
        case ast.BinOp() if type(node.op) in BINARY:
            _check(node.left)
            return _check(node.right)
        case ast.Compare(ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            _check(node.left)
            return _check(right)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            if len(node.args) < FUNCTIONS[name][0]:
                raise ConfigError(f"function: {name} has too few arguments")
            for argument in node.args:
                _check(argument)
            return None
    raise ConfigError(
        f"function: {ast.unparse(node)!r} does not belong here",
        "operands are letters; + - * % // ^ & |, comparisons, max, min, abs, parity, and whole numbers up to "
        f"{LARGEST:,} may join them",
    )


def evaluate(node: ast.expr, values: Mapping[str, int]) -> int:
    """The value of a checked tree."""
    match node:
        case ast.Name():
            return values[node.id]
        case ast.Constant(value=int(value)):
            return value
        case ast.UnaryOp():
            return -evaluate(node.operand, values)
        case ast.BinOp():
            return BINARY[type(node.op)](evaluate(node.left, values), evaluate(node.right, values))
        case ast.Compare():
            compare = COMPARISONS[type(node.ops[0])]
            return int(compare(evaluate(node.left, values), evaluate(node.comparators[0], values)))
        case ast.Call(func=ast.Name(id=name)):
            return FUNCTIONS[name][1](*(evaluate(argument, values) for argument in node.args))
    raise AssertionError(node)


# --- residuals: least significant digit first ---


class Residual(ABC):
    """What is still to be computed; equal if it is the same expression."""

    @abstractmethod
    def step(self, base: int, digits: Sequence[int]) -> tuple[int, Residual]:
        """What comes out when a digit of each operand is read, and what is left."""


@dataclass(frozen=True)
class Polynomial(Residual):
    """Sum of coefficient * a^i b^j …, its digits one by one; terms are ((i, j, …), coefficient), in order, none 0."""

    terms: tuple[tuple[tuple[int, ...], int], ...]

    @staticmethod
    def of(terms: Mapping[tuple[int, ...], int]) -> Polynomial:
        """Without the terms that are 0."""
        return Polynomial(tuple(sorted((powers, c) for powers, c in terms.items() if c)))

    def combined(self, other: Polynomial, sign: int) -> Polynomial:
        """self + sign * other."""
        terms = dict(self.terms)
        for powers, c in other.terms:
            terms[powers] = terms.get(powers, 0) + sign * c
        return Polynomial.of(terms)

    def times(self, other: Polynomial) -> Polynomial:
        """The product."""
        terms: dict[tuple[int, ...], int] = {}
        for (p, c), (q, d) in product(self.terms, other.terms):
            powers = tuple(map(sum, zip(p, q, strict=True)))
            terms[powers] = terms.get(powers, 0) + c * d
        return Polynomial.of(terms)

    def after(self, base: int, digits: Sequence[int]) -> dict[tuple[int, ...], int]:
        """The terms of p(base * x + digits), by the binomial theorem."""
        terms: dict[tuple[int, ...], int] = {}
        for powers, c in self.terms:
            for kept in product(*(range(p + 1) for p in powers)):
                factor = c
                for p, k, d in zip(powers, kept, digits, strict=True):
                    factor *= comb(p, k) * base**k * d ** (p - k)
                terms[kept] = terms.get(kept, 0) + factor
        return terms

    def step(self, base: int, digits: Sequence[int]) -> tuple[int, Polynomial]:
        """The lowest digit, and the rest."""
        terms, zero = self.after(base, digits), (0,) * len(digits)
        digit = terms.get(zero, 0) % base
        terms[zero] = terms.get(zero, 0) - digit
        return digit, Polynomial.of({powers: c // base for powers, c in terms.items()})

    @property
    def constant(self) -> int:
        """Its value at 0."""
        return next((c for powers, c in self.terms if not any(powers)), 0)


@dataclass(frozen=True)
class Digitwise(Residual):
    """Digits of two numbers, joined one by one; in bases that are powers of 2, where ^, & and | are so."""

    sign: type[ast.AST]
    left: Residual
    right: Residual

    def step(self, base: int, digits: Sequence[int]) -> tuple[int, Digitwise]:
        """Both digits, joined."""
        (a, left), (b, right) = self.left.step(base, digits), self.right.step(base, digits)
        return BINARY[self.sign](a, b), Digitwise(self.sign, left, right)


class Value(Residual):
    """What has one of finitely many values; after each digit it is that of the operands as far as they were read."""

    @abstractmethod
    def next(self, base: int, digits: Sequence[int]) -> Value:
        """What is left when a digit of each operand was read."""

    @property
    @abstractmethod
    def value(self) -> int:
        """If no more digits come."""

    def step(self, base: int, digits: Sequence[int]) -> tuple[int, Value]:
        """The value so far comes out."""
        following = self.next(base, digits)
        return following.value, following


@dataclass(frozen=True)
class Modulo(Value):
    """A polynomial modulo m: so are its coefficients."""

    polynomial: Polynomial
    m: int

    def next(self, base: int, digits: Sequence[int]) -> Modulo:
        """p(base * x + digits) modulo m."""
        terms = self.polynomial.after(base, digits)
        return Modulo(Polynomial.of({powers: c % self.m for powers, c in terms.items()}), self.m)

    @property
    def value(self) -> int:
        """From 0 to m - 1."""
        return self.polynomial.constant % self.m


@dataclass(frozen=True)
class NotNegative(Value):
    """Whether a polynomial is at least 0: as p = base * p' + digit, whether p' is."""

    polynomial: Polynomial

    def next(self, base: int, digits: Sequence[int]) -> NotNegative:
        """Of the rest of the polynomial."""
        return NotNegative(self.polynomial.step(base, digits)[1])

    @property
    def value(self) -> int:
        """0 or 1."""
        return int(self.polynomial.constant >= 0)


@dataclass(frozen=True)
class Applied(Value):
    """A function of values."""

    function: Callable[..., int]
    values: tuple[Value, ...]

    def next(self, base: int, digits: Sequence[int]) -> Applied:
        """The same function of what is left of each."""
        return Applied(self.function, tuple(value.next(base, digits) for value in self.values))

    @property
    def value(self) -> int:
        """The function's."""
        return int(self.function(*(value.value for value in self.values)))


@dataclass(frozen=True)
class Known(Value):
    """A number."""

    value: int = 0

    def next(self, base: int, digits: Sequence[int]) -> Known:
        """Itself."""
        return self


@dataclass(frozen=True)
class Parity(Value):
    """Whether the number of ones in a number's binary form is odd; in base 2."""

    number: Residual
    odd: int = 0

    def next(self, base: int, digits: Sequence[int]) -> Parity:
        """Every digit counts."""
        digit, rest = self.number.step(base, digits)
        return Parity(rest, self.odd ^ digit)

    @property
    def value(self) -> int:
        """With the ones that a carry still holds."""
        rest = self.number.constant if isinstance(self.number, Polynomial) else 0
        return self.odd ^ abs(rest).bit_count() % 2


def residual(node: ast.expr, names: Sequence[str], base: int) -> Residual | None:
    """A checked tree as a residual; None where its rules do not reach."""

    def of(node: ast.expr) -> Residual | None:
        match node:
            case ast.Name():
                return Polynomial.of({tuple(int(name == node.id) for name in names): 1})
            case ast.Constant(value=int(value)):
                return Polynomial.of({(0,) * len(names): value})
            case ast.UnaryOp():
                inner = of(node.operand)
                return Polynomial(()).combined(inner, -1) if isinstance(inner, Polynomial) else None
            case ast.BinOp():
                return joined(type(node.op), of(node.left), of(node.right))
            case ast.Compare():
                return compared(type(node.ops[0]), of(node.left), of(node.comparators[0]))
            case ast.Call(func=ast.Name(id="parity")):
                inner = of(node.args[0])
                plain = isinstance(inner, Digitwise) or (isinstance(inner, Polynomial) and _natural(inner))
                return Parity(inner) if base == 2 and plain and inner is not None else None
            case ast.Call(func=ast.Name(id=name)):
                return applied(FUNCTIONS[name][1], [of(argument) for argument in node.args])
        raise AssertionError(node)

    return of(node)


def _natural(p: Polynomial) -> bool:
    return all(c >= 0 for _, c in p.terms)


def joined(sign: type[ast.AST], left: Residual | None, right: Residual | None) -> Residual | None:
    """The residual of two that an operator joins."""
    if isinstance(left, Polynomial) and isinstance(right, Polynomial):
        if sign in (ast.Add, ast.Sub):
            return left.combined(right, 1 if sign is ast.Add else -1)
        if sign is ast.Mult:
            return left.times(right)
        if sign is ast.Mod:
            return Modulo(left, right.constant)
    if sign in (ast.BitXor, ast.BitAnd, ast.BitOr) and not isinstance(left, Value) and not isinstance(right, Value):
        return Digitwise(sign, left, right) if left is not None and right is not None else None
    return applied(BINARY[sign], [left, right])


def compared(sign: type[ast.AST], left: Residual | None, right: Residual | None) -> Residual | None:
    """The residual of a comparison: of whole numbers, a > b is a - b - 1 >= 0."""
    if not isinstance(left, Polynomial) or not isinstance(right, Polynomial):
        return applied(COMPARISONS[sign], [left, right])
    difference, one = left.combined(right, -1), Polynomial.of({(0,) * _width(left, right): 1})
    at_least = NotNegative(difference)
    at_most = NotNegative(Polynomial(()).combined(difference, -1))
    match sign:
        case ast.GtE:
            return at_least
        case ast.LtE:
            return at_most
        case ast.Gt:
            return NotNegative(difference.combined(one, -1))
        case ast.Lt:
            return NotNegative(Polynomial(()).combined(difference, -1).combined(one, -1))
        case ast.Eq:
            return Applied(min, (at_least, at_most))
    return Applied(_differ, (at_least, at_most))


def _differ(at_least: int, at_most: int) -> int:
    return 1 - min(at_least, at_most)


def _width(*polynomials: Polynomial) -> int:
    return next(len(powers) for p in polynomials for powers, _ in p.terms)


def applied(function: Callable[..., Any], parts: Sequence[Residual | None]) -> Residual | None:
    """A function of values and numbers; None if some part of it is neither."""
    values = []
    for part in parts:
        if isinstance(part, Polynomial) and not any(any(powers) for powers, _ in part.terms):
            part = Known(part.constant)
        if not isinstance(part, Value):
            return None
        values.append(part)
    return Applied(function, tuple(values))
