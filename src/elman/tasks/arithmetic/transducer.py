"""The task `transducer`: any digit-by-digit function, from an expression, a Python function or examples."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import ConfigError, ElmanError, whole
from elman.network import Network
from elman.proof.search import repeated
from elman.spelling import called, counted
from elman.tasks.arithmetic.digits import OTHER, Definition
from elman.tasks.arithmetic.functions import define
from elman.tasks.arithmetic.functions.examples import listed, read
from elman.tasks.arithmetic.functions.expression import Expression, parse
from elman.tasks.arithmetic.functions.given import machines_of
from elman.tasks.arithmetic.lessons import Lessons, classes
from elman.tasks.arithmetic.probes import constants, samples
from elman.tasks.arithmetic.settings import USUAL_NOISE
from elman.tasks.arithmetic.task import CHUNK, SEVERAL, Arithmetic
from elman.tasks.arithmetic.transducer_settings import TransducerSettings
from elman.tasks.plans import drawn
from elman.training import Batch, Plan, Trainer

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
    begins_with_most = True
    lasting = (*Arithmetic.lasting, "rise")

    def __init__(self, *, definition: Definition | None = None, **given: Any) -> None:
        function = given.pop("function", None)
        self._assumed = function is None and definition is None
        written = function is None or (isinstance(function, str) and not function.startswith(TABLE))
        super().__init__(**given, **({"function": function} if written and function is not None else {}))
        s = self.settings
        self._asked: Callable[..., int] | None = function if callable(function) else None
        self._table: dict[tuple[int, ...], int] | None = None  # the examples themselves, which no file keeps
        self._found: list[str] = []  # beside them
        self._files: list[str] = []  # where they are
        if not written and not callable(function):
            if isinstance(function, str):
                self._files = [function.removeprefix(TABLE)]
                function, self._found = read(Path(*self._files))
            else:
                function = listed(function)
            self._table = {example.operands: example.answer for example in function}
        machines = [definition] if definition else machines_of(s.function if written else function, s.base, s.order)
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
        known = {name: value for name, value in settings.items() if (name, value) != ("ordered", False)}  # old files
        task = cls(**known, definition=Definition.of(held))
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
    def operands(self) -> Sequence[str]:
        """The letters of the expression."""
        return () if self._expression is None else self._expression.names

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

    @property
    def formula(self) -> str:
        """The expression; of a function that was given otherwise, nothing."""
        return "" if self.settings.function.startswith("{") else self.settings.function

    @property
    def names(self) -> Sequence[str]:
        """Those of the expression; of a function that was given otherwise, letters."""
        return "abcdefgh"[: self.definition.operands] if self._expression is None else self._expression.names

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
            [one] = self._others or machines_of(s.function, s.base, other)
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

    def files(self) -> Sequence[str]:
        """The table's."""
        return self._files

    def introduce(self) -> list[str]:
        """What was found beside examples; what the function may surprise with; which it is, and what was picked."""
        said = [*self._found, *(self._expression.surprises if self._expression is not None else ())]
        d, other = self.definition, OTHER[self.definition.order]
        states = counted(d.machine.states, "state")
        others = "".join(f"; the {other} first: {one.machine.states:,}" for one in self._others)
        much = "; that is much to learn, and not every seed ends exact" * (self._cases > FEW_CASES)
        options = " ".join(f"--{name} {value}" for name, value in self._picked.items())
        picked = f"; picked: {options}" if options else ""
        assumed = f", as no {called('function')} is given" * self._assumed
        function = f"{self.formula}{assumed}: " if self.formula else ""
        return [*said, f"{function}{states}, the {d.order} significant digit first{others}{much}{picked}"]

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
        s, lessons, chunk = self.settings, self._lessons, self._chunk

        def draw(rng: np.random.Generator, first: int, count: int) -> Batch:
            words = lessons.words(rng, first, count)
            return self._batch(repeated(rng, words, rng.uniform(s.change, 1, count)))

        first = done - done % chunk
        for plan in drawn(s.seed, done, self.goal, rows=s.batch, chunk=chunk, draw=draw):
            yield replace(plan, noise=lessons.noise(first))
            first += chunk

    @property
    def _chunk(self) -> int:
        s = self.settings
        return max(1, min(CHUNK, s.rise // PIECES if s.rise else CHUNK, DRAWN // (s.batch * s.digits)))

    # --- on a page ---

    def lessons(self) -> list[dict[str, Any]]:
        """A network like the model's own, and the usual ones of other cells for its function."""
        s, d = self.settings, self.definition
        others = [
            type(self)(definition=d, function=s.function, base=d.base, order=d.order, cell=cell)
            for cell in ("rnn", "lstm", "gru")
            if cell != s.cell
        ]
        return [self.lesson(f"{s.cell} like this model"), *(one.lesson(one.settings.cell) for one in others)]

    def lesson(self, name: str) -> dict[str, Any]:
        """The page draws words in the same way, but not the same ones: it has other random numbers."""
        return {**super().lesson(name), "words": {**self._lessons.to_json(), "change": self.settings.change}}

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

    @property
    def _against(self) -> str:
        """What answers are compared with: the function, its examples, or nothing but its machine."""
        return "examples" if self._table is not None else "machine" if self._function is None else "function"

    def _learned(self, network: Network, every: int = 1) -> tuple[int, int]:
        """Of one in every so many examples: how many are answered as they say, and how many these are."""
        assert self._table is not None
        some = list(self._table)[::every]
        found = self.definition.answered(some, self._run(network))
        return sum(self._table[operands] == n for operands, n in zip(some, found, strict=True)), len(some)

    def glance(self, network: Network) -> str:
        """Of examples, those."""
        if self._table is None:
            return super().glance(network)
        exact, count = self._learned(network, max(1, len(self._table) // SEVERAL))
        return f"{exact:,} of {count:,} exact"

    def score(self, network: Network) -> dict[str, Any]:
        """As of all arithmetic. What was given by examples is measured by these, and by them alone.

        `against` tells what answers were compared with. Of examples, `machine` has the same figures for the machine
        that was found: what it says of other inputs, nobody gave.
        """
        metrics = {**super().score(network), "against": self._against}
        if self._table is None:
            return metrics
        names = ("pairs", "exact", "exhaustive", "longer", "longer_exact", "baselines")
        machine = {name: metrics.pop(name) for name in names}
        exact, pairs = self._learned(network)
        without = self.definition.answered(list(self._table), self._without_memory)
        right = sum(n == answer for n, answer in zip(without, self._table.values(), strict=True))
        baselines = {self.baseline: right}
        return {"pairs": pairs, "exact": exact, **metrics, "baselines": baselines, "machine": machine}

    def fingerprint(self) -> str:
        """The data is a function of these words."""
        d, s = self.definition, self.settings
        return f"{d.operands} operands of {self.length} digits in base {d.base}, seed {s.seed}"

    def codec(self) -> dict[str, Any]:
        """The digits, and the machine that answers them: what a proof is about."""
        return {"kind": "digits", "digits": self.length, **self.definition.to_json()}

    def verdict(self, metrics: Any) -> str:
        """In one line."""
        d, against = self.definition, metrics["against"]
        kind = "examples"
        if against != "examples":
            random = "" if metrics["exhaustive"] else "random "
            kind = f"{random}inputs of {self.length} digits in base {d.base}"
        states = counted(d.machine.states, "state") + ", found by questions" * (d.compared is not None)
        is_it = ", compared with that machine" * (against == "machine")
        exact = f"exact on {metrics['exact']:,} of {metrics['pairs']:,} {kind} ({states}{is_it})"
        return exact + self.longer(metrics)
