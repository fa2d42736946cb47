"""`elman check MODEL CERTIFICATE`."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, add_model, path
from elman.cli.output import emit, tell
from elman.errors import DataError
from elman.telling import so_far

if TYPE_CHECKING:
    from elman.cli.parser import Parser

MADE = "`elman prove MODEL --out CERTIFICATE`"


def declare(parser: Parser) -> None:
    """A model, and a certificate."""
    add_model(parser)
    parser.add_argument("certificate", metavar="CERTIFICATE", type=path, help=f"What {MADE} wrote.")
    add_json(parser)


def run(options: Namespace) -> int:
    """Checks it, independently of what found it."""
    from elman.cli.reading import contents
    from elman.models import load
    from elman.proof.checking import checker
    from elman.tasks.capabilities.provable import Provable

    task = load(options.model).task
    try:
        certificate = contents(str(options.certificate))
    except DataError as error:
        raise DataError(str(error), f"certificates are written by {MADE}") from None
    if isinstance(task, Provable):
        # Refuses a file whose machine is not that of its function: of functions the checker knows nothing.
        task.confirm()
    program = checker()
    try:
        margin = program.check(options.model.read_bytes(), certificate, on_box=partial(so_far, "boxes checked"))
    except program.Rejected as rejected:
        if options.as_json:
            emit({"verdict": "rejected", "reason": str(rejected), "margin": None})
        else:
            tell(f"rejected: {options.certificate}: {rejected}")
        return 1
    assert isinstance(task, Provable)  # of other tasks the checker knows no reference
    if options.as_json:
        emit({"verdict": "accepted", "reason": "", "margin": margin, **task.origin})
    else:
        tell(f"accepted: {task.proved}, with a margin of {margin:.3g}")
    return 0
