"""How sequences with labels or numbers are learned: from files to a network, its trainer and its updates."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self
from zlib import crc32

import numpy as np

from elman.copies import cached_property
from elman.files.names import whole
from elman.network import Architecture, Network
from elman.network.losses import Loss
from elman.network.ragged import steps_at_once
from elman.tasks.capabilities.learns_from_data import LearnsFromData, not_at_hand, paths, there_in_training
from elman.tasks.capabilities.validates import Validates, waited
from elman.tasks.labelled.answers import Answers, Values
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.learning import Learning
from elman.tasks.labelled.settings import LearningSettings
from elman.training import Adam, Cosine, Plan, Trainer
from elman.training.batching import batches, together
from elman.training.sequences import Sequences

FINAL = 0.01  # of the rate, at the end
TOGETHER = 16  # updates whose sequences are laid out at once, at most


class Prepared(NamedTuple):
    """Data to learn from."""

    codec: Any
    settings: Any  # with what was left open
    learning: Learning
    described: list[str]  # what was read, what becomes of it, and what was chosen
    checksum: int | None = None  # of the data; None: that of what a network reads


class Learner(LearnsFromData, Validates):
    """Learns what belongs to a sequence, or to each step of it.

    Its codec, `known`, has the `answers`, and is made of JSON and becomes it.
    """

    settings_type: ClassVar[type[LearningSettings]]
    settings: LearningSettings
    codec_type: ClassVar[type[Any]]
    shape: ClassVar[tuple[str, ...]] = ("cell", "layers", "hidden", "bidirectional", "readout", "embedding", "dtype")
    known: Any
    data = "FILE"
    speed = "sequences"

    def __init__(self, codec: Any, settings: Any, fingerprint: str = "") -> None:
        self.known = codec
        self.settings = settings
        self._fingerprint = fingerprint
        self.learning: Learning | None = None  # what it learns from
        self.described: list[str] = []  # lines about that

    @property
    def answers(self) -> Answers:
        """What is said."""
        found: Answers = self.known.answers
        return found

    # --- where it comes from ---

    @classmethod
    def on(cls, data: Sequence[Any], **given: Any) -> Self:
        """From files, folders and patterns, or `-`, standard input."""
        return cls._on(data, cls.settings_type.of(cls.recipes, given), None)

    @classmethod
    @abstractmethod
    def prepared(cls, files: Sequence[str], settings: Any, codec: Any) -> Prepared:
        """Files as data to learn from.

        Args:
            files: their names.
            settings: as they were given.
            codec: of a model that goes on learning; None: one that these data have.

        Raises:
            DataError: they cannot be read, or there is nothing to learn in them.
        """

    @classmethod
    def _on(cls, data: Sequence[Any], settings: Any, codec: Any) -> Self:
        files = cls._names(data)
        return cls._of(cls.prepared(files, settings, codec), files)

    @classmethod
    def _of(cls, found: Prepared, files: Sequence[str]) -> Self:
        task = cls(found.codec, found.settings)
        task.sources = [whole(name) for name in files]
        task.learning, task.described = found.learning, found.described
        split = np.array([found.learning.size, *found.learning.halves.held_out]).tobytes()
        known = found.checksum
        checksum = task._sequences.fingerprint(split) if known is None else crc32(split, known)
        task._fingerprint = f"sequences {checksum:08x}"
        return task

    @classmethod
    def restored(cls, settings: Mapping[str, Any], codec: Mapping[str, Any], data: str) -> Self:
        """Without its data, which is read again only where it is needed."""
        return cls(cls.codec_type.from_json(codec), cls.settings_type.of(cls.recipes, settings), data)

    def again(self, data: Sequence[Any], **changed: Any) -> Self:
        """On the same data; a DataError where it is not there any more, or another one."""
        files = self._names(self.named(data, self.named_anew()))
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), **changed})
        with there_in_training("data", data, self.named_anew()):
            task = self._on(files, settings, self.known)
        if task.fingerprint() != self._fingerprint:
            raise self.another(data, files)
        return task

    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """On other data, with the same classes, read in the same way."""
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), "steps": None, **given})
        self.settings.refuse_changes(self.shape, vars(settings))
        return self._on(data, settings, self.known)

    # --- network, trainer, updates ---

    @property
    @abstractmethod
    def readout(self) -> str:
        """Of its networks: "steps", or what makes one answer of a sequence."""

    @property
    @abstractmethod
    def step(self) -> dict[str, Any]:
        """What a step has in, as an Architecture takes it."""

    def architecture(self) -> Architecture:
        """What a step has in, what answers have out."""
        s = self.settings
        return Architecture(
            **self.step,
            outputs=self.answers.outputs,
            cell=s.cell,
            layers=s.layers,
            hidden=s.hidden or 1,
            bidirectional=s.bidirectional and s.cell != "none",
            readout=self.readout,
            dropout=s.dropout,
            output_dropout=s.output_dropout or 0.0,
            dtype=s.dtype,
        )

    def initialise(self, network: Network) -> None:
        """As PyTorch does."""
        network.initialise(np.random.default_rng((self.settings.seed, 0)))

    @property
    def _loss(self) -> Loss:
        return self.answers.loss(self.settings)

    def trainer(self, network: Network) -> Trainer:
        """The trainer of the settings."""
        s = self.settings
        schedule = Cosine(updates=max(1, (s.epochs or 1) * self._data.epoch), final=FINAL)
        return Trainer(
            network, loss=self._loss, optimizer=Adam(s.rate), schedule=schedule, clip_norm=s.clip, seed=s.seed
        )

    @property
    def _data(self) -> Learning:
        if self.learning is None:
            raise not_at_hand(self)
        return self.learning

    @cached_property
    def _sequences(self) -> Sequences:
        examples, answers = self._data.examples, self.answers
        if isinstance(examples.values, np.ndarray):
            targets: Values = answers.targets(examples.values)
            return Sequences.of(self.architecture(), self._loss, examples.inputs, targets)
        targets = [answers.targets(one) for one in examples.values]
        there = [~answers.missing(one) for one in examples.values]
        weights = None if all(one.all() for one in there) else [one.astype(self.settings.dtype) for one in there]
        return Sequences.of(self.architecture(), self._loss, examples.inputs, targets, weights)

    def plans(self, done: int) -> Iterator[Plan]:
        """Every sequence once in each epoch, in batches of like lengths: a function of the seed and the epoch."""
        data, sequences, steps = self._data, self._sequences, steps_at_once(self.architecture())
        lengths = sequences.lengths[data.halves.learned]
        while done < self.goal:
            epoch, first = divmod(done, data.epoch)
            rng = np.random.default_rng((self.settings.seed, 1 + epoch))
            drawn = batches(lengths, data.size, rng)[first : first + self.goal - done]
            read = data.varied(sequences, rng)
            while drawn:
                count = together(drawn[:TOGETHER], lengths, steps)
                rows, drawn = np.stack(drawn[:count]), drawn[count:]
                examples = read.batch(data.halves.learned[rows.ravel()])
                yield Plan(examples=examples, rows=np.arange(rows.size).reshape(rows.shape))
                done += count

    @property
    def counts(self) -> int:
        """Sequences of an update."""
        return 1 if self.learning is None else self.learning.size

    @property
    def interval(self) -> int | None:
        """About an epoch."""
        return self.settings.every

    @property
    def may_end_early(self) -> bool:
        """By `patience`."""
        return self.settings.patience > 0

    def over(self, values: Sequence[float]) -> bool:
        """As `patience` says."""
        return 0 < self.settings.patience <= waited(values)

    def idle(self) -> dict[str, str]:
        """Beside the network's: directions, where there is no recurrence."""
        found = super().idle()
        if self.settings.cell == "none":
            found["bidirectional"] = "the cell 'none' has no directions"
        if not self.settings.validate:
            found["patience"] = "nothing is held out to validate with"
        if isinstance(self.answers, Classes):
            found["loss"] = "labels have one loss, their cross-entropy"
        else:
            found["smoothing"] = "numbers have no classes"
        return found

    # --- what is said and kept ---

    def files(self) -> Sequence[str]:
        """Of its data."""
        return () if self.learning is None else self.learning.files

    def introduce(self) -> list[str]:
        """What was read, what becomes of it, and what was chosen."""
        return self.described

    def codec(self) -> dict[str, Any]:
        """Of what is known of the data."""
        found: dict[str, Any] = self.known.to_json()
        return found

    def fingerprint(self) -> str:
        """A checksum of what is learned, and of what is held out."""
        return self._fingerprint

    @classmethod
    def _names(cls, data: Sequence[Any]) -> list[str]:
        """Of files; a ConfigError where there are none."""
        return paths(cls, data, " --label COLUMN", label="y")
