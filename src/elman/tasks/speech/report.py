"""The score of a model of words: also of each speaker, and what was taken for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.tasks.labelled.report import LabelledReport

SPEAKERS = 20  # that people are shown
CONFUSED = 5  # pairs of words, likewise


def by_speaker(right: NDArray[np.bool_], speakers: Sequence[str], learned: Sequence[str]) -> dict[str, Any]:
    """How often answers are right, for each speaker, and for those that were learned from and others.

    Args:
        right: (N,) whether each answer is.
        speakers: (N,) of each take; "" where there is none.
        learned: those that the model learned from.
    """
    names = np.array(speakers, str)
    known = sorted(set(speakers) - {""})
    if not known:
        return {}
    there = names != ""
    seen = np.isin(names, list(learned)) & there
    parts = {"speakers that were learned from": seen, "other speakers": there & ~seen}
    return {
        "parts": {name: _share(right[part]) for name, part in parts.items() if part.any()},
        "speakers": {name: _share(right[names == name]) for name in known},
    }


def _share(right: NDArray[np.bool_]) -> dict[str, Any]:
    return {"sequences": len(right), "accuracy": float(right.mean())}


class SpeechReport(LabelledReport):
    """Figures of takes."""

    def lines(self) -> Iterator[str]:
        """With speakers, and what is confused most."""
        yield from super().lines()
        metrics = self._metrics
        parts, speakers = metrics.get("parts", {}), metrics.get("speakers", {})
        shown = dict(list(speakers.items())[:SPEAKERS])
        width = max([7, *map(len, [*parts, *shown])])
        if speakers:
            yield f"{'speaker':{width}}  {'takes':>9}  accuracy"
        for name, one in [*parts.items(), *shown.items()]:
            yield f"{name:{width}}  {one['sequences']:9,}  {one['accuracy']:8.4f}"
        if len(speakers) > SPEAKERS:
            yield f"… {len(speakers) - SPEAKERS:,} more: --json has all"
        yield from self._confused(metrics.get("confusion", []))

    def _confused(self, confusion: Sequence[Sequence[int]]) -> Iterator[str]:
        names = self._examples.names
        pairs = [(n, a, b) for a, row in enumerate(confusion) for b, n in enumerate(row) if n and a != b]
        for n, true, answer in sorted(pairs, key=lambda pair: (-pair[0], *pair[1:]))[:CONFUSED]:
            yield f"{names[true]} taken for {names[answer]}: {n:,}"
