"""How good a network is that says what belongs to sequences, and what it answers. How it learns is in `learner.py`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, ClassVar

from elman.errors import ConfigError
from elman.network import Network
from elman.spelling import counted
from elman.tasks.capabilities.can_be_hopeless import NOTHING, CanBeHopeless
from elman.tasks.capabilities.graded import Graded
from elman.tasks.capabilities.has_probabilities import HasProbabilities
from elman.tasks.capabilities.predicts_files import PredictsFiles
from elman.tasks.capabilities.reports import Reports
from elman.tasks.labelled.answering import answered, judged
from elman.tasks.labelled.answers import Flat
from elman.tasks.labelled.baselines import baselines
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Examples, Inputs
from elman.tasks.labelled.learner import Learner
from elman.tasks.labelled.learning import Learning
from elman.tasks.labelled.report import LabelledReport, measured

FEW = 10  # sequences or steps that are held out, of which one more or less that is right is much


class Labelled(Learner, PredictsFiles, HasProbabilities, CanBeHopeless, Graded, Reports):
    """To say what belongs to a sequence, or to each step of it."""

    wants: ClassVar[tuple[str, ...]] = ("each", "baselines", "group")

    # --- how well it is learned ---

    def measured(self, network: Network, examples: Examples) -> dict[str, Any]:
        """The metrics on these, and beside them those of what needs no network."""
        return self.figures(examples, judged(self.answers, network, examples))

    def figures(self, examples: Examples, found: Flat) -> dict[str, Any]:
        """The same, by what is measured of the answers (M,)."""
        return measured(self.answers, examples, found)

    def score(self, network: Network) -> dict[str, Any]:
        """Of what is held out. Data that is not at hand is read again, or a DataError."""
        data = self.again([])._data if self.learning is None else self.learning
        return self.measured(network, data.held_out) if len(data.halves.held_out) else {"sequences": 0}

    def score_on(self, network: Network, data: Sequence[Any]) -> dict[str, Any]:
        """Of the sequences of files."""
        return self.measured(network, self.known.read(self._names(data), self.settings))

    def report(self, network: Network, files: Sequence[str], **wanted: Any) -> LabelledReport:
        """Of files, or of what was held out."""
        own = None if files and "baselines" not in wanted else self.again([])._data
        examples = self.scored(files, own, wanted.get("group"))
        found = judged(self.answers, network, examples)
        metrics = self.figures(examples, found)
        report = LabelledReport(
            self.answers, examples, found, metrics, each="each" in wanted, grouped="group" in wanted
        )
        if "baselines" in wanted and own is not None:
            symbols = self.step["inputs"] if self.step.get("symbols") else None
            for one in baselines(self.answers, own.learned, examples, symbols, self.settings.seed):
                report.beside(one)
        return report

    def scored(self, files: Sequence[str], own: Learning | None, group: str | None) -> Examples:
        """The sequences of files, or those of its own that were held out; `group` says what groups are, if it can."""
        if files or own is None:
            found: Examples = self.known.read(files, self.settings)
            return found
        if not len(own.halves.held_out):
            raise self.unmeasured()
        return own.held_out

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """As answers have it: nats, or the error."""
        cost = self.answers.cost(metrics)
        if cost is None:
            raise ConfigError(f"{self.name}: expected sequences that are held out to measure by; found none")
        return cost

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """With its unit."""
        return self.answers.cost_told(self.cost(metrics), self.settings.per)

    @classmethod
    def figure(cls, metrics: Mapping[str, Any]) -> str | None:
        """Of classes, or of numbers."""
        return next((name for name in ("accuracy", "rmse") if name in metrics), "")

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Anything that is not hopeless."""
        return not self.hopeless(metrics, None)

    def hopeless(self, metrics: Mapping[str, Any], loss: float | None) -> str:
        """Far worse than what needs no input."""
        answers = self.answers
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
        count = metrics[self.settings.per + "s"]
        were = "was" if count == 1 else "were"
        few = ": so few measure little" * (count < FEW)
        return f"{self.answers.verdict(metrics)}, on {counted(count, self.settings.per)} that {were} held out{few}"

    # --- answers ---

    def parse(self, words: Sequence[str]) -> list[str]:
        """The names of files."""
        return list(words)

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[Any]:
        """An answer for each sequence, or a list of answers for its steps.

        Sequences are those of files, if names are given; else what `encoded` takes.
        """
        return [row["output"] for row in self._answered(network, inputs)]

    def predict_proba(self, network: Network, inputs: Sequence[Any]) -> list[Any]:
        """Class -> probability, of each sequence, or of each of its steps."""
        if not isinstance(self.answers, Classes):
            raise ConfigError("predict_proba: expected a model that predicts classes; found one that predicts numbers")
        return [row["probabilities"] for row in self._answered(network, inputs)]

    def _answered(self, network: Network, inputs: Sequence[Any]) -> Iterator[dict[str, Any]]:
        if inputs and all(isinstance(one, str | PathLike) for one in inputs):
            return self.predict_files(network, self._names(inputs), lambda _: None)
        return answered(self.answers, network, self.encoded(inputs))

    @abstractmethod
    def encoded(self, given: Sequence[Any]) -> list[Inputs]:
        """Sequences that are given in memory, as a network reads them; a DataError where they are none."""

    def predict_files(
        self, network: Network, files: Sequence[str], note: Callable[[str], None]
    ) -> Iterator[dict[str, Any]]:
        """Answers, as the files are read."""
        for ids, inputs, notes in self.known.unlabelled(self._names(files), self.settings):
            for line in notes:
                note(line)
            for name, answer in zip(ids, answered(self.answers, network, inputs), strict=True):
                yield {"id": name, **answer}
