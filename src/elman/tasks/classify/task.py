"""The task `classify`: one label for each sequence of one's own data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import ConfigError, DataError
from elman.files import STDIN
from elman.network import Architecture, Network
from elman.network.losses import CrossEntropy
from elman.spelling import either, option, spelled
from elman.tables import Table
from elman.tasks.capabilities.can_be_hopeless import NOTHING, CanBeHopeless
from elman.tasks.capabilities.learns_from_data import LearnsFromData
from elman.tasks.capabilities.predicts_files import PredictsFiles
from elman.tasks.capabilities.reports import Report, Reports
from elman.tasks.capabilities.validates import Validates
from elman.tasks.classify.baselines import LOGISTIC, logistic
from elman.tasks.classify.codec import Codec, Examples, labels_of, opened
from elman.tasks.classify.learning import Learning, together
from elman.tasks.classify.measures import COMMONEST, measured, softmax
from elman.tasks.classify.report import ClassifyReport
from elman.tasks.classify.settings import ClassifySettings, suited, told
from elman.training import Adam, Cosine, Plan, Trainer
from elman.training.batching import batch_size, batches
from elman.training.holding import hold_out
from elman.training.sequences import Sequences

FINAL = 0.01  # of the rate, at the end
SHAPE = ("cell", "layers", "hidden", "bidirectional", "readout", "embedding", "dtype")  # which a network cannot change


class Classify(LearnsFromData, PredictsFiles, Validates, CanBeHopeless, Reports):
    """To say of which class a sequence is."""

    name = "classify"
    summary = "to say of which class a sequence is: CSV, Parquet, JSON lines, .ts or .npz"
    settings_type = ClassifySettings
    settings: ClassifySettings
    data = "FILE"
    speed = "sequences"

    def __init__(self, codec: Codec, settings: ClassifySettings, fingerprint: str = "") -> None:
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
    def _on(cls, data: Sequence[Any], settings: ClassifySettings, codec: Codec | None) -> Self:
        files = _names(data)
        columns = settings.columns if codec is None else codec.columns
        with opened(files, columns, settings) as table:
            _check(table)
            groups, labels = table.known.groups, labels_of(table).astype(np.int32)
            halves = hold_out(len(table), settings.validate, groups=groups, classes=labels, seed=settings.seed)
            codec = codec or Codec.fit(table, halves.learned)
            examples, described = codec.examples(table), [*table.describe(), *codec.encoding.report()]
        if len(examples.names) > len(codec.classes):
            raise DataError(
                f"{files[0]}: expected labels that the model knows; found {examples.names[len(codec.classes)]!r}"
            )
        size = settings.batch or batch_size(len(halves.learned))
        learning = Learning(files, examples, halves, min(size, len(halves.learned)))
        chosen = suited(settings, len(halves.learned), learning.epoch, codec.encoding.symbols)
        task = cls(codec, chosen)
        task.sources = [name if name == STDIN else os.path.realpath(name) for name in files]
        task.learning = learning
        task.described = [*described, *examples.notes, *learning.told()]
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
            raise DataError("classify: the model file does not say where its data is", _named_anew())
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), **changed})
        files = _names(data or self.sources)
        task = self._on(files, settings, self.known)
        if task.fingerprint() != self._fingerprint:
            raise DataError(
                f"{', '.join(files)}: expected the data that the model learns from; found another",
                f"{_named_anew()}; {either('`start=model`', '`--from MODEL`')} begins a new training",
            )
        return task

    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """On other data, with the same columns and classes."""
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), "steps": None, **given})
        for name in SHAPE:
            known, wanted = getattr(self.settings, name), getattr(settings, name)
            if known != wanted:
                raise ConfigError(f"{name}: expected {known!r}, as the model has it; found {wanted!r}")
        return self._on(data, settings, self.known)

    # --- network, trainer, updates ---

    def architecture(self) -> Architecture:
        """What a step has in, a number for each class out."""
        s, encoding = self.settings, self.known.encoding
        return Architecture(
            inputs=encoding.symbols or encoding.inputs,
            symbols=encoding.symbols is not None,
            embedding=s.embedding,
            outputs=len(self.known.classes),
            cell=s.cell,
            layers=s.layers,
            hidden=s.hidden or 1,
            bidirectional=s.bidirectional and s.cell != "none",
            readout=s.readout,
            dropout=s.dropout,
            output_dropout=s.output_dropout or 0.0,
            dtype=s.dtype,
        )

    def initialise(self, network: Network) -> None:
        """As PyTorch does."""
        network.initialise(np.random.default_rng((self.settings.seed, 0)))

    @property
    def _loss(self) -> CrossEntropy:
        return CrossEntropy(smoothing=self.settings.smoothing or 0.0)

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
                "classify: the model's data is not at hand",
                f"{either('elman.train(resume=model)', '`elman train --resume MODEL`')} reads it again",
            )
        return self.learning

    @cached_property
    def _sequences(self) -> Sequences:
        examples = self._data.examples
        return Sequences.of(self.architecture(), self._loss, examples.inputs, examples.labels)

    def plans(self, done: int) -> Iterator[Plan]:
        """Every sequence once in each epoch, in batches of like lengths: a function of the seed and the epoch."""
        data, sequences = self._data, self._sequences
        while done < self.goal:
            epoch, first = divmod(done, data.epoch)
            rng = np.random.default_rng((self.settings.seed, 1 + epoch))
            drawn = batches(sequences.lengths[data.halves.learned], data.size, rng)
            for rows in together(drawn[first : first + self.goal - done]):
                examples = sequences.batch(data.halves.learned[rows.ravel()])
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
        return found

    # --- how well it is learned ---

    def measured(self, network: Network, examples: Examples) -> dict[str, Any]:
        """The metrics on these, and those of the commonest class beside them."""
        probabilities = self.probabilities(network, examples.inputs)
        return measured(probabilities, examples.labels, examples.names, self.known.counts)

    def score(self, network: Network) -> dict[str, Any]:
        """Of what is held out."""
        data = self._data
        return self.measured(network, data.held_out) if len(data.halves.held_out) else {"sequences": 0}

    def score_on(self, network: Network, data: Sequence[Any]) -> dict[str, Any]:
        """Of the sequences of files."""
        return self.measured(network, self.known.read(_names(data), self.settings))

    def report(self, network: Network, files: Sequence[str], **wanted: Any) -> Report:
        """Of files, or of what was held out."""
        for name in wanted:
            if name not in ("each", "baselines"):
                raise ConfigError(f"{option(name, True)}: expected with a model of text; found one of {self.name!r}")
        own = None if files and "baselines" not in wanted else self.again([])._data
        if files or own is None:
            examples = self.known.read(files, self.settings)
        elif not len(own.halves.held_out):
            raise ConfigError("classify: expected files, as nothing was held out in training; found none")
        else:
            examples = own.held_out
        report = ClassifyReport(
            examples, self.probabilities(network, examples.inputs), self.known.counts, each="each" in wanted
        )
        if "baselines" in wanted and own is not None:
            classes, symbols = len(self.known.classes), self.known.encoding.symbols
            report.beside(LOGISTIC, logistic(own.learned, examples, classes, symbols, self.settings.seed))
        return report

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """Nats per sequence."""
        if metrics.get("log_loss") is None:
            raise ConfigError("classify: expected sequences that are held out to measure by; found none")
        return float(metrics["log_loss"])

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """In nats."""
        return f"{self.cost(metrics):.4f} nats per sequence"

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Anything that is not hopeless."""
        return not self.hopeless(metrics, None)

    def hopeless(self, metrics: Mapping[str, Any], loss: float | None) -> str:
        """Far more nats than the commonest class."""
        if metrics.get("log_loss") is None:
            return ""
        nothing = metrics["baselines"][COMMONEST]["log_loss"]
        if metrics["log_loss"] <= NOTHING * nothing:
            return ""
        return f"worse than knowing nothing: how often each class is there costs {nothing:.4f} nats per sequence"

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """Accuracy, and the log loss."""
        if not metrics["sequences"]:
            return "nothing was held out to measure it by"
        baseline = metrics["baselines"][COMMONEST]["accuracy"]
        return (
            f"accuracy {metrics['accuracy']:.4f} on {metrics['sequences']:,} sequences that were held out "
            f"(the commonest class: {baseline:.4f}), log loss {metrics['log_loss']:.4f}"
        )

    # --- answers ---

    def probabilities(self, network: Network, inputs: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """(N, K) of each class."""
        return softmax(np.asarray(network.outputs(inputs)))

    def parse(self, words: Sequence[str]) -> list[str]:
        """The names of files."""
        return list(words)

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[str]:
        """A label for each sequence: of files, if names are given, else of arrays (T, F) with the columns in order."""
        if inputs and all(isinstance(one, str | PathLike) for one in inputs):
            return [row["output"] for row in self.predict_files(network, _names(inputs), lambda _: None)]
        width = len(self.known.encoding.features)
        encoded = []
        for place, one in enumerate(inputs):
            try:
                values = np.asarray(one, np.float64)
            except (TypeError, ValueError):
                raise DataError(f"inputs[{place}]: expected an array of numbers; found {one!r:.60}") from None
            values = values[:, None] if values.ndim == 1 and width == 1 else values
            if values.ndim != 2 or values.shape[1] != width or not len(values) or np.isinf(values).any():
                raise DataError(
                    f"inputs[{place}]: expected finite numbers (steps, {width}); found an array {values.shape}"
                )
            encoded.append(self.known.inputs(values))
        if not encoded:
            return []
        return [self.known.classes[answer] for answer in self.probabilities(network, encoded).argmax(axis=1)]

    def predict_files(
        self, network: Network, files: Sequence[str], note: Callable[[str], None]
    ) -> Iterator[dict[str, Any]]:
        """Labels, as the files are read."""
        classes = self.known.classes
        for ids, inputs, notes in self.known.unlabelled(_names(files), self.settings):
            for line in notes:
                note(line)
            if not inputs:
                continue
            for name, chances in zip(ids, self.probabilities(network, inputs).tolist(), strict=True):
                answer = classes[int(np.argmax(chances))]
                yield {"id": name, "output": answer, "probabilities": dict(zip(classes, chances, strict=True))}

    # --- what is said and kept ---

    def files(self) -> Sequence[str]:
        """Of its data."""
        return () if self.learning is None else self.learning.files

    def introduce(self) -> list[str]:
        """What was read, what becomes of it, and what was chosen."""
        return self.described

    def codec(self) -> dict[str, Any]:
        """Columns, classes and encoding."""
        return self.known.to_json()

    def fingerprint(self) -> str:
        """A checksum of what is learned, and of what is held out."""
        return self._fingerprint


def _names(data: Sequence[Any]) -> list[str]:
    """Of files; a ConfigError where there are none."""
    if not len(data):
        call, command = 'elman.train("classify", path, label="y")', "`elman train classify FILE --label COLUMN`"
        raise ConfigError("classify: expected files to read; found none", either(call, command))
    for name in data:
        if not isinstance(name, str | PathLike):
            raise DataError(f"data: expected paths; found {name!r:.60}")
    return [os.fspath(name) for name in data]


def _check(table: Table) -> None:
    """A DataError where there is nothing to learn."""
    where, classes = table.files[0], len(table.classes)
    if len(table) < 2:
        raise DataError(
            f"{where}: expected two sequences or more; found {len(table)}",
            f"{spelled('id', 'COLUMN')} names the column that tells sequences apart",
        )
    if classes < 2:
        raise DataError(f"{where}: expected labels of two classes or more; found one: {table.classes[0]!r}")
    if int(table.counts.max()) < 2:
        raise DataError(
            f"{where}: expected several sequences of a class; found {classes:,} classes of {len(table):,} sequences",
            f"{spelled('label', 'COLUMN')} names the column of classes",
        )


def _named_anew() -> str:
    command = "`elman train classify FILE --resume MODEL`, `elman score MODEL FILE`"
    return f"name it: {either('elman.train(data=path, resume=model)', command)}"
