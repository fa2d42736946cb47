"""`python -m benchmarks.samples`: writes docs/samples.md, what kept models write."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import elman
from benchmarks import corpora, report, text
from benchmarks.models import KEPT, flags, output

PAGE = report.PAGE.with_name("samples.md")
OPENING = """# Samples

This page shows what networks of `elman train text` write. No text was chosen by hand: all seeds are 1, or 2 where the
same command would appear twice. The same command writes the same text. A *nat* is a unit of information, 1.44 bits;
the fewer nats per character, the better the model. An LSTM (long short-term memory) of 1×1024 has one layer of 1,024
hidden units.

Two commands make this page. `python -m benchmarks text corpora` trains the models, in about an hour, and stores them in
`build/text/`. Then `python -m benchmarks.samples` runs the commands below, and writes the page. `FILES` stands for the
texts; `CONTRIBUTING.md` says where they come from.
"""

# Model -> what it was trained with.
SETTINGS = {**corpora.SETTINGS, **{model: {"recipe": recipe} for recipe, model in text.RECIPES.items()}}


@dataclass(frozen=True)
class Chapter:
    """What one model writes."""

    title: str
    model: str
    commands: Mapping[str, str]  # what is to be seen -> the command

    @property
    def path(self) -> Path:
        """Where the model is."""
        return KEPT / f"{self.model}.safetensors"


CHAPTERS = (
    Chapter(
        "Shakespeare",
        "shakespeare-long",
        {
            "As it comes:": "elman sample shakespeare-long.safetensors --prompt ROMEO: --length 600 --seed 1",
            "At a lower temperature, where likely characters become even more likely:": (
                "elman sample shakespeare-long.safetensors --prompt ROMEO: --length 400 --temperature 0.5 --seed 1"
            ),
            "At a higher temperature, where unlikely characters occur more often:": (
                "elman sample shakespeare-long.safetensors --prompt ROMEO: --length 400 --temperature 1.4 --seed 1"
            ),
        },
    ),
    Chapter(
        "Lyrics: Burns and Cowboy Songs",
        "lyrics",
        {
            "As it comes:": "elman sample lyrics.safetensors --length 500 --temperature 0.8 --seed 1",
            "Four lines of 30 to 45 characters that rhyme in pairs and begin with L, O, V, E (two texts):": (
                "elman sample lyrics.safetensors --form 4x30-45 --rhyme AABB --acrostic LOVE --temperature 0.6 "
                "--count 2 --seed 1"
            ),
        },
    ),
    Chapter(
        "Tang poems",
        "tang",
        {
            "As they come:": "elman sample tang.safetensors --count 2 --length 100 --temperature 0.8 --seed 1",
            "Quatrains of five characters a line that begin with spring, summer, autumn and winter; the second line "
            "rhymes with the fourth:": (
                "elman sample tang.safetensors --form 4x5 --rhyme -A-A --acrostic 春夏秋冬 --temperature 0.8 --count 3 "
                "--seed 1"
            ),
            "Quatrains of seven characters a line, whose first line also rhymes:": (
                "elman sample tang.safetensors --form 4x7 --rhyme AA-A --temperature 0.8 --count 3 --seed 1"
            ),
        },
    ),
    Chapter(
        "The Devil's Dictionary",
        "dictionary",
        {
            "A word that is in it:": (
                'elman sample dictionary.safetensors --prompt "LOVE, n.  " --length 300 --temperature 0.7 --seed 1'
            ),
            "A word that is not in it:": (
                'elman sample dictionary.safetensors --prompt "COMPUTER, n.  " --length 300 --temperature 0.7 --seed 2'
            ),
        },
    ),
)


def main() -> None:
    """All chapters whose models are there."""
    PAGE.write_text(page([one for one in CHAPTERS if there(one)]), encoding="utf-8")


def there(chapter: Chapter) -> bool:
    """Whether its model is; if not, that is told."""
    if not (found := chapter.path.exists()):
        report.say(f"left out: {chapter.path} is not there; `python -m benchmarks text corpora` makes it")
    return found


def page(chapters: Sequence[Chapter]) -> str:
    """The whole page."""
    return "\n".join([OPENING, *(section(one) for one in chapters)])


def section(chapter: Chapter) -> str:
    """A chapter: which model, and its texts."""
    model = elman.load(chapter.path)
    a = model.network.architecture
    trained = shlex.join(
        ["elman", "train", "text", "FILES", *flags(SETTINGS[chapter.model]), "--out", chapter.path.name]
    )
    lines = [
        f"## {chapter.title}",
        f"`{trained}`: {a.cell} {a.layers}×{a.hidden}, {model.network.parameters.flat.size:,} parameters, "
        f"{model.metrics['nats_per_character']:.4f} nats per character of the held-out tenth.",
    ]
    for what, command in chapter.commands.items():
        report.say(command)
        lines += [what, f"```\n$ {command}\n{output(*shlex.split(command)[1:])}```"]
    return "\n\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
