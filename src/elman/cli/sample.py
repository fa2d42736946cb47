"""`elman sample MODEL`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, add_model, add_threads, number, use_threads, whole_number
from elman.cli.output import emit, folded, note
from elman.errors import ConfigError

if TYPE_CHECKING:
    from elman.cli.parser import Parser
    from elman.tasks.text.alphabet import Alphabet
    from elman.tasks.text.writing.choice import Choice

HOW = "how each character is chosen"
WHAT = "what the text must be"


def declare(parser: Parser) -> None:
    """A model, and what it is to write. Defaults of choices are those of `Choice`, and the length's is `LENGTH`."""
    add_model(parser)
    parser.add_argument(
        "--prompt",
        metavar="TEXT",
        default="",
        help="What the text goes on from: TEXT, or @FILE, or - (standard input).",
    )
    parser.add_argument(
        "--length", metavar="N", type=whole_number, help="At most so many characters (default: 500, or the form's)."
    )
    parser.add_argument(
        "--count", metavar="N", type=whole_number, default=1, help="So many texts at once, as one batch (default: 1)."
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
        help="Below 1 bolder, above 1 wilder; 0 is --greedy (default: 1).",
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
        help="4x5: four lines of five characters; 4x20-40: of 20 to 40. The prompt is none of them.",
    )
    parser.add_argument(
        "--acrostic", metavar="CHARACTERS", default="", section=WHAT, help="What the lines of the form begin with."
    )
    parser.add_argument(
        "--rhyme",
        metavar="SCHEME",
        section=WHAT,
        help="Which lines of the form rhyme: AABB, ABAB, or -A-A where - rhymes with none, as a letter does that "
        "comes once. In a longer form it begins anew, with other rhymes.",
    )
    parser.add_argument(
        "--forbid",
        metavar="TEXT",
        action="append",
        default=[],
        section=WHAT,
        help="What must not occur; may be given again.",
    )
    parser.add_argument(
        "--require",
        metavar="TEXT",
        action="append",
        default=[],
        section=WHAT,
        help="What must occur; may be given again.",
    )


def run(options: Namespace) -> int:
    """Writes."""
    from elman.cli.reading import prompt
    from elman.cli.texts import text_task
    from elman.models import load
    from elman.tasks.text.writing.beam import beam
    from elman.tasks.text.writing.form import Form
    from elman.tasks.text.writing.sampling import Sampling, sample, stream

    use_threads(options)
    choice = _choice(options)
    loaded = load(options.model)
    for name, why in choice.idle().items():
        note(folded(f"warning: {name}: no effect: {why}"))
    task = text_task(loaded, "sample")
    alphabet, given = task.alphabet, prompt(task, options.prompt)
    sampling = Sampling(
        prompt=given,
        length=options.length,
        choice=choice,
        stop=options.stop,
        form=Form(options.form, options.acrostic, options.rhyme, tuple(options.forbid), tuple(options.require)),
        documents=task.documents,
        seed=options.seed,
        unknown=options.unknown,
    )
    begin = alphabet.from_unicode(given)
    if task.settings.recite and 0 < len(begin) < (suffices := loaded.metrics.get("suffices", 0)):
        note(
            f"hint: what was learned by heart is gone on with from its beginning, or from {suffices} characters; "
            f"the prompt has {len(begin)}"
        )
    if options.beam is None and options.count == 1 and not options.as_json:
        _write(begin, stream(loaded.network, alphabet, sampling), alphabet)
        return 0
    if options.beam is None:
        texts = sample(loaded.network, alphabet, sampling, options.count)
    else:
        texts = beam(loaded.network, alphabet, sampling, options.beam, options.count)
    if options.as_json:
        shown = [alphabet.to_unicode(text) for text in texts]
        emit({"prompt": given, "text": shown if options.count > 1 else shown[0], "seed": options.seed})
        return 0
    for i, text in enumerate(texts):
        _write(("\n" if i else "") + begin, [text], alphabet)
    return 0


def _choice(options: Namespace) -> Choice:
    from elman.tasks.text.writing.choice import Choice

    given = {name: getattr(options, name) for name in ("temperature", "top_k", "top_p", "min_p")}
    if options.greedy:
        if options.temperature not in (None, 0, Choice.temperature):
            raise ConfigError(f"--greedy: expected no temperature beside it; found {options.temperature:g}")
        given["temperature"] = 0.0
    return Choice(**{name: value for name, value in given.items() if value is not None})


def _write(prompt: str, pieces: Iterable[str], alphabet: Alphabet) -> None:
    """To stdout as it comes, bytes as they are, and a new line behind it, also where it is interrupted."""
    try:
        _put(prompt, alphabet)
        for piece in pieces:
            _put(piece, alphabet)
    finally:
        _put("\n", alphabet)


def _put(text: str, alphabet: Alphabet) -> None:
    if alphabet.kind == "bytes":
        sys.stdout.buffer.write(text.encode("latin-1"))
    else:
        sys.stdout.write(text)
    sys.stdout.flush()
