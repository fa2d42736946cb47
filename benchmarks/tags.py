"""Taggers beside a CRF and the commonest tag of each word, on the small corpus of the package `hironsancorpus`.

    pip install hironsancorpus sklearn-crfsuite
    python -m benchmarks.tags

500 sentences of Japanese, with parts of speech and with the names of persons, places and so on. The first 450 are the
training part, as the package has it; all of this is cross-validation within it, each fifth sentence being held out.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import elman
from benchmarks.report import say
from elman.errors import ConfigError
from elman.tasks.capabilities.learns_from_data import LearnsFromData
from elman.tasks.labelled.classes import SYMBOL
from elman.tasks.labelled.measures import agreement

Sentence = list[tuple[str, str]]  # words and tags
TAGS = {"parts of speech": 2, "names": -1}  # the column of each
LEARNED, FOLDS, SHOWN = 450, 5, ("accuracy", "macro_f1")


def corpus(column: int) -> list[Sentence]:
    """The sentences of the training part."""
    found = find_spec("hironsan")
    if found is None or not found.submodule_search_locations:
        raise ConfigError("tags: expected the corpus; found none", "pip install hironsancorpus sklearn-crfsuite")
    path = Path(found.submodule_search_locations[0]) / "corpus" / "iob_sents.txt"
    rows = [[line.split("\t") for line in block.splitlines()] for block in path.read_text("utf-8").split("\n\n")]
    return [[(row[0], row[column]) for row in block] for block in rows if block][:LEARNED]


def written(path: Path, sentences: list[Sentence]) -> str:
    """As CSV."""
    with path.open("w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        rows.writerow(["id", "word", "tag"])
        rows.writerows([n, word, tag] for n, sentence in enumerate(sentences) for word, tag in sentence)
    return str(path)


def around(sentence: Sentence) -> Iterator[dict[str, Any]]:
    """What a CRF reads of each word: it, two before and two behind, its first and last character."""
    words = ["", "", *(word for word, _ in sentence), "", ""]
    for n in range(2, len(words) - 2):
        near = {f"{place:+}": words[n + place] for place in range(-2, 3)}
        yield {**near, "first": words[n][0], "last": words[n][-1]}


def crf(learned: list[Sentence], held_out: list[Sentence]) -> dict[str, float]:
    """Of a linear-chain CRF (Lafferty et al., 2001)."""
    model = import_module("sklearn_crfsuite").CRF(c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True)
    model.fit([list(around(one)) for one in learned], [[tag for _, tag in one] for one in learned])
    answers = [tag for one in model.predict([list(around(one)) for one in held_out]) for tag in one]
    true = [tag for one in held_out for _, tag in one]
    numbers = np.unique([*answers, *true], return_inverse=True)[1]
    return agreement(numbers[: len(true)], numbers[len(true) :])


def compared(learned: list[Sentence], held_out: list[Sentence], seed: int) -> dict[str, dict[str, float]]:
    """Figures of each tagger."""
    with tempfile.TemporaryDirectory() as folder:
        train, test = written(Path(folder) / "train.csv", learned), written(Path(folder) / "test.csv", held_out)
        model = elman.train("tag", train, label="tag", id="id", features="word", seed=seed)
        assert isinstance(model.task, LearnsFromData)
        found = model.task.score_on(model.network, [test])
    return {"elman": found, SYMBOL: found["baselines"][SYMBOL], "CRF": crf(learned, held_out)}


def main() -> None:
    """A line for each tagger, with the means of all folds."""
    for name, column in TAGS.items():
        sentences = corpus(column)
        folds = [
            compared([one for n, one in enumerate(sentences) if n % FOLDS != fold], sentences[fold::FOLDS], fold)
            for fold in range(FOLDS)
        ]
        for tagger in folds[0]:
            figures = [f"{figure} {np.mean([fold[tagger][figure] for fold in folds]):.4f}" for figure in SHOWN]
            say(f"{name}: {tagger}: {', '.join(figures)}")


if __name__ == "__main__":
    main()
