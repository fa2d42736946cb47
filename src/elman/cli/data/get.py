"""`elman data get NAME`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json
from elman.cli.output import emit, note, say

if TYPE_CHECKING:
    from elman.cli.parser import Parser


def declare(parser: Parser) -> None:
    """Of a corpus."""
    parser.add_argument("name", metavar="NAME", help="One of `elman data list`.")
    add_json(parser)


def run(options: Namespace) -> int:
    """The path; fetches what is not there."""
    from elman.data import fetch

    path = fetch(options.name, lambda file: note(f"{file.address}: {file.bytes:,} bytes …"))
    if options.as_json:
        emit({"name": options.name, "path": str(path)})
    else:
        say(str(path))
    return 0
