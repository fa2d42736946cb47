"""Reciting: a text learned by heart is said to its end, each character the likeliest, from wherever one begins."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.network import Network, State
from elman.tasks.text.alphabet import END
from elman.tasks.text.corpus.corpus import Corpus

PROMPT = 8  # characters that are given at the beginning
ENOUGH = 16  # … and anywhere else
MOST = 64  # characters that anybody gives
AT_ONCE = 4096  # characters that are said between two looks
PLACES = 256  # from which a text is gone on with
STEPS = 1 << 16  # of all of them together; of long texts, fewer places are tried
CELLS = 1 << 14  # steps of all places that are looked at by one call of the engine

Places = NDArray[np.int64]
Tries = tuple[Places, Places]  # (P,) places in a text, and how many characters from there on occur once


@dataclass(frozen=True)
class Recited:
    """How far a network came.

    Args:
        characters: before its first slip, the given ones among them; one more where it also said that the text is over.
        of: all that there are.
        needed: for each place that was tried, how many characters must be given there.
        unique: and how many there must be for a beginning that occurs once.
    """

    characters: int
    of: int
    needed: Places
    unique: Places

    @property
    def exact(self) -> bool:
        """Whether it said all of them from the beginning, and then that the text is over."""
        return self.characters > self.of

    @property
    def begun(self) -> int:
        """From how many of the places it goes on, behind ENOUGH characters, or as many as occur once."""
        return int((self.needed <= np.maximum(self.unique, ENOUGH)).sum())

    @property
    def suffices(self) -> int:
        """So many characters suffice at all places, if they occur once; 0: any do."""
        return int(self.needed[self.needed > self.unique].max(initial=0))

    def metrics(self) -> dict[str, Any]:
        """As a task reports them."""
        return {
            "characters": self.of,
            "recited": min(self.characters, self.of),
            "exact": self.exact,
            "places": len(self.needed),
            "begun": self.begun,
            "suffices": self.suffices,
        }


def recited(network: Network, corpus: Corpus, tried: Tries) -> Recited:
    """Recites the first text of a corpus, from its beginning and from places in it (`tries`)."""
    symbols = np.asarray(corpus.tokens[: corpus.bounds[1] + 1], np.int32)  # END, the text, END
    places, unique = tried
    return Recited(_said(network, symbols), len(symbols) - 2, _needed(network, symbols, places), unique)


def shortfall(metrics: Mapping[str, Any], everywhere: bool) -> float:
    """0: all is recited. Above 1, the share that is not said from the beginning; below, that of other places.

    Args:
        metrics: of `Recited`.
        everywhere: whether other places than the beginning count.
    """
    if not metrics["exact"]:
        return 2 - int(metrics["recited"]) / (int(metrics["characters"]) + 1)
    if not everywhere or not metrics["places"]:
        return 0.0
    return 1 - int(metrics["begun"]) / int(metrics["places"])


def told(short: float) -> str:
    """A shortfall in words."""
    if short > 1:
        return f"{short - 1:.4%} of the text not recited"
    return f"{short:.4%} of the places in it not gone on with"


def verdict(metrics: Mapping[str, Any]) -> str:
    """How far it recites, and from where, in a line."""
    end = ", and where it ends" if metrics["exact"] else ""
    said = f"{metrics['recited']:,} of {metrics['characters']:,} characters{end}"
    line = f"recited from the first {PROMPT}: {said}"
    if not metrics.get("places"):
        return line
    if metrics["suffices"] > MOST:
        return f"{line}; and from {metrics['begun']} of {metrics['places']} other places, with {ENOUGH} given"
    size = f" of {metrics['suffices']} characters" if metrics["suffices"] else ""
    return f"{line}; and from any beginning{size} that occurs once ({metrics['places']} tried)"


def beginning(metrics: Mapping[str, Any], given: int) -> str:
    """What is to be said of a prompt of so many characters, if it may not be enough to go on with; or empty."""
    suffices = metrics.get("suffices", 0)
    if not 0 < given < suffices:
        return ""
    if not metrics["exact"]:
        return f"the text was not learned by heart: {metrics['recited']:,} of {metrics['characters']:,} characters"
    elsewhere = f", or from {suffices} characters" if suffices <= MOST else " alone"
    return f"what was learned by heart is gone on with from its beginning{elsewhere}; the prompt has {given}"


def tries(corpus: Corpus) -> Tries:
    """Places that lie evenly in a text, where what follows occurs once."""
    text = corpus.text(0)
    count = int(np.clip(STEPS // len(text), 4, PLACES))
    places = np.unique(np.linspace(0, max(0, len(text) - ENOUGH), count).astype(np.int64))
    unique = np.array([_unique(text, at) for at in places.tolist()], np.int64)
    return places[unique > 0] + 1, unique[unique > 0]


def _unique(text: str, at: int) -> int:
    """So many characters from there on occur nowhere else; 0 if all of them do."""

    def once(size: int) -> bool:
        return text.find(text[at : at + size]) == at and text.find(text[at : at + size], at + 1) < 0

    sizes = range(1, len(text) - at + 1)
    found = bisect_left(sizes, True, key=once)
    return sizes[found] if found < len(sizes) else 0


def _said(network: Network, symbols: NDArray[np.int32]) -> int:
    """Characters before the first slip; END behind them counts as one more."""
    given = min(PROMPT, len(symbols) - 2)
    _, state = network.forward(symbols[:given, None])
    stream = network.stream(state)
    said, last = given, symbols[given]
    while said + 1 < len(symbols):
        wanted = symbols[said + 1 : said + 1 + AT_ONCE]
        drawn = stream.sample([last], np.zeros((len(wanted), 1)), temperature=0.0)[:, 0]
        slips = np.flatnonzero(drawn != wanted)
        if len(slips):
            return said + int(slips[0])
        said, last = said + len(wanted), drawn[-1]
    return len(symbols) - 1


def _needed(network: Network, symbols: NDArray[np.int32], places: Places) -> Places:
    """(P,) characters behind each place after which no other is foretold than the one that comes.

    All that is read is the text itself, since what a network says is that as long as there is no slip.
    """
    needed = np.zeros(len(places), np.int64)
    if not len(places):
        return needed
    steps = len(symbols) - places
    state: State | None = None
    window = max(1, CELLS // len(places))
    for start in range(0, int(steps.max()), window):
        rows = int((steps > start).sum())  # places lie in order: those that are over come last
        span = np.arange(start, min(start + window, int(steps.max())))[:, None]
        targets = symbols[np.minimum(places[:rows] + span, len(symbols) - 1)]
        inputs = np.where(span == 0, END, symbols[np.minimum(places[:rows] + span, len(symbols)) - 1])
        if state is not None:
            state = State(**{name: values[:, :rows] for name, values in state.items()})
        logits, state = network.forward(inputs, state)
        wrong = (logits.argmax(-1) != targets) & (span < steps[:rows])
        needed[:rows] = np.maximum(needed[:rows], np.where(wrong, span + 1, 0).max(0))
    return needed
