"""`elman predict MODEL INPUT…`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_model, add_threads, use_threads
from elman.cli.output import emit, say
from elman.errors import DataError

if TYPE_CHECKING:
    from elman.cli.parser import Parser
    from elman.tasks import Task


def declare(parser: Parser) -> None:
    """A model, and inputs."""
    add_model(parser)
    about = "What to answer; without any, each line of stdin as it comes (with --json: all of them, at its end)."
    parser.add_argument("inputs", metavar="INPUT", nargs="*", help=about)
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """An answer for each input."""
    from itertools import chain

    from elman.models import load

    use_threads(options)
    loaded = load(options.model)
    task = loaded.task
    batches = iter([task.parse(options.inputs)]) if options.inputs else _arriving(task)
    if options.as_json:
        parsed = list(chain.from_iterable(batches))
        emit({"inputs": parsed, "outputs": loaded.predict(parsed)})
        return 0
    for batch in batches:
        for output in loaded.predict(batch):
            say(task.tell(output))
        sys.stdout.flush()  # whoever wrote a line may be waiting for its answer
    return 0


def _arriving(task: Task) -> Iterator[list[Any]]:
    """The inputs of standard input, those that are there already at a time; the error of a line comes behind them."""
    from elman.cli.reading import lines

    number = 0
    for batch in lines(task):
        parsed = []
        for line in batch:
            number += 1
            try:
                parsed.append(_parsed(task, number, line))
            except DataError:
                yield parsed
                raise
        yield parsed


def _parsed(task: Task, number: int, line: str) -> Any:
    """The one input of a line: so the n-th answer is that of line n, whatever the lines hold."""
    try:
        [found] = task.parse([line])
    except DataError as error:
        raise DataError(f"stdin, line {number}: {error}", error.hint) from None
    return found
