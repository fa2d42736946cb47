"""What a network of arithmetic is asked, and what proves its answers.

One digit of each operand goes in per time step, and one of the answer comes out. A bit comes out as the sign of one
output; of more symbols each has an output of its own, and the greatest counts.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Sequence
from itertools import product
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import DataError
from elman.network import Network
from elman.proof import Question
from elman.proof.search import answers
from elman.spelling import counted, narrow
from elman.tasks.arithmetic.bits import decode
from elman.tasks.arithmetic.digits import WRITTEN, Definition, Run
from elman.tasks.arithmetic.probes import tries
from elman.tasks.capabilities.provable import Provable


class Answering(Provable):
    """A function of whole numbers that is computed digit by digit."""

    sign: ClassVar[str]  # between the operands
    named: ClassVar[Sequence[str]] = ()  # what the states of the machine are called, in order; (): by their numbers

    @property
    def operands(self) -> Sequence[str]:
        """What the operands are called, in the order of an input; (): nothing."""
        return ()

    @property
    @abstractmethod
    def definition(self) -> Definition:
        """The function."""

    @property
    def constants(self) -> Collection[int]:
        """Numbers at which the function may change."""
        return ()

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """What the network reads for each symbol (symbols, I)."""
        d = self.definition
        return np.indices((d.base,) * d.operands).reshape(d.operands, -1).T.astype(np.float32)

    @property
    def states(self) -> list[str]:
        """What the states of the machine are called, in order."""
        return list(self.named) or [str(q) for q in range(self.definition.machine.states)]

    # --- answers ---

    def parse(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Inputs: a word for each, `17+25`, or a word for each number."""
        inputs: list[list[int]] = []
        room = 0  # in the last one, for numbers of the words that follow
        for word in words:
            parts = re.split(rf"\s*{re.escape(self.sign)}\s*|\s+", word.strip())
            if not all(re.fullmatch(r"\d+", part, re.ASCII) for part in parts):
                raise self._no_input(word, f"the model's task is {self.name!r}")
            numbers = list(map(int, parts))
            if room and len(numbers) == 1:
                inputs[-1] += numbers
                room -= 1
            else:
                inputs.append(numbers)
                room = self.definition.operands - 1 if len(numbers) == 1 else 0
        for one in inputs:
            if len(one) != self.definition.operands:
                raise self._no_input(self.spelled(one), f"found {len(one)}")
        return list(map(tuple, inputs))

    def _no_input(self, word: str, found: str) -> DataError:
        count = self.definition.operands
        one, other = (self.spelled(range(first, first + count)) for first in (3, 3 + count))
        shown = word if len(word) <= 40 else word[:40] + "…"
        wanted = counted(count, "whole number")
        names = f" ({', '.join(self.operands)})" if len(self.operands) > 1 else ""
        hint = f"for two answers: `elman predict MODEL {one} {other}`"
        if (usual := narrow(word)) != word:
            hint = f"did you mean {usual!r}?"
        elif word.strip() == self.sign:
            hint = f"an input is one word: `elman predict MODEL {one}`"
        return DataError(f"input {shown!r}: expected {wanted} from 0 up{names}, as in {one}; {found}", hint)

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[int]:
        """The network's answers for tuples of whole numbers of any size, which are not negative."""
        return self._answers(inputs, self._run(network))

    def _answers(self, inputs: Sequence[Any], run: Run) -> list[int]:
        d = self.definition
        return d.answered([_operands(i, d.operands) for i in inputs], run)

    def _run(self, network: Network) -> Run:
        return lambda symbols: answers(network, self.question(), symbols)

    @property
    def example(self) -> str:
        """Operands of two digits, the greatest first."""
        return self.spelled(range(25, 25 - 3 * self.definition.operands, -3))

    def spelled(self, inputs: Sequence[int]) -> str:
        """Inputs as `parse` takes them."""
        return self.sign.join(map(str, inputs))

    # --- proof ---

    def question(self) -> Question:
        """To answer every sequence of digits as the definition does."""
        return Question(self.definition.machine, self._vectors, self.definition.counts, self._likely)

    def _likely(self) -> NDArray[np.int64]:
        d = self.definition
        return d.read(tries(self.constants, d.operands, d.base))[0]

    def counterexample(self, network: Network, word: Sequence[int]) -> dict[str, Any]:
        """The operands that the word spells, or begins: then a digit above them shows that its last answer counts."""
        d = self.definition
        for symbols in (np.array([*word, *above])[:, None] for above in ([], [d.machine.symbols - 1])):
            digits = [symbols // d.base ** (d.operands - 1 - k) % d.base for k in range(d.operands)]
            operands = [decode(column if d.order == "least" else column[::-1], d.base)[0] for column in digits]
            answer, expected = self.predict(network, [operands])[0], self.expected([operands])[0]
            if answer != expected:
                return {"inputs": operands, "output": answer, "expected": expected}
        raise AssertionError(word)

    @property
    def origin(self) -> dict[str, Any]:
        """How its machine came about; and, of one that was found, on how many inputs the function was compared."""
        return {"origin": self.definition.origin, "compared": self.definition.compared}

    @property
    def proved(self) -> str:
        """Of a machine that was found by questions no more is claimed than is known."""
        d = self.definition
        if d.compared is None:
            return "proved for every length"
        states = counted(d.machine.states, "state")
        return (
            f"proved to be the machine of {states} that was found; the function was compared on {d.compared:,} inputs"
        )

    def expected(self, inputs: Sequence[Sequence[int]]) -> list[int]:
        """The right answers, as the machine gives them."""
        return self._answers(inputs, self.definition.machine.run)

    def alphabets(self) -> tuple[list[str], list[str], list[str]]:
        """Digits of all operands; symbols of the answer; what is remembered."""
        d = self.definition
        digits = WRITTEN[: d.base]
        # Of a single value, the other symbol is wrong (`Definition.numbers`).
        answers = digits if d.values is None else [str(n) for n in (*d.values, d.values[-1] + 1)[: d.answers]]
        return ["".join(some) for some in product(digits, repeat=d.operands)], list(answers), self.states


def _operands(value: Any, count: int) -> tuple[int, ...]:
    wanted = counted(count, "whole number")
    if count == 1 and isinstance(value, int | np.integer):
        value = (value,)
    try:
        numbers = tuple(value)
    except TypeError:
        numbers = ()
    if len(numbers) != count:
        raise DataError(f"input: expected {wanted}; found {value!r:.60}") from None
    for n in numbers:
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
            raise DataError(f"input: expected whole numbers from 0 up; found {n!r:.60}")
    return tuple(map(int, numbers))
