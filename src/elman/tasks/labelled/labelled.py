"""What `classify` and `tag` share: from the files of one's own data to answers, each a label or a number."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np

from elman.copies import cached_property
from elman.errors import ConfigError, DataError
from elman.files import STDIN
from elman.network import Architecture, Network
from elman.network.losses import Loss
from elman.spelling import either, spelled
from elman.tables import Table
from elman.tasks.capabilities.answers_steps import Answering, AnswersSteps
from elman.tasks.capabilities.can_be_hopeless import NOTHING, CanBeHopeless
from elman.tasks.capabilities.learns_from_data import LearnsFromData
from elman.tasks.capabilities.predicts_files import PredictsFiles
from elman.tasks.capabilities.reports import Report, Reports
from elman.tasks.capabilities.validates import Validates
from elman.tasks.labelled import baselines
from elman.tasks.labelled.answering import StepByStep, answered, encoded
from elman.tasks.labelled.answers import Values, flat, given
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Codec, Examples, opened
from elman.tasks.labelled.learning import Learning, together
from elman.tasks.labelled.report import LabelledReport, measured
from elman.tasks.labelled.settings import LabelledSettings, suited, told
from elman.training import Adam, Cosine, Plan, Trainer
from elman.training.batching import batch_size, batches
from elman.training.holding import Halves, hold_out
from elman.training.sequences import Sequences

FINAL = 0.01  # of the rate, at the end
SHAPE = ("cell", "layers", "hidden", "bidirectional", "readout", "embedding", "dtype")  # which a network cannot change


class Labelled(LearnsFromData, PredictsFiles, Validates, CanBeHopeless, Reports, AnswersSteps):
    """To say what belongs to a sequence, or to each step of it."""

    settings_type: ClassVar[type[LabelledSettings]]
    settings: LabelledSettings
    data = "FILE"
    speed = "sequences"
    wants = ("each", "baselines")

    def __init__(self, codec: Codec, settings: LabelledSettings, fingerprint: str = "") -> None:
        self.known = codec
        self.settings = settings
        self._fingerprint = fingerprint
        self.learning: Learning | None = None  # what it learns from
        self.described: list[str] = []  # lines about that

    # --- where it comes from ---

    @classmethod
    def on(cls, data: Sequence[Any], **given: Any) -> Self:
        """From files, folders and patterns, or `-`, standard input."""
        return cls._on(data, cls.settings_type.of(cls.recipes, given), None)

    @classmethod
    def _on(cls, data: Sequence[Any], settings: LabelledSettings, codec: Codec | None) -> Self:
        files = cls._names(data)
        columns = settings.columns if codec is None else codec.columns
        with opened(files, columns, settings) as table:
            cls._check(table)
            groups, labels = table.known.groups, table.known.labels
            classes = None if labels is None else labels.astype(np.int32)
            halves = hold_out(len(table), settings.validate, groups=groups, classes=classes, seed=settings.seed)
            new, values = codec is None, given(table)
            codec = codec or Codec.fit(table, values, halves.learned)
            examples, described = codec.examples(table, values), [*table.describe(), *codec.encoding.report()]
        answers, symbols = codec.answers, codec.encoding.symbols
        if unknown := examples.names[answers.outputs :]:
            raise DataError(f"{files[0]}: expected labels that the model knows; found {unknown[0]!r}")
        halves, notes = _with_answers(codec, examples, halves)
        size = settings.batch or batch_size(len(halves.learned))
        learning = Learning(files, examples, halves, min(size, len(halves.learned)))
        if new and symbols is not None and (read := learning.learned.symbols) is not None:
            values = flat(learning.learned.values)
            there = ~answers.missing(values)
            codec = replace(codec, answers=answers.by_symbol(read[there], values[there], symbols))
        chosen = suited(settings, len(halves.learned), learning.epoch, symbols)
        task = cls(codec, chosen)
        task.sources = [name if name == STDIN else os.path.realpath(name) for name in files]
        task.learning = learning
        task.described = [*described, *notes, *examples.notes, *learning.told()]
        if line := told(settings, chosen):
            task.described += ["chosen for this data (an option goes above):", line]
        split = np.array([learning.size, *halves.held_out]).tobytes()
        task._fingerprint = f"sequences {task._sequences.fingerprint(split):08x}"
        return task

    @classmethod
    def restored(cls, settings: Mapping[str, Any], codec: Mapping[str, Any], data: str) -> Self:
        """Without its data, which is read again only where it is needed."""
        return cls(Codec.from_json(codec), cls.settings_type.of(cls.recipes, settings), data)

    def again(self, data: Sequence[Any], **changed: Any) -> Self:
        """On the same data; a DataError where it is not there any more, or another one."""
        if not len(data) and (not self.sources or STDIN in self.sources):
            raise DataError(f"{self.name}: the model file does not say where its data is", self._named_anew())
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), **changed})
        files = self._names(data or self.sources)
        task = self._on(files, settings, self.known)
        if task.fingerprint() != self._fingerprint:
            raise DataError(
                f"{', '.join(files)}: expected the data that the model learns from; found another",
                f"{self._named_anew()}; {either('`start=model`', '`--from MODEL`')} begins a new training",
            )
        return task

    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """On other data, with the same columns and classes."""
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), "steps": None, **given})
        shape = [name for name in SHAPE if name in vars(settings)]
        for name in shape:
            known, wanted = getattr(self.settings, name), getattr(settings, name)
            if known != wanted:
                raise ConfigError(f"{name}: expected {known!r}, as the model has it; found {wanted!r}")
        return self._on(data, settings, self.known)

    # --- network, trainer, updates ---

    @property
    @abstractmethod
    def readout(self) -> str:
        """Of its networks: "steps", or what makes one answer of a sequence."""

    def architecture(self) -> Architecture:
        """What a step has in, what answers have out."""
        s, encoding = self.settings, self.known.encoding
        return Architecture(
            inputs=encoding.symbols or encoding.inputs,
            symbols=encoding.symbols is not None,
            embedding=s.embedding,
            outputs=self.known.answers.outputs,
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
        return self.known.answers.loss(self.settings)

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
            raise ConfigError(
                f"{self.name}: the model's data is not at hand",
                f"{either('elman.train(resume=model)', '`elman train --resume MODEL`')} reads it again",
            )
        return self.learning

    @cached_property
    def _sequences(self) -> Sequences:
        examples, answers = self._data.examples, self.known.answers
        if isinstance(examples.values, np.ndarray):
            targets: Values = answers.targets(examples.values)
            return Sequences.of(self.architecture(), self._loss, examples.inputs, targets)
        targets = [answers.targets(one) for one in examples.values]
        there = [~answers.missing(one) for one in examples.values]
        weights = None if all(one.all() for one in there) else [one.astype(self.settings.dtype) for one in there]
        return Sequences.of(self.architecture(), self._loss, examples.inputs, targets, weights)

    def plans(self, done: int) -> Iterator[Plan]:
        """Every sequence once in each epoch, in batches of like lengths: a function of the seed and the epoch."""
        data, sequences = self._data, self._sequences
        while done < self.goal:
            epoch, first = divmod(done, data.epoch)
            rng = np.random.default_rng((self.settings.seed, 1 + epoch))
            drawn = batches(sequences.lengths[data.halves.learned], data.size, rng)
            read = data.hiding(sequences, rng)
            for rows in together(drawn[first : first + self.goal - done]):
                examples = read.batch(data.halves.learned[rows.ravel()])
                yield Plan(examples=examples, rows=np.arange(rows.size).reshape(rows.shape))
                done += len(rows)

    @property
    def counts(self) -> int:
        """Sequences of an update."""
        return 1 if self.learning is None else self.learning.size

    @property
    def interval(self) -> int | None:
        """About an epoch."""
        return self.settings.every

    def over(self, values: Sequence[float]) -> bool:
        """As `patience` says."""
        return 0 < self.settings.patience <= len(values) - 1 - values.index(min(values))

    def idle(self) -> dict[str, str]:
        """Beside the network's: directions, where there is no recurrence."""
        found = super().idle()
        if self.settings.cell == "none":
            found["bidirectional"] = "the cell 'none' has no directions"
        if isinstance(self.known.answers, Classes):
            found["loss"] = "labels have one loss, their cross-entropy"
        else:
            found["smoothing"] = "numbers have no classes"
        return found

    # --- how well it is learned ---

    def measured(self, network: Network, examples: Examples) -> dict[str, Any]:
        """The metrics on these, and beside them those of what needs no network."""
        return measured(self.known.answers, examples, network.outputs(examples.inputs))

    def score(self, network: Network) -> dict[str, Any]:
        """Of what is held out."""
        data = self._data
        return self.measured(network, data.held_out) if len(data.halves.held_out) else {"sequences": 0}

    def score_on(self, network: Network, data: Sequence[Any]) -> dict[str, Any]:
        """Of the sequences of files."""
        return self.measured(network, self.known.read(self._names(data), self.settings))

    def report(self, network: Network, files: Sequence[str], **wanted: Any) -> Report:
        """Of files, or of what was held out."""
        own = None if files and "baselines" not in wanted else self.again([])._data
        if files or own is None:
            examples = self.known.read(files, self.settings)
        elif not len(own.halves.held_out):
            raise ConfigError(f"{self.name}: expected files, as nothing was held out in training; found none")
        else:
            examples = own.held_out
        answers = self.known.answers
        report = LabelledReport(answers, examples, network.outputs(examples.inputs), each="each" in wanted)
        if "baselines" in wanted and own is not None:
            symbols, seed = self.known.encoding.symbols, self.settings.seed
            name = baselines.name(answers, per_step=self.readout == "steps")
            report.beside(name, baselines.linear(answers, own.learned, examples, symbols, seed))
        return report

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """As answers have it: nats, or the error."""
        cost = self.known.answers.cost(metrics)
        if cost is None:
            raise ConfigError(f"{self.name}: expected sequences that are held out to measure by; found none")
        return cost

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """With its unit."""
        return self.known.answers.cost_told(self.cost(metrics), self.settings.per)

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Anything that is not hopeless."""
        return not self.hopeless(metrics, None)

    def hopeless(self, metrics: Mapping[str, Any], loss: float | None) -> str:
        """Far worse than what needs no input."""
        answers = self.known.answers
        cost = answers.cost(metrics)
        if cost is None:
            return ""
        nothing = answers.cost(metrics["baselines"][answers.trivial])
        if nothing is None or cost <= NOTHING * nothing:
            return ""
        return f"worse than knowing nothing: {answers.trivial} costs {answers.cost_told(nothing, self.settings.per)}"

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """How good, and on how much."""
        if "baselines" not in metrics:
            return "nothing was held out to measure it by"
        count = f"{metrics[self.settings.per + 's']:,} {self.settings.per}s"
        return f"{self.known.answers.verdict(metrics)}, on {count} that were held out"

    # --- answers ---

    def parse(self, words: Sequence[str]) -> list[str]:
        """The names of files."""
        return list(words)

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[Any]:
        """An answer for each sequence, or a list of answers for its steps.

        Sequences are those of files, if names are given; else arrays (T, F) with the columns in order; or, where steps
        are symbols, lists of these.
        """
        if inputs and all(isinstance(one, str | PathLike) for one in inputs):
            return [row["output"] for row in self.predict_files(network, self._names(inputs), lambda _: None)]
        encode = self.known.encode()
        sequences = [encoded(encode, f"inputs[{place}]", one) for place, one in enumerate(inputs)]
        return [row["output"] for row in answered(self.known, network, sequences)]

    def answering(self, network: Network) -> Answering:
        """With a tag for each step as it comes; or with the label of the steps so far."""
        return StepByStep(self.known, network)

    def predict_files(
        self, network: Network, files: Sequence[str], note: Callable[[str], None]
    ) -> Iterator[dict[str, Any]]:
        """Answers, as the files are read."""
        for ids, inputs, notes in self.known.unlabelled(self._names(files), self.settings):
            for line in notes:
                note(line)
            for name, answer in zip(ids, answered(self.known, network, inputs), strict=True):
                yield {"id": name, **answer}

    # --- what is said and kept ---

    def files(self) -> Sequence[str]:
        """Of its data."""
        return () if self.learning is None else self.learning.files

    def introduce(self) -> list[str]:
        """What was read, what becomes of it, and what was chosen."""
        return self.described

    def codec(self) -> dict[str, Any]:
        """Columns, answers and encoding."""
        return self.known.to_json()

    def fingerprint(self) -> str:
        """A checksum of what is learned, and of what is held out."""
        return self._fingerprint

    @classmethod
    def _names(cls, data: Sequence[Any]) -> list[str]:
        """Of files; a ConfigError where there are none."""
        if not len(data):
            call, command = (
                f'elman.train("{cls.name}", path, label="y")',
                f"`elman train {cls.name} FILE --label COLUMN`",
            )
            raise ConfigError(f"{cls.name}: expected files to read; found none", either(call, command))
        for name in data:
            if not isinstance(name, str | PathLike):
                raise DataError(f"data: expected paths; found {name!r:.60}")
        return [os.fspath(name) for name in data]

    @staticmethod
    def _check(table: Table) -> None:
        """A DataError where there is nothing to learn."""
        where, classes = table.files[0], len(table.classes)
        if len(table) < 2:
            raise DataError(
                f"{where}: expected two sequences or more; found {len(table)}",
                f"{spelled('id', 'COLUMN')} names the column that tells sequences apart",
            )
        if table.columns.target:
            return
        if classes < 2:
            raise DataError(f"{where}: expected labels of two classes or more; found one: {table.classes[0]!r}")
        if int(table.counts.max()) < 2:
            count = f"{table.steps:,} steps" if table.columns.per == "step" else f"{len(table):,} sequences"
            raise DataError(
                f"{where}: expected several {count.split()[1]} of a class; found {classes:,} classes of {count}",
                f"{spelled('label', 'COLUMN')} names the column of classes",
            )

    @classmethod
    def _named_anew(cls) -> str:
        command = f"`elman train {cls.name} FILE --resume MODEL`, `elman score MODEL FILE`"
        return f"name it: {either('elman.train(data=path, resume=model)', command)}"


def _with_answers(codec: Codec, examples: Examples, halves: Halves) -> tuple[Halves, list[str]]:
    """The halves without the sequences of whose steps nothing is known, and what is to be said."""
    answers, values = codec.answers, examples.values
    there = np.array([not answers.missing(np.atleast_1d(one)).all() for one in values], bool)
    missing = int(answers.missing(flat(values)).sum())
    if not there[halves.learned].any():
        raise DataError("data: expected labels or numbers to learn from; found none")
    notes = []
    if missing:
        notes.append(f"{missing:,} steps have no label or number: they are read, but neither learned nor scored")
    return Halves(*(rows[there[rows]] for rows in (halves.learned, halves.held_out))), notes
