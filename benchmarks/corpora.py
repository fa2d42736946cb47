"""Lyrics, poems and jokes: bits per character, beside n-grams, PPMd and xz that learned from the same texts."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import file_digest
from pathlib import Path
from typing import Any

from benchmarks.models import PPMD, XZ, Learned, flags, learn
from benchmarks.report import Report, say
from elman.bench.table import digits
from elman.data import fetch
from elman.errors import DataError
from elman.tasks.text import Corpus, Text
from elman.tasks.text.settings import TextSettings

TEXTS = "ELMAN_TEXTS"  # names the folder of the texts of Project Gutenberg

# Corpus, and its model -> settings of `elman train text`.
SETTINGS: dict[str, dict[str, Any]] = {
    "lyrics": {},
    "tang": {"recipe": "poems", "field": "paragraphs"},
    "dictionary": {
        "hidden": 768,
        "output_dropout": 0.6,
        "batch": 16,
        "rate": 0.004,
        "schedule": "cosine",
        "epochs": 14.0,
    },
}
TITLES = {
    "lyrics": "lyrics: Burns and Cowboy Songs",
    "tang": "poems: Tang",
    "dictionary": "jokes: The Devil's Dictionary",
}
# What has no address of its own: file -> checksum. Ebooks 1279, 21300 and 972, without what Gutenberg puts around them.
GUTENBERG: dict[str, dict[str, str]] = {
    "lyrics": {
        "burns_poems_and_songs.txt": "c611c2a20d564257cea499b5128548973255f2d87bc509d018af213e65d72e62",
        "cowboy_songs_lomax_1910.txt": "c2ff70acc66be24a3b0c934ae5547ab9166106db52bdb5ed41a3e4c48418a04a",
    },
    "dictionary": {
        "devils_dictionary_bierce_1911.txt": "0b71ed93464cc447af08e50caa966b609cc971c810d66e78fbaa748eb1764d2b"
    },
}
QUICK = {"recipe": "minute", "epochs": 1.0}


def run(quick: bool) -> Report:
    """All corpora that are at hand; quick: each is read once."""
    rows, results = [], {}
    for name, settings in SETTINGS.items():
        if (files := found(name)) is None:
            continue
        given = {**settings, **QUICK} if quick else settings
        corpus = Corpus.read([str(file) for file in files], TextSettings.of(Text.recipes, given).reading)
        result = learn(f"{name}-quick" if quick else name, files, given)
        rows.append(row(name, given, corpus, result))
        results[name] = {"settings": given, "characters": corpus.characters, **asdict(result)}
        say(" | ".join(rows[-1]))
    return Report(
        title="Text: lyrics, poems, jokes",
        text=(
            "`elman train text FILES` with the settings named, then `elman score MODEL --adapt --baselines`: bits per "
            "character of a tenth that nobody learned from: the end of running text, every tenth of documents, whose "
            "ends are characters, too. *Characters*: of the whole corpus; *seconds*: of the whole command. Of all "
            "n-grams only the best is here, the others are in the JSON. Models under *adaptive* "
            f"go on learning from what they have read; PPMd and xz have read the first part before.{left_out()}"
        ),
        header=(
            "corpus",
            "characters",
            "different",
            "parameters",
            "seconds",
            "model",
            "best n-gram",
            "model, adaptive",
            "PPMd, adaptive",
            f"{XZ}, adaptive",
        ),
        rows=rows,
        data={"results": results},
    )


def found(name: str) -> list[Path] | None:
    """The files of a corpus; None where they are not at hand. A DataError where one is another than it should be."""
    if name not in GUTENBERG:
        return [fetch(name)]
    folder = os.environ.get(TEXTS)
    return None if folder is None else [checked(Path(folder, file), sha) for file, sha in GUTENBERG[name].items()]


def checked(path: Path, sha256: str) -> Path:
    """A file with this checksum."""
    with path.open("rb") as file:
        if file_digest(file, "sha256").hexdigest() != sha256:
            raise DataError(f"{path}: expected the text with the checksum {sha256}; found another")
    return path


def left_out() -> str:
    """What is to be said of corpora that are not at hand."""
    missing = [TITLES[name] for name in SETTINGS if name in GUTENBERG and TEXTS not in os.environ]
    return f" Left out, as {TEXTS} names no folder of their texts: {'; '.join(missing)}." if missing else ""


def row(name: str, settings: Mapping[str, Any], corpus: Corpus, result: Learned) -> tuple[str, ...]:
    """One line of the table."""
    named = f", `{' '.join(flags(settings))}`" if settings else ""
    order = result.ngrams.rpartition(", ")[2]
    return (
        f"{TITLES[name]}{named}",
        f"{corpus.characters:,}",
        f"{len(corpus.alphabet) - 1:,}",
        f"{result.trained['parameters']:,}",
        digits(result.seconds),
        bits(result.static),
        f"{bits(result.baseline(result.ngrams))} ({order})",
        bits(result.adaptive),
        bits(result.baseline(PPMD)),
        bits(result.baseline(XZ)),
    )


def bits(nats: float) -> str:
    """Of a figure in nats."""
    return f"{nats / math.log(2):.4f}"
