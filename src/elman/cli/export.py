"""`elman export MODEL --out FILE`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_model, add_threads, number, path, use_threads
from elman.cli.output import emit, note, note_folded, say, tell
from elman.cli.writing import add_force, add_out, check_out, is_pipe, put, refuse_ending, refuse_same, tell_put
from elman.errors import ConfigError, choose

if TYPE_CHECKING:
    from elman.cli.parser import Parser


def declare(parser: Parser) -> None:
    """A model, where it goes, and in which numbers."""
    add_model(parser)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="With --float16 or --int8, of a task that learns from data: what the score is measured on "
        "(default: what was held out).",
    )
    add_out(parser, "FILE", "Where it goes; with --to c, - is standard output.", pipe=True)
    add_force(parser)
    parser.add_argument(
        "--to", metavar="FORMAT", help="For another tool: c, onnx, torch or safetensors (docs/export.md)."
    )
    parser.add_argument(
        "--certificate",
        metavar="CERTIFICATE",
        type=path,
        help="With --to c: what `elman prove --out` wrote. It is checked, and the code names it.",
    )
    parser.add_argument("--float16", action="store_true", help="Store each number in 2 bytes.")
    parser.add_argument(
        "--int8",
        action="store_true",
        help="Store each number in 1 byte; refused where the score gets more than 0.5 %% worse.",
    )
    about = "Of speech: how probable a word must be to be reported in a stream (default: as it is)."
    parser.add_argument("--threshold", metavar="P", type=number, help=about)
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """Writes the small file."""
    from pathlib import Path

    use_threads(options)
    model, out = options.model, options.out
    if options.to is not None:
        from elman.interop.leaving import FORMATS

        choose("to", options.to, FORMATS)  # before the name of the file, which is judged by it
    if options.float16 and options.int8:
        raise ConfigError("--float16, --int8: expected one of them; found both")
    if is_pipe(out) and options.to != "c":
        found = "none" if options.to is None else options.to
        raise ConfigError(f"--out -: expected --to c beside it, which is text; found {found}", "name a file")
    refuse_ending("--out", out, "`--to {}` writes such a file", options.to)
    check_out(out, model, *map(Path, options.files), force=options.force, as_json=options.as_json)
    return _to_other(options) if options.to is not None else _to_elman(options)


def _to_other(options: Namespace) -> int:
    """A file of another tool."""
    import json

    from elman.cli.reading import contents
    from elman.interop.leaving import exported, lost
    from elman.models import Model
    from elman.models.restore import restore_any

    if options.threshold is not None:
        raise ConfigError("--threshold: expected without --to; found both")
    if options.float16:
        raise ConfigError("--float16: expected without --to; found both", "--to c takes --int8")
    model, certificate = restore_any(options.model), None
    if options.certificate is not None:
        try:
            certificate = json.loads(contents(str(options.certificate)))
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            hint = "`elman check MODEL CERTIFICATE` says what is wrong with it"
            raise ConfigError(f"{options.certificate}: expected a certificate; found something else", hint) from None
    out = options.out
    made = exported(
        model,
        (options.model if is_pipe(out) else out).stem,
        options.to,
        dtype="int8" if options.int8 else None,
        data=options.files,
        certificate=certificate,
        file=options.model.read_bytes(),
    )
    put(out, made)
    warnings = [line] if (line := lost(model)) else []
    for line in warnings:
        note_folded(f"warning: {line}")
    if options.as_json:
        task = model.task.name if isinstance(model, Model) else None
        emit({"task": task, "model": str(out), "to": options.to, "bytes": len(made), "warnings": warnings})
    else:
        tell_put(out, len(made), f" of {options.to}")
    return 0


def _to_elman(options: Namespace) -> int:
    """A model file."""
    if options.certificate is not None:
        raise ConfigError("--certificate: expected beside --to c; found none")
    from pathlib import Path

    from elman.models import load
    from elman.tasks.asking import asked
    from elman.tasks.capabilities.listens import Listens

    model, out = options.model, options.out
    loaded = load(model)
    if options.threshold is not None:
        loaded.task = asked(loaded.task, Listens, "--threshold").with_threshold(options.threshold)
    refuse_same("--out", out, *map(Path, loaded.sources))
    dtype = "float16" if options.float16 else "int8" if options.int8 else None
    report = loaded.export(out, dtype, options.files)
    before = model.stat().st_size
    if options.as_json:
        emit({"task": loaded.task.name, "model": str(out), "dtype": dtype or loaded.form, "was": before, **report})
        return 0
    say(f"{before:,} bytes become {report['bytes']:,}")
    if report["after"] is not None:
        tell(f"{_cost(loaded, report, 'after')}; it was {_cost(loaded, report, 'before')}")
    if report["reason"] is not None:
        note(f"not measured what that costs: {report['reason']}")
    say(f"saved to {out}")
    return 0


def _cost(model: Any, report: dict[str, Any], when: str) -> str:
    return str(model.task.cost_told(report[when]))
