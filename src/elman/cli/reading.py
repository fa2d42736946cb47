"""What people write on standard input and in files, read as the task reads it: encodings, marks, line ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from elman.errors import DataError
from elman.files import STANDARD_INPUT, STDIN

if TYPE_CHECKING:
    from elman.files.coding import Coding
    from elman.tasks import Task

FILE = "@"  # before the name of a file that holds a prompt


def lines(task: Task) -> Iterator[list[str]]:
    """The lines of standard input, without their ends, as they come: in each list those that are there already."""
    from elman.files.arriving import arriving
    from elman.files.source import standard_input

    coding = _coding(task)
    for batch in arriving(STANDARD_INPUT, standard_input(), coding):
        yield [coding.unicode(line) for line in batch]


def contents(name: str) -> bytes:
    """The bytes of a file, or, of -, of standard input; a DataError where it cannot be read."""
    from elman.files.source import source

    with source(name).raw() as file:
        return file.read()


def prompt(task: Task, word: str) -> str:
    """A prompt as it was given: the text itself; `@FILE`, what a file holds; or `-`, standard input. `@@` is an `@`."""
    if word.startswith(2 * FILE):
        return word[1:]
    if word != STDIN and not word.startswith(FILE):
        return word
    from elman.files.source import source

    coding = _coding(task)
    try:
        with source(word.removeprefix(FILE)).text(coding) as file:
            return coding.unicode(file.read())
    except DataError as error:
        itself = "" if word == STDIN else f"{FILE}{word} is the text {word!r} itself"
        raise DataError(f"prompt: {error}", "; ".join(filter(None, [itself, error.hint]))) from None


def _coding(task: Task) -> Coding:
    from elman.files.coding import Coding
    from elman.tasks.capabilities.coded import Coded

    return task.coding if isinstance(task, Coded) else Coding()
