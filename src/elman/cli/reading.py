"""What people write in files and on standard input, read as the texts of training are: encodings, marks, line ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from elman.errors import DataError

if TYPE_CHECKING:
    from io import TextIOWrapper

    from elman.tasks import Task
    from elman.tasks.text.corpus.sources import Reading

STDIN = "-"
FILE = "@"  # before the name of a file that holds a prompt


def lines(task: Task) -> Iterator[list[str]]:
    """The lines of standard input, without their ends, as they come: in each list those that are there already."""
    from elman.tasks.text.corpus.arriving import arriving

    reading = _reading(task)
    for batch in arriving("standard input", sys.stdin.buffer, reading):
        yield [_unicode(line, reading) for line in batch]


def prompt(task: Task, word: str) -> str:
    """A prompt as it was given: the text itself; `@FILE`, what a file holds; or `-`, standard input. `@@` is an `@`."""
    if word.startswith(2 * FILE):
        return word[1:]
    if word != STDIN and not word.startswith(FILE):
        return word
    reading = _reading(task)
    try:
        with _opened(word.removeprefix(FILE), reading) as file:
            return _unicode(file.read(), reading)
    except DataError as error:
        raise DataError(f"prompt: {error}", error.hint or f"{FILE}{word} is the text {word!r} itself") from None


def _reading(task: Task) -> Reading:
    from elman.tasks.text.corpus.sources import Reading
    from elman.tasks.text.task import Text

    return task.settings.reading if isinstance(task, Text) else Reading()


@contextmanager
def _opened(name: str, reading: Reading) -> Iterator[TextIOWrapper]:
    from elman.tasks.text.corpus.sources import source

    with source(name).text(reading) as file:
        yield file


def _unicode(text: str, reading: Reading) -> str:
    """As people write it; of bytes that are no UTF-8, each is one of the halves of characters that stand for bytes."""
    return text.encode("latin-1").decode("utf-8", "surrogateescape") if reading.raw else text
