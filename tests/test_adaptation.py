"""Dynamic evaluation: a window's loss first, then an update with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.errors import ConfigError
from elman.network import Network
from elman.tasks.text import END, Alphabet
from elman.tasks.text.scoring import adaptation
from elman.tasks.text.scoring.adaptation import Adaptation, Adapting
from elman.tasks.text.scoring.surprise import Score, text_surprise

ALPHABET = Alphabet.of("abcd ")
TEXT = "abcd dcba " * 30


@pytest.fixture
def network() -> Network:
    network = Network(len(ALPHABET), len(ALPHABET), symbols=True, hidden=7, layers=2, cell="gru", dtype="float64")
    network.initialise(np.random.default_rng(3), 0.7)
    return network


def naive(network: Network, symbols: list[int], a: Adaptation) -> float:
    """By gradients of single windows and Adam's equations without momentum."""
    copy = Network.of(network.architecture)
    copy.parameters.flat[...] = network.parameters.flat
    squares, state, nats = np.zeros_like(copy.parameters.flat), None, 0.0
    for update, first in enumerate(range(0, len(symbols), a.window), start=1):
        targets = np.array(symbols[first : first + a.window])[:, None]
        inputs = np.array([END, *symbols][first : first + len(targets)])[:, None]
        found = copy.loss_and_gradient(inputs, targets, loss="symbols", state=state)
        nats, state, gradient = nats + found.loss * len(targets), found.state, found.gradient.flat
        squares = a.memory * squares + (1 - a.memory) * gradient**2
        root = np.sqrt(squares / (1 - a.memory**update)) + 1e-8
        copy.parameters.flat[...] -= a.rate * gradient / root
    return nats


@pytest.mark.parametrize("length", [1, 19, 20, 21, 300])
def test_losses_are_recorded_before_their_update(network: Network, length: int) -> None:
    options = Adaptation(rate=0.01, memory=0.9)
    score = Adapting(network, ALPHABET, options).text([TEXT[:length]])
    assert score.characters == length
    assert score.nats == pytest.approx(naive(network, ALPHABET.encode(TEXT[:length]).tolist(), options), rel=1e-9)


def test_nothing_is_dropped_while_it_reads(network: Network) -> None:
    dropping = Network.of(replace(network.architecture, dropout=0.3, output_dropout=0.3, weight_dropout=0.3))
    dropping.parameters.flat[...] = network.parameters.flat
    [found, expected] = (Adapting(one, ALPHABET).text([TEXT]).nats for one in (dropping, network))
    assert found == expected


def test_model_itself_stays_as_it_is_and_a_rate_of_0_is_the_static_figure(network: Network) -> None:
    before = network.parameters.flat.copy()
    static = Score.of(text_surprise(network, ALPHABET, [TEXT])).nats
    assert Adapting(network, ALPHABET, Adaptation(rate=0)).text([TEXT]).nats == pytest.approx(static)
    assert Adapting(network, ALPHABET, Adaptation(rate=0.01)).text([TEXT]).nats < 0.9 * static
    assert network.parameters.flat.tobytes() == before.tobytes()


@settings(deadline=None, max_examples=20)
@given(cuts=st.lists(st.integers(0, len(TEXT)), max_size=4), at_once=st.integers(1, 9))
def test_where_a_text_is_cut_changes_nothing(cuts: list[int], at_once: int) -> None:
    network = Network(len(ALPHABET), len(ALPHABET), symbols=True, hidden=5, dtype="float64")
    ends = [0, *sorted(cuts), len(TEXT)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adaptation, "AT_ONCE", at_once)
        cut = Adapting(network, ALPHABET).text(TEXT[a:b] for a, b in pairwise(ends))
    whole = Adapting(network, ALPHABET).text([TEXT])
    assert cut.characters == whole.characters
    assert cut.nats == pytest.approx(whole.nats)


def test_documents_begin_anew_but_what_was_learned_stays(network: Network) -> None:
    reader = Adapting(network, ALPHABET, Adaptation(rate=0.01))
    scores = [reader.text(["abcabcabc"], ends=True) for _ in range(30)]
    assert all(score.characters == 10 for score in scores)
    assert scores[0].nats == pytest.approx(naive(network, [*ALPHABET.encode("abcabcabc").tolist(), END], Adaptation()))
    assert scores[-1].nats < scores[0].nats / 2
    assert Adapting(network, ALPHABET).text([], ends=True).characters == 1


def test_unseen_characters_are_counted(network: Network) -> None:
    score = Adapting(network, ALPHABET).text(["axb", "x", "éc"])
    known = Adapting(network, ALPHABET).text(["abc"])
    assert (score.unseen, score.characters, score.nats) == ({"x": 2, "é": 1}, 3, known.nats)


@pytest.mark.parametrize("wrong", [{"window": 0}, {"rate": -1}, {"rate": float("nan")}, {"memory": 1.0}])
def test_wrong_options_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Adaptation(**wrong)  # type: ignore[arg-type]
