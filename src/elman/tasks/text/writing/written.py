"""Texts written by a network: one as it comes, or many at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from elman.errors import whole
from elman.network import Network
from elman.tasks.text.alphabet import END, Alphabet, Symbols
from elman.tasks.text.writing.demands import parted
from elman.tasks.text.writing.rows import Rows
from elman.tasks.text.writing.sampling import Sampling
from elman.tasks.text.writing.wrapping import Wrapping
from elman.telling import so_far


def stream(network: Network, alphabet: Alphabet, sampling: Sampling) -> Iterator[str]:
    """One text, in pieces as they come; together they are `sample`'s first."""
    return _pieces(rows_of(network, alphabet, sampling, 1), _Text(alphabet, sampling))


def sample(network: Network, alphabet: Alphabet, sampling: Sampling, count: int = 1) -> list[str]:
    """So many texts, written at once as one batch.

    Text i is the same for any `count` that is at least 4; with fewer rows the engine adds up in another order, so
    that a text can part ways where a number falls on the border of two symbols (within about 1e-7).
    """
    whole("count", count, 1, 1 << 20)
    rows = rows_of(network, alphabet, sampling, count)
    texts = [_Text(alphabet, sampling) for _ in range(count)]
    pieces: list[list[str]] = [[] for _ in range(count)]
    done = 0
    for block in rows.blocks():
        done += max(len(symbols) for _, symbols in block)
        so_far("characters of each text written", done)
        for row, symbols in block:
            pieces[row].append(texts[row].take(symbols))
        rows.keep([row for row in rows.index if not texts[row].ended])
    return ["".join([*given, text.rest()]) for given, text in zip(pieces, texts, strict=True)]


def rows_of(network: Network, alphabet: Alphabet, sampling: Sampling, count: int) -> Rows:
    """So many texts to be written; of lines of words, each line ends with a word."""
    words = sampling.form.lines is not None and "\n" in alphabet.characters and parted(alphabet)
    return (Wrapping if words else Rows)(network, alphabet, sampling, count)


def _pieces(rows: Rows, text: _Text) -> Iterator[str]:
    for block in rows.blocks():
        for _, symbols in block:
            if piece := text.take(symbols):
                yield piece
        if text.ended:
            break
    if rest := text.rest():
        yield rest


class _Text:
    """A text as it comes: gives out what cannot be the beginning of what ends it."""

    def __init__(self, alphabet: Alphabet, sampling: Sampling) -> None:
        self.ended = False
        self._alphabet = alphabet
        self._stop = sampling.end(alphabet)
        self._lines = sampling.form.lines is not None
        self._held = ""

    def take(self, symbols: Symbols) -> str:
        """The text as far as it is certain."""
        if self.ended:
            return ""
        ends = np.flatnonzero(symbols == END)
        self.ended = ends.size > 0
        self._held += self._alphabet.decode(symbols[: ends[0] if self.ended else len(symbols)].tolist())
        if self._stop and self._stop in self._held:
            self._held = self._held[: self._held.index(self._stop)]
            self.ended = True
        certain = 0 if self.ended else len(self._held) - self._doubtful()
        given, self._held = self._held[:certain], self._held[certain:]
        return given

    def _doubtful(self) -> int:
        """How many characters at the end may turn out not to belong to the text."""
        if self._lines:
            return int(self._held.endswith("\n"))
        sizes = range(min(len(self._stop) - 1, len(self._held)), 0, -1)
        return next((size for size in sizes if self._stop.startswith(self._held[-size:])), 0)

    def rest(self) -> str:
        """What was held back, if nothing more comes; lines end without the last new line."""
        return self._held.removesuffix("\n") if self._lines else self._held
