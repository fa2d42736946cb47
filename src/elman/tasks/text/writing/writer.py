"""What the command line writes with: prompt and texts as they go to a file, which of a model of bytes are bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from elman.network import Network
from elman.tasks.capabilities.writes import Writer, Written
from elman.tasks.text.alphabet import Alphabet
from elman.tasks.text.recitation import beginning
from elman.tasks.text.writing.beam import beam
from elman.tasks.text.writing.sampling import Sampling
from elman.tasks.text.writing.written import sample, stream


class TextWriter(Writer):
    """A network, and what it is to write.

    Args:
        network: that writes.
        alphabet: in which.
        sampling: what, and how.
        recital: how far a network that learned a text by heart came.
    """

    def __init__(
        self, network: Network, alphabet: Alphabet, sampling: Sampling, recital: Mapping[str, Any] | None = None
    ) -> None:
        self._network, self._alphabet, self._sampling = network, alphabet, sampling
        self.warnings = [f"{name}: no effect: {why}" for name, why in sampling.choice.idle().items()]
        begin = alphabet.from_unicode(sampling.prompt)
        self.begin = self._written(begin)
        self.hint = beginning(recital or {}, len(begin))

    def stream(self) -> Iterator[Written]:
        """One text, as it comes."""
        return map(self._written, stream(self._network, self._alphabet, self._sampling))

    def texts(self, count: int, beam_width: int | None = None) -> list[Written]:
        """So many at once."""
        if beam_width is None:
            texts = sample(self._network, self._alphabet, self._sampling, count)
        else:
            texts = beam(self._network, self._alphabet, self._sampling, beam_width, count)
        return list(map(self._written, texts))

    def _written(self, text: str) -> Written:
        return text.encode("latin-1") if self._alphabet.kind == "bytes" else text
