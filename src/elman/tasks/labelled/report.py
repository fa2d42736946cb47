"""The score of a classifier or tagger, as `elman score` shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from elman.spelling import counted
from elman.tasks.capabilities.reports import Report
from elman.tasks.labelled.answers import Answers, Baseline, Flat, flat
from elman.tasks.labelled.codec import Examples
from elman.tasks.labelled.lines import class_lines, confusion_lines, group_lines, met


def measured(answers: Answers, examples: Examples, judged: Flat) -> dict[str, Any]:
    """Of a network's answers (M,), and of what needs no network beside them."""
    unit, values = examples.unit, flat(examples.values)
    there, symbols = ~answers.missing(values), examples.symbols
    if not there.any():
        return {"sequences": len(examples.ids), unit: 0}
    simple = answers.simple(values[there], None if symbols is None else symbols[there])
    found = answers.measured(judged[there], values[there], examples.names, unit)
    return {"sequences": len(examples.ids), **found, "baselines": simple}


def by_group(answers: Answers, examples: Examples, judged: Flat) -> dict[str, Any]:
    """The figures of each group, in order."""
    unit, values = examples.unit, flat(examples.values)
    there = ~answers.missing(values)
    names, numbers = np.unique(np.array(examples.groups, str), return_inverse=True)
    if examples.per_step:
        numbers = np.repeat(numbers, [len(one) for one in examples.inputs])
    found = {}
    for number, name in enumerate(names.tolist()):
        rows = np.flatnonzero(there & (numbers == number))
        if len(rows):
            figures = answers.measured(judged[rows], values[rows], examples.names, unit)
            found[name] = {figure: figures[figure] for figure in (unit, *answers.figures)}
    return found


def of_baseline(answers: Answers, examples: Examples, y: Flat, *, certain: bool) -> dict[str, Any]:
    """The figures of a baseline, by what stands for a network's outputs (M, K)."""
    values = flat(examples.values)
    there = ~answers.missing(values)
    judged = answers.judged(y[there], values[there])
    found = answers.measured(judged, values[there], examples.names, examples.unit)
    return {figure: found[figure] for figure in (answers.of_answers if certain else answers.figures)}


class LabelledReport(Report):
    """Figures of files, or of what was held out; `grouped`, of each group; with `each`, a row for each sequence."""

    def __init__(
        self,
        answers: Answers,
        examples: Examples,
        judged: Flat,
        metrics: dict[str, Any],
        *,
        each: bool,
        grouped: bool,
    ) -> None:
        self.notes, self.has_rows = examples.notes, each
        self._answers, self.examples, self.judged = answers, examples, judged
        self._metrics = metrics
        self._told: list[str] = []
        self._more: list[str] = []
        if grouped:
            self._metrics["groups"] = by_group(answers, examples, judged)

    def beside(self, one: Baseline) -> None:
        """One more baseline."""
        if one.y is None:
            self._told.append(f"the baseline {one.name!r} is left out: {one.why}")
        else:
            found = of_baseline(self._answers, self.examples, one.y, certain=one.certain)
            self._metrics["baselines"][one.name] = found

    def add(self, name: str, figures: Mapping[str, Any], lines: Iterable[str], warnings: Iterable[str]) -> None:
        """What only some tasks measure, for programs and for people."""
        self._metrics[name] = figures
        self._more += lines
        self._told += warnings

    def rows(self) -> Iterator[dict[str, Any]]:
        """What is known of each, and what was answered; of classes, how likely the label was; 0 if it is not known."""
        examples, first = self.examples, 0
        if self.has_rows:
            for name, values in zip(examples.ids, examples.values, strict=True):
                last = first + np.size(values)
                yield {"id": name, **self._row(values, self.judged[first:last])}
                first = last

    def _row(self, values: Any, judged: Flat) -> dict[str, Any]:
        """Of one sequence."""
        known = self._answers.known(np.atleast_1d(values), self.examples.names)
        row = {"label" if self.examples.names else "target": known, "output": self._answers.said(judged)}
        if self.examples.names:
            chances = judged["chance"].tolist()
            row["probability"] = [None if n is None else chance for n, chance in zip(known, chances, strict=True)]
        return row if np.ndim(values) else {key: value for key, [value] in row.items()}

    def result(self) -> dict[str, Any]:
        """All figures."""
        return {**self._metrics, "warnings": [*self._warnings(), *self._told]}

    def _warnings(self) -> list[str]:
        known, names, values = self._answers.outputs, self.examples.names, flat(self.examples.values)
        count = int((values >= known).sum()) if names else 0
        if not count:
            return []
        return [
            f"{count:,} of {len(values):,} {self.examples.unit} are of classes that the model does not know, such as "
            f"{names[known]!r}: they count as wrong answers, and not in the log loss"
        ]

    def lines(self) -> Iterator[str]:
        """Figures, baselines, classes."""
        metrics, unit = self._metrics, self.examples.unit
        steps = f" with {counted(metrics['steps'], 'step')}" if "steps" in metrics else ""
        yield f"{counted(metrics['sequences'], 'sequence')}{steps}"
        yield from self._figures(metrics)
        for name, baseline in metrics.get("baselines", {}).items():
            yield f"baseline: {name}"
            yield from self._figures(baseline)
        for groups in ("parts", "groups"):
            yield from group_lines(metrics.get(groups, {}), unit)
        classes, confusion = met(metrics.get("classes", {}), metrics.get("confusion", []))
        yield from class_lines(classes, unit, metrics.get("classes_left_out", 0))
        yield from self._more
        yield from confusion_lines(list(classes), confusion)

    def _figures(self, found: Mapping[str, Any]) -> Iterator[str]:
        for name in self._answers.figures:
            if found.get(name) is not None:
                yield f"  {name:18} {found[name]:.4f}"
