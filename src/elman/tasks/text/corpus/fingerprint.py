"""Fingerprint: a checksum of texts, whatever their symbols are, as they pass piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

CHECKSUM = 16  # bytes of it


class Fingerprint:
    """Of the characters of all texts, one after the other, and of where each text ends."""

    def __init__(self, tokens: str) -> None:
        self._digest = blake2b(tokens.encode(), digest_size=CHECKSUM)
        self._bounds = [0]  # as `Corpus.bounds`

    def update(self, text: str) -> None:
        """Further characters."""
        self._digest.update(text.encode())

    def finish(self, bounds: NDArray[np.int64]) -> str:
        """The checksum, once all characters have passed: texts are between these bounds (`Corpus.bounds`)."""
        self._digest.update(bounds.tobytes())
        return self._digest.hexdigest()

    def of_passed(self) -> str:
        """The checksum of what went through `passing`."""
        return self.finish(np.array(self._bounds, np.int64))

    def passing(self, texts: Iterable[Iterable[str]]) -> Iterator[Iterator[str]]:
        """The same texts in the same pieces, each of which is to be read to its end."""
        for text in texts:
            yield self._passing(text)

    def _passing(self, text: Iterable[str]) -> Iterator[str]:
        length = 0
        for piece in text:
            self.update(piece)
            length += len(piece)
            yield piece
        self._bounds.append(self._bounds[-1] + length + 1)
