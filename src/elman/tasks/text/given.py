"""What a training is given to learn from: names of files, or texts that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

from elman.errors import ConfigError, DataError
from elman.files.source import Source
from elman.spelling import either
from elman.tasks.text.alphabet import Alphabet, utf8
from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.corpus.sources import SEPARATED
from elman.tasks.text.settings import TextSettings


class InMemory(tuple[str, ...]):
    """Texts that are there already, as people write them, in place of the names of files."""


def read(data: Sequence[Any], settings: TextSettings, alphabet: Alphabet | None) -> tuple[Corpus, list[str]]:
    """The corpus, and the names of its files; with an alphabet, of a training that goes on from a model.

    Raises:
        ConfigError: nothing is given.
        DataError: what is given is none.
    """
    if not len(data):
        start = alphabet is not None
        call = f'elman.train("text", path{", start=model" * start})'
        command = f"`elman train text FILE{' --from MODEL' * start}`"
        raise ConfigError("text: expected files to learn from; found none", either(call, command))
    if isinstance(data, InMemory):
        tokens = settings.reading.tokens
        texts = map(utf8, data) if tokens == "bytes" else data
        return Corpus.of(texts, documents=settings.documents, tokens=tokens, alphabet=alphabet), []
    for name in data:
        if not isinstance(name, str | PathLike):
            raise DataError(
                f"data: expected paths; found {name!r:.60}", "elman.TextModel.fit(texts) learns from texts in memory"
            )
    names = [str(name) for name in data]
    return Corpus.read(names, settings.reading, alphabet), names


def idle(settings: TextSettings, corpus: Corpus | None) -> dict[str, str]:
    """Which settings of reading change nothing, and why; without a corpus, for any."""
    s, found = settings, dict[str, str]()
    in_memory = corpus is not None and not corpus.names
    if s.encoding != "utf-8" and (s.tokens == "bytes" or in_memory):
        found["encoding"] = "bytes are read as they are" if s.tokens == "bytes" else "there is no file to decode"
    rows = corpus is None or any(Source(name).suffix in SEPARATED for name in corpus.names)
    for name in ("field", "delimiter", "header"):
        if getattr(s, name) is not None and (in_memory or (name != "field" and not rows)):
            found[name] = "there is no file to find it in"
    if s.skip_empty and in_memory:
        found["skip_empty"] = "there is no file to leave any out of"
    return found
