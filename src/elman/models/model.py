"""Model: a task and a network that learned it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from elman.errors import ConfigError, DataError
from elman.files.names import with_path
from elman.models.cost import Cost, cost
from elman.network import Network
from elman.network.checks import Array
from elman.network.file import ModelHeader, check_writable, encode, path_of, write_whole
from elman.network.packing import rounded
from elman.proof import Proof, prove
from elman.spelling import either, in_brief, is_frame
from elman.tasks import Task
from elman.tasks.asking import asked, having
from elman.tasks.capabilities.answers_steps import Answering, AnswersSteps
from elman.tasks.capabilities.has_probabilities import HasProbabilities
from elman.tasks.capabilities.holds_arrays import HoldsArrays
from elman.tasks.capabilities.learns_from_data import LearnsFromData
from elman.tasks.capabilities.pictured import Pictured
from elman.tasks.capabilities.pictures_files import PicturesFiles
from elman.tasks.capabilities.provable import Provable
from elman.tasks.capabilities.shows_files import ShowsFiles
from elman.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from elman.look.building import Page

# The tensor of the weights that a training goes on with, where its best ones are those of the model.
CURRENT = "parameters"
Validation = tuple[int, float]  # after which update, and how wrong


@dataclass(repr=False)
class Model:
    """A network that learned a task.

    `metrics` are those of its last score, `updates`, `seconds` and `validations` those of its training; `resumable`
    holds what a training that goes on needs beside the parameters; `version` is that of the elman that made it;
    `stored` is the form in which its file holds the parameters (`elman.network.packing`), if not the network's own;
    `interrupted`: by Ctrl-C, before its training was over.
    """

    task: Task
    network: Network
    metrics: dict[str, Any] = field(default_factory=dict)
    updates: int = 0
    seconds: float = 0.0
    validations: list[Validation] = field(default_factory=list)
    resumable: dict[str, Array] = field(default_factory=dict)
    version: str = __version__
    stored: str | None = None
    interrupted: bool = False

    def __repr__(self) -> str:
        a, parameters = self.network.architecture, self.network.parameters.flat.size
        network = f"{a.cell} {a.inputs}-{'-'.join([str(a.hidden)] * min(a.layers, 4))}-{a.outputs}"
        metrics = {name: value for name, value in self.metrics.items() if isinstance(value, int | float | str)}
        return (
            f"{type(self).__name__}(task={self.task.name!r}, network={network!r}, parameters={parameters}, "
            f"updates={self.updates}, metrics={metrics})"
        )

    def predict(self, inputs: Iterable[Any]) -> list[Any]:
        """One answer per input: of an arithmetic model, an `int` for each pair of `int` of any size.

        A `str` is one input.
        """
        return self.task.predict(self.network, _listed(self.task, inputs))

    def predict_proba(self, inputs: Iterable[Any]) -> list[Any]:
        """For each input, as `predict` takes them, a mapping: class -> probability; of the task `tag`, a list of these.

        Raises:
            ConfigError: its task has no classes, or it predicts numbers.
        """
        return asked(self.task, HasProbabilities, "predict_proba").predict_proba(
            self.network, _listed(self.task, inputs)
        )

    def answering(self) -> Answering:
        """Answers while the steps of one sequence arrive, each after `step(values)`: of labels and numbers.

        Raises:
            ConfigError: its task has no such answers, or its network reads from both ends.
        """
        return asked(self.task, AnswersSteps, "answering").answering(self.network)

    def score(self) -> dict[str, Any]:
        """The metrics that count, measured anew, and the baselines beside them.

        A loaded model that learned from files reads them again; a DataError says where they are gone, or others.
        """
        self.metrics = self.task.score(self.network)
        return self.metrics

    def picture(self, files: Sequence[str | PathLike[str]] = ()) -> Figure:
        """What can be seen of what it learned, as a figure of matplotlib (the extra `plot`).

        Args:
            files: inputs of one's own to show, where its task has such; default: of what it learned from.

        Raises:
            ConfigError: its task has no picture, there is nothing to see, the task shows no files, or an argument is
                not what it should be.
            DataError: a file is not what the task reads, or what it learned from is not there any more.
        """
        names = _names(files)
        if names:
            task = asked(self.task, PicturesFiles, either("files", f"plot: {names[0]}"))
            return task.picture_of(self.network, names)
        return asked(self.task, Pictured, "plot").picture(self.network)

    def look(self, name: str = "model", files: Sequence[str | PathLike[str]] = ()) -> Page:
        """A page in which it runs, to look inside: one HTML file (`Page.save`), which notebooks show.

        Args:
            name: what stands above it.
            files: inputs of one's own that the page is to show, where its task has such: they stand in the page.

        Raises:
            ConfigError: it is too large for a page, the engine for pages was not built, the task shows no files, or an
                argument is not what it should be.
            DataError: a file is not what the task reads.
        """
        from elman.look import page

        learned = {"updates": self.updates, "seconds": self.seconds, "metrics": self.metrics}
        proof = self.prove() if isinstance(self.task, Provable) else None
        names = _names(files)
        where = either("files", f"look: {names[0]}") if names else ""
        examples = asked(self.task, ShowsFiles, where).examples(self.network, names) if names else []
        return page(self.network, name=name, task=self.task, learned=learned, proof=proof, examples=examples)

    @property
    def passed(self) -> bool:
        """Whether the metrics are what the task is about: for arithmetic, every pair exact."""
        return bool(self.metrics) and self.task.passed(self.metrics)

    def prove(self, file: bytes | None = None) -> Proof:
        """Whether its answers are right for inputs of every length: a certificate, a counterexample, or neither.

        Args:
            file: the contents of its model file, which a certificate is about; default: what `save` writes.

        Raises:
            ConfigError: what the file says the task is, is not what follows from its settings.
        """
        if not isinstance(self.task, Provable):
            known = f"they are for {', '.join(map(repr, having(Provable)))}"
            return Proof("undecided", f"right answers of every length are not known for {self.task.name!r}; {known}")
        self.task.confirm()
        file = self.encoded() if file is None else file
        proof = replace(prove(self.network, self.task.question(), self.task.name, file), **self.task.origin)
        if proof.verdict == "proven":
            return replace(proof, claim=self.task.proved)
        if proof.word is None:
            return proof
        return replace(proof, counterexample=self.task.counterexample(self.network, proof.word))

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the model file at once or not at all; a ModelFileError says why not."""
        file = path_of(path)
        check_writable(file)
        write_whole(file, self.encoded(file))

    @property
    def sources(self) -> Sequence[str]:
        """Whole paths of what it was given to learn from; "-" is standard input."""
        return self.task.sources if isinstance(self.task, LearnsFromData) else ()

    @property
    def form(self) -> str:
        """In which its file holds the parameters."""
        return self.stored or self.network.architecture.dtype

    def exported(self, dtype: str | None = None) -> Self:
        """What is to be shipped of it: the same model without the state of its training and without paths of files.

        Args:
            dtype: "float16" or "int8": with the nearest weights that it can hold, not yet scored; default: as it is.

        Raises:
            ConfigError: the weights are too large for it.
        """
        task, same = copy(self.task), dtype in (None, self.form)
        if isinstance(task, LearnsFromData):
            task.sources = []
        if same:
            return replace(self, task=task, resumable={})
        network = Network.of(self.network.architecture)
        network.parameters.flat = rounded(self.network.parameters, dtype or self.form).flat
        return replace(self, task=task, resumable={}, network=network, metrics={}, stored=dtype)

    def measured(
        self, dtype: str | None, data: str | PathLike[str] | Sequence[str | PathLike[str]] = ()
    ) -> tuple[Self, Cost]:
        """`exported`, and what the shorter numbers cost; arguments and errors are those of `export`."""
        given = [data] if isinstance(data, str | PathLike) else data
        small, found = self.exported(dtype), Cost()
        if small.network is not self.network:
            found = cost(self.task, self.network, small.network, small.form, given)
            if not given:
                small.metrics = found.after or {}
        elif given:
            where, forms = either("data", "FILE"), either("float16 or int8", "--float16 or --int8")
            raise ConfigError(f"{where}: expected with {forms} only; found {given[0]!r}")
        return small, found

    def export(
        self,
        path: str | PathLike[str],
        dtype: str | None = None,
        data: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    ) -> dict[str, Any]:
        """Writes what is to be shipped of it: `exported`, with figures of what a shorter `dtype` costs.

        Args:
            path: of the file.
            dtype: "float16", or "int8", which is refused where its score is more than 0.5 % worse.
            data: a file that the score is measured on, or several; default: what was held out of its own data.

        Returns:
            `bytes` of the file, and `before` and `after`: the metrics with and without the long numbers; None where
            they could not be measured, for the `reason`.

        Raises:
            ConfigError: the weights are too large for it, or "int8" costs too much, or that cannot be measured.
        """
        file = path_of(path)
        check_writable(file)
        small, found = self.measured(dtype, data)
        contents = small.encoded(file)
        write_whole(file, contents)
        return {"bytes": len(contents), **found._asdict()}

    def encoded(self, path: str | PathLike[str] = "model") -> bytes:
        """The contents of its file. Where its data was stands in it as paths from the folder of `path`."""
        folder = os.path.realpath(Path(path).parent)
        header = ModelHeader(
            version=__version__,
            task=self.task.name,
            codec=self.task.codec(),
            architecture=self.network.architecture.to_json(),
            training={
                "settings": vars(self.task.settings),
                "updates": self.updates,
                "seconds": self.seconds,
                "validations": self.validations,
            },
            metrics=self.metrics,
            data=self.task.fingerprint(),
            sources=[with_path(name, lambda path: os.path.relpath(path, folder)) for name in self.sources],
            stored=self.form,
            seed=self.task.settings.seed,
        )
        held = self.task.arrays() if isinstance(self.task, HoldsArrays) else {}
        return encode(path, header, self.network.parameters, self.resumable, held)


def _listed(task: Task, inputs: Iterable[Any]) -> list[Any]:
    """Inputs as a list; a `str` is one input."""
    if isinstance(inputs, str):
        return [inputs]
    frame, single = is_frame(inputs), getattr(inputs, "ndim", 1) == 0
    if isinstance(inputs, bytes | Mapping) or frame or single or not isinstance(inputs, Iterable):
        raise DataError(f"inputs: expected a list of them; found {in_brief(inputs)}", task.frames * frame)
    return list(inputs)


def _names(files: Sequence[str | PathLike[str]]) -> list[str]:
    """Names of files; a ConfigError where it is no list of them."""
    if isinstance(files, str | PathLike) or not isinstance(files, Iterable):
        raise ConfigError(f"files: expected a list of names of files; found {files!r:.60}")
    return [str(path_of(one)) for one in files]
