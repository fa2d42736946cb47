"""`elman sample MODEL`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_model, add_threads, number, use_threads, whole_number
from elman.cli.output import emit, note, note_folded
from elman.errors import ConfigError

if TYPE_CHECKING:
    from elman.cli.parser import Parser
    from elman.tasks.capabilities.writes import Written

HOW = "how each character is chosen"
WHAT = "what the text must be"
CHOICE = ("temperature", "top_k", "top_p", "min_p")
FORM = ("form", "acrostic", "rhyme", "forbid", "require")


def declare(parser: Parser) -> None:
    """A model, and what it is to write. What is left out, the task chooses."""
    add_model(parser)
    parser.add_argument(
        "--prompt",
        metavar="TEXT",
        default="",
        help="What the text goes on from: TEXT, or @FILE, or - (standard input).",
    )
    parser.add_argument(
        "--length",
        metavar="N",
        type=whole_number,
        help="At most this many characters (default: 500, or as many as the form has; a model that recites writes to "
        "the end of its text).",
    )
    parser.add_argument(
        "--count", metavar="N", type=whole_number, default=1, help="How many texts, written side by side (default: 1)."
    )
    parser.add_argument(
        "--seed", metavar="N", type=whole_number, default=0, help="The same seed, the same texts (default: 0)."
    )
    parser.add_argument(
        "--unknown",
        metavar="NAME",
        default="error",
        help="error or skip: what to do with characters of the prompt that the model has not seen (default: error).",
    )
    add_threads(parser)
    add_json(parser)
    _declare_choice(parser)
    _declare_form(parser)


def _declare_choice(parser: Parser) -> None:
    parser.add_argument(
        "--temperature",
        metavar="X",
        type=number,
        section=HOW,
        help="Below 1: more regular; above 1: more random; 0: like --greedy (default: 1).",
    )
    parser.add_argument(
        "--top-k", metavar="K", type=whole_number, section=HOW, help="Only the K most probable characters."
    )
    parser.add_argument(
        "--top-p",
        metavar="X",
        type=number,
        section=HOW,
        help="Only the most probable characters that together reach this probability (default: 1).",
    )
    parser.add_argument(
        "--min-p",
        metavar="X",
        type=number,
        section=HOW,
        help="Only characters at least this fraction as probable as the most probable one (default: 0).",
    )
    parser.add_argument("--greedy", action="store_true", section=HOW, help="Always the most probable character.")
    parser.add_argument(
        "--beam",
        metavar="W",
        type=whole_number,
        section=HOW,
        help="Search for the most probable texts, W at a time; with --count, the best ones.",
    )


def _declare_form(parser: Parser) -> None:
    parser.add_argument("--stop", metavar="TEXT", section=WHAT, help="End before this text.")
    parser.add_argument(
        "--form",
        metavar="LINESxCHARACTERS",
        section=WHAT,
        help="4x5: four lines of five characters; 4x20-40: of 20 to 40. The prompt is not one of these lines.",
    )
    parser.add_argument(
        "--acrostic",
        metavar="CHARACTERS",
        default="",
        section=WHAT,
        help="With which characters the lines of the form begin, in order.",
    )
    parser.add_argument(
        "--rhyme",
        metavar="SCHEME",
        section=WHAT,
        help="Which lines of the form rhyme: AABB, ABAB, or -A-A, where - is a line without a rhyme (so is a letter "
        "that comes once). In a longer form, the scheme begins again, with other rhymes.",
    )
    parser.add_argument(
        "--forbid",
        metavar="TEXT",
        action="append",
        default=[],
        section=WHAT,
        help="Text that must not occur; can be given again.",
    )
    parser.add_argument(
        "--require",
        metavar="TEXT",
        action="append",
        default=[],
        section=WHAT,
        help="Text that must occur; can be given again.",
    )


def run(options: Namespace) -> int:
    """Writes."""
    from elman.cli.reading import prompt
    from elman.models import load
    from elman.tasks.asking import asked
    from elman.tasks.capabilities.writes import Writes

    use_threads(options)
    chosen = _choice(options)
    loaded = load(options.model)
    task = asked(loaded.task, Writes, "sample")
    given = prompt(task, options.prompt)
    others = {name: getattr(options, name) for name in ("length", "seed", "unknown", "stop", *FORM)}
    writer = task.writer(loaded.network, given, loaded.metrics, **chosen, **others)
    for warning in writer.warnings:
        note_folded(f"warning: {warning}")
    if writer.hint:
        note(f"hint: {writer.hint}")
    if options.beam is None and options.count == 1 and not options.as_json:
        _write(writer.begin, writer.stream())
        return 0
    texts = writer.texts(options.count, options.beam)
    if options.as_json:
        shown = [text if isinstance(text, str) else text.decode("utf-8", "replace") for text in texts]
        emit({"prompt": given, "text": shown if options.count > 1 else shown[0], "seed": options.seed})
        return 0
    for i, text in enumerate(texts):
        if i:
            _put("\n")
        _write(writer.begin, [text])
    return 0


def _choice(options: Namespace) -> dict[str, Any]:
    """What was given of how each character is chosen."""
    given = {name: value for name in CHOICE if (value := getattr(options, name)) is not None}
    if options.greedy:
        if given.get("temperature", 0) not in (0, 1):  # 1 is what it is where nobody says
            raise ConfigError(f"--greedy: expected no temperature beside it; found {options.temperature:g}")
        given["temperature"] = 0.0
    return given


def _write(prompt: Written, pieces: Iterable[Written]) -> None:
    """To stdout as it comes, bytes as they are, and a new line behind it, also where it is interrupted."""
    try:
        _put(prompt)
        for piece in pieces:
            _put(piece)
    finally:
        _put("\n")


def _put(text: Written) -> None:
    if isinstance(text, bytes):
        sys.stdout.buffer.write(text)
    else:
        sys.stdout.write(text)
    sys.stdout.flush()
