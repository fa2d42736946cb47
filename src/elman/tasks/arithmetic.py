"""Arithmetic digit by digit: what `add`, `subtract` and `transducer` share.

One digit of each operand goes in per time step, and one of the answer comes out. After the last digits come further
steps with zeros, at which what is left of the carry or borrow comes out. A bit comes out as the sign of one output; of
more symbols each has an output of its own, and the greatest counts.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import DataError
from elman.network import CELLS, Architecture, Network
from elman.proof import Question
from elman.proof.search import answers
from elman.tasks.arithmetic_settings import DECAY, NOISE, USUAL_DECAY, USUAL_NOISE, ArithmeticSettings
from elman.tasks.bits import decode
from elman.tasks.digits import PIECE, Definition, Run
from elman.tasks.probes import probes
from elman.tasks.task import Settings, Task, drawn
from elman.telling import so_far
from elman.training import SGD, Adam, Batch, Constant, Plan, Steps, Trainer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CHECKED = 1 << 20  # up to so many pairs all are checked; of more, so many
SEVERAL = 1 << 10  # pairs that a glance looks at
CHUNK = 250  # updates that are planned, and drawn, at a time
PAIRS, NUMBERS = 1 << 18, 1 << 27  # the most pairs that are laid out at a time, and numbers that they are


class Arithmetic(Task):
    """A function of whole numbers that is computed digit by digit."""

    settings_type: ClassVar[type[Settings]] = ArithmeticSettings
    settings: ArithmeticSettings
    sign: ClassVar[str]  # between the operands
    baseline: ClassVar[str]  # what a network without memory can do
    remembers: ClassVar[str] = "state"  # what is kept from digit to digit
    clip: ClassVar[float | None] = None  # the longest gradient
    named: ClassVar[Sequence[str]] = ()  # what the states of the machine are called, in order; (): by their numbers

    @property
    @abstractmethod
    def definition(self) -> Definition:
        """The function."""

    @abstractmethod
    def answer(self, *operands: Any) -> Any:
        """The right answer, for ints."""

    @property
    def length(self) -> int:
        """Of the operands in training, in digits."""
        assert self.settings.bits is not None
        return self.settings.bits

    # --- network and trainer ---

    def architecture(self) -> Architecture:
        """Digits in, a symbol out."""
        s, d = self.settings, self.definition
        return Architecture(
            inputs=self._vectors.shape[1],
            outputs=1 if d.answers == 2 else d.answers,
            cell=s.cell,
            nonlinearity=self._nonlinearity,
            hidden=s.hidden,
            layers=s.layers,
            bias=s.bias,
            initial=s.initial,
            noise=self._usual_noise if s.noise is None else s.noise,
            dtype=s.dtype,
        )

    @property
    def _nonlinearity(self) -> str | None:
        s = self.settings
        return (s.nonlinearity or "sigmoid") if CELLS[s.cell].nonlinearities else None

    @property
    def _usual_noise(self) -> float:
        return NOISE.get(self._nonlinearity or self.settings.cell, USUAL_NOISE)

    def initialise(self, network: Network) -> None:
        """Uniform in ±scale."""
        network.initialise(np.random.default_rng((self.settings.seed, 0)), self.settings.scale)

    def trainer(self, network: Network) -> Trainer:
        """The trainer of the settings."""
        s = self.settings
        decay = {name: share * s.decay for name, share in DECAY.get(s.cell, USUAL_DECAY).items()}
        return Trainer(
            network,
            loss="symbols" if self.definition.answers > 2 else s.loss,
            optimizer=Adam(s.rate, weight_decay=decay) if s.optimizer == "adam" else SGD(s.rate, weight_decay=decay),
            schedule=Steps(every=s.halve) if s.halve else Constant(),
            clip_norm=self.clip,
            reduction=s.reduction,
            seed=s.seed,
        )

    def idle(self) -> dict[str, str]:
        """Beside the network's: what is about memory, where there is none."""
        s, found = self.settings, super().idle()
        if s.decay and not DECAY.get(s.cell, USUAL_DECAY):
            found["decay"] = f"the cell {s.cell!r} has no recurrent weights"
        if s.initial and not CELLS[s.cell].recurrent:
            found["initial"] = f"the cell {s.cell!r} reads no earlier state"
        return found

    # --- data ---

    @property
    def steps_per_pair(self) -> int:
        """T: the digits, and the steps at which what is left of carry or borrow comes out."""
        return self.length + (0 if self.settings.ordered else self.definition.flush)

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """What the network reads for each symbol (symbols, I)."""
        d = self.definition
        return np.indices((d.base,) * d.operands).reshape(d.operands, -1).T.astype(np.float32)

    def plans(self, done: int) -> Iterator[Plan]:
        """Pairs drawn uniformly."""
        s = self.settings
        chunk = max(
            1, min(CHUNK, PAIRS // s.batch, NUMBERS // (self._vectors.shape[1] * self.steps_per_pair * s.batch))
        )
        return drawn(s.seed, done, self.goal, rows=s.batch, chunk=chunk, draw=self._draw)

    def _draw(self, rng: np.random.Generator, _: int, count: int) -> Batch:
        return self._batch(self._drawn(rng, count))

    def _drawn(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Words of symbols (T, count) to learn from: operands drawn uniformly."""
        pairs = rng.integers(0, self.definition.base**self.length, (count, self.definition.operands))
        if self.settings.ordered:
            pairs = -np.sort(-pairs, axis=1)
        return self.definition.words(pairs, self.steps_per_pair)

    def _batch(self, symbols: NDArray[np.int64]) -> Batch:
        """Words of symbols (T, N), and what is to be answered."""
        targets = self.definition.machine.run(symbols)
        more = self.definition.answers > 2
        inputs = self._vectors.take(symbols, axis=0)
        return Batch(inputs=inputs, targets=targets if more else targets[..., None].astype(np.float32))

    @property
    def _count(self) -> int:
        """How many tuples of operands there are."""
        return int(self.definition.base ** (self.length * self.definition.operands))

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """The tuples of operands (N, k) that are checked: all, or a sample of 2^20 where there are too many."""
        s, k, below = self.settings, self.definition.operands, self.definition.base**self.length
        if self._count > MOST_CHECKED:
            pairs = np.random.default_rng(0).integers(0, below, (MOST_CHECKED, k))
            special = [operands for operands in self._probes if max(operands) < below]
            pairs[: len(special)] = special
        else:
            pairs = np.indices((below,) * k).reshape(k, -1).T.astype(np.int64)
        return pairs[pairs[:, 0] >= pairs[:, 1]] if s.ordered else pairs

    @property
    def constants(self) -> Collection[int]:
        """Numbers at which the function may change."""
        return ()

    @cached_property
    def _probes(self) -> list[tuple[int, ...]]:
        """Operands of any length that tell functions apart."""
        found = probes(self.constants, self.definition.operands, self.definition.base)
        return [some for some in found if some[0] >= some[1]] if self.settings.ordered else found

    def fingerprint(self) -> str:
        """The data is a function of these words."""
        s = self.settings
        order = "larger first" if s.ordered else "any order"
        return f"pairs below 2^{s.bits}, {order}, seed {s.seed}"

    def codec(self) -> dict[str, Any]:
        """Bits, and how many of them in training."""
        s = self.settings
        return {"kind": "bits", "order": "least significant first", "bits": s.bits, "ordered": s.ordered}

    # --- proof ---

    def question(self) -> Question:
        """To answer every sequence of digits as the definition does."""
        return Question(self.definition.machine, self._vectors, self.definition.counts)

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
        digits = "0123456789ABCDEF"[: d.base]
        return (
            ["".join(some) for some in product(digits, repeat=d.operands)],
            [str(n) for n in d.values or range(d.answers)],
            self.states,
        )

    @property
    def states(self) -> list[str]:
        """What the states of the machine are called, in order."""
        return list(self.named) or [str(q) for q in range(self.definition.machine.states)]

    def picture(self, network: Network) -> Figure:
        """An example digit by digit, what is carried, and the hidden units."""
        from elman.tasks.arithmetic_picture import draw

        return draw(self, network)

    def spelled(self, inputs: Sequence[int]) -> str:
        """Inputs as `parse` takes them."""
        return self.sign.join(map(str, inputs))

    # --- answers ---

    def right(self, operands: NDArray[np.int64]) -> Sequence[int] | NDArray[np.int64]:
        """The right answers for tuples of operands (N, k), by the function itself."""
        found: NDArray[np.int64] = self.answer(*operands.T)
        return found

    def _exact(self, pairs: NDArray[np.int64], *runs: Run) -> list[int]:
        """How many whole answers are right, of each of several runs."""
        exact = np.zeros(len(runs), np.int64)
        for first in range(0, len(pairs), PIECE):
            some = pairs[first : first + PIECE]
            symbols, steps = self.definition.read(some)
            right = self.right(some)
            exact += [np.equal(self.definition.numbers(run(symbols), steps), right).sum() for run in runs]
            so_far("inputs checked", min(first + PIECE, len(pairs)), len(pairs))
        return [int(n) for n in exact]

    def _run(self, network: Network) -> Run:
        return lambda symbols: answers(network, self.question(), symbols)

    def _without_memory(self, symbols: NDArray[np.int64]) -> NDArray[np.int64]:
        """Each digit answered as the first one is."""
        found: NDArray[np.int64] = np.array(self.definition.machine.output[0])[symbols]
        return found

    def glance(self, network: Network) -> str:
        """Exact answers among a few pairs."""
        every = max(1, len(self.pairs) // SEVERAL)
        some = self.pairs[::every]
        return f"{self._exact(some, self._run(network))[0]:,} of {len(some):,} exact"

    def score(self, network: Network) -> dict[str, Any]:
        """Whole answers: how many pairs were checked, and how many of them are exact.

        `longer` are special and random operands of more digits, up to 200. What counts are the pairs.
        """
        exact, without = self._exact(self.pairs, self._run(network), self._without_memory)
        longer = [some for some in self._probes if max(some) >= self.definition.base**self.length]
        found = self.definition.answered(longer, self._run(network))
        return {
            "pairs": len(self.pairs),
            "exact": exact,
            "exhaustive": self._count <= MOST_CHECKED,
            "longer": len(longer),
            "longer_exact": sum(n == self.answer(*some) for n, some in zip(found, longer, strict=True)),
            "baselines": {self.baseline: without},
            **self.origin,
        }

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """The share of pairs that are answered wrongly."""
        return 1 - float(metrics["exact"] / metrics["pairs"])

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """In percent."""
        return f"{self.cost(metrics):.4%} of the answers wrong"

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Every pair exact."""
        return bool(metrics["exact"] == metrics["pairs"])

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """In one line."""
        kind = "pairs" if metrics["exhaustive"] else "random pairs"
        return f"exact on {metrics['exact']:,} of {metrics['pairs']:,} {kind} of {self.length}-bit numbers"

    def advice(self, passed: bool, proof: str | None) -> str:
        """What may help where a network is not exact, or not proved."""
        s = self.settings
        if passed and proof in (None, "proven"):
            return ""
        if s.cell == "none":
            return f"without memory nothing can be carried; a cell that has one: --cell {type(s)().cell}"
        if self.architecture().noise == 0:
            way = f"without --recipe {s.recipe}" if s.recipe != "best" else f"with --noise {self._usual_noise}"
            return f"it was trained without noise, so its states lie close together and get lost; train {way}"
        return f"{self._longer()}; or another --seed"

    def _longer(self) -> str:
        s = self.settings
        return f"train longer: --steps {2 * s.steps}" + f" --halve {2 * s.halve}" * bool(s.halve)

    def parse(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Pairs: `17+25` each, or two numbers after one another."""
        numbers: list[int] = []
        for word in words:
            found = re.fullmatch(rf"\s*(\d+)\s*(?:{re.escape(self.sign)}|\s)\s*(\d+)\s*", word, re.ASCII)
            if found and len(numbers) % 2 == 0:
                numbers += [int(found[1]), int(found[2])]
            elif re.fullmatch(r"\s*\d+\s*", word, re.ASCII):
                numbers.append(int(word))
            else:
                shown = word if len(word) <= 40 else word[:40] + "…"
                raise DataError(
                    f"input {shown!r}: expected whole numbers from 0 up, as in 17{self.sign}25; the model's task is "
                    f"{self.name!r}",
                    f"`elman predict MODEL 17{self.sign}25 3{self.sign}5`, or `elman predict MODEL 17 25`",
                )
        if len(numbers) % 2:
            raise DataError(f"input {numbers[-1]}: expected a second operand after it; found none")
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[int]:
        """The network's answers for tuples of whole numbers of any size, which are not negative."""
        return self._answers(inputs, self._run(network))

    def _answers(self, inputs: Sequence[Any], run: Run) -> list[int]:
        d = self.definition
        return d.answered([_operands(i, d.operands) for i in inputs], run)


def counted(number: int, what: str) -> str:
    """1 state, 2 states."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def _operands(value: Any, count: int) -> tuple[int, ...]:
    wanted = "a pair of whole numbers" if count == 2 else f"{count} whole numbers"
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
