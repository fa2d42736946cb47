"""What a network of text is asked, once it has learned: all this without its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from elman.errors import DataError
from elman.files.coding import Coding
from elman.network import Architecture, Network
from elman.tasks.capabilities.coded import Coded
from elman.tasks.capabilities.compresses import Compresses
from elman.tasks.capabilities.pictured import Pictured
from elman.tasks.capabilities.shows import Shows
from elman.tasks.capabilities.writes import Writer, Writes
from elman.tasks.text.alphabet import END, Alphabet, Symbols
from elman.tasks.text.settings import TextSettings
from elman.tasks.text.writing.form import Form
from elman.tasks.text.writing.sampling import LENGTH, Sampling
from elman.tasks.text.writing.written import sample
from elman.telling import so_far

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NEXT = 10  # characters that `predict` tells


class Answering(Coded, Shows, Writes, Pictured, Compresses):
    """A network that predicts the next character of what is written in an alphabet."""

    alphabet: Alphabet
    settings: TextSettings

    @property
    def documents(self) -> bool:
        """Whether its texts have an end that is learned."""
        return self.settings.documents or self.settings.recite

    @property
    def coding(self) -> Coding:
        """That of the texts that it learned from."""
        return self.settings.reading.coding

    def architecture(self) -> Architecture:
        """A symbol in, the logits of all symbols out."""
        s = self.settings
        return Architecture(
            inputs=len(self.alphabet),
            outputs=len(self.alphabet),
            symbols=True,
            embedding=s.embedding,
            cell=s.cell,
            layers=s.layers,
            hidden=s.hidden,
            dropout=s.dropout,
            output_dropout=s.output_dropout,
            weight_dropout=s.weight_dropout,
            dtype=s.dtype,
        )

    def initialise(self, network: Network) -> None:
        """As PyTorch does."""
        network.initialise(np.random.default_rng((self.settings.seed, 0)))

    # --- answers ---

    def parse(self, words: Sequence[str]) -> list[Any]:
        """Beginnings of texts."""
        for word in words:
            self._symbols(word)
        return list(words)

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[Any]:
        """For each beginning of a text, the likeliest next characters (`Alphabet.shown`) and their probabilities."""
        answers = []
        for text in inputs:
            y, _ = network.forward(np.insert(self._symbols(text), 0, END)[:, None])
            logits = y[-1, 0].astype(np.float64)
            p = np.exp(logits - logits.max())
            p /= p.sum()
            best = np.argsort(-p, kind="stable")[:NEXT]
            answers.append({self.alphabet.shown(int(s)): float(p[s]) for s in best})
        return answers

    def _symbols(self, text: str) -> Symbols:
        """Of the beginning of a text."""
        if not isinstance(text, str):
            raise DataError(f"input: expected the beginning of a text, a str; found {text!r:.60}")
        return self.alphabet.encode(self.alphabet.from_unicode(text), "input")

    def tell(self, answer: Any) -> str:
        """The characters as Python writes them; the end of a text as nothing between quotes."""
        shown = {c: repr(c) if len(c) < 2 else f"'{c}'" for c in answer}  # more than one: a byte, written so already
        return "  ".join(f"{shown[c]} {p:.3f}" for c, p in answer.items())

    def codec(self) -> dict[str, Any]:
        """The alphabet."""
        return {"alphabet": self.alphabet.to_json()}

    def symbols(self) -> list[str | None]:
        """END, then characters; of a text of bytes these are U+0000 to U+00FF."""
        return [None, *self.alphabet.characters]

    # --- what it writes ---

    def show(self, network: Network, length: int, seed: int) -> str:
        """What it writes, at most so many characters, or bytes, of it."""
        [text] = sample(network, self.alphabet, Sampling(length=length, documents=self.documents, seed=seed))
        return self.alphabet.to_unicode(text)

    def sampling(self, prompt: str, metrics: Mapping[str, Any], **options: Any) -> Sampling:
        """How it writes: what was learned by heart to its end, also where the prompt did not lead there at once.

        Args:
            prompt: what stands before it.
            metrics: of its score.
            options: of `Sampling` and `Choice`.
        """
        by_heart = int(metrics.get("characters", 0)) if self.settings.recite else 0
        return Sampling.of(prompt, documents=self.documents, spare=LENGTH + by_heart, **options)

    def picture(self, network: Network) -> Figure:
        """What it writes, coloured by surprise."""
        from elman.tasks.text.picture import picture

        return picture(network, self.alphabet, self.documents)

    def writer(
        self,
        network: Network,
        prompt: str,
        metrics: Mapping[str, Any],
        *,
        form: str | None = None,
        acrostic: str = "",
        rhyme: str | None = None,
        forbid: Sequence[str] = (),
        require: Sequence[str] = (),
        **options: Any,
    ) -> Writer:
        """What writes behind a prompt: options are those of `Form`, `Sampling` and `Choice`."""
        from elman.tasks.text.writing.writer import TextWriter

        held_to = Form(form, acrostic, rhyme, tuple(forbid), tuple(require))
        sampling = self.sampling(prompt, metrics, form=held_to, **options)
        return TextWriter(network, self.alphabet, sampling, metrics if self.settings.recite else None)

    def mark(self, network: Network) -> str:
        """A checksum of alphabet and weights."""
        from elman.tasks.text.scoring.compression import mark

        return mark(network, self.alphabet)

    def compress(self, network: Network, data: bytes) -> bytes:
        """In as many bits as the data surprises the network."""
        from elman.tasks.text.scoring.compression import compress

        return compress(network, self.alphabet, data, partial(so_far, "steps"))

    def decompress(self, network: Network, data: bytes) -> bytes:
        """What was compressed."""
        from elman.tasks.text.scoring.compression import decompress

        return decompress(network, self.alphabet, data, partial(so_far, "steps"))
