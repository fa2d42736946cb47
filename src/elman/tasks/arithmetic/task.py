"""Arithmetic digit by digit: how `add`, `subtract` and `transducer` are learned, and how well.

After the last digits come further steps with zeros, at which what is left of the carry or borrow comes out.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.network import CELLS, Architecture, Network
from elman.spelling import counted
from elman.tasks.arithmetic.digits import PIECE, Run
from elman.tasks.arithmetic.probes import probes
from elman.tasks.arithmetic.settings import DECAY, NOISE, USUAL_DECAY, USUAL_NOISE, ArithmeticSettings
from elman.tasks.arithmetic.shown import Shown
from elman.tasks.capabilities.advises import Advises
from elman.tasks.capabilities.glances import Glances
from elman.tasks.capabilities.pictured import Pictured
from elman.tasks.settings import Settings
from elman.telling import so_far
from elman.training import SGD, Adam, Batch, Constant, Steps, Trainer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CHECKED = 1 << 20  # up to so many pairs all are checked; of more, so many
ON_PAGE = 1 << 16  # that a page checks, at most
SEVERAL = 1 << 10  # pairs that a glance looks at
CHUNK = 250  # updates that are planned, and drawn, at a time


class Arithmetic(Shown, Glances, Advises, Pictured):
    """A function of whole numbers that is computed digit by digit."""

    settings_type: ClassVar[type[Settings]] = ArithmeticSettings
    settings: ArithmeticSettings
    baseline: ClassVar[str]  # what a network without memory can do
    clip: ClassVar[float | None] = None  # the longest gradient
    lasting: ClassVar[Sequence[str]] = ("steps", "halve")  # settings that grow with the length of a training

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
            loss=self._loss,
            optimizer=Adam(s.rate, weight_decay=decay) if s.optimizer == "adam" else SGD(s.rate, weight_decay=decay),
            schedule=Steps(every=s.halve) if s.halve else Constant(),
            clip_norm=self.clip,
            reduction=s.reduction,
            seed=s.seed,
        )

    @property
    def _loss(self) -> str:
        return "symbols" if self.definition.answers > 2 else self.settings.loss

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
        return self.length + self.definition.flush

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
        k, below = self.definition.operands, self.definition.base**self.length
        if self._count <= MOST_CHECKED:
            return np.indices((below,) * k).reshape(k, -1).T.astype(np.int64)
        pairs = np.random.default_rng(0).integers(0, below, (MOST_CHECKED, k))
        special = [operands for operands in self._probes if max(operands) < below]
        pairs[: len(special)] = special
        return pairs

    @cached_property
    def _probes(self) -> list[tuple[int, ...]]:
        """Operands of any length that tell functions apart."""
        return probes(self.constants, self.definition.operands, self.definition.base)

    # --- on a page ---

    def lesson(self, name: str) -> dict[str, Any]:
        """What `network`, `trainer` and `plans` do with the settings, for the page to do the same.

        `length`: the page checks all operands of so many digits.
        """
        s, trainer = self.settings, self.trainer(self.network())
        fits = (
            n for n in range(1, self.length + 1) if self.definition.base ** (n * self.definition.operands) <= ON_PAGE
        )
        return {
            "name": name,
            "architecture": trainer.network.architecture.to_json(),
            "scale": s.scale,
            "loss": self._loss,
            "reduction": s.reduction,
            "clip": self.clip,
            "optimizer": {"name": type(trainer.optimizer).__name__, **vars(trainer.optimizer)},
            "halve": s.halve,
            "seed": s.seed,
            "batch": s.batch,
            "updates": s.steps,
            "chunk": self._chunk,
            "length": max(fits, default=1),
        }

    @property
    @abstractmethod
    def _chunk(self) -> int:
        """How many updates are drawn at a time."""

    # --- picture ---

    def picture(self, network: Network) -> Figure:
        """An example digit by digit, what is carried, and the hidden units."""
        from elman.tasks.arithmetic.picture import draw, example

        d = self.definition
        shown = example(d, self.pairs, self._vectors, network)
        operands = shown.operands(d)
        answer, right = self.predict(network, [operands])[0], self.expected([operands])[0]
        wrong = f"; it answers {answer}" * (answer != right)
        title, nonlinearity = f"{self.spelled(operands)} is {right}{wrong}", network.architecture.nonlinearity
        _, answers, states = self.alphabets()
        return draw(
            shown, d, title, remembers=self.remembers, answers=answers, states=states, nonlinearity=nonlinearity
        )

    # --- score ---

    @abstractmethod
    def right(self, operands: NDArray[np.int64]) -> Sequence[int] | NDArray[np.int64]:
        """The right answers for tuples of operands (N, k), by the function itself."""

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
        """Every pair exact, and all longer operands that were tried."""
        longer = metrics.get("longer_exact") == metrics.get("longer")  # examples have none
        return self.promising(metrics) and longer

    def promising(self, metrics: Mapping[str, Any]) -> bool:
        """Every pair exact."""
        return bool(metrics["exact"] == metrics["pairs"])

    def longer(self, metrics: Mapping[str, Any]) -> str:
        """What a verdict says of longer operands, where these alone are answered wrongly."""
        exact, count = metrics.get("longer_exact"), metrics.get("longer")
        wrong = self.promising(metrics) and exact != count
        return f"; of longer ones, on {exact:,} of {count:,}" if wrong else ""

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
        if s.layers > 1:
            return "one layer can carry, and the defaults are for one: --layers 1"
        return self._tries(passed)

    def _tries(self, passed: bool) -> str:
        """Another seed, and more updates: as many as usual where there were fewer, else once twice as many."""
        s, usual = self.settings, self.settings_type.of(self.recipes, {"recipe": self.settings.recipe})
        assert isinstance(usual, ArithmeticSettings)
        few = s.steps < usual.steps
        own = {name: getattr(s, name) for name in self.lasting}
        wanted = {name: getattr(usual, name) if few else 2 * n for name, n in own.items() if n or name == "steps"}
        longer = " ".join(f"--{name} {n}" for name, n in wanted.items() if n != own[name])
        seed = f"another seed, --seed {s.seed + 1}"
        if few:
            return f"it had {counted(s.steps, 'update')}, where {usual.steps:,} are usual: try {longer}; or {seed}"
        if s.steps > usual.steps:
            return f"try {seed}"
        return f"try {seed}; or a longer training, {longer}" if passed else f"try {longer}; or {seed}"
