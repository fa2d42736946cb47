"""`elman listen MODEL [FILE|-|microphone]`."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_model, add_threads, number, use_threads
from elman.cli.output import emit
from elman.cli.sound import MICROPHONE, SOURCE, add_rate, samples

if TYPE_CHECKING:
    from elman.cli.parser import Parser


def declare(parser: Parser) -> None:
    """A model, and what it listens to."""
    add_model(parser)
    parser.add_argument("source", metavar="SOURCE", nargs="?", default=MICROPHONE, help=SOURCE)
    add_rate(parser, "the model's")
    about = "How probable a word must be (default: as the model has it)."
    parser.add_argument("--threshold", metavar="P", type=number, help=about)
    about = "After a word, report no other one for this many seconds (default: 0.2)."
    parser.add_argument("--refractory", metavar="S", type=number, default=0.2, help=about)
    parser.add_argument("--all", action="store_true", help="Also report what is said but is no word of the model.")
    add_threads(parser)
    add_json(parser, "Errors as a line of JSON, too; words are always written so.")


def run(options: Namespace) -> int:
    """A line of JSON for each word, as soon as it is over."""
    from elman.models import load
    from elman.tasks.asking import asked
    from elman.tasks.capabilities.listens import Listens

    use_threads(options)
    loaded = load(options.model)
    task = asked(loaded.task, Listens, "listen")
    rate, pieces = samples(task, options.source, options.rate, task.rate)
    stream = task.listening(loaded.network, rate, options.threshold, options.refractory)
    for piece in pieces:
        _tell(stream.feed(piece), options)
    _tell(stream.finish(), options)
    return 0


def _tell(found: list[dict[str, Any]], options: Namespace) -> None:
    for one in found:
        if one["word"] is not None or options.all:
            emit(one)
            sys.stdout.flush()
