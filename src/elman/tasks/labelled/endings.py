"""Endings: what words that the training part did not have are read as. Their last letters, and how they are written.

Words that come once in the training part stand for all that are to come: what they share are the endings. The longest
one that a word has is a symbol beside those of the words that are known, and so has an embedding of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from elman.copies import cached_property
from elman.tables.encoding import UNKNOWN

LONGEST = 3  # letters
SHARED = 3  # words that come once and share an ending, so that it is one


@dataclass(frozen=True)
class Endings:
    """Endings as symbols.

    Args:
        first: the symbol of the first; they follow those of the words.
        names: of each, as `_keys` has it.
    """

    first: int
    names: tuple[str, ...] = ()

    @classmethod
    def fit(cls, first: int, once: Iterable[str]) -> Self:
        """By the words that come once in the training part."""
        shared = Counter(key for word in once for key in _keys(word))
        return cls(first, tuple(sorted(key for key, count in shared.items() if count >= SHARED)))

    @property
    def symbols(self) -> int:
        """How many symbols there are, with those of the words."""
        return self.first + len(self.names)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: symbol for symbol, name in enumerate(self.names, self.first)}

    def of(self, word: str) -> int:
        """The symbol as which a word is read that is not known; UNKNOWN where it has no such ending, or no letters."""
        return next((self._numbers[key] for key in _keys(word) if key in self._numbers), UNKNOWN)


def _keys(word: str) -> Iterator[str]:
    """How a word is written, with its last letters: as many as there may be, then fewer, then none."""
    if not word:
        return
    shape = _shape(word)
    for count in range(min(LONGEST, len(word) - 1), 0, -1):
        yield f"{shape}:{word[-count:].lower()}"
    yield f"{shape}:"


def _shape(word: str) -> str:
    """How it is written, in a letter."""
    if any(letter.isdigit() for letter in word):
        return "0"
    if not any(letter.isalpha() for letter in word):
        return "."
    if word[:1].isupper():
        return "X" if word.isupper() else "Xx"
    return "x"
