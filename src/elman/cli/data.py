"""`elman data list`, `elman data get NAME`."""

from __future__ import annotations

from typing import Annotated

import typer

from elman.cli.output import AsJson, emit, note, say
from elman.data import CORPORA, cache, cached, fetch, place

data = typer.Typer(
    help="Public corpora. They are kept in the folder that ELMAN_CACHE names, or in the system's cache.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@data.command("list")
def list_corpora(as_json: AsJson = False) -> None:
    """Which there are, and which are fetched."""
    there = {name: cached(name) for name in CORPORA}
    if as_json:
        rows = [
            {
                "name": name,
                "title": corpus.title,
                "licence": corpus.licence,
                "bytes": corpus.bytes,
                "options": corpus.options,
                "cached": there[name],
                "path": str(place(name)),
            }
            for name, corpus in CORPORA.items()
        ]
        emit({"cache": str(cache()), "corpora": rows})
        return
    for name, corpus in CORPORA.items():
        state = "in the cache" if there[name] else "not fetched"
        say(f"{name:12} {corpus.bytes / 1e6:5.2f} MB  {corpus.licence:14} {state:13} {corpus.title}")
    note("")
    for name, corpus in CORPORA.items():
        options = f"{corpus.options} " if corpus.options else ""
        note(f'elman train text {options}"$(elman data get {name})"')


@data.command()
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of `elman data list`.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """The path of a corpus; fetches what is not there."""
    path = fetch(name, lambda file: note(f"{file.address}: {file.bytes:,} bytes …"))
    if as_json:
        emit({"name": name, "path": str(path)})
    else:
        say(str(path))
