"""`elman sample MODEL`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from elman._engine import set_threads
from elman.cli.output import AsJson, ModelPath, Threads, emit
from elman.cli.texts import text_task
from elman.errors import ConfigError
from elman.models import load
from elman.tasks.text.alphabet import Alphabet
from elman.tasks.text.writing.beam import beam
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.form import Form
from elman.tasks.text.writing.sampling import LENGTH, Sampling, stream
from elman.tasks.text.writing.sampling import sample as sample_many

DEFAULT = Choice()


def sample(
    model: ModelPath,
    prompt: Annotated[str, typer.Option(help="What the text goes on from.", show_default=False)] = "",
    length: Annotated[
        int | None,
        typer.Option(help=f"At most so many characters (default: {LENGTH}, or the form's).", show_default=False),
    ] = None,
    count: Annotated[int, typer.Option(help="So many texts at once, as one batch.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed, the same texts.")] = 0,
    temperature: Annotated[
        float, typer.Option(help="Below 1 bolder, above 1 wilder; 0 is --greedy.")
    ] = DEFAULT.temperature,
    top_k: Annotated[
        int | None, typer.Option(help="Only the K most probable characters.", metavar="K", show_default=False)
    ] = DEFAULT.top_k,
    top_p: Annotated[
        float, typer.Option(help="Only the most probable characters that together reach this probability.")
    ] = DEFAULT.top_p,
    min_p: Annotated[
        float, typer.Option(help="Only characters at least this fraction as probable as the most probable one.")
    ] = DEFAULT.min_p,
    greedy: Annotated[bool, typer.Option("--greedy", help="Always the most probable character.")] = False,
    width: Annotated[
        int | None,
        typer.Option(
            "--beam",
            metavar="W",
            help="Search for the most probable texts, W at a time; with --count, the best ones.",
            show_default=False,
        ),
    ] = None,
    stop: Annotated[
        str | None, typer.Option(metavar="STRING", help="End before this string.", show_default=False)
    ] = None,
    unknown: Annotated[
        str,
        typer.Option(
            metavar="error|skip", help="What to do with characters of the prompt that the model has not seen."
        ),
    ] = "error",
    form: Annotated[
        str | None,
        typer.Option(
            metavar="LINESxCHARACTERS",
            help="4x5: four lines of five characters; 4x20-40: of 20 to 40. The prompt is none of them.",
            show_default=False,
        ),
    ] = None,
    acrostic: Annotated[
        str, typer.Option(metavar="CHARACTERS", help="What the lines of the form begin with.", show_default=False)
    ] = "",
    rhyme: Annotated[
        str | None,
        typer.Option(
            metavar="SCHEME",
            help="Which lines of the form rhyme: AABB, ABAB, or -A-A where - rhymes with none, as a letter does that "
            "comes once. In a longer form it begins anew, with other rhymes.",
            show_default=False,
        ),
    ] = None,
    forbid: Annotated[
        list[str] | None,
        typer.Option(metavar="STRING", help="What must not occur; may be given again.", show_default=False),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(metavar="STRING", help="What must occur; may be given again.", show_default=False),
    ] = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> int:
    """Let a model of text write: `elman sample verses.safetensors --prompt "Shall I"`."""
    if threads is not None:
        set_threads(threads)
    if greedy and temperature not in (0, DEFAULT.temperature):
        raise ConfigError(f"--greedy: expected no temperature beside it; found {temperature:g}")
    choice = Choice(0.0 if greedy else temperature, top_k, top_p, min_p)
    loaded = load(model)
    task = text_task(loaded, "sample")
    alphabet = task.alphabet
    sampling = Sampling(
        prompt=prompt,
        length=length,
        choice=choice,
        stop=stop,
        form=Form(form, acrostic, rhyme, tuple(forbid or ()), tuple(require or ())),
        documents=task.documents,
        seed=seed,
        unknown=unknown,
    )
    begin = alphabet.from_unicode(prompt)
    if width is None and count == 1 and not as_json:
        _write(begin, stream(loaded.network, alphabet, sampling), alphabet)
        return 0
    if width is None:
        texts = sample_many(loaded.network, alphabet, sampling, count)
    else:
        texts = beam(loaded.network, alphabet, sampling, width, count)
    if as_json:
        shown = [alphabet.to_unicode(text) for text in texts]
        emit({"prompt": prompt, "text": shown if count > 1 else shown[0], "seed": seed})
        return 0
    for i, text in enumerate(texts):
        _write(("\n" if i else "") + begin, [text], alphabet)
    return 0


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
