"""Digit-by-digit functions as machines: what goes in and comes out, and what model files hold of it.

Each step reads one digit of every operand. If the answer is a number, one digit of it comes out at each step; if it is
one of a few values (a remainder, a comparison), what comes out is its value for the digits read so far, and the answer
is what comes out last. Operands are read as they are written, without zeros before them, so that an answer depends on
nothing but its operands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import ConfigError
from elman.proof import Mealy
from elman.tasks.arithmetic import bits

OTHER = {"least": "most", "most": "least"}  # the other order
WRITTEN = "0123456789ABCDEF"  # the digits, as they are shown
VALUES = 64  # the most values of an answer that is no number of any size
PIECE = 1 << 12  # words that are run side by side: their arrays fit in a core's cache
SYMBOLS = 1 << 22  # symbols that are
Ints = NDArray[np.int64]
Run = Callable[[Ints], NDArray[Any]]


class UnsettledError(ConfigError):
    """A digit that had come out already would have to change: it is no digit-by-digit function in this order."""


@dataclass(frozen=True)
class Definition:
    """A digit-by-digit function.

    Symbol x stands for the x-th tuple of digits, (0, …, 0) first, the last operand's digit changing fastest. `values`:
    the answer is the last of the symbols that come out, and the n-th symbol is the n-th of these values; None: it is a
    number of which each symbol is a digit.

    `compared` is None where the machine is that of the function by an argument that holds for all operands (derived);
    else on how many inputs the two were compared: the machine was found by questions, and more is not known.
    """

    base: int
    order: str  # "least" significant digit first, or "most"
    operands: int
    machine: Mealy
    values: tuple[int, ...] | None = None
    compared: int | None = field(default=None, compare=False)

    @property
    def end(self) -> bool:
        """Whether the answer is what comes out last."""
        return self.values is not None

    @property
    def origin(self) -> str:
        """How it came about: "derived" from the function, or "found" by questions."""
        return "derived" if self.compared is None else "found"

    @property
    def answers(self) -> int:
        """How many symbols there are to answer with."""
        return self.base if self.values is None else max(2, len(self.values))

    @cached_property
    def signed(self) -> bool:
        """Whether answers may be negative: in the complement of the base, their leading digits are base - 1."""
        if self.end:
            return False
        if self.order == "most":  # then all of them are
            return self.machine.output[0][0] == self.base - 1
        return bool((self._leading == self.base - 1).any())

    @cached_property
    def flush(self) -> int:
        """How many steps with zeros follow the last digits: until nothing comes out but leading digits."""
        if self.end or self.order == "most":
            return 0
        following, output = self._zeros
        state, steps = np.arange(self.machine.states), 0
        while ((following[state] != state) | (output[state] != self._leading)).any():
            state, steps = following[state], steps + 1
        return steps + self.signed

    @property
    def _zeros(self) -> tuple[Ints, Ints]:
        """What follows, and comes out, when only zeros come (states,)."""
        first = [(row[0], answers[0]) for row, answers in zip(self.machine.next, self.machine.output, strict=True)]
        return tuple(np.array(first, np.int64).T)

    @cached_property
    def _leading(self) -> Ints:
        """The digit (states,) that comes out for ever when zeros follow; a ConfigError where there is none."""
        following, output = self._zeros
        last = following
        for _ in range(self.machine.states.bit_length()):
            last = last[last]
        digits = output[last]
        if not ((following[last] == last) & ((digits == 0) | (digits == self.base - 1))).all():
            raise ConfigError("function: the digits of its answers never end: they stand for no whole number")
        return digits

    def digits(self, operands: Ints | Sequence[Sequence[int]]) -> Ints:
        """How many digits (N,) the longest of each tuple of operands (N, k) has, and at least 1."""
        if not isinstance(operands, np.ndarray):
            return np.array([max(1, bits.length(max(some), self.base)) for some in operands], np.int64)
        powers = np.array([self.base**n for n in range(1, 63) if self.base**n < 1 << 63])
        digits: Ints = 1 + np.searchsorted(powers, operands.max(axis=1, initial=0), side="right")
        return digits

    def words(self, operands: Ints | Sequence[Sequence[int]], steps: int) -> Ints:
        """The operands (N, k) as symbols (steps, N), all of so many digits: zeros lead."""
        columns = operands.T if isinstance(operands, np.ndarray) else list(zip(*operands, strict=True))
        symbols = np.zeros((steps, len(operands)), np.int64)
        for column in columns:
            symbols = symbols * self.base + bits.encode(column, steps, self.base)
        return symbols if self.order == "least" else symbols[::-1]

    def read(self, operands: Ints | Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
        """The operands (N, k) as they are read: symbols (T, N), and how many steps (N,) of them are each tuple's own.

        What stands behind these steps does not count.
        """
        steps = self.digits(operands) + self.flush
        symbols = self.words(operands, int(steps.max(initial=0)))
        return symbols if self.order == "least" else _moved(symbols, len(symbols) - steps), steps

    def counts(self, words: Ints) -> NDArray[np.bool_]:
        """After which of their symbols (T, N) words are operands as `read` has them, or begin such: no zeros lead."""
        if self.order == "least" and not self.end:
            return np.ones(words.shape, bool)
        counts = words > 0 if self.order == "least" else np.repeat(words[:1] > 0, len(words), axis=0)
        counts[:1] = True
        return counts

    def numbers(self, symbols: NDArray[Any], steps: Ints) -> Ints | list[int]:
        """Answers (N,) from output symbols (T, N), of which so many steps (N,) count."""
        last = symbols[steps - 1, np.arange(len(steps))]
        if self.values is not None:
            values: Ints = np.array([*self.values, self.values[-1] + 1])[
                last
            ]  # of one value, the other symbol is wrong
            return values
        if self.order == "most":
            symbols = _moved(symbols[::-1], len(symbols) - steps)
        negative = last == self.base - 1 if self.order == "least" else np.ones(len(steps), bool)
        if self.base ** len(symbols) < 1 << 62:
            numbers = np.zeros(len(steps), np.int64)
            for t, digits in enumerate(symbols):
                numbers += digits * np.where(t < steps, self.base**t, 0)
            return numbers - np.where(negative, self.base**steps, 0) if self.signed else numbers
        symbols = np.where(np.arange(len(symbols))[:, None] < steps, symbols, 0)
        listed = bits.decode(symbols, self.base)
        if not self.signed:
            return listed
        return [n - self.base ** int(t) * int(minus) for n, t, minus in zip(listed, steps, negative, strict=True)]

    def answered(self, operands: Sequence[Sequence[int]], run: Run) -> list[int]:
        """The answers for tuples of numbers of any size, as `run` gives them: output symbols for words of symbols."""
        if not len(operands):
            return []
        digits = self.digits(operands)
        order = np.argsort(digits, kind="stable")
        found: list[int] = [0] * len(operands)
        first = 0
        while first < len(order):
            # Words that are read side by side are as long as the longest: so none is less than half as long as another.
            longest = 2 * digits[order[first]]
            alike = np.searchsorted(digits[order], longest, side="right") - first
            count = int(max(1, min(alike, PIECE, SYMBOLS // longest)))
            some = order[first : first + count].tolist()
            symbols, steps = self.read([operands[n] for n in some])
            for n, answer in zip(some, self.numbers(run(symbols), steps), strict=True):
                found[n] = int(answer)
            first += count
        return found

    def to_json(self) -> dict[str, Any]:
        """As model files hold it."""
        machine = {"next": [list(row) for row in self.machine.next], "output": [list(r) for r in self.machine.output]}
        return {
            "base": self.base,
            "order": self.order,
            "operands": self.operands,
            "answers": self.answers,
            "values": None if self.values is None else list(self.values),
            "origin": self.origin,
            "compared": self.compared,
            "machine": machine,
        }

    def text(self) -> str:
        """The same in one line, which the setting `function` takes too."""
        return json.dumps(self.to_json())

    @staticmethod
    def of(held: Any) -> Definition:
        """From what `to_json` gave; a ConfigError where it is damaged."""
        try:
            machine = Mealy(*(tuple(map(tuple, held["machine"][name])) for name in ("next", "output")))
            values = held["values"] if held["values"] is None else tuple(held["values"])
            found = Definition(held["base"], held["order"], held["operands"], machine, values, held["compared"])
            counts = [found.base, found.operands, *(() if found.compared is None else (found.compared,))]
            symbols = found.base**found.operands if all(type(n) is int and 0 < n < 100 for n in counts[:2]) else 0
            fits = all(
                len(row) == symbols and all(type(n) is int and 0 <= n < below for n in row)
                for table, below in ((machine.next, machine.states), (machine.output, found.answers))
                for row in table
            )
            fits &= values is None or (0 < len(values) <= VALUES and all(type(v) is int for v in values))
            fits &= values is None or all(v < w for v, w in pairwise(values))
            fits &= all(type(n) is int and n >= 0 for n in counts) and found.order in ("least", "most")
            if not fits or len(machine.output) != machine.states or found.to_json() != held:
                raise ValueError
            _ = found.flush  # its digits end
        except (ValueError, TypeError, KeyError, IndexError, RecursionError):
            raise ConfigError(
                "function: expected the machine of a digit-by-digit function; found a damaged one"
            ) from None
        return found


def _moved(symbols: NDArray[Any], up: Ints) -> NDArray[Any]:
    """Columns of (T, N) moved up by so many rows (N,); what moves out at the top comes in below."""
    rows = (np.arange(len(symbols))[:, None] + up) % max(1, len(symbols))
    return np.take_along_axis(symbols, rows, axis=0)
