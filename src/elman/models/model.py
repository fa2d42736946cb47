"""Model: a task and a network that learned it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elman.network import Network
from elman.network.checks import Array
from elman.network.file import Header, check_writable, encode, write_whole
from elman.proof import Proof, prove
from elman.tasks import Task
from elman.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The tensor of the weights that a training goes on with, where its best ones are those of the model.
CURRENT = "parameters"
Validation = tuple[int, float]  # after which update, and how wrong


@dataclass
class Model:
    """A network that learned a task.

    `metrics` are those of its last score, `updates`, `seconds` and `validations` those of its training; `resumable`
    holds what a training that goes on needs beside the parameters; `version` is that of the elman that made it.
    """

    task: Task
    network: Network
    metrics: dict[str, Any] = field(default_factory=dict)
    updates: int = 0
    seconds: float = 0.0
    validations: list[Validation] = field(default_factory=list)
    resumable: dict[str, Array] = field(default_factory=dict)
    version: str = __version__

    def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """One answer per input: of an arithmetic model, an `int` for each pair of `int` of any size."""
        return self.task.predict(self.network, inputs)

    def score(self) -> dict[str, Any]:
        """The metrics that count, measured anew, and the baselines beside them."""
        self.metrics = self.task.score(self.network)
        return self.metrics

    def picture(self) -> Figure:
        """What can be seen of what it learned, as a figure of matplotlib (the extra `plot`)."""
        return self.task.picture(self.network)

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
        question = self.task.question()
        if question is None:
            return Proof("undecided", f"the task {self.task.name!r} has no reference that holds at every length")
        self.task.confirm()
        file = self._encoded("model") if file is None else file
        proof = prove(self.network, question, self.task.name, file)
        if proof.word is None:
            return proof
        return replace(proof, counterexample=self.task.counterexample(self.network, proof.word))

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the model file at once or not at all; a ModelFileError says why not."""
        check_writable(Path(path))
        write_whole(Path(path), self._encoded(path))

    def _encoded(self, where: object) -> bytes:
        header = Header(
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
            seed=self.task.settings.seed,
        )
        return encode(where, header, self.network, self.resumable)
