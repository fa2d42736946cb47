"""Validation: how a network does on what it does not learn from, while it learns."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from elman.network import Network
from elman.tasks.text.alphabet import END
from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.scoring.side_by_side import ROWS, side_by_side

BEFORE = 256  # characters before a part that are read first, so that the state is what it would have become
MOST = 1 << 21  # characters that a validation reads


class Validation(NamedTuple):
    """The mean, and over how many symbols: those that `elman score` counts."""

    nats: float
    characters: int


def validation(network: Network, corpus: Corpus) -> Validation:
    """Nats per symbol of a corpus; of a long one, of its beginning. Of documents, END is one of them.

    A text is read in parts side by side. Each begins with the state that reading the characters before it leaves, of
    which only the last `BEFORE` are read again: far beyond what such networks remember. No part is shorter than that.
    """
    size = min(len(corpus.tokens) - 1, MOST)
    if corpus.documents:
        edges, before = np.append(corpus.bounds[corpus.bounds < size], size), 0
    else:
        count = max(1, min(ROWS, size // BEFORE))
        edges, before = np.arange(count + 1) * size // count, BEFORE
    parts = [(max(0, first - before), first, end) for first, end in pairwise(edges.tolist())]
    nats = side_by_side(network, [corpus.tokens[begin : end + 1] for begin, _, end in parts])
    total, characters = 0.0, 0
    for found, (begin, first, end) in zip(nats, parts, strict=True):
        counted = corpus.documents | (corpus.tokens[first + 1 : end + 1] != END)
        total += float(found[first - begin :][counted].sum())
        characters += int(np.count_nonzero(counted))
    corpus.release()
    return Validation(total / characters, characters)
