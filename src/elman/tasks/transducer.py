"""The task `transducer`: any digit-by-digit function, from an expression, a Python function or examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import ConfigError, DataError, ElmanError, choose, in_range, whole
from elman.network import Network
from elman.proof.search import repeated
from elman.tasks.arithmetic import CHUNK, Arithmetic, counted
from elman.tasks.arithmetic_settings import USUAL_NOISE, ArithmeticSettings
from elman.tasks.digits import OTHER, Definition
from elman.tasks.examples import from_examples, listed, read
from elman.tasks.expression import Expression, parse
from elman.tasks.functions import define, observed
from elman.tasks.lessons import Lessons, classes
from elman.tasks.probes import constants, samples
from elman.tasks.task import drawn, setting
from elman.training import Batch, Plan, Trainer

ORDERS = ("least", "most")
TABLE = "@"  # before the name of a file with examples
MANY = 16  # tuples of digits; of more than these
MANY_SYMBOLS: Mapping[str, Any] = {"batch": 64, "change": 0.3}  # are picked: few would come twice in a row
PIECES = 16  # in which operands, and the noise, grow
DRAWN = 1 << 24  # symbols that are drawn at a time, at most
# Of a machine with many cases (states, times kinds of symbols) there is more to tell apart, and less noise is borne: of
# a sigmoid so much, divided by the square root of the cases. Of very many cases a gru learns more of them.
MOST_NOISE, NOISE_BY_CASES = 0.5, 1.8
FEW_CASES = 32
MANY_CASES: Mapping[str, Any] = {"cell": "gru", "rate": 0.01, "noise": 0.3}
CHECKED = 1 << 16  # operands in training are as long as they can be for all tuples of them to be checked


@dataclass(frozen=True, kw_only=True)
class TransducerSettings(ArithmeticSettings):
    """The settings of `transducer`: those of arithmetic, and the function."""

    function: str = setting("3*a + b", "an expression over a, b, …; or @FILE: lines of operands and the answer")
    base: int = setting(2, "of the digits, from 2 to 16")
    order: str | None = setting(
        None, "which digit comes first: the least significant one, or the most [default: where there are fewer states]"
    )
    bits: int | None = setting(None, "digits of the operands that are checked (default: as many as can all be)")
    digits: int = setting(16, "length of the longest operands in training")
    change: float = setting(
        1.0, "least chance that digits are drawn anew in training, not repeated; 0.3 where batch is 64"
    )
    rise: int = setting(
        2000, "updates in which operands grow to their length; in as many more the noise does; 0: at once"
    )
    hidden: int = setting(48, "hidden units per layer")
    decay: float = setting(
        0.0005, "weight decay of the recurrent weights; of an lstm, a quarter of it of all others too"
    )
    steps: int = setting(8000, "updates, counted from the very first one")
    batch: int = setting(32, "tuples of operands per update; 64 where there are more than 16 tuples of digits")
    halve: int = setting(2000, "the rate is halved after every so many updates; 0: never")

    def check(self) -> None:
        """A ConfigError where a value is wrong; the function is checked when it is defined."""
        super().check()
        whole("base", self.base, 2, 16)
        if self.order is not None:
            choose("order", self.order, ORDERS)
        whole("digits", self.digits, 1, 10_000)
        whole("rise", self.rise, 0, 1 << 40)
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
    clip = 1.0

    def __init__(self, *, definition: Definition | None = None, **given: Any) -> None:
        function = given.pop("function", None)
        written = function is None or (isinstance(function, str) and not function.startswith(TABLE))
        super().__init__(**given, **({"function": function} if written and function is not None else {}))
        s = self.settings
        self._asked: Callable[..., int] | None = function if callable(function) else None
        machines = [definition] if definition else _machines(s.function if written else function, s.base, s.order)
        self._definition = d = min(machines, key=lambda one: one.machine.states)
        self._others = [one for one in machines if one is not d]
        self._picked: dict[str, Any] = {
            name: value for name, value in self._best(given).items() if given.get(name) is None
        }
        self.settings = replace(s, function=s.function if written else d.text(), **self._picked)
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

    def __getstate__(self) -> dict[str, Any]:
        """Without a Python function: many cannot be pickled. A copy has its machine, as a model file does."""
        return {**super().__getstate__(), "_asked": None}

    @cached_property
    def _function(self) -> Callable[..., int] | None:
        """The function itself, where more than its machine is known."""
        return self._asked or (None if self._expression is None else self._expression.function)

    @cached_property
    def _constants(self) -> Collection[int]:
        if self._asked is not None:
            return constants(self._asked)
        return () if self._expression is None else self._expression.constants

    @cached_property
    def _expression(self) -> Expression | None:
        return None if self.settings.function.startswith("{") else parse(self.settings.function)

    @property
    def definition(self) -> Definition:
        """As the settings have it."""
        return self._definition

    @property
    def constants(self) -> Collection[int]:
        """Those of the function."""
        return self._constants

    @cached_property
    def _cases(self) -> int:
        """How much there is to tell apart: states, times kinds of symbols."""
        machine = self.definition.machine
        return machine.states * len(classes(machine))

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """Each tuple of digits has an input of its own (symbols, symbols)."""
        return np.eye(self.definition.machine.symbols, dtype=np.float32)

    def _best(self, given: Collection[str]) -> dict[str, Any]:
        """The settings that suit the machine, where these are given."""
        d, usual = self.definition, self._usual_noise / USUAL_NOISE  # of this cell, where a sigmoid has 1
        best: dict[str, Any] = {
            "order": d.order,
            "noise": round(usual * min(MOST_NOISE, NOISE_BY_CASES / sqrt(self._cases)), 2),
        }
        if self._cases > FEW_CASES and not {"cell", "nonlinearity"} & {*given}:
            best |= MANY_CASES
        if d.machine.symbols > MANY:
            best |= MANY_SYMBOLS
        return best

    def _order(self, other: str) -> Definition | None:
        """The machine in the other order, where that has fewer states."""
        s, d = self.settings, self.definition
        try:
            [one] = self._others or _machines(s.function, s.base, other)
        except ElmanError:
            return None
        return one if one.machine.states < d.machine.states else None

    def advice(self, passed: bool, proof: str | None) -> str:
        """The other order first, if that is the simpler one."""
        advice = super().advice(passed, proof)
        other = OTHER[self.definition.order]
        simpler = self._order(other) if advice and self.settings.cell != "none" else None
        if simpler is None:
            return advice
        states = f"{simpler.machine.states:,} states in place of {self.definition.machine.states:,}"
        return f"--order {other} has {states}; or {advice}"

    def _longer(self) -> str:
        s = self.settings
        return super()._longer() + f" --rise {2 * s.rise}" * bool(s.rise)

    def introduce(self) -> list[str]:
        """What was picked, and for what."""
        if not self._picked:
            return []
        d, other = self.definition, OTHER[self.definition.order]
        states = counted(d.machine.states, "state")
        others = "".join(f"; the {other} first: {one.machine.states:,}" for one in self._others)
        picked = " ".join(f"--{name} {value}" for name, value in self._picked.items())
        much = "; that is much to learn, and not every seed ends exact" * (self._cases > FEW_CASES)
        return [f"{states}, the {d.order} significant digit first{others}{much}; picked: {picked}"]

    @cached_property
    def _lessons(self) -> Lessons:
        s = self.settings
        return Lessons(self.definition.machine, s.digits, s.rise, s.seed)

    def trainer(self, network: Network) -> Trainer:
        """One that reads symbols by their numbers: a column of the input weights, in place of a product with a 1."""
        reader = Network.of(replace(network.architecture, symbols=True))
        reader.parameters = network.parameters
        return super().trainer(reader)

    def _batch(self, symbols: NDArray[np.int64]) -> Batch:
        return replace(super()._batch(symbols), inputs=symbols)

    def plans(self, done: int) -> Iterator[Plan]:
        """Words of the machine, from short and simple ones on."""
        s, lessons = self.settings, self._lessons
        chunk = max(1, min(CHUNK, s.rise // PIECES if s.rise else CHUNK, DRAWN // (s.batch * s.digits)))

        def draw(rng: np.random.Generator, first: int, count: int) -> Batch:
            words = lessons.words(rng, first, count)
            return self._batch(repeated(rng, words, rng.uniform(s.change, 1, count)))

        first = done - done % chunk
        for plan in drawn(s.seed, done, self.goal, rows=s.batch, chunk=chunk, draw=draw):
            yield replace(plan, noise=lessons.noise(first))
            first += chunk

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


def _machines(function: Any, base: int, order: str | None) -> list[Definition]:
    """Of a function in this order, or in both, as far as there is one; or an error that says why there is none."""
    found: list[Definition] = []
    errors: list[ElmanError] = []
    for one in ORDERS if order is None else (order,):
        try:
            found.append(_machine(function, base, one))
        except ElmanError as error:
            errors.append(error)
    if found:
        return found
    raise min(errors, key=lambda error: "--order" in error.hint)  # the other order was tried


def _machine(function: Any, base: int, order: str) -> Definition:
    """Of an expression, of a Python function, of examples, or of the name of a file with some."""
    if isinstance(function, str) and not function.startswith(TABLE):
        return define(function, base, order)
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
