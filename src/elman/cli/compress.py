"""`elman compress MODEL FILE --out FILE`; also what `elman decompress` does."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_model, path
from elman.cli.output import emit, note
from elman.cli.reading import contents
from elman.cli.writing import add_force, add_out, check_out, is_pipe, put

if TYPE_CHECKING:
    from elman.cli.parser import Parser
    from elman.network import Network
    from elman.tasks.capabilities.compresses import Compresses


def declare(parser: Parser) -> None:
    """A model, what is read, and what is written."""
    add_model(parser)
    parser.add_argument("file", metavar="FILE", type=path, help="What is read; - is standard input.")
    add_out(parser, "FILE", "What is written; - is standard output.", pipe=True)
    add_force(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """Compresses a file."""
    task, network, data = given(options, "compress")
    made = task.compress(network, data)
    put(options.out, made)
    before, after = len(data), len(made)
    share = f"{8 * after / before:.4f} bits per byte" if data else "nothing was there to compress"
    report(options, {"bytes": before, "compressed": after}, f"{before:,} bytes in {after:,}: {share}")
    return 0


def given(options: Namespace, verb: str) -> tuple[Compresses, Network, bytes]:
    """The model's task and network, and what the file holds. Refuses at once to write where nothing may be written."""
    from elman.models import load
    from elman.tasks.asking import asked
    from elman.tasks.capabilities.compresses import Compresses

    model, file, out = options.model, options.file, options.out
    check_out(out, model, None if is_pipe(file) else file, force=options.force, as_json=options.as_json)
    loaded = load(model)
    return asked(loaded.task, Compresses, verb), loaded.network, contents(str(file))


def report(options: Namespace, sizes: dict[str, int], line: str) -> None:
    """Sizes as JSON, or in a line on stderr: the data may be on stdout."""
    facts: dict[str, Any] = {"model": str(options.model), "file": str(options.out), **sizes}
    if options.as_json:
        emit(facts)
    else:
        note(line)
