"""Real documents, those of the package pyjokes: what is learned from them, written, and known of them."""

from __future__ import annotations

import re

import pyjokes
import pytest

import elman
from elman.tasks.text.scoring.baselines import baselines


@pytest.fixture(scope="module")
def model() -> elman.TextModel:
    jokes = pyjokes.get_jokes(language="en", category="all")
    return elman.TextModel.fit(jokes, hidden=96, epochs=20.0, rate=0.01, batch=16)


def test_a_network_foretells_jokes_better_than_pairs_of_characters_do(model: elman.TextModel) -> None:
    learned, held_out = model.task.corpus, model.task.held_out
    assert learned is not None
    assert held_out is not None
    assert (len(learned), len(held_out)) == (255, 28)
    texts = [[[corpus.text(i)] for i in range(len(corpus))] for corpus in (learned, held_out)]
    pairs = next(
        b for b in baselines(model.task.alphabet, *texts, documents=True).rows if b.name == "Kneser–Ney, order 2"
    )
    assert pairs.static is not None
    assert model.metrics["nats_per_character"] < 0.9 * pairs.static
    assert model.score([text for [text] in texts[1]])["nats_per_character"] == pytest.approx(
        model.metrics["nats_per_character"], rel=1e-5
    )


def test_a_hundred_of_a_hundred_jokes_obey_their_form(model: elman.TextModel) -> None:
    form = elman.Form("1x20-60", acrostic="A", require=("code",), forbid=("Chuck", "x"))
    jokes = model.sample(count=100, form=form, seed=1)
    assert len(set(jokes)) == 100
    for joke in jokes:
        assert re.fullmatch(r"A.{19,59}", joke), joke
        assert "code" in joke
        assert "Chuck" not in joke
        assert "x" not in joke
