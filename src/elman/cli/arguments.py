"""Arguments that several verbs have, and kinds of values."""

from __future__ import annotations

from argparse import ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from elman.errors import ConfigError
from elman.files import STDIN
from elman.spelling import address, narrow

if TYPE_CHECKING:
    from pathlib import Path

    from elman.cli.parser import Parser

# Of files of sessions: role -> what its column has.
COLUMNS = {"session": "sessions", "item": "items", "time": "times", "user": "visitors", "action": "actions"}


class RefusedError(ArgumentTypeError):
    """A value that is none, and what to do, which `Parser.read` hands on."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def path(word: str) -> Path:
    """A file's, or - where the verb has a meaning for it."""
    from pathlib import Path

    if not word:
        raise ArgumentTypeError("expected the name of a file; found ''")
    if elsewhere := address(word):
        hint = "name a file; `elman import` fetches a model from elsewhere"
        raise RefusedError(f"expected a file; found an address, {elsewhere}…", hint)
    return Path(word)


def own_path(word: str) -> Path:
    """The same of what is written, and cannot go to standard output."""
    if word == STDIN:
        raise RefusedError("expected a name; found '-', standard output", "./- is what has this name")
    return path(word)


def whole_number(word: str) -> int:
    """A whole number, of any size."""
    try:
        return int(_plain(word))
    except ValueError:
        raise _no_number("a whole number", word) from None


def number(word: str) -> float:
    """A number; what is out of range is for whoever uses it to say."""
    try:
        return float(_plain(word))
    except ValueError:
        raise _no_number("a number", word) from None


def _no_number(wanted: str, word: str) -> ArgumentTypeError:
    """With what was meant, if only its digits are other ones."""
    message, usual = f"expected {wanted}; found {word!r}", narrow(word)
    return ArgumentTypeError(message) if usual == word else RefusedError(message, f"did you mean {usual!r}?")


def _plain(word: str) -> str:
    """A ValueError where Python would read more than the usual digits: full-width ones, and 1_000."""
    if not word.isascii() or "_" in word:
        raise ValueError(word)
    return word


def between(low: int, high: int) -> Callable[[str], int]:
    """Whole numbers from `low` to `high`."""

    def bounded(word: str) -> int:
        value = whole_number(word)
        if not low <= value <= high:
            raise ArgumentTypeError(f"expected a whole number from {low} to {high}; found {word!r}")
        return value

    return bounded


def levels(word: str) -> list[float]:
    """Numbers between commas, each once, in order; in percent, from 1 to below 100."""
    found = sorted({number(part) for part in word.split(",")})
    if not all(1 <= one < 100 for one in found):
        message = f"expected percents from 1 to below 100, and commas; found {word!r}"
        if all(0 < one < 1 for one in found):
            raise RefusedError(message, f"did you mean {','.join(f'{100 * one:g}' for one in found)}?")
        raise ArgumentTypeError(message)
    return found


def add_model(parser: Parser) -> None:
    """MODEL."""
    parser.add_argument("model", metavar="MODEL", type=path, help="A model file.")


def refuse_files(files: list[str]) -> None:
    """A ConfigError where files are named that a network without a task is to read."""
    if files:
        raise ConfigError(f"{files[0]}: expected a model of a task, which reads files; found a network without one")


def add_json(parser: Parser, about: str = "One JSON object on stdout.") -> None:
    """--json, which all verbs have: errors are JSON, too (`failing`)."""
    parser.add_argument("--json", action="store_true", dest="as_json", help=about)


def add_threads(parser: Parser) -> None:
    """--threads N, which `use_threads` heeds."""
    parser.add_argument(
        "--threads",
        metavar="N",
        type=between(1, 1024),
        help="Threads of the process (default: as `elman info` says; ELMAN_THREADS sets it).",
    )


def use_threads(options: Namespace) -> None:
    """As many threads as are asked for; refuses a wrong ELMAN_THREADS before there is work to lose."""
    from elman._engine import set_threads, threads

    if options.threads is None:
        threads()
    else:
        set_threads(options.threads)


def add_reading(parser: Parser) -> None:
    """How files are read, where it is not as those of the training were; `reading_of` tells what was given."""
    section = add_coding(parser)
    parser.add_argument(
        "--field", metavar="NAME", section=section, help="Of documents of text: the field or column with the text."
    )
    about = "Of CSV of texts: whether the first row has the names of the columns."
    parser.add_argument("--header", action=BooleanOptionalAction, section=section, help=about)
    about = "Leave out documents without a text, and sequences without a step, label or number, and say how many."
    add_skipping(parser, section, about)
    section = "columns of sessions (default: as in training, or of a usual name)"
    for role, what in COLUMNS.items():
        about = f"The column of {what}."
        parser.add_argument(f"--{role}", metavar="COLUMN", section=section, help=about)


def add_skipping(parser: Parser, section: str, about: str) -> None:
    """--skip-empty."""
    parser.add_argument("--skip-empty", action=BooleanOptionalAction, section=section, help=about)


def add_coding(parser: Parser) -> str:
    """--encoding, --delimiter and --table, which all tables have; the title of their section."""
    section = "how files are read (default: as those of the training were)"
    parser.add_argument(
        "--encoding", metavar="NAME", section=section, help="Encoding of the files, as Python names it."
    )
    parser.add_argument("--delimiter", metavar="C", section=section, help="Of CSV: the character between columns.")
    parser.add_argument("--table", metavar="NAME", section=section, help="Of a database: the table, or a SELECT.")
    return section


def reading_of(options: Namespace) -> dict[str, Any]:
    """What `add_reading`, or `add_coding`, was given."""
    names = ("encoding", "field", "delimiter", "table", "header", "skip_empty", *COLUMNS)
    given = {name: getattr(options, name, None) for name in names}
    return {name: value for name, value in given.items() if value is not None}
