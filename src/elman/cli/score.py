"""`elman score MODEL [FILE…]`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, add_model, add_reading, add_threads, reading_of, use_threads
from elman.cli.output import emit, ending, folded, note, show, tell

if TYPE_CHECKING:
    from elman.cli.parser import Parser

TEXT = ("files", "each", "surprise", "adapt", "baselines", "train")  # what only text can do


def declare(parser: Parser) -> None:
    """A model; of text, files too, and what is wanted of them."""
    add_model(parser)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="Of text: files, folders, globs, or - (default: what was held out).",
    )
    for option, about in (
        ("--each", "Of text: each line or document, as JSON lines."),
        ("--surprise", "Of text: the nats of each character, as JSON lines."),
        ("--adapt", "Of text: also while the model goes on learning from what it reads."),
        ("--baselines", "Of text: n-grams, PPMd and xz after the same training text."),
    ):
        parser.add_argument(option, action="store_true", help=about)
    parser.add_argument(
        "--train",
        metavar="FILE",
        action="append",
        default=[],
        help="What the baselines learn from; can be given again (default: the model's own text).",
    )
    add_reading(parser)
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """Scores it."""
    from elman.models import load

    use_threads(options)
    loaded = load(options.model)
    wanted = {name: getattr(options, name) for name in TEXT} | {"reading": reading_of(options)}
    if loaded.task.name == "text" or any(wanted.values()):
        from elman.cli.score_text import Wanted, score_text
        from elman.cli.texts import text_task

        result = score_text(loaded, text_task(loaded, "score"), Wanted(**wanted), stream=not options.as_json)
        if hopeless := loaded.task.hopeless(result, None):
            note(folded(f"warning: {hopeless}"))
        if options.as_json:
            emit({"task": "text", "model": str(options.model), **result})
        return 0
    metrics = loaded.score()
    code = 0 if loaded.passed else 1
    if options.as_json:
        emit({"task": loaded.task.name, "model": str(options.model), "metrics": metrics})
    else:
        tell(f"{loaded.task.verdict(metrics)}{ending(code)}")
        show(metrics)
    return code
