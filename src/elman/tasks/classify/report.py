"""The score of a classifier, as `elman score` shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from elman.tasks.capabilities.reports import Report
from elman.tasks.classify.codec import Examples
from elman.tasks.classify.measures import Numbers, measured, measures

FIGURES = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "ece")
CLASSES = 20  # that people are shown


class ClassifyReport(Report):
    """Figures of files, or of what was held out; with `each`, a row for each sequence."""

    def __init__(self, examples: Examples, probabilities: Numbers, counts: tuple[int, ...], *, each: bool) -> None:
        self.notes, self.has_rows = examples.notes, each
        self._examples, self._probabilities, self._known = examples, probabilities, len(counts)
        self._metrics = measured(probabilities, examples.labels, examples.names, counts)

    def beside(self, name: str, probabilities: Numbers) -> None:
        """One more baseline, by its answers (N, K)."""
        found = measures(probabilities, self._examples.labels, self._examples.names)
        self._metrics["baselines"][name] = {figure: found[figure] for figure in FIGURES}

    def rows(self) -> Iterator[dict[str, Any]]:
        """What is the label of each, what was answered, and how likely that label was to it; 0 if it is not known."""
        if not self.has_rows:
            return
        names = self._examples.names
        for name, label, chances in zip(self._examples.ids, self._examples.labels, self._probabilities, strict=True):
            probability = float(chances[label]) if label < self._known else 0.0
            yield {"id": name, "label": names[label], "output": names[chances.argmax()], "probability": probability}

    def result(self) -> dict[str, Any]:
        """All figures."""
        return {**self._metrics, "warnings": self._warnings()}

    def _warnings(self) -> list[str]:
        count = int((self._examples.labels >= self._known).sum())
        if not count:
            return []
        return [
            f"{count:,} of {len(self._examples.labels):,} sequences are of classes that the model does not know, such "
            f"as {self._examples.names[self._known]!r}: they count as wrong answers, and not in the log loss"
        ]

    def lines(self) -> Iterator[str]:
        """Figures, baselines, classes."""
        metrics = self._metrics
        yield f"{metrics['sequences']:,} sequences"
        for name in FIGURES:
            if metrics[name] is not None:
                yield f"  {name:18} {metrics[name]:.4f}"
        for name, baseline in metrics["baselines"].items():
            yield f"baseline: {name}"
            for figure, value in baseline.items():
                yield f"  {figure:18} {value:.4f}"
        classes = metrics.get("classes", {})
        if classes:
            width = max(5, *map(len, classes))
            yield f"{'class':{width}}  sequences  precision  recall      F1"
        for name, one in list(classes.items())[:CLASSES]:
            figures = f"{one['precision']:9.4f}  {one['recall']:6.4f}  {one['f1']:6.4f}"
            yield f"{name:{width}}  {one['sequences']:9,}  {figures}"
        if len(classes) > CLASSES:
            yield f"… {len(classes) - CLASSES:,} more: --json has all"
