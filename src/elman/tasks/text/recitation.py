"""Reciting: a text learned by heart is said from its first characters to its end, each one the likeliest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from elman.network import Network
from elman.tasks.text.corpus.corpus import Corpus

PROMPT = 8  # characters that are given
AT_ONCE = 4096  # characters that are said between two looks


class Recited(NamedTuple):
    """How far a network came: so many of so many characters, the given ones among them, before its first slip."""

    characters: int
    of: int

    @property
    def exact(self) -> bool:
        """Whether it said all of them, and then that the text is over."""
        return self.characters > self.of


def recited(network: Network, corpus: Corpus) -> Recited:
    """Recites the first text of a corpus; END behind it counts as one more character."""
    symbols = np.asarray(corpus.tokens[: corpus.bounds[1] + 1], np.int32)  # END, the text, END
    given = min(PROMPT, len(symbols) - 2)
    _, state = network.forward(symbols[:given, None])
    stream = network.stream(state)
    said, last = given, symbols[given]
    while said + 1 < len(symbols):
        wanted = symbols[said + 1 : said + 1 + AT_ONCE]
        drawn = stream.sample([last], np.zeros((len(wanted), 1)), temperature=0.0)[:, 0]
        slips = np.flatnonzero(drawn != wanted)
        if len(slips):
            return Recited(said + int(slips[0]), len(symbols) - 2)
        said, last = said + len(wanted), drawn[-1]
    return Recited(len(symbols) - 1, len(symbols) - 2)
