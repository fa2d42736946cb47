"""What the page and the picture of a model of labels show: sequences that are typed there, or come out of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.network import Network
from elman.tables.feature import Feature
from elman.tables.table import Sequence as Steps
from elman.tasks.capabilities.pictured import plain
from elman.tasks.capabilities.shows_files import ShowsFiles
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Codec, Encode, Inputs
from elman.tasks.labelled.drawn import Drawn
from elman.tasks.labelled.numbers import Numbers
from elman.tasks.labelled.picture import NAMED, Block, attention, said, short
from elman.tasks.labelled.settings import LabelledSettings

EXAMPLES = 12  # sequences of files
STEPS = 300  # of each, at most
LINES = 6  # features that are drawn


class Shown(Drawn, ShowsFiles):
    """A sequence, and what belongs to it or to its steps, on a page and in a picture."""

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
        return [
            {"id": one.id, "length": len(one), "steps": list(_words(one.values[:STEPS], features))}
            for one, features, _ in self._first(files)
        ]

    def _first(self, files: Sequence[str]) -> Iterator[tuple[Steps, Sequence[Feature], Inputs]]:
        """The first sequences, their features, and their first steps as a network reads them."""
        with self.known.opened(files, self.settings) as table:
            encode = Encode(self.known, table.features)
            for one in islice((one for chunk in table.chunks() for one in chunk), EXAMPLES):
                yield one, table.features, encode(one.values[:STEPS])

    def blocks(self, network: Network, files: Sequence[str]) -> Iterator[Block]:
        """Features over steps, as lines; symbols by their names."""
        step = "character" if self.known.encoding.features[0].kind == "text" else "step"
        for one, features, inputs in self._first(files):
            words = [", ".join(words) for words in _words(one.values[:STEPS], features)]
            symbolic = self.known.encoding.symbols is not None
            yield Block(
                title=f"sequence {one.id}" + (f": its first {STEPS} of {len(one):,} steps" if len(one) > STEPS else ""),
                edges=np.arange(len(inputs) + 1, dtype=np.float64) + 0.5,
                axis=step if symbolic else "step",
                said=said(self.answers, network, inputs),
                attention=attention(network, inputs),
                names=list(map(short, words)) if symbolic and len(words) <= NAMED else (),
                answer=self.settings.target or "answer",
                above=None if symbolic else _lines(one.values[:STEPS], features),
            )


def _lines(values: NDArray[np.float64], features: Sequence[Feature]) -> Any:
    """Draws the first features (T, F) over steps, each in standard deviations from its mean in this sequence."""

    def above(axes: Any) -> None:
        steps = np.arange(1, len(values) + 1)
        for column, feature in list(zip(values.T, features, strict=True))[:LINES]:
            known = column[~np.isnan(column)]
            deviation = known.std() if len(known) else 0.0
            label = plain(feature.name)
            axes.plot(steps, (column - (known.mean() if len(known) else 0)) / (deviation or 1.0), lw=1.2, label=label)
        axes.set_ylabel("input, in\ndeviations", fontsize="small")
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small", frameon=False)

    return above


def _words(values: Any, features: Sequence[Feature]) -> Iterator[list[str]]:
    for row in values:
        yield [_word(value, feature) for value, feature in zip(row, features, strict=True)]


def _word(value: float, feature: Feature) -> str:
    if np.isnan(value):
        return ""
    if feature.kind == "text":
        return chr(int(value))
    return feature.categories[int(value)] if feature.kind == "category" else f"{value:.12g}"
