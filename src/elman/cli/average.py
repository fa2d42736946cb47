"""`elman average MODEL MODEL… --out MODEL`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, add_threads, path, use_threads
from elman.cli.output import emit, say
from elman.cli.writing import add_force, add_out, check_free, refuse_ending

if TYPE_CHECKING:
    from elman.cli.parser import Parser


def declare(parser: Parser) -> None:
    """Models, and where theirs goes."""
    about = "Model files of one task, that learned from the same data with different seeds."
    parser.add_argument("models", metavar="MODEL", nargs="+", type=path, help=about)
    add_out(parser, "MODEL", "The model file to write.")
    add_force(parser)
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """Writes it."""
    from elman.models import load
    from elman.models.averaging import average

    use_threads(options)
    out = options.out
    refuse_ending("--out", out, "`elman export --to {}` writes such a file of a model")
    check_free("--out", out, *options.models, force=options.force)
    found = average([load(one) for one in options.models], [str(one) for one in options.models])
    found.save(out)
    size = found.network.parameters.flat.size
    if options.as_json:
        emit({"task": found.task.name, "model": str(out), "models": len(options.models), "parameters": size})
    else:
        say(f"saved to {out}: the mean of {len(options.models)} models, {size:,} parameters")
    return 0
