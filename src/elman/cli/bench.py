"""`elman bench [NAME…]`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, between
from elman.cli.output import complain, emit, note, say, tell
from elman.errors import ConfigError, choose
from elman.spelling import counted

if TYPE_CHECKING:
    from elman.cli.parser import Parser


def declare(parser: Parser) -> None:
    """Workloads, and how they are run."""
    parser.add_argument("names", metavar="NAME", nargs="*", help="Workloads: w1 to w7, w9 (default: all).")
    parser.add_argument(
        "--threads",
        metavar="N",
        type=between(1, 1024),
        help="For all libraries (default: ELMAN_THREADS, or two; with --device, as many as a training has).",
    )
    about = "Find the size of a network from which this device is faster: cuda, or torch-cpu."
    parser.add_argument("--device", metavar="NAME", help=about)
    add_json(parser)


def run(options: Namespace) -> int:
    """Races, with a table of each."""
    if options.device is not None:
        return _devices(options)
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


def _devices(options: Namespace) -> int:
    """The engine and a device, size by size."""
    from elman._engine import set_threads, threads
    from elman.interop.devices import check_device

    if options.names:
        raise ConfigError(f"--device: expected no NAME beside it; found {options.names[0]}")
    check_device(options.device)
    if options.threads is not None:
        set_threads(options.threads)
    from elman.bench import devices

    if not options.as_json:
        tell(
            f"An update of {devices.LAYERS} layers of LSTM: {devices.ROWS} rows of {devices.STEPS} steps, in ms, on "
            f"{counted(threads(), 'thread')} and on {options.device}."
        )
    found = []
    for size in devices.sizes(options.device):
        found.append(size)
        if not options.as_json:
            say(f"  {size.hidden:4} hidden  {1e3 * size.engine:9.2f}  {1e3 * size.device:9.2f}")
    pays = next((one.hidden for n, one in enumerate(found) if all(s.device < s.engine for s in found[n:])), None)
    if options.as_json:
        emit({"device": options.device, "threads": threads(), "sizes": [one._asdict() for one in found], "pays": pays})
    elif pays is None:
        tell(f"{options.device} does not pay at these sizes")
    else:
        tell(f"from {pays} hidden units on, {options.device} pays")
    return 0
