"""What the page of a model of labels shows: sequences that are typed there, or come out of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from elman.network import Network
from elman.tables.feature import Feature
from elman.tasks.capabilities.shows_files import ShowsFiles
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Codec
from elman.tasks.labelled.labelled import Labelled
from elman.tasks.labelled.numbers import Numbers
from elman.tasks.labelled.settings import LabelledSettings

EXAMPLES = 12  # sequences of files
STEPS = 300  # of each, at most


class Shown(Labelled, ShowsFiles):
    """A sequence, and what belongs to it or to its steps, on a page."""

    script: ClassVar[Path] = Path(__file__).with_name("look") / "page.js"
    known: Codec
    settings: LabelledSettings

    def seen(self, network: Network) -> dict[str, Any]:
        """How steps are read, and what answers are called."""
        codec, answers = self.known, self.known.answers
        return {
            "features": [
                {"name": one.name, "kind": one.kind, "mean": one.mean, "deviation": one.deviation,
                 "missing": one.missing, "categories": list(one.categories)}
                for one in codec.encoding.features
            ],
            "symbols": codec.encoding.symbols,
            "endings": list(codec.endings),
            "classes": list(answers.names) if isinstance(answers, Classes) else None,
            "scale": [answers.scale.mean[0], answers.scale.deviation[0]] if isinstance(answers, Numbers) else None,
            "per": self.settings.per,
            "label": self.settings.target or self.settings.label,
            "steps": STEPS,
        }  # fmt: skip

    def examples(self, network: Network, files: Sequence[str]) -> list[dict[str, Any]]:
        """The first sequences: of each its id, and its steps as lists of words; "" where a value is missing."""
        with self.known.opened(files, self.settings) as table:
            sequences = (one for chunk in table.chunks() for one in chunk)
            return [
                {"id": one.id, "length": len(one), "steps": list(_words(one.values[:STEPS], table.features))}
                for one in islice(sequences, EXAMPLES)
            ]


def _words(values: Any, features: Sequence[Feature]) -> Iterator[list[str]]:
    for row in values:
        yield [_word(value, feature) for value, feature in zip(row, features, strict=True)]


def _word(value: float, feature: Feature) -> str:
    if np.isnan(value):
        return ""
    if feature.kind == "text":
        return chr(int(value))
    return feature.categories[int(value)] if feature.kind == "category" else f"{value:.12g}"
