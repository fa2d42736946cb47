"""`elman score MODEL [FILE…]`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_model, add_reading, add_threads, between, reading_of, use_threads
from elman.cli.output import emit, note, note_folded, say, show, tell
from elman.errors import ConfigError
from elman.spelling import called

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elman.cli.parser import Parser
    from elman.models import Model

WANTED = (
    "each",
    "surprise",
    "adapt",
    "baselines",
    "train",
    "group",
    "origins",
    "step",
    "anomalies",
    "history",
    "background",
    "name",
)  # what a report can have


def declare(parser: Parser) -> None:
    """A model; of text, files too, and what is wanted of them."""
    add_model(parser)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="Of models that learned from files: files, folders, globs, or - (default: what was held out; of series: "
        "all that was learned from).",
    )
    for option, about in (
        (
            "--each",
            "Each line or document of text, sequence, prediction of a session, or series, as JSON lines.",
        ),
        ("--surprise", "Of text: the nats of each character, as JSON lines."),
        ("--anomalies", "Of series: values outside the 99 %% interval of a forecast one step ahead, as JSON lines."),
        ("--adapt", "Of text: also while the model goes on learning from what it reads."),
        (
            "--baselines",
            "Also simple methods. Of text: n-grams, PPMd and xz, after the same text; of sequences: linear models, and "
            "those of aeon; of sessions: all ways to count; of series: Theta, ETS, AR.",
        ),
    ):
        parser.add_argument(option, action="store_true", help=about)
    about = "Of series: how many rolling origins of each (default: 10)."
    parser.add_argument("--origins", metavar="N", type=between(1, 100_000), help=about)
    about = "Of series: steps between two origins (default: 1)."
    parser.add_argument("--step", metavar="S", type=between(1, 100_000), help=about)
    parser.add_argument(
        "--train",
        metavar="FILE",
        action="append",
        default=[],
        help="What the baselines learn from; can be given again (default: the model's own text).",
    )
    parser.add_argument(
        "--history",
        metavar="FILE",
        action="append",
        default=[],
        help="Of sessions: what the visitors did before; can be given again.",
    )
    parser.add_argument(
        "--background",
        metavar="FILE",
        action="append",
        default=[],
        help="Of speech: recordings without any word of the model, to find the threshold at which words are seldom "
        "reported there; can be given again.",
    )
    parser.add_argument(
        "--group", metavar="COLUMN", help="Of sequences: also the scores for each value of this column."
    )
    about = "Of speech: how files are named (default: as those of the training; or folders are named after words)."
    parser.add_argument("--name", metavar="PATTERN", help=about)
    add_reading(parser)
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """Scores it."""
    from elman.cli.verdict import exit_code, looked_for, needed, proof_in_json, verdicts
    from elman.models import load
    from elman.tasks.capabilities.reports import Reports

    use_threads(options)
    loaded = load(options.model)
    wanted = {name: value for name in WANTED if (value := getattr(options, name))}
    reading = reading_of(options)
    if isinstance(loaded.task, Reports) or options.files or wanted or reading:
        _report(loaded, options, wanted, reading)
        return 0
    metrics = loaded.score()
    proof = looked_for(loaded)
    code = exit_code(loaded, proof)
    if options.as_json:
        about = {"task": loaded.task.name, "model": str(options.model)}
        emit({**about, "metrics": metrics, "proof": proof_in_json(loaded.task, proof)})
    else:
        for line in verdicts(loaded, metrics, proof, code):
            tell(line)
        show(metrics)
        if missing := needed(loaded):
            note(f"hint: {missing}")
    return code


def _report(model: Model, options: Namespace, wanted: Mapping[str, Any], reading: Mapping[str, Any]) -> None:
    """Rows as they come, and figures behind them, which then are no data; with --json, all of it at the end."""
    from elman.tasks.asking import asked, check_wanted, check_ways
    from elman.tasks.capabilities.can_be_hopeless import CanBeHopeless
    from elman.tasks.capabilities.reads_tables import ReadsTables
    from elman.tasks.capabilities.reports import Reports

    check_wanted(model.task, wanted)
    check_ways(model.task, reading)
    task = asked(model.task, Reports, "score: FILE")
    if isinstance(task, ReadsTables):
        if reading and not options.files:
            raise ConfigError(f"{called(next(iter(reading)))}: expected beside files, which it is about; found none")
        task = task.reading(reading)
    elif reading:
        wanted = {**wanted, "reading": reading}
    report = task.report(model.network, options.files, **wanted)
    for line in report.notes:
        note(line)
    rows = []
    for row in report.rows():
        if options.as_json:
            rows.append(row)
        else:
            emit(row)
    result = report.result()
    if isinstance(model.task, CanBeHopeless) and (hopeless := model.task.hopeless(result, None)):
        result["warnings"].append(hopeless)
    if not options.as_json:
        for line in report.lines():
            (note if report.has_rows else say)(line)
    for line in result["warnings"]:
        note_folded(f"warning: {line}")
    if options.as_json:
        each = {"each": rows} if report.has_rows else {}
        emit({"task": model.task.name, "model": str(options.model), **result, **each})
