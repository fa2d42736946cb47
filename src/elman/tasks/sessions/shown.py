"""What the page of a model of sessions shows."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from elman.network import Network
from elman.tasks.capabilities.has_page import HasPage
from elman.tasks.sessions.codec import Codec
from elman.tasks.sessions.mixing import SOURCES, TERMS, Evidence, Mix

MET = 8  # items that are met with one, of which a page tells
PAIRS = 40_000  # of all items, at most


class Shown(HasPage):
    """Items to click, and what comes next."""

    script: ClassVar[Path] = Path(__file__).with_name("look") / "page.js"
    known: Codec
    evidence: Evidence

    @property
    @abstractmethod
    def mix(self) -> Mix:
        """The weights."""

    def seen(self, network: Network) -> dict[str, Any]:
        """Items, how often each was clicked, what is most often near to it, and the weights of the mix.

        No session of the log stands in the page, only sums over all of them. Of many items, those that are clicked most
        have what is near to them.
        """
        counts = self.evidence.counts
        often = np.argsort(-counts.popularity, kind="stable")[: PAIRS // MET].tolist()
        weights = dict(zip(TERMS, self.mix.weights, strict=True))
        return {
            "items": list(self.known.names),
            "popularity": counts.popularity.astype(int).tolist(),
            "sessions": len(counts.log),
            "met": {str(item): _met(self.evidence, item) for item in sorted(often)},
            "weights": {source: {name: round(weights[name], 3) for name in names} for source, names in SOURCES.items()},
        }


def _met(evidence: Evidence, item: int) -> list[list[float]]:
    """The items nearest to one: their numbers, and the sums of 1/d for each time that they were d events apart."""
    items, near = evidence.counts.near(item)
    often = evidence.counts.popularity[item] + 1  # `Counts` divides by it
    found = [place for place in np.argsort(-near, kind="stable").tolist() if items[place] != item][:MET]
    return [[int(items[place]), round(float(near[place] * often), 2)] for place in found]
