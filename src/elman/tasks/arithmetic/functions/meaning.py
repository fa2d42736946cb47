"""What an expression is, once it is known what is asked of numbers in it: a number that is left to be read."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import reduce
from math import gcd

from elman.errors import ConfigError
from elman.spelling import spelled
from elman.tasks.arithmetic.functions.expression import BITWISE
from elman.tasks.arithmetic.functions.numbers import ZERO, Form, Number
from elman.tasks.arithmetic.functions.reading import Atom, Parity, Reader, Residue, Sign, Small


class Missing(Exception):  # noqa: N818 (a request, not an error)
    """An atom has to be known first."""

    def __init__(self, atom: Atom) -> None:
        super().__init__()
        self.atom = atom


class ProductError(ConfigError):
    """Products of operands are understood in remainders only."""


class Meaning:
    """Expressions with the values of atoms, each at its place; raises Missing where one has none."""

    def __init__(self, reader: Reader, places: Mapping[Atom, int], values: Sequence[int]) -> None:
        self.reader, self.places, self.values = reader, places, values
        self.trail: list[tuple[Atom, int]] = []  # what was asked, and answered

    def of(self, node: ast.expr, names: Mapping[str, Number]) -> Number:
        """The number that a checked tree is."""
        match node:
            case ast.Name():
                return names[node.id]
            case ast.Constant(value=int(value)):
                return Number.known(value)
            case ast.UnaryOp():
                return ZERO.plus(self.of(node.operand, names), -1)
            case ast.BinOp(op=ast.Mod() | ast.FloorDiv(), right=ast.Constant(value=int(divisor))):
                number = self.of(node.left, names)
                remainder = Number.known(self.residue(number, divisor))
                return remainder if isinstance(node.op, ast.Mod) else number.plus(remainder, -1).over(divisor)
            case ast.BinOp():
                return self._joined(node, self.of(node.left, names), self.of(node.right, names))
            case ast.Compare(ops=[sign]):
                difference = self.of(node.left, names).plus(self.of(node.comparators[0], names), -1)
                return Number.known(self._compared(sign, difference))
            case ast.Call(func=ast.Name(id=name)):
                return self._called(name, [self.of(argument, names) for argument in node.args])
        raise AssertionError(node)

    def _joined(self, node: ast.BinOp, left: Number, right: Number) -> Number:
        match node.op:
            case ast.Add():
                return left.plus(right)
            case ast.Sub():
                return left.plus(right, -1)
            case ast.Mult():
                return left.times(right)
        if left.constant is not None and right.constant is not None:
            return Number.known(BITWISE[type(node.op)](left.constant, right.constant))
        base = self.reader.base
        if base & (base - 1):
            raise ConfigError(
                f"function: ^ (XOR), & and | work on binary digits; base {base} has none: {ast.unparse(node)!r}",
                f"{spelled('base', 2)}, 4, 8 or 16",
            )
        # x ^ y is (2^n x ^ 2^n y) / 2^n: so factors of 2 may be taken out of denominators.
        scale = max(_twos(left.den), _twos(right.den))
        forms = [self._linear(n, scale).form(n.den // _twos(n.den)) for n in (left, right)]
        return Number.of({(self.reader.join(type(node.op), *forms),): 1}, scale)

    def _linear(self, number: Number, scale: int) -> Number:
        """The numerator's terms, for `form`, of scale * number without the factors of 2 in its denominator."""
        _check_linear(number)
        factor = scale // _twos(number.den)
        return Number(tuple((numbers, c * factor) for numbers, c in number.terms), number.den)

    def _compared(self, sign: ast.cmpop, difference: Number) -> int:
        match sign:
            case ast.GtE():
                return self.natural(difference)
            case ast.LtE():
                return self.natural(ZERO.plus(difference, -1))
            case ast.Gt():
                return 1 - self.natural(ZERO.plus(difference, -1))
            case ast.Lt():
                return 1 - self.natural(difference)
        equal = int(self.natural(difference) and self.natural(ZERO.plus(difference, -1)))
        return equal if isinstance(sign, ast.Eq) else 1 - equal

    def _called(self, name: str, arguments: Sequence[Number]) -> Number:
        if name == "max":
            return reduce(lambda p, q: p if self.natural(p.plus(q, -1)) else q, arguments)
        if name == "min":
            return reduce(lambda p, q: q if self.natural(p.plus(q, -1)) else p, arguments)
        (number,) = arguments
        if not self.natural(number):
            number = ZERO.plus(number, -1)
        return number if name == "abs" else Number.known(self._parity(number))

    def natural(self, number: Number) -> int:
        """Whether it is at least 0."""
        if number.constant is not None:
            return int(number.constant >= 0)
        _check_linear(number)
        form = number.form(1)
        shared = gcd(*(c for _, c in form.parts))
        parts = tuple((n, c // shared) for n, c in form.parts)
        return self.ask(Sign(Form(parts, form.constant // shared)))

    def residue(self, number: Number, divisor: int) -> int:
        """The remainder."""
        if number.constant is not None:
            return number.constant % divisor
        m = number.den * divisor
        if number.linear:
            kept = tuple((numbers[0], c % m) for numbers, c in number.terms if numbers and c % m)
            rest = self.ask(Residue(Form(kept), m)) if kept else 0
            return (rest + number.offset) % m // number.den
        each = {n: self.ask(Residue(Form(((n, 1),)), m)) for numbers, _ in number.terms for n in numbers}
        total = 0
        for numbers, c in number.terms:
            total += reduce(lambda p, n: p * each[n] % m, numbers, c)
        return total % m // number.den

    def _parity(self, number: Number) -> int:
        if number.constant is not None:
            return number.constant.bit_count() % 2
        base = self.reader.base
        if base & (base - 1):
            raise ConfigError(
                f"function: parity counts the ones among binary digits; base {base} has none",
                f"{spelled('base', 2)}, 4, 8 or 16",
            )
        _check_linear(number)
        return self.ask(Parity(number.form(number.den // _twos(number.den))))  # 2n has as many ones as n

    def small(self, number: Number, most: int) -> int | None:
        """Its value, where it is from -most to most; else None."""
        if number.constant is not None:
            return number.constant if abs(number.constant) <= most else None
        _check_linear(number)
        form = number.form(1)
        shared = gcd(*(c for _, c in form.parts))
        reach = 1 << ((most * number.den + abs(form.constant)) // shared + 1).bit_length()  # few different ones
        found = self.ask(Small(Form(tuple((n, c // shared) for n, c in form.parts), reach), 2 * reach))
        value = ((found - reach) * shared + form.constant) // number.den
        return value if found >= 0 and abs(value) <= most else None

    def ask(self, atom: Atom) -> int:
        """The value of an atom."""
        place = self.places.get(atom)
        if place is None:
            raise Missing(atom)
        self.trail.append((atom, self.values[place]))
        return self.values[place]


def _twos(n: int) -> int:
    """The greatest power of 2 in it."""
    return n & -n


def _check_linear(number: Number) -> None:
    if not number.linear:
        raise ProductError(
            "function: a product of operands is not understood here; it is in remainders, as in a*b mod 3",
            "sums, differences, multiples, comparisons and remainders are understood",
        )
