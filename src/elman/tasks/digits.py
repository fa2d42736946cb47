"""Digit-by-digit functions as machines: from an expression or a Python function; or why there is none.

Each step reads one digit of every operand. If the answer is a number, one digit of it comes out at each step; if it is
one of a few values (a remainder, a comparison), what comes out is its value for the digits read so far, and the answer
is what comes out last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count, islice, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError
from elman.proof import Mealy, TooManyStates, explore
from elman.proof.extract import learned
from elman.tasks import bits
from elman.tasks.expression import Value, evaluate, parse, residual

MOST_STATES = 1000  # of machines that are derived; those that are learned from values have fewer
VALUES = 64  # the most values of an answer that is no number of any size
MOST_SHORT = 2048  # words of a length that are tried
LONG_DIGITS, LONG_NUMBERS = 24, 40
PIECE = 1 << 14  # words that are run side by side
Function = Callable[..., int]
Run = Callable[[NDArray[np.int64]], NDArray[np.int64]]


class UnsettledError(ConfigError):
    """A digit that had come out already would have to change: it is no digit-by-digit function in this order."""


@dataclass(frozen=True)
class Definition:
    """A digit-by-digit function.

    Symbol x stands for the x-th tuple of digits, (0, …, 0) first, the last operand's digit changing fastest. `end`: the
    answer is the last of the symbols that come out, not a number of which each is a digit.
    """

    base: int
    order: str  # "least" significant digit first, or "most"
    operands: int
    machine: Mealy
    end: bool

    @property
    def answers(self) -> int:
        """How many symbols there are to answer with."""
        return max(self.base if not self.end else 2, 1 + max(max(row) for row in self.machine.output))

    @property
    def signed(self) -> bool:
        """Whether answers may be negative: in the complement of the base, their leading digits are base - 1."""
        return (
            not self.end
            and self.order == "least"
            and any(self._leading(q) == self.base - 1 for q in range(self.machine.states))
        )

    def flush(self) -> int:
        """How many steps with zeros follow the last digits: until nothing comes out but leading digits."""
        if self.end or self.order == "most":
            return 0
        longest = 0
        for q in range(self.machine.states):
            steps, state = 0, q
            while (self.machine.next[state][0], self.machine.output[state][0]) != (state, self._leading(q)):
                steps, state = steps + 1, self.machine.next[state][0]
            longest = max(longest, steps)
        return longest + self.signed

    def _leading(self, q: int) -> int:
        """The digit that comes out for ever when zeros follow; a ConfigError where there is none."""
        for _ in range(self.machine.states):
            q = self.machine.next[q][0]
        digit = self.machine.output[q][0]
        if self.machine.next[q][0] != q or digit not in (0, self.base - 1):
            raise ConfigError("function: the digits of its answers never end: they stand for no whole number")
        return digit

    def words(self, operands: NDArray[np.int64] | Sequence[Sequence[int]], steps: int) -> NDArray[np.int64]:
        """The operands (N, k) as symbols (steps, N); the steps beyond the first digits hold zeros."""
        columns = operands.T if isinstance(operands, np.ndarray) else list(zip(*operands, strict=True))
        symbols = np.zeros((steps, len(operands)), np.int64)
        for column in columns:
            symbols = symbols * self.base + bits.encode(column, steps, self.base).astype(np.int64)
        return symbols if self.order == "least" else symbols[::-1]

    def numbers(self, symbols: NDArray[Any]) -> list[int]:
        """Answers from output symbols (T, N); where they are signed, the first digit says so."""
        if self.end:
            return [int(n) for n in symbols[-1]]
        symbols = symbols if self.order == "least" else symbols[::-1]
        numbers = bits.decode(symbols, self.base)
        if not self.signed:
            return numbers
        return [
            n - (self.base ** len(symbols) if top == self.base - 1 else 0)
            for n, top in zip(numbers, symbols[-1], strict=True)
        ]

    def answered(self, operands: Sequence[Sequence[int]], run: Run, least: int = 0) -> list[int]:
        """The answers for tuples of numbers of any size, as `run` gives them: output symbols for words of symbols.

        Words are of at least so many digits, and of what comes out behind the last ones.
        """
        found: list[int] = []
        # Pieces of similar work: a few long numbers, or many short ones.
        longest = max((bits.length(max(t), self.base) for t in operands), default=0)
        piece = max(1, min(PIECE, (1 << 22) // (longest + 2)))
        for first in range(0, len(operands), piece):
            some = operands[first : first + piece]
            digits = max(least, *(bits.length(max(t), self.base) for t in some))
            found += self.numbers(run(self.words(some, digits + self.flush())))
        return found

    def to_json(self) -> dict[str, Any]:
        """As model files hold it."""
        machine = {"next": [list(row) for row in self.machine.next], "output": [list(r) for r in self.machine.output]}
        return {
            "base": self.base,
            "order": self.order,
            "operands": self.operands,
            "answers": self.answers,
            "end": self.end,
            "machine": machine,
        }

    def text(self) -> str:
        """The same in one line, which the setting `function` takes too."""
        return json.dumps(self.to_json())


@cache
def define(function: str, base: int, order: str) -> Definition:
    """The machine of an expression, or of what `Definition.text` wrote; a ConfigError where there is none."""
    if function.startswith("{"):
        return _read(function, base, order)
    tree, names = parse(function)
    symbols = list(product(range(base), repeat=len(names)))
    rest = residual(tree, names, base)
    if rest is None or order == "most":
        return observed(lambda *values: evaluate(tree, dict(zip(names, values, strict=True))), len(names), base, order)
    if not isinstance(rest, Value) and base & (base - 1) and any(sign in function for sign in "^&|"):
        raise ConfigError(f"function: ^, & and | work on binary digits; base {base} has none", "--base 2, 4, 8 or 16")
    try:
        machine = explore(rest, len(symbols), lambda e, x: e.step(base, symbols[x]), MOST_STATES)
    except TooManyStates as found:
        raise _endless(repr(function), found.growth[:-1]) from None
    return Definition(base, order, len(names), machine.minimised(), isinstance(rest, Value))


def _read(text: str, base: int, order: str) -> Definition:
    try:
        held = json.loads(text)
        machine = Mealy(*(tuple(map(tuple, held["machine"][name])) for name in ("next", "output")))
        definition = Definition(held["base"], held["order"], held["operands"], machine, held["end"])
        states, symbols = range(machine.states), base ** held["operands"]
        fits = all(
            len(row) == symbols and all(type(n) is int and n in allowed for n in row)
            for table, allowed in ((machine.next, states), (machine.output, range(VALUES)))
            for row in table
        )
        if not fits or len(machine.output) != machine.states or definition.to_json() != held:
            raise ValueError
        if (definition.base, definition.order) != (base, order):
            raise ValueError
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise ConfigError("function: expected the machine of a digit-by-digit function; found a damaged one") from None
    return definition


def _endless(what: str, growth: Sequence[int]) -> ConfigError:
    grown = ", ".join(map(str, growth))
    return ConfigError(
        f"function: {what} is no finite transducer in this order: after 0, 1, 2, … digits there are {grown} … "
        "different things to remember",
        "sums, differences, multiples, comparisons and remainders are finite; products of operands are not",
    )


# --- from values ---


def observed(function: Function, operands: int, base: int, order: str, longest: int | None = None) -> Definition:
    """The machine of a function that can only be asked for values.

    It answers as the function does for all short operands and for many long ones; no more is known of it. With
    `longest`, it is not asked about operands of more digits.
    """
    symbols = list(product(range(base), repeat=operands))

    def numbers(word: Sequence[int]) -> list[int]:
        """The operands that a word spells."""
        found = [0] * operands
        for x in word if order == "most" else reversed(word):
            found = [n * base + d for n, d in zip(found, symbols[x], strict=True)]
        return found

    def value(word: Sequence[int]) -> int:
        answer = function(*numbers(word))
        if not isinstance(answer, int | np.integer):
            raise ConfigError(f"function: expected a whole number for {numbers(word)}; found {answer!r:.60}")
        return int(answer)

    short = _short(len(symbols), longest or LONG_DIGITS)
    witness = next((word for word in short if len(word) > 1 and not _settled(value, word, base, order)), None)
    end = witness is not None
    if witness is not None:
        length = len(short[-1])
        values = {value(word) for word in short}
        if min(values) < 0 or max(values) >= VALUES or {value(w) for w in short if len(w) < length} != values:
            raise UnsettledError(
                f"function: it is no transducer in this order: for {_list(numbers(witness[:-1]))} it is "
                f"{value(witness[:-1])}; one digit more, {_list(numbers(witness))}, makes it {value(witness)} in base "
                f"{base}: a digit that had come out already would have to change",
                "the other order may do: " + ("--order most" if order == "least" else "--order least"),
            )

    def ask(words: NDArray[np.int64]) -> NDArray[np.int64]:
        answers = np.empty(words.shape, np.int64)
        for n, word in enumerate(words.T.tolist()):
            if not end and order == "least":
                whole = value(word)
                answers[:, n] = [whole // base**t % base for t in range(len(word))]
            else:
                values = [value(word[: t + 1]) for t in range(len(word))]
                answers[:, n] = values if end else [v % base for v in values]
        return answers

    rng = np.random.default_rng(0)
    tests = [_words(short), rng.integers(0, len(symbols), (longest or LONG_DIGITS, LONG_NUMBERS))]
    machine, agreement = learned(ask, len(symbols), tests)
    if agreement < 1:
        raise _endless(getattr(function, "__name__", "it"), _growth(ask, len(symbols)))
    return Definition(base, order, operands, machine.minimised(), end)


def _short(symbols: int, longest: int) -> list[tuple[int, ...]]:
    """All words of a length, from the shortest up, while there are not too many."""
    lengths = [n for n in range(1, min(longest, 13) + 1) if n <= 2 or symbols**n <= MOST_SHORT]
    return [word for length in lengths for word in islice(product(range(symbols), repeat=length), MOST_SHORT)]


def _words(short: list[tuple[int, ...]]) -> NDArray[np.int64]:
    """The longest of them, as columns."""
    return np.array([word for word in short if len(word) == len(short[-1])]).T


def _settled(value: Callable[[Sequence[int]], int], word: Sequence[int], base: int, order: str) -> bool:
    """Whether the digits of the answer to all but the last of the word stay as they are when the last one comes."""
    early, late, read = value(word[:-1]), value(word), base ** (len(word) - 1)
    return (early - late) % read == 0 if order == "least" else late // base == early


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _growth(ask: Callable[[NDArray[np.int64]], NDArray[np.int64]], symbols: int) -> list[int]:
    """How many beginnings of 0, 1, 2, … digits can be told apart by endings of a few digits."""
    found: set[tuple[int, ...]] = set()
    growth: list[int] = []
    endings = list(product(range(symbols), repeat=3 if symbols <= 4 else 2))[:64]
    for length in count():
        if symbols**length > 256:
            return growth
        for beginning in product(range(symbols), repeat=length):
            words = np.array([[*beginning, *ending] for ending in endings]).T
            found.add(tuple(ask(words)[length:].ravel().tolist()))
        growth.append(len(found))
    raise AssertionError
