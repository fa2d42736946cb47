"""The task `coin`: what experience does. A network sees the tosses of a coin and says how likely heads are next.

Each sequence is tossed with a coin of its own. What can be known of it is in the tosses so far: Bayes' rule says how
much, and the network, which is never told of it, learns to say the same. Only tosses are its targets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from elman.copies import cached_property
from elman.errors import DataError, NotFiniteError, choose, in_range, whole
from elman.network import CELLS, Architecture, Network
from elman.tasks.capabilities.can_be_hopeless import NOTHING, CanBeHopeless
from elman.tasks.capabilities.glances import Glances
from elman.tasks.capabilities.has_page import HasPage
from elman.tasks.capabilities.pictured import Pictured
from elman.tasks.coin.coins import Beta, Chances, Prior, Tosses, divergence, encode, prior, sigmoid
from elman.tasks.coin.picture import draw
from elman.tasks.coin.shown import directions
from elman.tasks.plans import drawn
from elman.tasks.settings import Settings, setting
from elman.telling import told
from elman.training import Adam, Batch, Constant, Plan, Steps, Trainer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHUNK = 50  # updates that are planned, and drawn, at a time
NUMBERS = 1 << 22  # the most tosses that are laid out at a time
PIECE = 1 << 17  # tosses, about, that go through the network side by side
LONGER = (1, 2, 4)  # sequences that are scored, in lengths of those in training
COINS = 1000  # that are scored
QUESTION = (90, 100)  # heads and tosses: what comes next?
SHOWN = 200  # coins in the picture
ORDERS = 200  # in which the question is put
NEAR = 1e-3  # nats per toss from the exact posterior: what passes
CLOSE = 0.01  # to the exact answer of the question
MOST = 0.95  # of the orders in which the answer must be close, where the prior is uniform


@dataclass(frozen=True, kw_only=True)
class CoinSettings(Settings):
    """The settings of `coin`."""

    steps: int = setting(3000, "updates of the weights, counted from the first one")
    prior: str = setting("uniform", "how biases are drawn: uniform, beta:a,b, two-coins:p,q or switching:p,q,s")
    tosses: int = setting(128, "tosses of each sequence in training")
    cell: str = setting("gru", "gru, lstm, rnn, or none: a feed-forward network, which remembers no toss, to compare")
    hidden: int = setting(16, "hidden units")
    rate: float = setting(0.02, "learning rate of Adam")
    halve: int = setting(500, "the rate is halved each time after this many updates; 0: never")
    clip: float = setting(1.0, "the greatest length of a gradient; longer ones are scaled down to it")
    batch: int = setting(64, "sequences per update")
    dtype: str = setting("float32", "float32 or float64")

    def check(self) -> None:
        """A ConfigError where a value is wrong; the network and the trainer check the rest."""
        super().check()
        prior(self.prior)
        whole("tosses", self.tosses, 1, 1 << 10)
        whole("batch", self.batch, 1, 1 << 16)
        whole("halve", self.halve, 0, 1 << 40)
        choose("cell", self.cell, CELLS)
        in_range("clip", self.clip, 0, 1e6, low_in=False)


class Coin(Glances, CanBeHopeless, Pictured, HasPage):
    """To predict tosses of a coin of unknown bias."""

    name = "coin"
    summary = "to predict the tosses of a coin whose bias is not known; compared with the exact answer, by Bayes' rule"
    settings_type = CoinSettings
    settings: CoinSettings
    script: ClassVar[Path] = Path(__file__).with_name("look") / "page.js"

    @cached_property
    def prior(self) -> Prior:
        """How its coins come about."""
        return prior(self.settings.prior)

    # --- network and trainer ---

    def architecture(self) -> Architecture:
        """The last toss in, the log-odds of heads next out."""
        s = self.settings
        return Architecture(inputs=1, outputs=1, cell=s.cell, hidden=s.hidden, dtype=s.dtype)

    def initialise(self, network: Network) -> None:
        """As PyTorch does."""
        network.initialise(np.random.default_rng((self.settings.seed, 0)))

    def trainer(self, network: Network) -> Trainer:
        """The trainer of the settings."""
        s = self.settings
        return Trainer(
            network,
            loss="bits",
            optimizer=Adam(s.rate),
            schedule=Steps(every=s.halve) if s.halve else Constant(),
            clip_norm=s.clip,
            seed=s.seed,
        )

    # --- data ---

    def plans(self, done: int) -> Iterator[Plan]:
        """Each sequence with a coin of its own."""
        s = self.settings
        chunk = max(1, min(CHUNK, NUMBERS // (s.batch * s.tosses)))
        return drawn(s.seed, done, self.goal, rows=s.batch, chunk=chunk, draw=self._draw)

    def _draw(self, rng: np.random.Generator, _: int, count: int) -> Batch:
        tosses = self.prior.toss(rng, self.settings.tosses, count)
        return Batch(inputs=encode(tosses)[:-1], targets=tosses[..., None])

    def _fresh(self, branch: int, coins: int) -> Tosses:
        """The longest sequences, with coins that training never sees: of a branch of the seed that it does not use."""
        s = self.settings
        rng = np.random.default_rng(np.random.SeedSequence(s.seed, spawn_key=(branch,)))
        return self.prior.toss(rng, max(LONGER) * s.tosses, coins)

    def fingerprint(self) -> str:
        """The data is a function of these words."""
        s = self.settings
        return f"tosses of coins, prior {s.prior}, sequences of {s.tosses}, seed {s.seed}"

    @property
    def example(self) -> str:
        """Four tosses."""
        return "1101"

    def codec(self) -> dict[str, Any]:
        """Tosses as numbers."""
        return {"kind": "tosses", "before the first": 0.0, "heads": 1.0, "tails": -1.0}

    # --- answers ---

    def log_odds(self, network: Network, tosses: Tosses) -> Chances:
        """(T + 1, N): the network's log-odds of heads next, before the first of the tosses (T, N) and after each."""
        inputs = encode(tosses)
        pieces = np.array_split(inputs, 1 + inputs.size // PIECE, axis=1)
        told_pieces = told("parts of the coins asked", pieces)
        y = np.concatenate([network.forward(piece)[0] for piece in told_pieces if piece.size], axis=1)
        if not np.isfinite(y).all():
            raise NotFiniteError("coin: the network's answers are no finite numbers", "a smaller rate usually helps")
        return y[..., 0].astype(np.float64)

    def _divergences(self, network: Network, tosses: Tosses) -> Chances:
        """(T, N): nats, for each toss, from the exact prediction of it to the network's."""
        return divergence(self.prior.predictive(tosses)[:-1], self.log_odds(network, tosses)[:-1])

    def glance(self, network: Network) -> str:
        """The distance from the posterior on a few coins."""
        tosses = self.prior.toss(np.random.default_rng(0), self.settings.tosses, 100)
        return f"{self._divergences(network, tosses).mean():.5f} nats from the posterior"

    def score(self, network: Network) -> dict[str, Any]:
        """The mean distance from the exact posterior, in nats per toss, on fresh coins, and the question's answers.

        `kl` goes by the length of the sequences; `baselines` are for the longest of them.
        """
        tosses = self._fresh(0, COINS)
        nats = self._divergences(network, tosses).mean(axis=1)
        return {
            "coins": COINS,
            "kl": {str(n): float(nats[:n].mean()) for n in (longer * self.settings.tosses for longer in LONGER)},
            "question": self._question(network),
            "baselines": self._baselines(tosses),
        }

    def _question(self, network: Network) -> dict[str, Any]:
        """What comes after so many heads in so many tosses? Asked in many orders; `close`: the share that is right."""
        heads, total = QUESTION
        rng = np.random.default_rng(0)
        sequence = (np.arange(total) < heads).astype(np.float32)
        tosses = np.stack([rng.permutation(sequence) for _ in range(ORDERS)], axis=1)
        found = sigmoid(self.log_odds(network, tosses)[-1])
        exact = self.prior.predictive(tosses)[-1]
        return {
            "tosses": total,
            "heads": heads,
            "probability": float(found.mean()),
            "lowest": float(found.min()),
            "highest": float(found.max()),
            "exact": float(exact.mean()),
            "close": float((np.abs(found - exact) <= CLOSE).mean()),
        }

    def _baselines(self, tosses: Tosses) -> dict[str, float]:
        """The same distance for simpler answers."""
        exact = self.prior.predictive(tosses)[:-1]
        heads = np.concatenate([np.zeros((1, tosses.shape[1])), np.cumsum(tosses, axis=0, dtype=np.float64)])[:-1]
        count = np.arange(len(heads))[:, None]
        mean, (after_heads, after_tails) = exact[0, 0], self.prior.predictive(np.array([[1, 0]], np.float32))[1]
        last = np.concatenate([exact[:1], np.where(tosses[:-1] > 0.5, after_heads, after_tails)])
        answers = {
            "the prior's mean, for ever": np.full_like(exact, mean),
            "from the last toss alone: all that a network without memory can know": last,
            "frequency so far, from 0.01 to 0.99": np.clip(
                (heads + (count == 0) / 2) / np.maximum(count, 1), 0.01, 0.99
            ),
            "Laplace's rule": (heads + 1) / (count + 2),
        }
        return {name: float(divergence(exact, np.log(p / (1 - p))).mean()) for name, p in answers.items()}

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """Nats per toss from the exact posterior, in the mean over the lengths."""
        return float(np.mean(list(metrics["kl"].values())))

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """In nats."""
        return f"{self.cost(metrics):.6f} nats per toss from the exact posterior"

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Near to the posterior at every length and, if every bias is as likely, close to the question's answer.

        Other priors may all but exclude 90 heads in 100 tosses: what was never met cannot be learned.
        """
        near = all(nats < NEAR for nats in metrics["kl"].values())
        return near and (self.prior != Beta() or metrics["question"]["close"] >= MOST)

    def hopeless(self, metrics: Mapping[str, Any], loss: float | None) -> str:
        """Farther from the posterior than who never looks at a toss."""
        nats, known = list(metrics["kl"].values())[-1], next(iter(metrics["baselines"].items()))
        if self.passed(metrics) or nats <= NOTHING * known[1]:
            return ""
        return f"worse than knowing nothing: {known[0]}: {known[1]:.5f} nats per toss"

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """In one line."""
        lengths = ", ".join(f"{nats:.5f} up to {tosses} tosses" for tosses, nats in metrics["kl"].items())
        q = metrics["question"]
        return (
            f"nats per toss from the exact posterior: {lengths}; "
            f"after {q['heads']} heads in {q['tosses']} tosses it says {q['probability']:.3f} (exact: {q['exact']:.3f})"
        )

    def parse(self, words: Sequence[str]) -> list[str]:
        """Tosses as strings of 0 and 1; the empty one, before any toss, is a fair question."""
        return [_checked(word.strip()) for word in words]

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[dict[str, float]]:
        """The chance of heads next after each string of 0 and 1: `probability`, beside what is `exact`."""
        strings = [_checked(string) for string in inputs]
        answers = []
        for string in strings:
            tosses = np.array([[float(toss)] for toss in string], np.float32).reshape(-1, 1)
            found, exact = sigmoid(self.log_odds(network, tosses)[-1, 0]), self.prior.predictive(tosses)[-1, 0]
            answers.append({"probability": float(found), "exact": float(exact)})
        return answers

    def tell(self, answer: Mapping[str, float]) -> str:
        """The network's answer, and the exact one."""
        return f"{answer['probability']:.4f} (exact: {answer['exact']:.4f})"

    def picture(self, network: Network) -> Figure:
        """What it says along a sequence, and where in its hidden state it counts."""
        tosses, s = self._fresh(1, SHOWN), self.settings
        said = sigmoid(self.log_odds(network, tosses[:, -1:]))[:, 0]
        return draw(network, tosses, self.prior.predictive(tosses), said, prior=s.prior, longest=s.tosses)

    def seen(self, network: Network) -> dict[str, Any]:
        """The prior, and where in the hidden state this network counts."""
        tosses, s = self._fresh(1, SHOWN), self.settings
        return {
            "prior": {"name": s.prior, **asdict(self.prior)},  # type: ignore[call-overload]
            "longest": s.tosses,
            "directions": directions(network, tosses, self.prior.predictive(tosses)),
        }


def _checked(value: Any) -> str:
    if isinstance(value, str) and set(value) <= {"0", "1"}:
        return value
    raise DataError(
        f"input: expected tosses as a string of 0 (tails) and 1 (heads); found {value!r:.60}",
        "`elman predict MODEL 1101`",
    )
