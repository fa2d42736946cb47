"""Trainer: a network learns, from batches, from sequences, or from gradients of one's own; and lives in a file."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from os import PathLike
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from elman.errors import ConfigError, ModelFileError, ShapeError, whole
from elman.keywords import keywords, keywords_of
from elman.lazy import fetch
from elman.network.checks import Array
from elman.network.losses import LOSSES, loss_of
from elman.network.network import Network
from elman.spelling import counted
from elman.training.batches import Progress
from elman.training.fitting import Choices, Fitting
from elman.training.holding import Halves, HeldOut, apart, hold_out
from elman.training.optimizers import OPTIMIZERS
from elman.training.record import KEPT, Fitted, Record
from elman.training.schedules import SCHEDULES
from elman.training.sequences import Names, Sequences
from elman.training.storing import as_json, check_arrays, from_json
from elman.training.updater import Updater

# Of settings that are objects.
KINDS = {**OPTIMIZERS, **SCHEDULES, **{kind.__name__: kind for kind in LOSSES.values()}}
APART = Names("held_out[0]", "held_out[1]", "held_out[2]")


@keywords
@dataclass
class Trainer(Updater):
    """Trains a network; it prints nothing and opens nothing.

    `fit` learns from sequences: batches, validation, the best parameters and an early end are its affair. `run` takes
    batches of one's own, and `apply` gradients, for losses and loops of one's own.

    Its own state (`updates`, the moments `first` and `second`, the `carried` state, the seed, how far `fit` is) is all
    that a resumed run needs beside the network's parameters: `save` writes all of it to a file.

    Several processes share each update where there is an `exchange`. All of them are given the same batches; process
    number r of n, whose `part` is (r, n), reads its rows of each. `exchange(flat)` then adds up, in place, the arrays
    of all processes: (P + 2,), the gradient, the sum of losses, the sum of weights; or a short one, of states or of
    what rank 0 has decided. All must get the same bits. What comes out is the training of one process, up to rounding.
    Neither setting goes into a file.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._record = Record()

    @keywords_of
    def fit(
        self,
        sequences: Iterable[ArrayLike],
        targets: Iterable[ArrayLike],
        *,
        weights: Iterable[ArrayLike] | None = None,
        held_out: HeldOut = 0.1,
        groups: Iterable[Any] | None = None,
        batch: int | None = None,
        epochs: int | None = None,
        every: int | None = None,
        patience: int | None = None,
        minutes: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Fitted:
        """Learns from sequences of any lengths, and leaves the network at its best.

        A part is held out. What the network costs there (the mean loss) says which parameters are the best, and when
        to stop. With `averaging`, it is the average of the parameters that is validated and kept. Where nothing is held
        out, the network ends with the parameters, or the average, after the last update.

        What an update sees follows from the seed and its number, not from when training was stopped: by the clock, by
        Ctrl-C (with a warning, and the best network so far), by the end of the program after `save`, by an error.
        Called again with the same data, held-out part and batch size, `fit` goes on from there, to the bit; `epochs`
        counts from the very first. With other data it is refused: a new Trainer begins anew with what the network
        knows.

        The defaults suit 200 to 100,000 sequences: each number below that follows from how many there are.

        Args:
            sequences: N of them: arrays (T_i, I) of numbers, or (T_i,) of symbols; an array (N, T, I) is such a list.
            targets: for a network that answers every step, arrays (T_i, O), or (T_i,) symbols. With a readout, one
                answer each: (N, O), or (N,) symbols. Where O is 1, (T_i,) and (N,) are taken for numbers, too.
            weights: how much each step counts, arrays (T_i,), or each sequence, (N,). Where it is 0, the target may be
                anything. Default: 1.
            held_out: a share, drawn by the seed; with one symbol per sequence, its share of each class. Or the numbers
                of the sequences that are held out. Or sequences of their own: (sequences, targets), or (sequences,
                targets, weights), like those above; all of those above are then learned. 0: none.
            groups: N names or numbers, of whom or what a sequence is: no group is both learned and held out.
            batch: sequences of an update; default: the power of two nearest to √N, from 8 to 128. They are of like
                lengths, since what is padded costs time.
            epochs: how often all is read at most; default: 20, or as often as 5,000 updates need.
            every: updates between validations; default: an epoch, or as many as make 30 updates.
            patience: validations without a better one, after which it stops; 0: never. Default: 10.
            minutes: from its first update on, after which it stops, if it is not over before. It does not validate for
                that; at least one update is made.
            on_progress: called with each event, several a second.

        Raises:
            ConfigError: a setting is wrong; or the trainer has made updates of another kind.
            ShapeError: the data is; the message names the sequence, and the step.
            NotFiniteError: a loss or a gradient ceased to be a finite number. The network is at its best so far.
            KeyboardInterrupt: before the first update.
        """
        if on_progress is not None and not callable(on_progress):
            raise ConfigError(f"on_progress: expected a function of an event; found {on_progress!r:.60}")
        choices = Choices(batch=batch, epochs=epochs, every=every, patience=patience, minutes=minutes)
        fitting = self._fitting(sequences, targets, weights, held_out, groups, choices)
        begun, interrupted = self.updates, False
        try:
            with closing(fitting.events()) as events:
                for event in events:
                    if on_progress is not None:
                        on_progress(event)
        except KeyboardInterrupt:
            if self.updates == begun:
                raise
            warnings.warn(
                f"stopped after {counted(self.updates, 'update')}: interrupted; `fit` goes on from there", stacklevel=2
            )
            interrupted = True
        return fitting.result(interrupted)

    @keywords_of
    def epochs(
        self,
        sequences: Iterable[ArrayLike],
        targets: Iterable[ArrayLike],
        *,
        weights: Iterable[ArrayLike] | None = None,
        held_out: HeldOut = 0.1,
        groups: Iterable[Any] | None = None,
        batch: int | None = None,
        epochs: int | None = None,
        every: int | None = None,
        patience: int | None = None,
        minutes: float | None = None,
    ) -> Generator[Progress]:
        """`fit`, event by event: nothing is learned but what is asked for.

        An event is an epoch, or the updates up to a validation, or a fifth of a second. Between two, the network has
        the parameters of the last update, and the trainer may be saved; the loop may be left, and taken up again. At
        the end, or when it is left, the network is at its best. What is given is checked at once; arguments and errors
        are those of `fit`.
        """
        choices = Choices(batch=batch, epochs=epochs, every=every, patience=patience, minutes=minutes)
        return self._fitting(sequences, targets, weights, held_out, groups, choices).events()

    def _fitting(
        self,
        sequences: Iterable[ArrayLike],
        targets: Iterable[ArrayLike],
        weights: Iterable[ArrayLike] | None,
        held_out: HeldOut,
        groups: Iterable[Any] | None,
        choices: Choices,
    ) -> Fitting:
        loss = loss_of(self.loss)
        beside = apart(held_out, groups)
        data = Sequences.of(self.network.architecture, loss, sequences, targets, weights)
        if beside is None:
            halves = hold_out(len(data), held_out, groups=groups, classes=data.classes, seed=self.seed)
        else:
            count, data = len(data), data.joined(Sequences.of(self.network.architecture, loss, *beside, names=APART))
            halves = Halves(np.arange(count), np.arange(count, len(data)))
        for rows, where in ((halves.learned, "learned"), (halves.held_out, "held out")):
            if len(rows) and not data.counts(loss, rows.tolist()):
                raise ShapeError(f"weights: expected some above 0 among what is {where}; found none in {len(rows):,}")
        return Fitting(self, self._record, data, halves, choices)

    # --- files ---

    def arrays(self) -> dict[str, Array]:
        """Beside those of updates, the best parameters of a fit, or the latest, whichever the network has not."""
        return {**super().arrays(), **self._record.arrays}

    def go_on(self, updates: int, arrays: Mapping[str, Array]) -> None:
        """Takes the place of a trainer that has done so many updates, and kept these arrays.

        Raises:
            ConfigError: arrays are missing, or not those of such a trainer.
        """
        kept = {name: arrays[name] for name in KEPT if name in arrays}
        check_arrays(self.network.architecture, self.network.parameters.flat, kept, KEPT)
        super().go_on(updates, {name: values for name, values in arrays.items() if name not in KEPT})
        self._record.arrays = kept

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the network and all of the trainer to a file, at once or not at all.

        `Trainer.load` reads it and goes on as if there had been no end, bit for bit; `Network.load` reads the network.

        Raises:
            ConfigError: the loss, optimizer or schedule is of a class that is not elman's; or a number is not finite.
            ModelFileError: it cannot be written, or a parameter is not finite.
        """
        stored = {name: as_json(name, getattr(self, name), KINDS) for name in self._settings()}
        stored["updates"] = self.updates
        if self._record.data is not None:
            stored["fit"] = self._record.to_json()
        network, arrays = self.network, self.arrays()
        self._made(network, stored, arrays)  # what could not be loaded again is not written
        fetch("elman.network.file", "save")(path, network.architecture, network.parameters, stored, arrays)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """The trainer, with its network, of a file that `save` wrote.

        Raises:
            ModelFileError: it holds none, or is damaged.
        """
        contents = fetch("elman.network.file", "load")(path)
        found = getattr(contents.header, "trainer", None)
        if not found:
            what, hint = "a network without one", "`elman.Trainer(elman.Network.load(path))` begins with its weights"
            if found is None:
                what, hint = "a model of a task", "`elman.train(resume=path)` goes on with it"
            raise ModelFileError(f"{path}: expected the state of a trainer; found {what}", hint)
        network = Network.of(contents.architecture)
        network.parameters.flat = contents.parameters.flat
        try:
            return cls._made(network, found, contents.training)
        except ConfigError as error:
            raise ModelFileError(f"{path}: field 'trainer': {error}") from None

    @classmethod
    def _made(cls, network: Network, stored: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """A trainer of what a file holds; a ConfigError where that is none."""
        odd = (set(stored) | {"fit"}) ^ {*cls._settings(), "updates", "fit"}
        if odd:
            raise ConfigError(f"{', '.join(sorted(odd))}: missing, or unknown")
        whole("updates", stored["updates"], 0, 1 << 60)
        trainer = cls(network, **{name: from_json(name, stored[name], KINDS) for name in cls._settings()})
        if "fit" in stored:
            trainer._record = Record.from_json(stored["fit"])
        trainer.go_on(stored["updates"], arrays)
        return trainer

    @classmethod
    def _settings(cls) -> list[str]:
        return [one.name for one in fields(cls) if one.name not in ("network", "exchange", "part")]
