"""`elman predict MODEL INPUT…`."""

from __future__ import annotations

from argparse import Namespace
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
    parser.add_argument("inputs", metavar="INPUT", nargs="*", help="What to answer; without any, each line of stdin.")
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """An answer for each input."""
    from elman.cli.reading import lines
    from elman.models import load

    use_threads(options)
    loaded = load(options.model)
    if options.inputs:
        parsed = loaded.task.parse(options.inputs)
    else:
        parsed = [_parsed(loaded.task, *line) for line in enumerate(lines(loaded.task), 1)]
    outputs = loaded.predict(parsed)
    if options.as_json:
        emit({"inputs": parsed, "outputs": outputs})
    else:
        for output in outputs:
            say(loaded.task.tell(output))
    return 0


def _parsed(task: Task, number: int, line: str) -> Any:
    """The one input of a line: so the n-th answer is that of line n, whatever the lines hold."""
    try:
        [found] = task.parse([line])
    except DataError as error:
        raise DataError(f"stdin, line {number}: {error}", error.hint) from None
    return found
