"""`elman compress MODEL FILE --out FILE` and `elman decompress MODEL FILE --out FILE`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from elman.cli.output import AsJson, ModelPath, emit, note, refuse_same
from elman.cli.texts import Pace, text_task
from elman.errors import ConfigError, DataError
from elman.models import load
from elman.network.file import check_writable, write_whole
from elman.tasks.text.scoring import compression
from elman.tasks.text.scoring.compression import OnProgress

PIPE = Path("-")
Work = Callable[..., bytes]

File = Annotated[Path, typer.Argument(metavar="FILE", help="What is read; - is standard input.", show_default=False)]
Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="FILE", help="What is written; - is standard output.", show_default=False),
]


def compress(model: ModelPath, file: File, out: Out, as_json: AsJson = False) -> int:
    """Any file, losslessly, in as many bits as it surprises a model of text."""
    given, made = _run("compress", compression.compress, model, file, out, as_json)
    share = f"{8 * made / given:.4f} bits per byte" if given else "nothing was there to compress"
    _report(model, out, {"bytes": given, "compressed": made}, f"{given:,} bytes in {made:,}: {share}", as_json)
    return 0


def decompress(model: ModelPath, file: File, out: Out, as_json: AsJson = False) -> int:
    """The file that `elman compress` was given, byte for byte; with the same model, on the same kind of machine."""
    given, made = _run("decompress", compression.decompress, model, file, out, as_json)
    _report(model, out, {"compressed": given, "bytes": made}, f"{made:,} bytes from {given:,}", as_json)
    return 0


def _run(verb: str, work: Work, model: Path, file: Path, out: Path, as_json: bool) -> tuple[int, int]:
    """Reads, works, writes the whole or nothing; the sizes of what was read and written."""
    if out == PIPE and as_json:
        raise ConfigError("--json: expected --out FILE beside it; found -, and standard output cannot hold both")
    if out != PIPE:
        refuse_same("--out", out, model, None if file == PIPE else file)
        check_writable(out)
    loaded = load(model)
    task = text_task(loaded, verb)
    data = _read(file)
    pace = Pace("steps")
    on_progress: OnProgress = pace
    made = work(loaded.network, task.alphabet, data, on_progress)
    if out == PIPE:
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
    else:
        write_whole(out, made)
    return len(data), len(made)


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == PIPE else file.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{file}: expected a file; found none") from None
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from None


def _report(model: Path, out: Path, sizes: dict[str, int], line: str, as_json: bool) -> None:
    facts: dict[str, Any] = {"model": str(model), "file": str(out), **sizes}
    if as_json:
        emit(facts)
    else:
        note(line)
