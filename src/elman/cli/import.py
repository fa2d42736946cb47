"""`elman import SOURCE --out FILE`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json
from elman.cli.output import emit, say
from elman.cli.writing import add_force, add_out, check_free, refuse_ending
from elman.spelling import option

if TYPE_CHECKING:
    from elman.cli.parser import Parser

OPTIONS = ("nonlinearity", "readout", "symbols")


def declare(parser: Parser) -> None:
    """Where it is, where it goes, and what its shapes do not tell."""
    about = "A file, an address, or a file of Hugging Face: hf://owner/name/file."
    parser.add_argument("source", metavar="SOURCE", help=about)
    add_out(parser, "FILE", "Where it goes.")
    add_force(parser)
    parser.add_argument("--sha256", metavar="HEX", help="The checksum SHA-256 of the file; an address needs it.")
    section = "what the shapes of another tool's tensors do not tell"
    parser.add_argument("--nonlinearity", metavar="NAME", section=section, help="Of an RNN: tanh, relu or sigmoid.")
    about = "What the head reads: steps, last, mean or max (default: steps)."
    parser.add_argument("--readout", metavar="NAME", section=section, help=about)
    about = "Inputs are numbers of symbols, even where there is no embedding."
    parser.add_argument("--symbols", action="store_true", default=None, section=section, help=about)
    add_json(parser)


def run(options: Namespace) -> int:
    """Fetches it, if it is elsewhere, and writes a file of elman."""
    from pathlib import Path

    from elman.interop.arriving import arrived
    from elman.models import Model
    from elman.network.file import write_whole

    local = Path(options.source)
    refuse_ending(
        "--out", options.out, "`elman export MODEL --out FILE --to {}` writes such a file, of what was imported"
    )
    check_free("--out", options.out, local if local.is_file() else None, force=options.force)
    given = {name: getattr(options, name) for name in OPTIONS}
    came = arrived(options.source, options.sha256, {name: value for name, value in given.items() if value is not None})
    if came.ours:
        write_whole(options.out, came.path.read_bytes())  # as it is: a certificate is about these bytes
    else:
        came.model.save(options.out)
    network = came.model.network if isinstance(came.model, Model) else came.model
    task = came.model.task.name if isinstance(came.model, Model) else None
    if options.as_json:
        size = network.parameters.flat.size
        emit({"task": task, "model": str(options.out), "cell": network.architecture.cell, "parameters": size})
        return 0
    what = f"a model of the task {task}" if task else "a network without a task"
    say(f"{what}: {network.architecture.cell}, {network.parameters.flat.size:,} parameters")
    if came.assumed:
        values = {name: getattr(network.architecture, name) for name in came.assumed}
        usual = ", ".join(option(name, value) if value else f"without --{name}" for name, value in values.items())
        say(f"the file does not tell all of it; so it has what is usual: {usual}")
    say(f"saved to {options.out}")
    return 0
