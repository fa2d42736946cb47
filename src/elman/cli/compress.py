"""`elman compress MODEL FILE --out FILE`; also what `elman decompress` does."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_model, path
from elman.cli.output import emit, note
from elman.cli.writing import add_force, add_out, check_free
from elman.errors import ConfigError, DataError
from elman.telling import so_far

if TYPE_CHECKING:
    from pathlib import Path

    from elman.cli.parser import Parser

Work = Callable[..., bytes]


def declare(parser: Parser) -> None:
    """A model, what is read, and what is written."""
    add_model(parser)
    parser.add_argument("file", metavar="FILE", type=path, help="What is read; - is standard input.")
    add_out(parser, "FILE", "What is written; - is standard output.")
    add_force(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """Compresses a file."""
    from elman.tasks.text.scoring.compression import compress

    given, made = work(options, "compress", compress)
    share = f"{8 * made / given:.4f} bits per byte" if given else "nothing was there to compress"
    report(options, {"bytes": given, "compressed": made}, f"{given:,} bytes in {made:,}: {share}")
    return 0


def work(options: Namespace, verb: str, function: Work) -> tuple[int, int]:
    """Reads, works, writes the whole or nothing; the sizes of what was read and written."""
    from elman.cli.texts import text_task
    from elman.models import load
    from elman.network.file import write_whole

    model, file, out = options.model, options.file, options.out
    if _is_pipe(out) and options.as_json:
        raise ConfigError("--json: expected --out FILE beside it; found -, and standard output cannot hold both")
    if not _is_pipe(out):
        check_free("--out", out, model, None if _is_pipe(file) else file, force=options.force)
    loaded = load(model)
    task = text_task(loaded, verb)
    data = _read(file)
    made = function(loaded.network, task.alphabet, data, partial(so_far, "steps"))
    if _is_pipe(out):
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
    else:
        write_whole(out, made)
    return len(data), len(made)


def report(options: Namespace, sizes: dict[str, int], line: str) -> None:
    """Sizes as JSON, or in a line on stderr: the data may be on stdout."""
    facts: dict[str, Any] = {"model": str(options.model), "file": str(options.out), **sizes}
    if options.as_json:
        emit(facts)
    else:
        note(line)


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if _is_pipe(file) else file.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{file}: expected a file; found none") from None
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from None


def _is_pipe(file: Path) -> bool:
    return str(file) == "-"
