"""`elman record WORD --out FOLDER`."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, between
from elman.cli.output import emit, note, say
from elman.cli.sound import MICROPHONE, SOURCE, add_rate, samples
from elman.cli.writing import add_out
from elman.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from elman.cli.parser import Parser
    from elman.tasks.capabilities.records import Cutting, Records, Take

USUAL = 16000  # hertz


def declare(parser: Parser) -> None:
    """A word, how often it is said, and where takes go."""
    parser.add_argument("word", metavar="WORD", help="Which word is said.")
    about = "How many times the word is recorded (default: 20)."
    parser.add_argument("--takes", metavar="N", type=between(1, 100_000), default=20, help=about)
    parser.add_argument("--speaker", metavar="NAME", help="Who says it; a name without _.")
    add_out(
        parser,
        "FOLDER",
        "Where the recordings (takes) go: FOLDER/WORD/NAME_1.wav and so on; files that are there stay.",
    )
    parser.add_argument("--from", metavar="SOURCE", dest="source", default=MICROPHONE, help=SOURCE)
    add_rate(parser, f"{USUAL}")
    add_json(parser)


def run(options: Namespace) -> int:
    """Cuts takes and keeps each as soon as it is over; names of files on stdout."""
    from elman.tasks.asking import kind_having
    from elman.tasks.capabilities.records import Records

    kind = kind_having(Records, "record")
    _check_folder(options.out / kind.place(options.word, options.speaker, 1).parent)
    rate, pieces = samples(kind, options.source, options.rate, USUAL)
    kept: list[str] = []
    for take in _takes(kind.cutting(rate), pieces):
        path = _keep(kind, options, kind.file(take.samples, rate))
        kept.append(str(path))
        loud = "; it is too loud: farther from the microphone" if take.clipped else ""
        note(f"take {len(kept)} of {options.takes}, at {take.time:.2f} s: {len(take.samples) / rate:.2f} s{loud}")
        if not options.as_json:
            say(str(path))
            sys.stdout.flush()
        if len(kept) == options.takes:
            break
    else:
        note(f"expected {options.takes} takes; found {len(kept) or 'none'} before the end")
        if not kept:
            note(f"hint: {kind.audible}; is it silent there, or too noisy?")
    if options.as_json:
        emit({"word": options.word, "speaker": options.speaker, "takes": kept})
    return 0 if len(kept) == options.takes else 1


def _takes(cutting: Cutting, pieces: Iterable[NDArray[np.float32]]) -> Iterator[Take]:
    """As they are said."""
    for piece in pieces:
        yield from cutting.feed(piece)
    yield from cutting.finish()


def _keep(kind: type[Records], options: Namespace, content: bytes) -> Path:
    """Under the first number that is free."""
    from elman.network.file import reserve, write_whole

    number = 1
    while True:
        path: Path = options.out / kind.place(options.word, options.speaker, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            reserve(path)
        except FileExistsError:
            number += 1
            continue
        try:
            write_whole(path, content)
        except BaseException:
            path.unlink()
            raise
        return path


def _check_folder(folder: Path) -> None:
    """A ConfigError where a file stands in its place, or in that of a folder that it is in."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        raise ConfigError(
            f"--out: expected a folder; found the file {there}", "takes go into FOLDER/WORD: name a folder"
        )
