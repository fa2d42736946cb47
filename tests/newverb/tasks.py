"""A verb that elman lacks: `test_task_change.py` puts this file among the verbs, and its line in the table."""

from __future__ import annotations

from argparse import Namespace

from elman.cli.arguments import add_json
from elman.cli.output import emit, say
from elman.cli.parser import Parser
from elman.tasks import TASKS


def declare(parser: Parser) -> None:
    """Nothing but how it is told."""
    add_json(parser)


def run(options: Namespace) -> int:
    """Names all tasks."""
    if options.as_json:
        emit({"tasks": list(TASKS)})
    else:
        say(" ".join(TASKS))
    return 0
