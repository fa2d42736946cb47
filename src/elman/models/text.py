"""TextModel: what a model of text can do beyond what every model can."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from os import PathLike
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError, choose
from elman.models.model import Model
from elman.tasks.text import InMemory, Text
from elman.tasks.text.scoring.surprise import Score, Surprise, surprises
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.sampling import Sampling
from elman.tasks.text.writing.written import sample, stream

if TYPE_CHECKING:
    from elman.training import Progress


class TextModel(Model):
    """A network that learned to predict the next character: it writes, and says how likely a text is.

    Texts are `str`. To a model of bytes a text is the bytes of its UTF-8, and what it writes is decoded: where that is
    no UTF-8, U+FFFD stands in its place. Lengths and figures are then of bytes.
    """

    task: Text

    @classmethod
    def fit(
        cls,
        texts: str | Iterable[str],
        *,
        start: str | PathLike[str] | None = None,
        minutes: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        **settings: Any,
    ) -> Self:
        """Learns from a text, or from documents, at each of which the state starts anew.

        Args:
            texts: one text, or many: documents, unless `documents=False`.
            start: a model file whose weights it begins with.
            minutes: an upper bound on the training; settings suit it, but for those that are given, or where `recipe`
                is.
            on_progress: called with each event.
            settings: as `elman train text --help` lists them: `hidden`, `epochs`, `rate`, `seed` …

        Ctrl-C and warnings are as with `elman.train`. A further warning tells where every text is the name of a file.

        Raises:
            ConfigError: a setting is wrong.
            DataError: there is too little text, or something that is none.
        """
        from elman.models import run  # a run makes models: it stands above them

        run.check_names(Text, settings, ("minutes", "on_progress", "start"))
        held = _held("texts", texts)
        if not any(held):
            raise DataError("texts: expected some text; found none", "TextModel.fit(path.read_text())")
        settings.setdefault("documents", not isinstance(texts, str))
        training = run.begin("text", InMemory(held), start=start, minutes=minutes, **settings)
        return cast(Self, run.complete(training, minutes, on_progress))

    def sampling(self, prompt: str = "", **options: Any) -> Sampling:
        """What `sample` and `stream` take, as one object."""
        names = [f.name for f in fields(Choice)]
        others = [f.name for f in fields(Sampling) if f.name not in ("prompt", "choice", "documents", "spare")]
        for name in options:
            choose("option", name, [*others, *names])
        sampling = self.task.sampling(prompt, self.metrics, **options)
        for name, why in sampling.choice.idle().items():
            warnings.warn(f"{name}: no effect: {why}", stacklevel=3)  # whoever called `sample` or `stream`
        return sampling

    def sample(self, prompt: str = "", *, count: int | None = None, **options: Any) -> str | list[str]:
        """What it writes behind the prompt: a text, or with `count` a list of them, written as one batch.

        Args:
            prompt: what stands before it; "" for a text from its beginning.
            count: how many texts.
            options: `length` (default: 500, or what the form asks for, or all that was learned by heart), `seed`,
                `stop`, `form` (a `elman.Form`), `unknown` ("error", "skip"); `temperature` (0: always the likeliest),
                `top_k`, `top_p`, `min_p`.

        Raises:
            ConfigError: an option is wrong, or the form cannot be had.
            DataError: the prompt has characters that the model has never seen.
        """
        alphabet = self.task.alphabet
        written = sample(self.network, alphabet, self.sampling(prompt, **options), 1 if count is None else count)
        texts = [alphabet.to_unicode(text) for text in written]
        return texts[0] if count is None else texts

    def stream(self, prompt: str = "", **options: Any) -> Iterator[str]:
        """The same text as `sample`, in pieces of whole characters, as they are written."""
        alphabet = self.task.alphabet
        return alphabet.unicode_pieces(stream(self.network, alphabet, self.sampling(prompt, **options)))

    def score(self, texts: str | Iterable[str] | None = None) -> dict[str, Any]:
        """`characters nats_per_character bits_per_character perplexity unseen` of texts; else of what is held out.

        A `str` is one text; many are documents for a model of documents, else texts that are read on their own. A
        warning tells where many of their characters are unknown to the model, and so have no figures.
        """
        if texts is None:
            return super().score()
        score = Score.of(self._surprises(_held("texts", texts)))
        score.check()
        if unknown := score.warning():
            warnings.warn(f"texts: {unknown}", stacklevel=2)
        return score.metrics()

    def surprise(self, text: str) -> NDArray[np.float64]:
        """(T,): the nats of each symbol of a text, NaN for characters that the model has never seen.

        A symbol is a character, or, of a model of bytes, one of the `len(text.encode())` bytes.
        """
        found = [one.nats[: len(one.text)] for one in self._surprises(_held("text", text))]
        return np.concatenate(found) if found else np.zeros(0)

    def _surprises(self, texts: list[str]) -> Iterator[Surprise]:
        alphabet = self.task.alphabet
        each = [[alphabet.from_unicode(text)] for text in texts]
        return surprises(self.network, alphabet, each, documents=self.task.documents)


def _held(where: str, texts: str | Iterable[str]) -> list[str]:
    """One text, or many, in a list; a DataError where something is none, a warning where all are names of files."""
    held = _listed(where, texts)
    if held and all(map(os.path.isfile, held)):  # False for what cannot be a name, where `Path.is_file` may raise
        warnings.warn(
            f"{where}: {held[0]!r} is read as the text itself, not as the name of a file, though there is such a file; "
            f'elman.train("text", path) learns from files, and Path({held[0]!r}).read_text() gives the text of one',
            stacklevel=3,  # whoever called `fit`, `score` or `surprise`
        )
    return held


def _listed(where: str, texts: str | Iterable[str]) -> list[str]:
    if isinstance(texts, str):
        return [texts]
    wrong = f"{where}: expected a str, or many"
    if isinstance(texts, PathLike):
        raise DataError(f"{wrong}; found a path", 'elman.train("text", path) reads files')
    if isinstance(texts, bytes):
        raise DataError(f"{wrong}; found bytes", 'texts.decode("utf-8")')
    if not isinstance(texts, Iterable):
        raise DataError(f"{wrong}; found {texts!r:.60}")
    held = list(texts)
    for place, text in enumerate(held):
        if not isinstance(text, str):
            raise DataError(f"{where}[{place}]: expected a str; found {text!r:.60}")
    return held
