"""`elman data list`, `elman data get NAME`: a file for each, as for verbs."""

from __future__ import annotations

from argparse import Namespace

from elman.cli.parser import Parser, dispatch_to

COMMANDS = {
    "list": "Which there are, and which are fetched.",
    "get": "The path of a corpus; fetches what is not there.",
}


def declare(parser: Parser) -> None:
    """What to do."""
    parser.add_commands("command", COMMANDS, COMMANDS.__getitem__)


def run(options: Namespace) -> int:
    """Does it."""
    return dispatch_to("elman data", "command", COMMANDS, options.words, __name__)
