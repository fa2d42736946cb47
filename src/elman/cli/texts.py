"""What the verbs of text share: a model of the task, and texts from files or from the model's own text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from elman.cli.output import note
from elman.errors import ConfigError
from elman.models import Model
from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.corpus.sources import Sources, find
from elman.tasks.text.corpus.texts import Piece, pieces
from elman.tasks.text.task import Text

PIECE = 1 << 18  # characters that are decoded at a time
PAUSE = 10.0  # seconds between two lines of progress

Texts = Callable[[], Iterator[Iterator[str]]]  # each text in pieces, as often as it is called


def text_task(model: Model, verb: str) -> Text:
    """The task of a model of text; a ConfigError names any other."""
    if not isinstance(model.task, Text):
        raise ConfigError(
            f"{verb}: expected a model of the task 'text'; found one of {model.task.name!r}",
            "`elman train text FILE --out MODEL` makes one",
        )
    return model.task


def file_texts(task: Text, names: list[str], encoding: str | None = None, field: str | None = None) -> Texts:
    """The texts of files, folders, globs or `-`, standard input, read as the model's were."""
    reading = task.settings.reading
    reading = replace(reading, encoding=encoding or reading.encoding, field=field or reading.field)
    sources = find(names, reading)
    for line in sources.skipped:
        note(f"skipped: {line}")

    def texts() -> Iterator[Iterator[str]]:
        for source in sources.files:
            found = pieces(Sources((source,)), reading)
            if reading.documents:
                yield from _documents(found)
            else:
                yield (piece.text for piece in found)

    return texts


def _documents(found: Iterator[Piece]) -> Iterator[Iterator[str]]:
    for piece in found:
        for begin, end in pairwise([*piece.starts, len(piece.text)]):
            yield iter([piece.text[begin:end]])


def corpus_texts(corpus: Corpus) -> Texts:
    """The texts of a corpus."""

    def part(begin: int, end: int) -> Iterator[str]:
        for first in range(begin, end, PIECE):
            yield corpus.alphabet.decode(corpus.tokens[first : min(first + PIECE, end)])
            corpus.release()

    def texts() -> Iterator[Iterator[str]]:
        for begin, end in pairwise(corpus.bounds.tolist()):
            yield part(begin + 1, end)

    return texts


class Pace:
    """Tells now and then how far a long work has come."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = self._told = time.monotonic()

    def __call__(self, done: int, total: int | None = None) -> None:
        """So much is done, of so much."""
        now = time.monotonic()
        if now - self._told < PAUSE:
            return
        self._told, speed = now, done / (now - self._began)
        left = "" if total is None else f"/{total:,}"
        rest = "" if total is None else f"  {(total - done) / speed:,.0f} s left"
        note(f"{done:,}{left} {self._what}  {speed:,.0f} {self._what}/s{rest}")
