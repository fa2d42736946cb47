"""Fitting: epochs of like-length batches, validations, the best parameters, and an early end.

What update u sees follows from the seed and u alone. So does where epochs and validations are. A fit that was left at
any update, by the clock too, and goes on with the same data and settings, is one that never was left, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np

from elman.errors import ConfigError, NotFiniteError, whole
from elman.network.losses import loss_of
from elman.network.ragged import steps_at_once
from elman.training.batches import Plan, Progress
from elman.training.batching import Rows, batch_size, batches, together
from elman.training.clock import check_minutes, deadline, left
from elman.training.holding import Halves
from elman.training.record import BEST, LATEST, Fitted, Record, Validation
from elman.training.sequences import Sequences
from elman.training.updater import Updater
from elman.training.validating import validate

PIECE = 0.2  # seconds of training between two events, about
EPOCHS, UPDATES = 20, 5000  # at least so many epochs, and so many updates, where nobody said how many
RARE = 30  # updates: validations come no more often, unless they are asked for
PATIENCE = 10  # validations


@dataclass(frozen=True, kw_only=True)
class Choices:
    """How long, and how; None: what suits the data."""

    batch: int | None
    epochs: int | None
    every: int | None
    patience: int | None
    minutes: float | None

    def __post_init__(self) -> None:
        check_minutes(self.minutes)
        for name, low in (("batch", 1), ("epochs", 1), ("every", 1), ("patience", 0)):
            if getattr(self, name) is not None:
                whole(name, getattr(self, name), low, 1 << 40)

    def of(self, halves: Halves) -> tuple[int, int, int, int, int]:
        """Sequences of a batch, updates of an epoch, all updates, those between validations (0: none), patience."""
        count, validates = len(halves.learned), len(halves.held_out) > 0
        for name in ("every", "patience"):
            if getattr(self, name) and not validates:
                raise ConfigError(f"{name}: expected a part to validate with; found none", "held_out=0.1 is a tenth")
        size = min(count, batch_size(count) if self.batch is None else self.batch)
        epoch = -(-count // size)
        epochs = max(EPOCHS, -(-UPDATES // epoch)) if self.epochs is None else self.epochs
        every = epoch * -(-RARE // epoch) if self.every is None else self.every
        patience = PATIENCE if self.patience is None else self.patience
        return size, epoch, epochs * epoch, every if validates else 0, patience


class Fitting:
    """A trainer that learns from sequences; `record` is what it has done of that, and is changed."""

    def __init__(self, trainer: Updater, record: Record, data: Sequences, halves: Halves, choices: Choices) -> None:
        self._trainer, self._record, self._data, self._halves = trainer, record, data, halves
        self._size, self._epoch, self._goal, self._every, self._patience = choices.of(halves)
        self._minutes, self._stopped = choices.minutes, False  # by the clock
        self._loss, self._pace = loss_of(trainer.loss), math.inf  # seconds per update
        self._drawn: tuple[int, list[Rows]] = (-1, [])  # an epoch, and its batches
        self._begin(data.fingerprint(np.array([self._size, *halves.held_out]).tobytes()))

    def _begin(self, fingerprint: int) -> None:
        """Begins, or goes on; a ConfigError where that is not the training that the trainer has behind it."""
        if self._trainer.updates == 0:
            self._record.data = fingerprint
        elif self._record.updates != self._trainer.updates:
            raise ConfigError(
                f"fit: expected a trainer without updates, or with those of `fit`; found {self._trainer.updates:,}",
                "`elman.Trainer(network, …)` begins anew with what the network knows",
            )
        elif self._record.data != fingerprint:
            raise ConfigError(
                f"fit: expected the data, the held-out part and the batches of the {self._trainer.updates:,} updates "
                "that were made; found others",
                "`elman.Trainer(network, …)` begins anew with what the network knows",
            )

    def events(self) -> Generator[Progress]:
        """Updates, a fifth of a second of them, or an epoch, at a time. After them, the network has its best."""
        record, trainer = self._record, self._trainer
        self._wake()
        try:
            self._validate()  # where a validation was due, and was interrupted
            for event in trainer.run(self._plans(deadline(self._minutes))):
                record.updates, record.seconds = event.update, record.seconds + event.seconds
                self._pace = event.seconds / len(event.losses)
                if self._validate():
                    _, loss, accuracy = record.validations[-1]
                    event = replace(event, validation=loss, accuracy=accuracy)
                yield event
        finally:
            record.updates = trainer.updates
            self._rest()

    def result(self, interrupted: bool = False) -> Fitted:
        """What was done."""
        record = self._record
        update = record.best.update if record.best else record.updates
        validations = tuple(record.validations)
        ended = interrupted or self._stopped
        return Fitted(update, record.updates, validations, record.seconds, self._halves.held_out, ended)

    def _plans(self, until: float) -> Iterator[Plan]:
        share, over = self._trainer.share, 0.0
        while self._trainer.updates < self._goal and not 0 < self._patience <= self._record.waited:
            if over:
                self._stopped = True
                return
            epoch, first = divmod(self._trainer.updates, self._epoch)
            if self._drawn[0] != epoch:
                rng = np.random.default_rng((self._trainer.seed, 1 + epoch))
                self._drawn = epoch, batches(self._data.lengths[self._halves.learned], self._size, rng)
            coming = self._drawn[1][first:]
            [count] = share.decided(self._count(coming, min(PIECE, left(until))))
            rows = np.stack(coming[: int(count)])
            examples = self._data.batch(self._halves.learned[rows.ravel()])
            yield Plan(examples=examples, rows=np.arange(rows.size).reshape(rows.shape))
            [over] = share.decided(left(until) <= 0)

    def _count(self, coming: list[Rows], seconds: float) -> int:
        """How many of these batches go into one call of the engine: what fits the time and the memory."""
        most = max(1, int(seconds / self._pace))
        if self._every:
            most = min(most, self._every - self._trainer.updates % self._every)
        steps = steps_at_once(self._trainer.network.architecture)
        return together(coming[:most], self._data.lengths[self._halves.learned], steps)

    def _validate(self) -> bool:
        """Validates, if that is due after the last update."""
        record, trainer = self._record, self._trainer
        update, done = trainer.updates, [one.update for one in record.validations[-1:]]
        if not self._every or update == 0 or done == [update] or (update % self._every and update != self._goal):
            return False
        network = trainer.averaged(trainer.network)
        found = self._decided(lambda: validate(network, update, self._loss, self._data, self._halves.held_out))
        if not math.isfinite(found.loss):
            raise NotFiniteError(f"update {update}: the loss of what is held out is not finite", "try a smaller rate")
        if record.best is None or found.loss < record.best.loss:
            record.arrays[BEST] = network.parameters.flat.copy()
        record.validations.append(found)
        return True

    def _decided(self, look: Callable[[], Validation]) -> Validation:
        """A validation; of processes that share each update, that of rank 0."""
        share, found = self._trainer.share, None
        if share.rank == 0:
            found = look()
        if share.exchange is None and found is not None:
            return found
        known = found or Validation(self._trainer.updates, 0.0, 0.0)
        loss, accuracy = share.decided(known.loss, known.accuracy or 0.0)
        return Validation(self._trainer.updates, loss, accuracy if self._loss.symbols else None)

    def _wake(self) -> None:
        """The network as its last update left it."""
        latest, flat = self._record.arrays.pop(LATEST, None), self._trainer.network.parameters.flat
        if latest is not None:
            if self._record.validations:
                self._record.arrays[BEST] = flat.copy()
            flat[...] = latest

    def _rest(self) -> None:
        """The network at its best: as it was validated best, or the average where there is one."""
        best, flat = self._record.arrays.pop(BEST, self._trainer.average), self._trainer.network.parameters.flat
        if best is not None:
            self._record.arrays[LATEST] = flat.copy()
            flat[...] = best
