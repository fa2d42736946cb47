"""`elman bench [NAME…]`."""

from __future__ import annotations

import textwrap
from typing import Annotated

import typer

from elman.cli.output import AsJson, complain, emit, note, say
from elman.errors import choose

WIDTH = 100  # of what is said about a table


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME…", help="Workloads: w1 to w7; default: all.", show_default=False)
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="For all libraries (default: ELMAN_THREADS, or two).", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Side by side with NumPy, PyTorch, JAX and ONNX Runtime, as far as they are installed."""
    # Imported here: no other verb needs to know what benchmarks there are.
    from elman.bench import machine, table
    from elman.bench.peers import PEERS
    from elman.bench.race import DisagreementError
    from elman.bench.workloads import WORKLOADS, run

    wanted = dict.fromkeys(choose("NAME", name, WORKLOADS) for name in names or WORKLOADS)
    count = machine.default_threads() if threads is None else threads
    facts = machine.facts(count)
    note(", ".join(f"{name} {value}" for name, value in facts.items()))
    found = {}
    for name in wanted:
        note(f"{name} …")
        try:
            result = machine.apart(count, run, name, quick=True)
        except DisagreementError as error:
            complain(str(error), "their times would say nothing about each other", as_json)
            return 1
        found[name] = table.data(result)
        if not as_json:
            for line in textwrap.wrap(f"{result.workload}. {table.text(result)}", WIDTH):
                say(line)
            for line in table.aligned([table.header(result), *table.rows(result)]):
                say(f"  {line}")
            say("")
    if as_json:
        emit({**facts, "threads": count, "workloads": found})
    for peer in PEERS:
        if peer.missing:
            note(f"{peer.name} did not take part: {' and '.join(peer.missing)} not installed")
    if any(peer.missing for peer in PEERS):
        note("hint: pip install 'elman[bench]'")
    return 0
