"""How the network of sessions is made, and what it learns in each update."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from elman.network import Architecture, Network
from elman.tasks.capabilities.learns_from_data import LearnsFromData, not_at_hand
from elman.tasks.capabilities.validates import Validates, waited
from elman.tasks.sessions.adopting import adopt
from elman.tasks.sessions.codec import Codec
from elman.tasks.sessions.learning import Learning
from elman.tasks.sessions.settings import SessionsSettings
from elman.training import Adam, Cosine, LazyAdam, Plan, Trainer

FINAL = 0.02  # of the rate, at the end
OF_TRAINING = (  # what has no effect on a network that is not trained
    *(
        "steps",
        "epochs",
        "refit",
        "dropout",
        "click_dropout",
        "output_dropout",
        "batch",
        "rate",
        "loss",
        "regulariser",
        "negatives",
    ),
    *("clip", "every", "patience"),
)


class Updating(LearnsFromData, Validates):
    """A network with items in and items out, and its updates."""

    known: Codec
    settings: SessionsSettings
    learning: Learning | None

    def architecture(self) -> Architecture:
        """Items in, items out."""
        s, items = self.settings, len(self.known.names)
        return Architecture(
            inputs=items,
            outputs=items,
            symbols=True,
            embedding=s.embedding,
            tied=s.tied,
            cell=s.cell,
            layers=s.layers,
            hidden=s.hidden,
            dropout=s.dropout,
            output_dropout=s.output_dropout,
            dtype=s.dtype,
        )

    def initialise(self, network: Network) -> None:
        """As PyTorch does."""
        network.initialise(np.random.default_rng((self.settings.seed, 0)))

    def adopt(self, network: Network, task: Updating, known: Network) -> None:
        """Items that both know keep what is known of them; new ones begin as their neighbours."""
        places = np.array([task.known.numbers.get(name, -1) for name in self.known.names])
        adopt(network.parameters, known.parameters, places, self._data.counts)

    def trainer(self, network: Network) -> Trainer:
        """The trainer of the settings."""
        s = self.settings
        schedule = Cosine(updates=max(1, s.epochs * len(self._data.reading)), final=FINAL)
        loss = s.compared(self._data.counts.popularity)
        optimizer = Adam(s.rate) if loss == "symbols" else LazyAdam(s.rate)
        return Trainer(network, loss=loss, optimizer=optimizer, schedule=schedule, clip_norm=s.clip, seed=s.seed)

    def idle(self) -> dict[str, str]:
        """Beside the network's: what is about a training that there is not, or about another loss."""
        s, found = self.settings, super().idle()
        if s.loss != "bpr_max":
            found["regulariser"] = "it is of the loss bpr_max"
        if "network" in s.off:
            found |= dict.fromkeys(OF_TRAINING, "the network is switched off, and not trained")
        return found

    @property
    def _data(self) -> Learning:
        if self.learning is None:
            raise not_at_hand(self)
        return self.learning

    def plans(self, done: int) -> Iterator[Plan]:
        """Every session once in each epoch, in batches of like lengths: a function of the seed and the epoch."""
        reading = self._data.reading
        while done < self.goal:
            epoch, first = divmod(done, len(reading))
            rng = np.random.default_rng((self.settings.seed, 1 + epoch))
            for batch in islice(reading.batches(rng), first, first + self.goal - done):
                yield Plan(examples=batch, rows=np.arange(np.shape(batch.inputs)[1])[None, :])
                done += 1

    @property
    def counts(self) -> int:
        """Sessions of an update."""
        return 1 if self.learning is None else self.learning.reading.batch

    @property
    def interval(self) -> int | None:
        """An epoch."""
        return self.settings.every

    def over(self, values: Sequence[float]) -> bool:
        """As `patience` says."""
        return 0 < self.settings.patience <= waited(values)
