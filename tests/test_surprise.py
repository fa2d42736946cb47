"""Surprise: nats of each character, however a text is cut, and beside which documents it is read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.errors import ConfigError
from elman.network import Network
from elman.tasks.text import END, Alphabet
from elman.tasks.text.scoring import side_by_side, surprise
from elman.tasks.text.scoring.surprise import (
    Score,
    Surprise,
    by_line,
    document_surprise,
    figures,
    surprises,
    text_surprise,
)

ALPHABET = Alphabet.of("abc d\n")
TEXT = "abc cab\n\nba d abba\nddd cab"


@pytest.fixture(scope="module")
def network() -> Network:
    """Random weights, large enough that each character has a probability of its own."""
    network = Network(len(ALPHABET), len(ALPHABET), symbols=True, hidden=6, layers=2, dtype="float64")
    network.initialise(np.random.default_rng(3), 1.0)
    return network


def one_by_one(network: Network, symbols: list[int]) -> list[float]:
    """-ln p of each symbol after END and those before it, from the outputs of one step after the other."""
    stream, nats, read = network.stream(), [], END
    for symbol in symbols:
        y = stream.step([read])[0]
        nats.append(math.log(np.exp(y).sum()) - y[symbol])
        read = symbol
    return nats


def test_surprise_is_minus_the_logarithm_of_the_probability(network: Network) -> None:
    [found] = text_surprise(network, ALPHABET, [TEXT])
    assert found.text == TEXT
    np.testing.assert_allclose(found.nats, one_by_one(network, ALPHABET.encode(TEXT).tolist()), rtol=1e-10)


def test_probabilities_of_all_texts_of_two_characters_sum_to_1(network: Network) -> None:
    """END among the characters: of each text what is missing is that it ends before."""
    first = {c: math.exp(-one_by_one(network, ALPHABET.encode(c).tolist())[0]) for c in ALPHABET.characters}
    ended = math.exp(-one_by_one(network, [END])[0])
    assert sum(first.values()) + ended == pytest.approx(1)
    for c, p in first.items():
        pairs = [math.exp(-Score.of(text_surprise(network, ALPHABET, [c + d])).nats) for d in ALPHABET.characters]
        [[document]] = document_surprise(network, ALPHABET, [c])
        assert sum(pairs) + math.exp(-document.nats.sum()) == pytest.approx(p)


@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, len(TEXT)), max_size=4), piece=st.integers(1, 9))
def test_where_a_text_is_cut_changes_nothing(network: Network, cuts: list[int], piece: int) -> None:
    ends = [0, *sorted(cuts), len(TEXT)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surprise, "PIECE", piece)
        pieces = [TEXT[a:b] for a, b in pairwise(ends)]
        found = list(text_surprise(network, ALPHABET, pieces))
    assert "".join(part.text for part in found) == TEXT
    [whole] = text_surprise(network, ALPHABET, [TEXT])
    np.testing.assert_allclose(np.concatenate([part.nats for part in found]), whole.nats, rtol=1e-12)


def test_a_text_is_read_while_it_comes(network: Network) -> None:
    """A generator of pieces is asked for the next one only when the one before is scored."""
    asked: list[str] = []

    def pieces() -> Iterator[str]:
        for line in TEXT.split():
            asked.append(line)
            yield line

    found = text_surprise(network, ALPHABET, pieces())
    assert next(found).text == "abc"
    assert asked == ["abc"]


@settings(deadline=None)
@given(
    documents=st.lists(st.text(ALPHABET.characters + "x", max_size=12), max_size=9),
    rows=st.integers(1, 4),
    long=st.sampled_from([4, 100]),
)
def test_documents_are_scored_as_if_alone(network: Network, documents: list[str], rows: int, long: int) -> None:
    """Side by side, or, where one is longer than `long`, by itself."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in (
            (side_by_side, "ROWS", rows),
            (side_by_side, "CELLS", 7),
            (surprise, "POOL", 5),
            (surprise, "POOL_CHARACTERS", 30),
            (surprise, "LONG", long),
        ):
            patch.setattr(module, name, value)
        found = list(surprises(network, ALPHABET, documents, documents=True, lines=True))  # each in pieces of one
        scores = [Score.of(stretches) for stretches in document_surprise(network, ALPHABET, documents)]
    assert [score.nats for score in scores] == pytest.approx([np.nansum(part.nats) for part in found], rel=1e-12)
    assert [part.text for part in found] == documents
    for document, part in zip(documents, found, strict=True):
        seen = [s for s in ALPHABET.symbols(document).tolist() if s >= 0]
        assert np.flatnonzero(np.isnan(part.nats)).tolist() == [i for i, c in enumerate(document) if c == "x"]
        scored = part.nats[~np.isnan(part.nats)]
        np.testing.assert_allclose(scored, one_by_one(network, [*seen, END]), rtol=1e-10)


def test_unseen_characters_are_named_and_read_as_if_they_were_not_there(network: Network) -> None:
    found = list(text_surprise(network, ALPHABET, ["xab", "éx", "c"]))
    known = Score.of(text_surprise(network, ALPHABET, ["abc"]))
    score = Score.of(found)
    assert [np.isnan(part.nats).tolist() for part in found] == [[True, False, False], [True, True], [False]]
    assert score.nats == pytest.approx(known.nats)
    assert score.unseen == {"x": 2, "é": 1}
    metrics = score.metrics()
    assert (metrics["characters"], metrics["unseen"], metrics["unseen_characters"]) == (3, 3, "xé")


def test_figures_are_the_same_in_other_units() -> None:
    score = Score.of([Surprise("ab", np.array([1.0, 2.0])), Surprise("xc", np.array([np.nan, 3.0]))])
    assert score.metrics() == {
        "characters": 3,
        "nats_per_character": 2.0,
        "bits_per_character": pytest.approx(2 / math.log(2)),
        "perplexity": pytest.approx(math.exp(2)),
        "unseen": 1,
        "unseen_characters": "x",
    }
    assert figures(1e5)["perplexity"] is None


@pytest.mark.parametrize("text", ["", "xyz"])
def test_nothing_to_predict_has_no_figures(network: Network, text: str) -> None:
    metrics = Score.of(text_surprise(network, ALPHABET, [text])).metrics()
    assert metrics["characters"] == 0
    assert metrics["nats_per_character"] is metrics["bits_per_character"] is metrics["perplexity"] is None


@given(pieces=st.lists(st.text("ab\n\r\u2028", max_size=6), max_size=6))
def test_lines_are_the_same_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    nats = np.arange(len(text), dtype=float)
    ends = np.cumsum([0, *map(len, pieces)])
    parts = [Surprise(p, nats[e : e + len(p)]) for p, e in zip(pieces, ends, strict=False)]
    lines = list(by_line(parts))
    assert "".join(line.text for line in lines) == text
    assert all(line.text.find("\n") in (-1, len(line.text) - 1) for line in lines)
    assert all(line.text.endswith("\n") for line in lines[:-1])
    assert [float(n) for line in lines for n in line.nats] == nats.tolist()


def test_network_of_another_alphabet_is_refused() -> None:
    for network in (Network(3, 3, symbols=True), Network(7, 7), Network(7, 7, symbols=True, bidirectional=True)):
        with pytest.raises(ConfigError, match="predicts the next of 7 symbols"):
            next(text_surprise(network, ALPHABET, ["a"]))
