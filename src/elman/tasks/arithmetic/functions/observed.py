"""The machine of a function that can only be asked for values: found by questions (L*), and compared with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from itertools import islice, product

import numpy as np

from elman.errors import ConfigError, ElmanError
from elman.proof.extract import MOST_STATES, learned
from elman.spelling import counted, spelled
from elman.tasks.arithmetic import bits
from elman.tasks.arithmetic.digits import OTHER, VALUES, Definition, Ints, UnsettledError
from elman.tasks.arithmetic.probes import Operands, probes

Function = Callable[..., int]
MOST_SYMBOLS = 1 << 12  # tuples of digits
MOST_SHORT = 1 << 11  # words of a length that are tried while the machine is looked for
MOST_COMPARED = 1 << 16  # and operands of a length with which it is compared when it was found
MOST_QUESTIONS = 1 << 20
NEAR = 70  # digits of operands that are among the words it is looked for with
MOST_BEGINNINGS = 256  # that are told apart to see how much there is to remember
ROUNDS = 20  # of looking again, with an operand that the machine answered wrongly


def check_symbols(base: int, operands: int) -> None:
    """A ConfigError where there are too many tuples of digits for a network to have an input for each."""
    if base**operands > MOST_SYMBOLS:
        raise ConfigError(
            f"function: {operands} operands in base {base} have {base**operands:,} different tuples of digits, and a "
            f"network has an input for each; the most is {MOST_SYMBOLS:,}",
            "fewer operands, or a smaller base",
        )


def observed(
    function: Function,
    operands: int,
    base: int,
    order: str,
    longest: int | None = None,
    constants: Collection[int] = (),
) -> Definition:
    """The machine that answers as a function does on all short operands, on special and on long ones.

    No more is known of it; how many inputs were compared is kept. With `longest`, the function is not asked about
    operands of more digits. `constants` are numbers at which it may change.
    """
    check_symbols(base, operands)
    finding = Finding(function, operands, base, order, longest, constants)
    try:
        return finding.number()
    except UnsettledError as unsettled:
        unsettled.hint = _other(function, operands, base, order, longest, constants)
        return finding.values(unsettled)


def _other(
    function: Function, operands: int, base: int, order: str, longest: int | None, constants: Collection[int]
) -> str:
    other = Finding(function, operands, base, OTHER[order], longest, constants)
    try:
        other.check_settled()
    except UnsettledError:
        return "in the other order it is none either"
    return f"the other order may do: {spelled('order', OTHER[order])}"


class Finding:
    """Questions to one function."""

    def __init__(
        self,
        function: Function,
        operands: int,
        base: int,
        order: str,
        longest: int | None = None,
        constants: Collection[int] = (),
    ) -> None:
        self.operands, self.base, self.order = operands, base, order
        self.name = getattr(function, "__name__", "it")
        self.symbols = list(product(range(base), repeat=operands))
        self.short = self._all(MOST_SHORT, longest)
        self.special = [] if longest else probes(constants, operands, base)
        self.compared = list(dict.fromkeys([*self._all(MOST_COMPARED, longest), *self.special]))

        @cache
        def value(*numbers: int) -> int:
            if value.cache_info().misses > MOST_QUESTIONS:
                raise ConfigError(
                    f"function: no machine was found in {MOST_QUESTIONS:,} questions for values of it",
                    "a function with less to remember; fewer operands, a smaller base",
                )
            return _asked(function, numbers)

        self.value = value

    def _all(self, most: int, longest: int | None) -> list[Operands]:
        """All operands of so many digits, while there are not too many; at least those of one."""
        digits = max(n for n in range(1, 17) if n == 1 or (len(self.symbols) ** n <= most and n <= (longest or n)))
        return list(islice(product(range(self.base**digits), repeat=self.operands), MOST_COMPARED))

    # --- what the function says ---

    def check_settled(self) -> None:
        """An UnsettledError where a digit that had come out would have to change."""
        for operands in (*self.short, *self.special):
            digits = max(bits.length(max(operands), self.base), 1)
            for t in range(digits) if digits < 65 else (1, digits // 2, digits - 1):
                power = self.base ** (t if self.order == "least" else t + 1)
                if self.order == "least":
                    early = tuple(n % power for n in operands)
                    if (self.value(*operands) - self.value(*early)) % power:
                        raise self._unsettled(
                            early, operands, f"end alike in base {self.base}, in {counted(t, 'digit')}"
                        )
                else:
                    early = tuple(n // power for n in operands)
                    if self.value(*operands) // power != self.value(*early):
                        raise self._unsettled(early, operands, f"begin alike in base {self.base}")

    def _unsettled(self, early: Operands, late: Operands, how: str) -> UnsettledError:
        return UnsettledError(
            f"function: {self.name} is no transducer in this order: {_list(early)} and {_list(late)} {how}, but their "
            f"answers {self.value(*early)} and {self.value(*late)} do not: a digit that had come out already would "
            "have to change"
        )

    def _beginnings(self, word: Sequence[int]) -> Iterator[Operands]:
        """The operands that the first digits of a word spell, for 1, 2, … digits."""
        found, power = [0] * self.operands, 1
        for x in word:
            digits = self.symbols[x]
            if self.order == "most":
                found = [n * self.base + d for n, d in zip(found, digits, strict=True)]
            else:
                found = [n + power * d for n, d in zip(found, digits, strict=True)]
                power *= self.base
            yield tuple(found)

    # --- machines ---

    def number(self) -> Definition:
        """Where the answer is a number, digit by digit."""
        self.check_settled()
        if self.order == "least":
            self._check_lengths()
        return self._found(self._digits, None)

    def _check_lengths(self) -> None:
        """A ConfigError where so many digits follow those of operands that these alone need too many states.

        They come out while zeros go in, the last one is no leading digit, and only leading digits follow: so no state
        comes twice until then.
        """
        for operands in (*self.short, *self.special):
            answer = self.value(*operands)
            rest = answer // self.base ** bits.length(max(operands), self.base)
            digits = bits.length(max(rest, -1 - rest), self.base)
            if digits > MOST_STATES:
                raise ConfigError(
                    f"function: {self.name} needs more than {MOST_STATES} states, the most that are found by "
                    f"questions: for {_list(operands)} it has {digits} digits in base {self.base} behind those of its "
                    "operands",
                    "a function whose answers are about as long as its operands; a larger base",
                )

    def _digits(self, words: Ints) -> Ints:
        answers = np.empty(words.shape, np.int64)
        for n, word in enumerate(words.T.tolist()):
            beginnings = list(self._beginnings(word))
            if self.order == "most":
                answers[:, n] = [self.value(*operands) % self.base for operands in beginnings]
            else:
                whole = self.value(*beginnings[-1])
                for t in range(len(word)):
                    whole, answers[t, n] = divmod(whole, self.base)
        return answers

    def values(self, unsettled: UnsettledError) -> Definition:
        """Where the answer is one of a few values, all of which short operands have; raises `unsettled` where not."""
        asked = {self.value(*operands) for operands in (*self.short, *self.special)}
        if len(asked) > VALUES or (not self.special and not self._repeated()):
            raise unsettled
        values = tuple(sorted(asked))
        place = {value: n for n, value in enumerate(values)}

        def symbols(words: Ints) -> Ints:
            answers = [[place.get(self.value(*o)) for o in self._beginnings(word)] for word in words.T.tolist()]
            if any(None in row for row in answers):
                raise unsettled
            return np.array(answers, np.int64).T

        return self._found(symbols, values)

    def _repeated(self) -> bool:
        """Whether the longest of the short operands have no values that shorter ones have not."""
        digits = {operands: bits.length(max(operands), self.base) for operands in self.short}
        shorter = {self.value(*o) for o in self.short if digits[o] < max(digits.values())}
        return {self.value(*o) for o in self.short} <= shorter

    def _found(self, ask: Callable[[Ints], Ints], values: tuple[int, ...] | None) -> Definition:
        """By questions; again with what the machine answers wrongly, as a teacher would show it (D. Angluin, 1987)."""
        near = [operands for operands in self.special if max(operands) < self.base**NEAR]
        tests = [self._words(some) for some in (self.short, near) if some]
        wrong: Operands = ()
        for _ in range(ROUNDS):
            machine, _ = learned(ask, len(self.symbols), tests)
            if any((ask(words) != machine.run(words)).any() for words in tests):
                raise self._many(ask)
            found = Definition(self.base, self.order, self.operands, machine.minimised(), values, len(self.compared))
            wrong = self._wrong(found)
            if not wrong:
                return found
            behind = 0 if values or self.order == "most" else 2 + bits.length(abs(self.value(*wrong)), self.base)
            tests.append(self._words([wrong], behind))
        raise ConfigError(
            f"function: no machine was found that answers as {self.name} does on {len(self.compared):,} inputs: for "
            f"{_list(wrong)} it is {self.value(*wrong)!s:.60}",
            "a function whose answers are about as long as its operands",
        )

    def _words(self, some: Sequence[Operands], behind: int = 0) -> Ints:
        """Operands as words (T, N) of the same length; of so many digits more than the longest has."""
        steps = behind + max(1, *(bits.length(max(operands), self.base) for operands in some))
        words = np.zeros((steps, len(some)), np.int64)
        for column in zip(*some, strict=True):
            words = words * self.base + bits.encode(column, steps, self.base).astype(np.int64)
        return words if self.order == "least" else words[::-1]

    def _wrong(self, found: Definition) -> Operands:
        """Operands that it answers wrongly; () where there are none."""
        answers = found.answered(self.compared, found.machine.run)
        return next((o for o, n in zip(self.compared, answers, strict=True) if n != self.value(*o)), ())

    def _many(self, ask: Callable[[Ints], Ints]) -> ConfigError:
        return ConfigError(
            f"function: {self.name} needs more than {MOST_STATES} states, the most that are found by questions"
            + _evidence(self._growth(ask)),
            "sums, differences, multiples, comparisons and remainders need few states, products of operands ever more; "
            f"of expressions, such as {spelled('function', 'a mod 100')}, up to 1,000 states are derived",
        )

    def growth(self) -> str:
        """How much there is to remember of more and more digits of a number, in words."""
        return _evidence(self._growth(self._digits))

    def _growth(self, ask: Callable[[Ints], Ints]) -> list[int]:
        """How many beginnings of 0, 1, 2, … digits can be told apart by endings of a few digits."""
        symbols = len(self.symbols)
        found: set[tuple[int, ...]] = set()
        grown: list[int] = []
        endings = list(product(range(symbols), repeat=3 if symbols <= 4 else 2))[:64]
        while symbols ** len(grown) <= MOST_BEGINNINGS:
            for beginning in product(range(symbols), repeat=len(grown)):
                words = np.array([[*beginning, *ending] for ending in endings]).T
                found.add(tuple(ask(words)[len(beginning) :].ravel().tolist()))
            grown.append(len(found))
        return grown


def _evidence(grown: Sequence[int]) -> str:
    counted = ", ".join(map(str, grown))
    what = f": after 0, 1, 2, … digits there are at least {counted} … different things to remember"
    return what * (grown[-1] > MOST_STATES)


def _asked(function: Function, numbers: Operands) -> int:
    try:
        answer = function(*numbers)
    except ElmanError:
        raise
    except Exception as error:
        raise ConfigError(f"function: for {_list(numbers)} it fails: {type(error).__name__}: {error}") from error
    if not isinstance(answer, int | np.integer):
        raise ConfigError(f"function: expected a whole number for {_list(numbers)}; found {answer!r:.60}")
    return int(answer)


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
