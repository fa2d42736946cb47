"""The task `transducer`: any digit-by-digit function, from an expression, a Python function or examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError, choose, in_range, whole
from elman.proof.search import repeated
from elman.tasks.arithmetic import Arithmetic, ArithmeticSettings, counted
from elman.tasks.digits import Definition
from elman.tasks.examples import from_examples, listed, read
from elman.tasks.expression import parse
from elman.tasks.functions import define, observed
from elman.tasks.probes import constants, samples
from elman.tasks.task import setting

ORDERS = ("least", "most")
TABLE = "@"  # before the name of a file with examples
MANY = 16  # symbols; of more than these
MANY_SYMBOLS: Mapping[str, Any] = {"batch": 128, "digits": 12, "change": 0.3, "noise": 0.5}  # are the defaults
CHECKED = 1 << 16  # operands in training are as long as they can be for all tuples of them to be checked


@dataclass(frozen=True, kw_only=True)
class TransducerSettings(ArithmeticSettings):
    """The settings of `transducer`: those of arithmetic, and the function."""

    function: str = setting("3*a + b", "an expression over a, b, …; or @FILE: lines of operands and the answer")
    base: int = setting(2, "of the digits, from 2 to 16")
    order: str = setting("least", "which digit comes first: the least significant one, or the most")
    bits: int | None = setting(None, "digits of the operands that are checked (default: as many as can all be)")
    digits: int = setting(20, "length of the operands in training; where there are more than 16 tuples of digits, 12")
    change: float = setting(
        1.0, "least chance that digits are drawn anew in training, not repeated; more than 16 tuples: 0.3"
    )
    hidden: int = setting(48, "hidden units per layer")
    decay: float = setting(
        0.0005, "weight decay of the recurrent weights; of an lstm, a quarter of it of all others too"
    )
    steps: int = setting(4000, "updates, counted from the very first one")
    halve: int = setting(1000, "the rate is halved after every so many updates; 0: never")

    def check(self) -> None:
        """A ConfigError where a value is wrong; the function is checked when it is defined."""
        super().check()
        whole("base", self.base, 2, 16)
        choose("order", self.order, ORDERS)
        whole("digits", self.digits, 1, 10_000)
        in_range("change", self.change, 0, 1)
        if self.loss != "bits" and self.base > 2:
            raise ConfigError(f"loss: expected bits (cross-entropy) for base {self.base}; found {self.loss!r}")
        if self.ordered:
            raise ConfigError("ordered: operands of a transducer come in any order; found true")


class Transducer(Arithmetic):
    """A function given by whoever asks.

    In Python, `function` may also be a function of whole numbers, or a list of examples, ((a, b, …), answer); what is
    kept of either is its machine.
    """

    name = "transducer"
    summary = "any digit-by-digit function of whole numbers, such as --function '3*a + b' --base 10"
    settings_type = TransducerSettings
    settings: TransducerSettings
    sign = ","
    baseline = "the first digit's answers, for each digit"

    def __init__(self, *, definition: Definition | None = None, **given: Any) -> None:
        function = given.get("function")
        self._function: Callable[..., int] | None = None  # itself, where there is more than its machine
        self._constants: Collection[int] = ()
        if callable(function):
            self._function, self._constants = function, constants(function)
        if function is not None and (not isinstance(function, str) or function.startswith(TABLE)):
            definition = _machine(function, given.get("base", 2), given.get("order", "least"))
            given["function"] = definition.text()
        super().__init__(**given)
        s = self.settings
        self._definition = d = define(s.function, s.base, s.order) if definition is None else definition
        if not s.function.startswith("{"):
            expression = parse(s.function)
            self._function, self._constants = expression.function, expression.constants
        if d.machine.symbols > MANY:
            super().__init__(**{**MANY_SYMBOLS, **given})
        whole("bits", self.length, 1, max(n for n in range(1, 61) if d.base**n < 1 << 60))

    @classmethod
    def remade(cls, settings: Mapping[str, Any], codec: Mapping[str, Any]) -> Self:
        """With the machine that the file holds, which is compared with the function on samples, not derived anew."""
        if str(settings.get("function")).startswith(TABLE):
            raise ConfigError(f"function: expected an expression or a machine; found {settings['function']!r:.60}")
        held = {name: value for name, value in codec.items() if name not in ("kind", "digits")}
        task = cls(**settings, definition=Definition.of(held))
        task.check_machine()
        return task

    def check_machine(self) -> None:
        """A ConfigError where the machine is not that of the settings, as far as samples show."""
        s, d = self.settings, self.definition
        if s.function.startswith("{"):
            if define(s.function, s.base, s.order).to_json() != d.to_json():
                raise ConfigError("machine: expected that of the setting `function`; found another one")
            return
        expression = parse(s.function)
        if (d.base, d.order, d.operands, d.compared) != (s.base, s.order, len(expression.names), None):
            raise ConfigError(f"machine: expected one that was derived from {s.function!r}; found another one")
        operands = samples(expression.constants, d.operands, d.base)
        for some, answer in zip(operands, d.answered(operands, d.machine.run), strict=True):
            if answer != expression.function(*some):
                raise ConfigError(
                    f"machine: expected that of {s.function!r}, {expression.function(*some)!s:.60} for "
                    f"{', '.join(map(str, some))}; found one that answers {answer!s:.60}"
                )

    def confirm(self) -> None:
        """Derives the machine anew: a proof is about the function only if it is that one."""
        s = self.settings
        if define(s.function, s.base, s.order).to_json() != self.definition.to_json():
            raise ConfigError(
                f"machine: expected that of {s.function!r:.60}; found another one, which is no proof of it"
            )

    @property
    def definition(self) -> Definition:
        """As the settings have it."""
        return self._definition

    @property
    def constants(self) -> Collection[int]:
        """Those of the function."""
        return self._constants

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """Each tuple of digits has an input of its own (symbols, symbols)."""
        return np.eye(self.definition.machine.symbols, dtype=np.float32)

    def _drawn(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Words in which symbols repeat more or less often, so that every state is met, and lasts."""
        machine, size = self.definition.machine, (self.settings.digits, count)
        # What is hard to learn are the symbols that keep states apart: of 100 pairs of decimal digits, 10 pass a carry
        # on. So the numbers of states that symbols lead to are drawn evenly, and then a symbol of that number.
        apart = [len(set(targets)) for targets in zip(*machine.next, strict=True)]
        chances = [1 / (len(set(apart)) * apart.count(n)) for n in apart]
        words = rng.choice(machine.symbols, size, p=chances)
        return repeated(rng, words, rng.uniform(self.settings.change, 1, count))

    @property
    def length(self) -> int:
        """As set, or as many digits as can all be checked, and at least 3."""
        d = self.definition
        fits = [n for n in range(3, 17) if d.base ** (n * d.operands) <= CHECKED]
        return self.settings.bits or max(fits, default=3)

    def answer(self, *operands: Any) -> Any:
        """The right answer: by the function or, where only its machine was kept, by that."""
        return self.expected([operands])[0] if self._function is None else self._function(*operands)

    def right(self, operands: NDArray[np.int64]) -> Sequence[int] | NDArray[np.int64]:
        """The right answers for tuples of operands (N, k), in the same way."""
        if self._function is not None:
            return list(map(self._function, *operands.T.tolist()))
        symbols, steps = self.definition.read(operands)
        return self.definition.numbers(self.definition.machine.run(symbols), steps)

    def fingerprint(self) -> str:
        """The data is a function of these words."""
        d, s = self.definition, self.settings
        return f"{d.operands} operands of {self.length} digits in base {d.base}, seed {s.seed}"

    def codec(self) -> dict[str, Any]:
        """The digits, and the machine that answers them: what a proof is about."""
        return {"kind": "digits", "digits": self.length, **self.definition.to_json()}

    def verdict(self, metrics: Any) -> str:
        """In one line."""
        d = self.definition
        kind = "inputs" if metrics["exhaustive"] else "random inputs"
        return (
            f"exact on {metrics['exact']:,} of {metrics['pairs']:,} {kind} of {self.length} digits in base {d.base} "
            f"({counted(d.machine.states, 'state')}{', found by questions' * (d.compared is not None)})"
        )

    def parse(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Tuples: `17,25` each, or numbers after one another."""
        numbers: list[int] = []
        count = self.definition.operands
        for word in words:
            if not re.fullmatch(r"\s*\d+(?:[\s,]+\d+)*\s*", word, re.ASCII):
                raise DataError(
                    f"input {word[:40]!r}: expected whole numbers from 0 up, separated by commas",
                    f"`elman predict MODEL {','.join(map(str, range(3, 3 + count)))}`",
                )
            numbers += map(int, re.findall(r"\d+", word))
        if len(numbers) % count:
            raise DataError(
                f"input {numbers[-1]}: expected {count} operands for each answer; found {len(numbers)} in all"
            )
        return [tuple(numbers[n : n + count]) for n in range(0, len(numbers), count)]


def _machine(function: Any, base: int, order: str) -> Definition:
    """Of a Python function, of examples, or of the name of a file with some."""
    whole("base", base, 2, 16)
    choose("order", order, ORDERS)
    if callable(function):
        return observed(function, _arity(function), base, order, constants=constants(function))
    examples = read(Path(function.removeprefix(TABLE))) if isinstance(function, str) else listed(function)
    return from_examples(examples, base, order)


def _arity(function: Any) -> int:
    code = getattr(function, "__code__", None)
    count = code.co_argcount if code is not None else 0
    if not 1 <= count <= 8:
        raise ConfigError(f"function: expected a Python function of 1 to 8 whole numbers; found {function!r:.60}")
    return int(count)
