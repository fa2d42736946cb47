"""What the verbs of text share: a model of the task, and texts from files or from the model's own text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise, starmap
from typing import Any

from elman.cli.output import note
from elman.errors import ConfigError
from elman.models import Model
from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.corpus.sources import few, find
from elman.tasks.text.corpus.texts import texts
from elman.tasks.text.task import Text

PIECE = 1 << 18  # characters that are decoded at a time


@dataclass(frozen=True)
class Texts:
    """Each text in pieces, as often as it is called; and about how many characters they have."""

    again: Callable[[], Iterator[Iterator[str]]]
    about: int

    def __call__(self) -> Iterator[Iterator[str]]:
        """All of them, from the first."""
        return self.again()


def text_task(model: Model, verb: str) -> Text:
    """The task of a model of text; a ConfigError names any other."""
    if not isinstance(model.task, Text):
        raise ConfigError(
            f"{verb}: expected a model of the task 'text'; found one of {model.task.name!r}",
            "`elman train text FILE --out MODEL` makes one",
        )
    return model.task


def file_texts(task: Text, names: list[str], given: Mapping[str, Any]) -> Texts:
    """The texts of files, folders, globs or `-`, standard input, read as the model's were but for what is given."""
    reading = replace(task.settings.reading, **given)
    sources = find(names, reading)
    for line in few(sources.found):
        note(line)
    for line in few(sources.skipped):
        note(f"skipped: {line}")
    return Texts(lambda: texts(sources, reading), sources.size)


def corpus_texts(corpus: Corpus) -> Texts:
    """The texts of a corpus."""

    def part(begin: int, end: int) -> Iterator[str]:
        for first in range(begin + 1, end, PIECE):
            yield corpus.alphabet.decode(corpus.tokens[first : min(first + PIECE, end)])
            corpus.release()

    return Texts(lambda: starmap(part, pairwise(corpus.bounds.tolist())), corpus.characters)
