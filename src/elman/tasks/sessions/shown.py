"""What the page and the picture of a model of sessions show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from elman.errors import DataError
from elman.network import Network
from elman.tables import read_events
from elman.tasks.capabilities.has_page import HasPage
from elman.tasks.capabilities.pictures_files import PicturesFiles
from elman.tasks.capabilities.reads_tables import ways
from elman.tasks.capabilities.recommends import Click
from elman.tasks.sessions.answering import Answering
from elman.tasks.sessions.log import Log
from elman.tasks.sessions.picture import CLICKS, ITEMS, Step, draw
from elman.tasks.sessions.settings import SessionsSettings
from elman.tasks.sessions.terms import SOURCES, TERMS, Evidence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MET = 8  # items that are met with one, of which a page tells
PAIRS = 40_000  # of all items, at most


class Shown(HasPage, PicturesFiles, Answering):
    """Items to click, and what comes next."""

    script: ClassVar[Path] = Path(__file__).with_name("look") / "page.js"
    settings: SessionsSettings
    log: Log | None

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

    def picture(self, network: Network) -> Figure:
        """The last session of the log of three events or more, or else of two."""
        log = Log.empty() if self.log is None else self.log
        for least in (3, 2):
            long = np.flatnonzero(log.lengths >= least)
            if len(long):
                return self._drawn(network, log, int(long[-1]))
        raise DataError(f"{self.name}: expected a log with a session of two events or more; found none")

    def picture_of(self, network: Network, files: Sequence[str]) -> Figure:
        """The first session of files that has two items or more which the model knows."""
        s = self.settings
        log, _ = self.known.log(read_events(files, self.known.columns, gap=s.gap, **ways(s)))
        long = np.flatnonzero(log.lengths >= 2)
        if not len(long):
            raise DataError(f"{', '.join(files)}: expected a session of two items that the model knows; found none")
        return self._drawn(network, log, int(long[0]))

    def _drawn(self, network: Network, log: Log, session: int) -> Figure:
        """What is recommended after each of its first events."""
        names, length = self.known.names, int(log.lengths[session])
        items = [names[item] for item in log[session].tolist()]
        acts = [-1] * length if log.acts is None else log.acts[log.starts[session] :][:length].tolist()
        clicks: list[Click] = [
            item if act < 0 else (item, self.known.actions[act]) for item, act in zip(items, acts, strict=True)
        ]
        steps = [
            Step(items[t], self.recommend(network, clicks[: t + 1], k=ITEMS), items[t + 1] if t + 1 < length else None)
            for t in range(min(CLICKS, length - 1))
        ]
        which = f"session {log.ids[session]}" if len(log.ids) else f"session {session + 1:,} of {len(log):,}"
        return draw(steps, f"{which}: the most probable next items after each click; orange: the one that came")


def _met(evidence: Evidence, item: int) -> list[list[float]]:
    """The items nearest to one: their numbers, and the sums of 1/d for each time that they were d events apart."""
    items, near = evidence.counts.near(item)
    often = evidence.counts.popularity[item] + 1  # `Counts` divides by it
    found = [place for place in np.argsort(-near, kind="stable").tolist() if items[place] != item][:MET]
    return [[int(items[place]), round(float(near[place] * often), 2)] for place in found]
