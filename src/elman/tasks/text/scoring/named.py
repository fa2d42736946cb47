"""Texts to score, as often as it takes: those of files that are named, or of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, starmap
from typing import Any

from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.corpus.reading import Reading
from elman.tasks.text.corpus.sources import few, find
from elman.tasks.text.corpus.texts import texts

PIECE = 1 << 18  # characters that are decoded at a time


@dataclass(frozen=True)
class Texts:
    """Each text in pieces, as often as it is called; about how many characters they have; and what is to be said."""

    again: Callable[[], Iterator[Iterator[str]]]
    about: int
    notes: Sequence[str] = ()

    def __call__(self) -> Iterator[Iterator[str]]:
        """All of them, from the first."""
        return self.again()


def file_texts(usual: Reading, names: Sequence[str], given: Mapping[str, Any]) -> Texts:
    """The texts of files, folders, globs or `-`, standard input, read as usual but for what is given."""
    reading = replace(usual, **given)
    sources = find(names, reading)
    notes = [*few(sources.found), *(f"skipped: {line}" for line in few(sources.skipped))]
    return Texts(lambda: texts(sources, reading), sources.size, notes)


def corpus_texts(corpus: Corpus) -> Texts:
    """The texts of a corpus."""

    def part(begin: int, end: int) -> Iterator[str]:
        for first in range(begin + 1, end, PIECE):
            yield corpus.alphabet.decode(corpus.tokens[first : min(first + PIECE, end)])
            corpus.release()

    return Texts(lambda: starmap(part, pairwise(corpus.bounds.tolist())), corpus.characters)
