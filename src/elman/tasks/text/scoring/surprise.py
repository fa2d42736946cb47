"""Surprise: what each character of a text costs a model, -ln of the probability it gave the character, in nats.

Characters that the alphabet lacks have no probability, and any made-up one would be a lie: they are counted and named,
their surprise is NaN, and the network reads on as if they were not there. Figures are over the others.

A text of one piece is one sequence: END, then its characters, the state carried from the first to the last. That is one
row of numbers at a time, and no second one can be worked on before the first is done: a network scores one text more
slowly than it trains on many streams of it. To cut the text into streams would be faster and another figure, for
each of them would begin without a past. Documents are independent, and are read many at once.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError
from elman.network import Network
from elman.spelling import counted
from elman.tasks.text.alphabet import END, Alphabet
from elman.tasks.text.scoring.side_by_side import side_by_side
from elman.telling import so_far

PIECE = 1 << 16  # characters that are scored by one call of the engine
POOL = 1024  # documents that are read ahead and put side by side by their lengths …
POOL_CHARACTERS = 1 << 19  # … or fewer, if they have as many characters
LONG = 1 << 17  # characters of a document that is read by itself, piece by piece
MANY = 0.1  # of a text that is unknown, above which that is said
LINE = re.compile(r"[^\n]*\n|[^\n]+")
_END = np.array([END], np.int32)


@dataclass(frozen=True)
class Surprise:
    """A stretch of text, and the nats of each of its characters: NaN for those that the alphabet lacks.

    Where a document ends, there is one number more than characters: the model also predicts that.
    """

    text: str
    nats: NDArray[np.float64]


@dataclass
class Score:
    """What all of a text cost.

    `characters` are those that were predicted, the ends of documents among them. Those that the alphabet lacks are
    not: `unseen` says how often each was met.
    """

    characters: int = 0
    nats: float = 0.0
    unseen: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, stretches: Iterable[Surprise]) -> Score:
        """The sum of them."""
        score = cls()
        for surprise in stretches:
            score.add(surprise)
        return score

    def add(self, surprise: Surprise) -> None:
        """One stretch more."""
        unseen = np.isnan(surprise.nats)
        self.characters += unseen.size - int(unseen.sum())
        self.nats += float(surprise.nats[~unseen].sum())
        self.unseen.update(surprise.text[i] for i in np.flatnonzero(unseen))

    def __iadd__(self, other: Score) -> Score:
        """And another one."""
        self.characters += other.characters
        self.nats += other.nats
        self.unseen.update(other.unseen)
        return self

    def check(self) -> None:
        """A DataError where nothing was predicted, which says why."""
        if not self.characters:
            unseen = self.unseen.total()
            found = f"{counted(unseen, 'character')} that it does not have" if unseen else "an empty text"
            raise DataError(f"text: expected some characters that the model's alphabet has; found {found}")

    def warning(self) -> str:
        """That many of the characters have no figures; "" where few have not."""
        unseen = self.unseen.total()
        every = unseen + self.characters
        if unseen <= MANY * every:
            return ""
        return f"{unseen:,} of {every:,} characters are unknown to the model: all figures are of the others"

    @property
    def nats_per_character(self) -> float | None:
        """The mean; None if nothing was predicted."""
        return self.nats / self.characters if self.characters else None

    def metrics(self) -> dict[str, Any]:
        """As verbs report it; figures are None if nothing was predicted."""
        return {
            "characters": self.characters,
            **figures(self.nats_per_character),
            "unseen": self.unseen.total(),
            "unseen_characters": "".join(sorted(self.unseen)),
        }


def figures(nats: float | None) -> dict[str, float | None]:
    """Nats per character in the three forms that are in use; a perplexity too large for a number is None."""
    perplexity = None if nats is None or nats > math.log(np.finfo(float).max) else math.exp(nats)
    return {
        "nats_per_character": nats,
        "bits_per_character": None if nats is None else nats / math.log(2),
        "perplexity": perplexity,
    }


def surprises(
    network: Network,
    alphabet: Alphabet,
    texts: Iterable[Iterable[str]],
    *,
    documents: bool = False,
    lines: bool = False,
    about: int | None = None,
) -> Iterator[Surprise]:
    """The surprise of many texts, each of which comes in pieces: in stretches, or with `lines`, line by line.

    Documents are never cut into lines: with `lines`, each is one row. Every text begins with END and the initial state.
    `about` is how many characters will come, for whoever waits.
    """
    done = 0
    for found in _surprises(network, alphabet, texts, documents, lines):
        yield found
        done += len(found.text)
        so_far("characters scored", done, None if about is None else max(done, about))


def _surprises(
    network: Network, alphabet: Alphabet, texts: Iterable[Iterable[str]], documents: bool, lines: bool
) -> Iterator[Surprise]:
    if documents:
        for stretches in document_surprise(network, alphabet, texts):
            yield from [_joined(list(stretches))] if lines else stretches
        return
    for pieces in texts:
        found = text_surprise(network, alphabet, pieces)
        yield from by_line(found) if lines else found


def text_surprise(
    network: Network, alphabet: Alphabet, pieces: Iterable[str], *, ends: bool = False
) -> Iterator[Surprise]:
    """The surprise of one text that comes in pieces of any size; memory does not grow with its length.

    Args:
        network: over the symbols of the alphabet, in and out.
        alphabet: the model's.
        pieces: the text; where it is cut changes nothing.
        ends: whether the end of the text is to be predicted, too: one number more, behind the last stretch.
    """
    check(network, alphabet)
    last, state = END, None
    for text in _cut(pieces):
        symbols = alphabet.symbols(text)
        seen = symbols >= 0
        nats = np.full(len(text), np.nan)
        if seen.any():
            read = np.concatenate(([last], symbols[seen]))
            losses, state = network.losses(read[:-1, None], read[1:, None], loss="symbols", state=state)
            nats[seen], last = losses[:, 0], read[-1]
        yield Surprise(text, nats)
    if ends:
        losses, _ = network.losses([[last]], [[END]], loss="symbols", state=state)
        yield Surprise("", losses[:, 0].astype(np.float64))


def document_surprise(
    network: Network, alphabet: Alphabet, documents: Iterable[Iterable[str]]
) -> Iterator[Iterator[Surprise]]:
    """The stretches of each document, and its end: each begins with END and the initial state. In their order.

    Documents come in pieces. Short ones are read side by side, and are one stretch; a long one is read as a text is.
    """
    check(network, alphabet)
    pool: list[str] = []
    characters = 0
    for document in documents:
        pieces = iter(document)
        text = _beginning(pieces)
        if len(text) > LONG or len(pool) == POOL or characters + len(text) > POOL_CHARACTERS:
            yield from _pooled(network, alphabet, pool)
            pool, characters = [], 0
        if len(text) > LONG:
            yield text_surprise(network, alphabet, chain([text], pieces), ends=True)
        else:
            pool.append(text)
            characters += len(text)
    yield from _pooled(network, alphabet, pool)


def _beginning(pieces: Iterator[str]) -> str:
    """All of a text, or the beginning of one that is longer than LONG."""
    taken: list[str] = []
    size = 0
    while size <= LONG and (piece := next(pieces, None)) is not None:
        taken.append(piece)
        size += len(piece)
    return "".join(taken)


def _pooled(network: Network, alphabet: Alphabet, pool: list[str]) -> Iterator[Iterator[Surprise]]:
    """Documents side by side, in their order."""
    symbols = [alphabet.symbols(text) for text in pool]
    nats = side_by_side(network, [np.concatenate((_END, s[s >= 0], _END)) for s in symbols])
    for i, text in enumerate(pool):
        spread = np.full(len(text) + 1, np.nan)
        spread[np.append(symbols[i] >= 0, True)] = nats[i]
        yield iter([Surprise(text, spread)])


def _joined(stretches: list[Surprise]) -> Surprise:
    return Surprise("".join(s.text for s in stretches), np.concatenate([s.nats for s in stretches]))


def by_line(stretches: Iterable[Surprise]) -> Iterator[Surprise]:
    """The same text line by line; a line break belongs to the line it ends."""
    texts: list[str] = []
    nats: list[NDArray[np.float64]] = []
    for surprise in stretches:
        begin = 0
        for line in LINE.findall(surprise.text):
            texts.append(line)
            nats.append(surprise.nats[begin : begin + len(line)])
            begin += len(line)
            if line.endswith("\n"):
                yield Surprise("".join(texts), np.concatenate(nats))
                texts, nats = [], []
    if texts:
        yield Surprise("".join(texts), np.concatenate(nats))


def check(network: Network, alphabet: Alphabet) -> None:
    """A ConfigError where the network is none that predicts the next symbol of this alphabet."""
    a = network.architecture
    if a.bidirectional or not a.symbols or (a.inputs, a.outputs) != (len(alphabet), len(alphabet)):
        found = f"{a.inputs} inputs, {a.outputs} outputs, symbols={a.symbols}, bidirectional={a.bidirectional}"
        raise ConfigError(f"network: expected one that predicts the next of {len(alphabet)} symbols; found {found}")


def _cut(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        for first in range(0, len(piece), PIECE):
            yield piece[first : first + PIECE]
