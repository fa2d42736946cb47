"""The machine of an expression, derived: by an argument that holds for every length (docs/proof.md makes it).

What is asked of numbers in an expression (comparisons, remainders, …) is read side by side, as a machine; in each of
its states it is known what the expression is if no more digits come: a number that is a sum of multiples of operands,
or a constant. From there on it depends on the kind.

- Values: where it is a constant in all states, that is the answer. With the most significant digit first the machine
  goes backwards.
- Numbers, the least significant digit first: in every state, whatever the expression may still turn out to be must
  agree on the next digit.
- Numbers, the most significant digit first: f(B x + d) must be B f(x) and a digit; this digit is a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import gcd

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError
from elman.proof import Mealy
from elman.spelling import counted
from elman.tasks.arithmetic import bits
from elman.tasks.arithmetic.digits import VALUES, Definition, UnsettledError
from elman.tasks.arithmetic.functions.expression import LARGEST, Expression
from elman.tasks.arithmetic.functions.meaning import Meaning, Missing, ProductError
from elman.tasks.arithmetic.functions.memory import Asked, Memory, Outcome
from elman.tasks.arithmetic.functions.numbers import Number
from elman.tasks.arithmetic.functions.observed import Finding
from elman.tasks.arithmetic.functions.reading import Atom, Clock, Reader
from elman.tasks.arithmetic.functions.tables import MOST_WORK, Budget, Ints, Table, backwards, columns, explore, mealy
from elman.tasks.arithmetic.probes import Operands, samples


@dataclass(frozen=True)
class Known:
    """A machine, and what each expression is in each state: `outcomes[which[q]]` has one for each."""

    table: Table
    outcomes: list[tuple[Outcome, ...]]
    which: Ints


class ObscureError(UnsettledError):
    """Digits may have to change; the rules do not reach so far."""


def derive(expression: Expression, base: int, order: str, work: int = MOST_WORK) -> Definition:
    """The machine of an expression; a ConfigError says why there is none, or that none was found."""
    return _Deriving(expression, base, order, work).definition()


class _Deriving:
    """One derivation."""

    def __init__(self, expression: Expression, base: int, order: str, work: int) -> None:
        self.expression, self.base, self.order = expression, base, order
        self.operands = len(expression.names)
        self.budget = Budget(repr(expression.text), work)
        self.symbols = list(product(range(base), repeat=self.operands))

    def definition(self) -> Definition:
        """Values, where there are few; else a number; else values that show themselves as bounded only."""
        reader = Reader(self.base, self.operands)
        names = {name: Number.of({(n,): 1}) for n, name in enumerate(self.expression.names)}
        plain: Asked = lambda meaning: meaning.of(self.expression.tree, names)  # noqa: E731
        known = self.settled(reader, [plain])
        numbers = list(dict.fromkeys(outcome for (outcome,) in known.outcomes if isinstance(outcome, Number)))
        constants = {number.constant for number in numbers}
        bounded = None not in constants
        if bounded and reader.atoms and len(constants) <= VALUES:
            return self.values(known)
        try:
            if len(numbers) > 1 or self.order == "most" or not numbers[0].linear:
                self.check_settled()
            return self.least_first(reader, numbers, plain) if self.order == "least" else self.most_first()
        except UnsettledError as unsettled:
            if bounded and reader.atoms:
                raise UnsettledError(
                    f"{unsettled}; and it has {len(constants)} values, where {VALUES} are the most"
                ) from None
            values = {self.expression.function(*operands) for operands in self.tried()}
            if len(values) > VALUES:
                if max(map(abs, values)) > LARGEST:  # a number of any size
                    raise
                raise UnsettledError(f"{unsettled}; and it has more than {VALUES} values, which are the most") from None
            return self.bounded(names, unsettled)

    def settled(self, reader: Reader, asked: Sequence[Asked]) -> Known:
        """The machine of all that is asked in these expressions, directly or once other things are known."""
        memory = [Memory(ask) for ask in asked]
        while True:
            table = explore(reader.start, reader.step, self.budget)
            combinations, which = different(reader.values(table.states))
            places = {atom: n for n, atom in enumerate(reader.atoms)}
            outcomes: list[tuple[Outcome, ...]] = []
            missing: dict[Atom, None] = {}
            for combination in combinations.tolist():
                found: list[Outcome] = []
                for one in memory:
                    try:
                        found.append(one.outcome(reader, places, combination, self.budget))
                    except Missing as request:
                        missing[request.atom] = None
                outcomes.append(tuple(found))
            if not missing:
                return Known(table, outcomes, which)
            for atom in missing:
                reader.ask(atom)

    # --- values ---

    def values(self, known: Known) -> Definition:
        """The machine of a constant in each state."""
        constants = [outcome.constant if isinstance(outcome, Number) else outcome for (outcome,) in known.outcomes]
        values = sorted({c for c in constants if c is not None})
        following = known.table.next
        value = np.array([values.index(c) for c in constants if c is not None])[known.which]
        if self.order == "most":
            following, value = backwards(following, value, self.budget)
        machine = self.mealy(following, value[following])
        return Definition(self.base, self.order, self.operands, machine, tuple(values))

    def bounded(self, names: Mapping[str, Number], unsettled: UnsettledError) -> Definition:
        """The same where numbers come out that happen to be small: min(a, 5)."""
        reader = Reader(self.base, self.operands)
        known = self.settled(reader, [lambda m: m.small(m.of(self.expression.tree, names), 2 * VALUES)])
        found = {outcome for (outcome,) in known.outcomes}
        if None in found or len(found) > VALUES:
            raise unsettled
        return self.values(known)

    # --- numbers ---

    def least_first(self, reader: Reader, numbers: Sequence[Number], asked: Asked) -> Definition:
        """Digit by digit, as long as all that the number may turn out to be have the same."""
        if not all(n.linear and gcd(n.den, self.base) == 1 for n in numbers):
            raise self._not_understood(numbers)
        for number in numbers:
            if number.constant is None:
                reader.read(number.form())
        largest = max([abs(n.constant) for n in numbers if n.constant is not None], default=None)
        clock = Clock(1 + bits.length(largest or 0, self.base))
        if largest is not None:
            reader.ask(clock)
        known = self.settled(reader, [asked])
        table, place = known.table, {number: n for n, number in enumerate(numbers)}
        own = np.array([place[outcome] for (outcome,) in known.outcomes if isinstance(outcome, Number)])[known.which]
        possible = self._possible(table.next, own, len(numbers))
        low, high = np.full(table.next.shape, self.base), np.full(table.next.shape, -1)
        digits = []
        for n, number in enumerate(numbers):
            self.budget.spend(table.next.size // 4)
            if number.constant is None:
                digits.append(reader.digits(table.states, number.form()))
            else:
                power = self.base ** table.states[:, reader.atoms[clock]]
                digits.append(np.broadcast_to(number.constant // power % self.base, table.next.shape))
            here = _bit(possible, n)[table.next]
            low = np.where(here, np.minimum(low, digits[n]), low)
            high = np.where(here, np.maximum(high, digits[n]), high)
        if (low < high).any():
            q, x = (int(n) for n in np.argwhere(low < high)[0])
            after = [n for n in range(len(numbers)) if _bit(possible, n)[table.next[q, x]]]
            one, other = after[0], next(n for n in after if digits[n][q, x] != digits[after[0]][q, x])
            word, to = [*table.word(q), x], int(table.next[q, x])
            ends = [self.numbers([*word, *self._way(table.next, to, own == n)]) for n in (one, other)]
            raise self._contradiction(ends[0], ends[1], len(word))
        return Definition(self.base, self.order, self.operands, self.mealy(table.next, high), None)

    def _possible(self, following: Ints, own: Ints, count: int) -> Ints:
        """Which numbers the expression may still turn out to be (Q, words of 62 bits), whatever digits come."""
        possible = np.zeros((len(own), 1 + (count - 1) // 62), np.int64)
        possible[np.arange(len(own)), own // 62] = 1 << own % 62
        some = following[:, columns(following)[0]].T
        while True:
            before = possible.copy()
            for column in some:
                self.budget.spend(possible.size // 4)
                possible |= possible[column]
            if (possible == before).all():
                return possible

    def _way(self, following: Ints, start: int, there: NDArray[np.bool_]) -> list[int]:
        """A shortest word from a state to one of those that are wanted."""
        words: dict[int, list[int]] = {start: []}
        for q in (queue := [start]):
            if there[q]:
                return words[q]
            for x, to in enumerate(following[q].tolist()):
                if to not in words:
                    words[to] = [*words[q], x]
                    queue.append(to)
        raise AssertionError

    def most_first(self) -> Definition:
        """As f(B x + d) = B f(x) + digit, where this digit is a value of x and d."""
        reader = Reader(self.base, self.operands)
        base, tree = Number.known(self.base), self.expression.tree
        before = [Number.of({(n,): 1}) for n in range(self.operands)]

        def digit(meaning: Meaning, last: Sequence[int]) -> int | None:
            now = [base.times(x).plus(Number.known(d)) for x, d in zip(before, last, strict=True)]
            f, g = (meaning.of(tree, dict(zip(self.expression.names, x, strict=True))) for x in (now, before))
            return meaning.small(f.plus(g, -self.base), self.base)

        known = self.settled(reader, [partial(digit, last=last) for last in self.symbols])
        output = np.array([[-1 if o is None else o for o in row] for row in known.outcomes])
        wrong = ((output < 0) | (output >= self.base))[known.which]
        if wrong.any():
            q, x = (int(n) for n in np.argwhere(wrong)[0])
            word = known.table.word(q)
            raise self._too_early(self.numbers(word), self.numbers([x, *word]))
        rows, which = different(output)
        following, row = backwards(known.table.next, which[known.which], self.budget)
        return Definition(self.base, self.order, self.operands, self.mealy(following, rows[row]), None)

    def mealy(self, following: Ints, output: Ints) -> Mealy:
        """The least machine."""
        return mealy(repr(self.expression.text), following, output, self.budget)

    # --- why there is none ---

    def numbers(self, word: Sequence[int]) -> tuple[int, ...]:
        """The operands that a word spells, the least significant digit first."""
        found = [0] * self.operands
        for x in reversed(word):
            found = [n * self.base + d for n, d in zip(found, self.symbols[x], strict=True)]
        return tuple(found)

    def _contradiction(self, one: tuple[int, ...], other: tuple[int, ...], digits: int) -> UnsettledError:
        f = self.expression.function
        return UnsettledError(
            f"function: {self.expression.text!r} is no transducer with the least significant digit first: "
            f"{listed(one)} and {listed(other)} end alike in base {self.base}, in "
            f"{counted(digits, 'digit')}, but their answers {f(*one)} and {f(*other)} do not",
        )

    def _too_early(self, early: tuple[int, ...], late: tuple[int, ...]) -> UnsettledError:
        f = self.expression.function
        return UnsettledError(
            f"function: {self.expression.text!r} is no transducer with the most significant digit first: for "
            f"{listed(early)} it is {f(*early)}; one digit more, {listed(late)}, makes it {f(*late)} in base "
            f"{self.base}: a digit that had come out already would have to change",
        )

    def tried(self) -> list[Operands]:
        """Operands that may show at once that a digit would have to change, the smallest first."""
        return sorted(samples(self.expression.constants, self.operands, self.base), key=lambda n: (max(n), sum(n)))

    def check_settled(self) -> None:
        """An UnsettledError where some of these do."""
        f, base = self.expression.function, self.base
        for late in self.tried():
            answer, digits = f(*late), bits.length(max(late), base)
            for t in sorted({t for t in (1, 2, digits // 2, digits - 1) if 0 < t < digits}):
                power = base**t
                if self.order == "least":
                    early = tuple(n % power for n in late)
                    if (answer - f(*early)) % power:
                        raise self._contradiction(early, late, t)
                else:
                    early, last = tuple(n // power for n in late), tuple(n // (power // base) for n in late)
                    if not 0 <= f(*last) - base * f(*early) < base:
                        raise self._too_early(early, last)

    def _not_understood(self, numbers: Sequence[Number]) -> ConfigError:
        if all(n.linear for n in numbers):
            return ObscureError(
                f"function: {self.expression.text!r} is not understood with the least significant digit first: the "
                "digits of a quotient depend on digits that come later"
            )
        of_operands = all(n < self.operands for number in numbers for several, _ in number.terms for n in several)
        if len(numbers) == 1 and of_operands:
            growth = Finding(self.expression.function, self.operands, self.base, self.order).growth()
            return ProductError(
                f"function: {self.expression.text!r} is no finite transducer: it multiplies operands{growth}",
                "sums, differences, multiples, comparisons and remainders are finite; products of operands are not",
            )
        return ProductError(
            f"function: {self.expression.text!r}: a product of operands is not understood here; it is in remainders, "
            "as in a*b mod 3",
            "sums, differences, multiples, comparisons and remainders are understood",
        )


def listed(numbers: Sequence[int]) -> str:
    """Operands for people."""
    return ", ".join(map(str, numbers))


def _bit(words: Ints, n: int) -> NDArray[np.bool_]:
    return (words[:, n // 62] >> n % 62 & 1).astype(bool)


def different(rows: Ints) -> tuple[Ints, Ints]:
    """The different rows, and which of them each is."""
    if not rows.shape[1]:
        return rows[:1], np.zeros(len(rows), np.int64)
    where, which = columns(rows.T)
    return rows[where], which
