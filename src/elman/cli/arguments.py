"""Arguments that several verbs have, and kinds of values."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from elman.cli.parser import Parser


def path(word: str) -> Path:
    """A file's."""
    from pathlib import Path

    return Path(word)


def whole_number(word: str) -> int:
    """A whole number, of any size."""
    try:
        return int(word)
    except ValueError:
        raise ArgumentTypeError(f"expected a whole number; found {word!r}") from None


def number(word: str) -> float:
    """A number; what is out of range is for whoever uses it to say."""
    try:
        return float(word)
    except ValueError:
        raise ArgumentTypeError(f"expected a number; found {word!r}") from None


def between(low: int, high: int) -> Callable[[str], int]:
    """Whole numbers from `low` to `high`."""

    def bounded(word: str) -> int:
        value = whole_number(word)
        if not low <= value <= high:
            raise ArgumentTypeError(f"expected a whole number from {low} to {high}; found {word!r}")
        return value

    return bounded


def add_model(parser: Parser) -> None:
    """MODEL."""
    parser.add_argument("model", metavar="MODEL", type=path, help="A model file.")


def add_json(parser: Parser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", dest="as_json", help="One JSON object on stdout.")


def add_threads(parser: Parser) -> None:
    """--threads N, which `use_threads` heeds."""
    parser.add_argument(
        "--threads",
        metavar="N",
        type=between(1, 1024),
        help="Threads of the process (default: ELMAN_THREADS, or all cores).",
    )


def use_threads(options: Namespace) -> None:
    """As many threads as are asked for; refuses a wrong ELMAN_THREADS before there is work to lose."""
    from elman._engine import set_threads, threads

    if options.threads is None:
        threads()
    else:
        set_threads(options.threads)


def add_reading(parser: Parser) -> None:
    """--encoding and --field: how files of text are read."""
    parser.add_argument("--encoding", metavar="NAME", help="Of the files (default: as the model's text was read).")
    parser.add_argument("--field", metavar="NAME", help="Of documents: what is the text (default: as the model's).")
