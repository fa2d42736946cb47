"""`elman data list`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json
from elman.cli.output import emit, note, say, width

if TYPE_CHECKING:
    from elman.cli.parser import Parser


def declare(parser: Parser) -> None:
    """Of all corpora."""
    add_json(parser)


def run(options: Namespace) -> int:
    """Says what there is, and what is there."""
    from textwrap import fill

    from elman.data import CORPORA, cache, cached, place

    there = {name: cached(name) for name in CORPORA}
    if options.as_json:
        rows = [
            {
                "name": name,
                "title": corpus.title,
                "licence": corpus.licence,
                "task": corpus.task,
                "bytes": corpus.bytes,
                "options": corpus.options,
                "cached": there[name],
                "path": str(place(name)),
            }
            for name, corpus in CORPORA.items()
        ]
        emit({"cache": str(cache()), "corpora": rows})
        return 0
    for name, corpus in CORPORA.items():
        state = "in the cache" if there[name] else "not fetched"
        say(f"{name:13} {corpus.bytes / 1e6:8,.2f} MB  {corpus.licence:14} {state}")
        say(fill(corpus.title, width(), initial_indent="  ", subsequent_indent="  "))
    note("")
    for name, corpus in CORPORA.items():
        options_of = f"{corpus.options} " if corpus.options else ""
        note(f'elman train {corpus.task} {options_of}"$(elman data get {name})"')
    return 0
