"""`elman bench [NAME…]`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, between
from elman.cli.output import complain, emit, note, say, tell
from elman.errors import choose

if TYPE_CHECKING:
    from elman.cli.parser import Parser


def declare(parser: Parser) -> None:
    """Workloads, and how they are run."""
    parser.add_argument("names", metavar="NAME", nargs="*", help="Workloads: w1 to w7 (default: all).")
    parser.add_argument(
        "--threads",
        metavar="N",
        type=between(1, 1024),
        help="For all libraries (default: ELMAN_THREADS, or two).",
    )
    add_json(parser)


def run(options: Namespace) -> int:
    """Races, with a table of each."""
    from elman.bench import machine, table, workloads
    from elman.bench.peers import PEERS
    from elman.bench.race import DisagreementError

    wanted = dict.fromkeys(choose("NAME", name, workloads.WORKLOADS) for name in options.names or workloads.WORKLOADS)
    count = machine.default_threads() if options.threads is None else options.threads
    facts = machine.facts(count)
    note(", ".join(f"{name} {value}" for name, value in facts.items()))
    found = {}
    for name in wanted:
        note(f"{name} …")
        try:
            result = machine.apart(count, workloads.run, name, quick=True)
        except DisagreementError as error:
            complain(str(error), "their times would say nothing about each other", options.as_json)
            return 1
        found[name] = table.data(result)
        if not options.as_json:
            tell(f"{result.workload}. {table.text(result)}")
            for line in table.aligned([table.header(result), *table.rows(result)]):
                say(f"  {line}")
            say("")
    if options.as_json:
        emit({**facts, "threads": count, "workloads": found})
    for peer in PEERS:
        if peer.missing:
            note(f"{peer.name} did not take part: {' and '.join(peer.missing)} not installed")
    if any(peer.missing for peer in PEERS):
        note("hint: pip install 'elman[bench]'")
    return 0
