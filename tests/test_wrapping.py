"""Lines of words: they end where a word does, whatever the form, and no text changes by what others do."""

from __future__ import annotations

import numpy as np
import pytest

import elman
from elman import Form, TextModel
from elman.tasks.text import Alphabet
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.demands import parted
from elman.tasks.text.writing.form import Form as WritingForm
from elman.tasks.text.writing.rows import Rows
from elman.tasks.text.writing.sampling import Sampling
from elman.tasks.text.writing.written import sample, stream
from test_sampling import random_network

WORDS = ["the", "old", "man", "went", "down", "to", "river", "and", "his", "small", "dog", "ran", "after", "them"]


@pytest.fixture(scope="module")
def model() -> TextModel:
    """Of words in any order, some of them in lines."""
    rng = np.random.default_rng(3)
    text = "".join(word + ("\n" if rng.random() < 0.1 else " ") for word in rng.choice(WORDS, 4000))
    return TextModel.fit(text, hidden=32, epochs=12.0, batch=8, length=32, output_dropout=0.0, validate=0.0)


def cut(texts: list[str]) -> float:
    """The share of lines whose last word is none."""
    lines = [line for text in texts for line in text.split("\n")]
    return sum(line.split()[-1] not in WORDS for line in lines) / len(lines)


@pytest.mark.parametrize("lines", ["4x8-20", "4x20-30", "6x12"])
def test_lines_end_with_words(model: TextModel, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = model.sample(form=Form(lines), count=30, seed=1)
    least, most = (int(n) for n in (lines.split("x")[1].split("-") * 2)[:2])
    for text in texts:
        assert len(text.split("\n")) == int(lines[0])
        assert all(least <= len(line) <= most for line in text.split("\n"))
    assert cut(list(texts)) < 0.05
    monkeypatch.setattr("elman.tasks.text.writing.written.Wrapping", Rows)
    assert cut(list(model.sample(form=Form(lines), count=30, seed=1))) > 0.15, "it makes a difference"


def test_new_lines_that_may_not_come_are_spaces(model: TextModel) -> None:
    """Words stay words, where the text would have gone to the next line."""
    texts = model.sample(form=Form("3x60-70"), count=10, seed=2)
    words = [word for text in texts for word in text.split()]
    assert sum(word in WORDS for word in words) > 0.9 * len(words)


def test_required_strings_and_acrostics_come_through(model: TextModel) -> None:
    form = Form("4x14-18", acrostic="mdst", require=("river",))
    for text in model.sample(form=form, count=20, seed=3):
        assert "river" in text
        assert "".join(line[0] for line in text.split("\n")) == "mdst"
        assert all(14 <= len(line) <= 18 for line in text.split("\n"))


@pytest.mark.parametrize("temperature", [0, 1])
def test_a_text_is_the_same_alone_and_among_others(temperature: float) -> None:
    alphabet = Alphabet.of("abcdefgh \n")
    network = random_network(alphabet)
    sampling = Sampling(form=WritingForm("3x4-7"), choice=Choice(temperature), seed=4)
    many = sample(network, alphabet, sampling, 9)
    assert sample(network, alphabet, sampling, 5) == many[:5]
    pieces = list(stream(network, alphabet, sampling))
    assert "".join(pieces) == many[0]
    assert len(pieces) == 3, "a line at a time"


def test_greedy_lines_are_not_tried_again(model: TextModel) -> None:
    first, second = list(model.sample(form=Form("2x10-12"), temperature=0.0, count=2))
    assert first == second
    assert all(10 <= len(line) <= 12 for line in first.split("\n"))


@pytest.mark.parametrize(
    ("characters", "found"), [("ab \n", True), ("ab\n", False), ("床前明月光 \n", False), ("ก ข\n", False)]
)
def test_languages_without_spaces_are_known(characters: str, found: bool) -> None:
    assert parted(Alphabet.of(set(characters))) == found
    assert parted(Alphabet.of_bytes())
    assert elman.Form is WritingForm
