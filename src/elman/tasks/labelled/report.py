"""The score of a classifier or tagger, as `elman score` shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from elman.tasks.capabilities.reports import Report
from elman.tasks.labelled.answers import Answers, Flat, Values, flat
from elman.tasks.labelled.codec import Examples

CLASSES = 20  # that people are shown


def measured(answers: Answers, examples: Examples, outputs: Values) -> dict[str, Any]:
    """Of a network's outputs, and of what needs no network beside them."""
    unit, values, y = examples.unit, flat(examples.values), flat(outputs)
    there, symbols = ~answers.missing(values), examples.symbols
    if not there.any():
        return {"sequences": len(examples.ids), unit: 0}
    simple = answers.simple(values[there], None if symbols is None else symbols[there])
    found = answers.measured(y[there], values[there], examples.names, unit)
    return {"sequences": len(examples.ids), **found, "baselines": simple}


class LabelledReport(Report):
    """Figures of files, or of what was held out; with `each`, a row for each sequence."""

    def __init__(
        self, answers: Answers, examples: Examples, outputs: Values, metrics: dict[str, Any], *, each: bool
    ) -> None:
        self.notes, self.has_rows = examples.notes, each
        self._answers, self._examples, self._outputs, self._metrics = answers, examples, outputs, metrics

    def beside(self, name: str, y: Flat) -> None:
        """One more baseline, by what stands for a network's outputs (M, K)."""
        values = flat(self._examples.values)
        there = ~self._answers.missing(values)
        found = self._answers.measured(y[there], values[there], self._examples.names, self._examples.unit)
        self._metrics["baselines"][name] = {figure: found[figure] for figure in self._answers.figures}

    def rows(self) -> Iterator[dict[str, Any]]:
        """What is known of each, and what was answered; of classes, how likely the label was; 0 if it is not known."""
        examples = self._examples
        if self.has_rows:
            for name, values, y in zip(examples.ids, examples.values, self._outputs, strict=True):
                yield {"id": name, **self._row(values, y)}

    def _row(self, values: Any, y: Flat) -> dict[str, Any]:
        """Of one sequence."""
        known = self._answers.known(np.atleast_1d(values), self._examples.names)
        answered = self._answers.told(np.atleast_2d(y) if np.ndim(values) == 0 else y)
        row = {
            "label" if self._examples.names else "target": known,
            "output": [one["output"] for one in answered],
        }
        if self._examples.names:
            told = zip(known, answered, strict=True)
            row["probability"] = [None if name is None else one["probabilities"].get(name, 0.0) for name, one in told]
        return row if np.ndim(values) else {key: value for key, [value] in row.items()}

    def result(self) -> dict[str, Any]:
        """All figures."""
        return {**self._metrics, "warnings": self._warnings()}

    def _warnings(self) -> list[str]:
        known, names, values = self._answers.outputs, self._examples.names, flat(self._examples.values)
        count = int((values >= known).sum()) if names else 0
        if not count:
            return []
        return [
            f"{count:,} of {len(values):,} {self._examples.unit} are of classes that the model does not know, such as "
            f"{names[known]!r}: they count as wrong answers, and not in the log loss"
        ]

    def lines(self) -> Iterator[str]:
        """Figures, baselines, classes."""
        metrics = self._metrics
        steps = f" with {metrics['steps']:,} steps" if "steps" in metrics else ""
        yield f"{metrics['sequences']:,} sequences{steps}"
        for name in self._answers.figures:
            if metrics.get(name) is not None:
                yield f"  {name:18} {metrics[name]:.4f}"
        for name, baseline in metrics.get("baselines", {}).items():
            yield f"baseline: {name}"
            for figure, value in baseline.items():
                if value is not None:
                    yield f"  {figure:18} {value:.4f}"
        yield from self._classes(metrics.get("classes", {}))

    def _classes(self, classes: dict[str, dict[str, Any]]) -> Iterator[str]:
        if not classes:
            return
        width = max(5, *map(len, classes))
        unit = self._examples.unit
        yield f"{'class':{width}}  {unit:>9}  precision  recall      F1"
        for name, one in list(classes.items())[:CLASSES]:
            figures = f"{one['precision']:9.4f}  {one['recall']:6.4f}  {one['f1']:6.4f}"
            yield f"{name:{width}}  {one[unit]:9,}  {figures}"
        if len(classes) > CLASSES:
            yield f"… {len(classes) - CLASSES:,} more: --json has all"
