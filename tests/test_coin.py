"""The task `coin`: exact posteriors against enumeration, distances, the verbs, and what is learned from tosses."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import elman
from elman.cli import run
from elman.tasks.coin import Coin
from elman.tasks.coin.coins import Beta, Prior, TwoCoins, divergence, encode, prior, sigmoid
from elman.tasks.coin.picture import direction

SEQUENCES = np.array(list(product([0, 1], repeat=6)), np.float32).T  # all of six tosses (6, 64)


# --- priors ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uniform", Beta(1, 1)),
        ("beta", Beta(1, 1)),
        ("beta:2,5", Beta(2, 5)),
        ("beta: 0.5 ,1e2", Beta(0.5, 100)),
        ("two-coins", TwoCoins(0.8, 0.2)),
        ("two-coins:0.9,0.3", TwoCoins(0.9, 0.3)),
        ("switching", TwoCoins(0.8, 0.2, 0.05)),
        ("switching:0.9,0.1,0.5", TwoCoins(0.9, 0.1, 0.5)),
    ],
)
def test_prior_is_a_name_and_its_numbers(text: str, expected: Prior) -> None:
    assert prior(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unifrom", "prior: expected one of uniform, .*; found 'unifrom'"),
        ("", "prior: expected one of"),
        ("uniform:1", "prior: expected no numbers after 'uniform'; found '1'"),
        ("uniform:", "prior: expected no numbers after 'uniform'"),
        ("beta:2", "prior: expected 2 numbers after 'beta'; found '2'"),
        ("beta:2,x", "prior: expected 2 numbers after 'beta'; found '2,x'"),
        ("beta:0,1", r"prior: a of beta: expected a number from 0.001 to 1e\+06; found 0"),
        ("beta:1,nan", "prior: b of beta: expected a number from"),
        ("two-coins:0,1", r"prior: chance p of heads: expected a number from 1e-06 to 0.999999; found 0"),
        ("switching:0.9,0.1", "prior: expected 3 numbers after 'switching'"),
        ("switching:0.9,0.1,1.5", "prior: chance of a switch: expected a number from"),
    ],
)
def test_wrong_prior_is_refused_by_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(elman.ConfigError, match=message):
        Coin(prior=text)


@pytest.mark.parametrize(
    "text", ["beta:1e-3,1e-3", "beta:1e6,1e-3", "beta:1e6,1e6", "two-coins:0.999999,1e-6", "switching:0.999999,0.5,1"]
)
def test_extreme_priors_have_finite_metrics(text: str) -> None:
    task = Coin(prior=text, tosses=20, hidden=2)
    json.dumps(task.score(task.network()), allow_nan=False)


# --- posteriors ---


def predicted_by_enumeration(chance: Callable[[tuple[int, ...]], float]) -> NDArray[np.float64]:
    """(7, 64): the chance of heads after each beginning of SEQUENCES, by the chances of whole sequences alone."""
    rows = [
        [chance((*map(int, column[:n]), 1)) / chance(tuple(map(int, column[:n]))) for column in SEQUENCES.T]
        for n in range(7)
    ]
    return np.array(rows)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 5), (0.5, 0.25)])
def test_posterior_of_beta_is_bayes_rule(a: float, b: float) -> None:
    def chance(tosses: tuple[int, ...]) -> float:
        """∫ p^heads (1 - p)^tails Beta(p; a, b) dp, up to a factor that is the same for all."""
        heads = sum(tosses)
        return math.gamma(a + heads) * math.gamma(b + len(tosses) - heads) / math.gamma(a + b + len(tosses))

    np.testing.assert_allclose(Beta(a, b).predictive(SEQUENCES), predicted_by_enumeration(chance), rtol=1e-12)


def test_posterior_of_a_uniform_bias_is_the_integral_over_all_of_them() -> None:
    bias = (np.arange(20_000) + 0.5) / 20_000
    weight = np.prod(np.where(SEQUENCES[:, :, None] > 0.5, bias, 1 - bias), axis=0)  # (64, biases)
    wanted = (weight * bias).sum(axis=1) / weight.sum(axis=1)
    np.testing.assert_allclose(Beta().predictive(SEQUENCES)[-1], wanted, rtol=1e-6)


@pytest.mark.parametrize(("p", "q", "switch"), [(0.8, 0.2, 0), (0.9, 0.3, 0.05), (0.7, 0.6, 0.5), (0.9, 0.2, 1)])
def test_posterior_of_two_coins_is_the_sum_over_all_ways_to_switch(p: float, q: float, switch: float) -> None:
    def chance(tosses: tuple[int, ...]) -> float:
        total = 0.0
        for coins in product([p, q], repeat=len(tosses)):
            switches = sum(a != b for a, b in pairwise(coins))
            stays = max(0, len(coins) - 1 - switches)
            path = 0.5 * switch**switches * (1 - switch) ** stays if coins else 1.0
            total += path * math.prod(c if toss else 1 - c for c, toss in zip(coins, tosses, strict=True))
        return total

    found = TwoCoins(p, q, switch).predictive(SEQUENCES)
    np.testing.assert_allclose(found, predicted_by_enumeration(chance), rtol=1e-12)


def test_no_evidence_for_one_coin_is_ever_beyond_the_other() -> None:
    tosses = np.repeat(np.array([1, 0], np.float32), 5000)[:, None]
    found = TwoCoins(0.8, 0.2).predictive(tosses)
    assert found[5000] == pytest.approx(0.8)
    assert found[-1] == pytest.approx(0.5)


@pytest.mark.parametrize("text", ["uniform", "beta:2,5", "two-coins", "switching", "switching:0.9,0.4,0.3"])
def test_tosses_are_what_the_posterior_expects(text: str, rng: np.random.Generator) -> None:
    tosses = prior(text).toss(rng, 6, 200_000)
    assert set(np.unique(tosses)) == {0, 1}
    exact = prior(text).predictive(tosses)[:-1]
    # Of the chances that it gave, as many came true; over all, and after each pair of first tosses.
    groups = [np.ones(tosses.shape[1], bool)]
    groups += [(tosses[0] == a) & (tosses[1] == b) for a, b in product([0, 1], repeat=2)]
    for group in groups:
        spread = 0.5 / math.sqrt(group.sum())
        later = slice(0 if group.all() else 2, None)
        surprise = (tosses[later, group] - exact[later, group]).mean(axis=1)
        assert np.abs(surprise).max() < 5 * spread


# --- distances ---


@given(p=st.floats(0.001, 0.999), y=st.floats(-20, 20))
def test_divergence_is_its_definition_and_zero_only_at_the_truth(p: float, y: float) -> None:
    q = 1 / (1 + math.exp(-y))
    wanted = p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))
    exact, odds = np.array([p]), np.array([y])
    assert divergence(exact, odds)[0] == pytest.approx(wanted, rel=1e-6, abs=1e-12)
    assert divergence(exact, np.log(exact / (1 - exact)))[0] == pytest.approx(0, abs=1e-12)
    assert sigmoid(odds)[0] == pytest.approx(q, rel=1e-12)


def test_divergence_from_a_sure_answer_is_finite() -> None:
    assert divergence(np.array([0.5]), np.array([2000.0]))[0] == pytest.approx(1000 - math.log(2))


def test_score_is_the_mean_divergence_on_each_length() -> None:
    """A network whose output is always 0 says a half for ever: its distance is that of the prior's mean."""
    task = Coin(tosses=5, hidden=2)
    network = task.network()
    network.parameters.flat[...] = 0
    metrics = task.score(network)
    assert list(metrics["kl"]) == ["5", "10", "20"]
    baselines = metrics["baselines"]
    assert metrics["kl"]["20"] == pytest.approx(baselines["the prior's mean, for ever"])
    assert metrics["kl"]["5"] < metrics["kl"]["10"] < metrics["kl"]["20"]  # the more is known, the further from it
    assert baselines["Laplace's rule"] == pytest.approx(0, abs=1e-12)
    question = metrics["question"]
    assert (question["probability"], question["exact"]) == (0.5, pytest.approx(91 / 102))
    assert (question["lowest"], question["highest"], question["close"]) == (0.5, 0.5, 0)
    assert not task.passed(metrics)


@pytest.mark.parametrize(
    ("text", "kl", "close", "passed"),
    [
        ("uniform", 9e-4, 0.95, True),
        ("uniform", 11e-4, 1.0, False),
        ("uniform", 9e-4, 0.94, False),
        ("beta:1,1", 9e-4, 0.94, False),
        ("switching", 9e-4, 0.0, True),
        ("switching", math.nan, 1.0, False),
    ],
)
def test_honest_answer_is_yes_where_it_is_near_at_every_length(
    text: str, kl: float, close: float, passed: bool
) -> None:
    metrics = {"kl": {"1": 1e-5, "2": kl, "4": 1e-5}, "question": {"close": close}}
    assert Coin(prior=text).passed(metrics) == passed


# --- what is asked ---


def test_each_toss_is_to_be_predicted_from_those_before_it() -> None:
    task = Coin(tosses=7, batch=3, steps=4)
    [plan] = task.plans(0)
    x, targets = np.asarray(plan.examples.inputs), np.asarray(plan.examples.targets)
    assert plan.rows.shape == (4, 3)
    assert x.shape == targets.shape
    assert not x[0].any()
    np.testing.assert_array_equal(x[1:], 2 * targets[:-1] - 1)
    assert set(np.unique(targets)) == {0, 1}  # tosses, and no chances


def drawn(task: Coin, done: int) -> NDArray[Any]:
    plans = list(task.plans(done))
    return np.concatenate([np.asarray(plan.examples.inputs)[:, row] for plan in plans for row in plan.rows], axis=1)


@pytest.mark.parametrize("done", [0, 1, 49, 50, 119])
def test_updates_see_the_same_wherever_training_begins(done: int) -> None:
    task = Coin(tosses=5, batch=2, steps=120)
    np.testing.assert_array_equal(drawn(task, done), drawn(task, 0)[:, 2 * done :])


def test_seed_decides_on_weights_and_tosses() -> None:
    a, b = Coin(seed=1, steps=50), Coin(seed=2, steps=50)
    assert not np.array_equal(drawn(a, 0), drawn(b, 0))
    assert not np.array_equal(a.network().parameters.flat, b.network().parameters.flat)


def test_inputs_are_signs_and_nothing_before_the_first() -> None:
    tosses = np.array([[1, 0], [0, 0]], np.float32)
    assert encode(tosses)[..., 0].tolist() == [[0, 0], [1, -1], [-1, -1]]


# --- the verbs ---


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object) -> tuple[int, str, str]:
        code = run([str(a) for a in arguments])
        return code, *capsys.readouterr()

    return command


Command = Callable[..., tuple[int, str, str]]
BRIEF = ("train", "coin", "--steps", 20, "--tosses", 8, "--hidden", 3, "--out", "m")


def test_verbs_tell_of_chances_beside_the_exact_ones(command: Command) -> None:
    assert command(*BRIEF, "--prior", "beta:2,6")[0] == 1  # too brief to learn anything
    code, out, _ = command("predict", "m", "", "1101", "--json")
    answer = json.loads(out)
    assert (code, answer["inputs"]) == (0, ["", "1101"])
    first, second = answer["outputs"]
    assert (first["exact"], second["exact"]) == (0.25, pytest.approx(5 / 12))
    assert 0 < first["probability"] < 1
    assert [first, second] == elman.load("m").predict(["", "1101"])
    code, out, _ = command("predict", "m", "1101")
    assert (code, out) == (0, f"{second['probability']:.4f} (exact: 0.4167)\n")

    code, out, _ = command("score", "m", "--json")
    metrics = json.loads(out)["metrics"]
    assert (code, set(metrics)) == (1, {"coins", "kl", "question", "baselines"})
    assert metrics == elman.load("m").metrics
    out = command("score", "m")[1]
    assert "nats per toss from the exact posterior" in out
    assert "Laplace's rule" in out
    assert json.loads(command("info", "m", "--json")[1])["settings"]["prior"] == "beta:2,6"
    assert "--prior" in command("train", "coin", "--help")[1]


def test_a_task_without_a_reference_for_every_length_says_nothing_of_proofs(command: Command) -> None:
    code, out, _ = command("train", "coin", "--steps", 700)
    assert (code, "proved" in out) == (0, False)


def test_resumed_training_equals_one_that_never_stopped(command: Command) -> None:
    command(*BRIEF)
    command("train", "--resume", "m", "--steps", 130)
    whole = elman.train("coin", steps=130, tosses=8, hidden=3)
    assert elman.load("m").network.parameters.flat.tobytes() == whole.network.parameters.flat.tobytes()
    assert elman.load("m").metrics == whole.metrics


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("predict", "m", "012"), "expected tosses as a string of 0 (tails) and 1 (heads); found '012'"),
        (("predict", "m", "HHT"), "found 'HHT'"),
        (("predict", "m", "٠١"), "expected tosses"),
        (("train", "coin", "--prior", "beta:2"), "prior: expected 2 numbers after 'beta'"),
        (("train", "coin", "--prior", "unifrom"), "hint: did you mean 'uniform'?"),
        (("train", "coin", "--tosses", "0"), "tosses: expected a whole number from 1"),
        (("train", "coin", "--clip", "0"), "clip: expected a number in (0,"),
        (("plot", "m", "--out", "m.gif"), "--out: expected a file that ends in .svg or .png; found 'm.gif'"),
        (("plot", "m", "--out", "missing/m.svg"), "expected a folder missing"),
        (("plot", "missing", "--out", "m.svg"), "missing: no such file"),
        (("plot", "m"), "--out"),
    ],
)
def test_wrong_request_is_refused(arguments: tuple[str, ...], expected: str, command: Command, tmp_path: Path) -> None:
    command(*BRIEF)
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    assert expected in err
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_what_is_no_string_of_tosses_is_refused() -> None:
    model = elman.Model(task := Coin(hidden=2), task.network())
    for wrong in (["10", 1], [[1, 0]], [None]):
        with pytest.raises(elman.DataError, match="expected tosses"):
            model.predict(wrong)
    assert model.predict([]) == []


def test_answers_beyond_all_bounds_are_an_error_and_no_metrics(command: Command) -> None:
    code, out, err = command("train", "coin", "--rate", 1e38, "--steps", 1, "--json")
    assert code == 2
    assert "error: coin: the network's answers are no finite numbers" in err
    assert set(json.loads(out)) == {"error", "hint"}


# --- the picture ---


def test_direction_is_found_where_a_quantity_was_put(rng: np.random.Generator) -> None:
    vector = np.array([0.6, 0.0, -0.8])
    quantity = rng.standard_normal((50, 10))
    h = quantity[..., None] * vector
    found = direction(h, 3 * quantity + 1)
    np.testing.assert_allclose(found.vector, vector, atol=1e-9)
    assert found.share == pytest.approx(1)
    np.testing.assert_allclose(found.along(h), quantity + 1 / 3, atol=1e-9)
    assert direction(rng.standard_normal((50, 10, 3)), quantity).share < 0.1


def test_picture_shows_the_sequence_and_the_directions(command: Command) -> None:
    command(*BRIEF)
    figure = elman.load("m").picture()
    along, odds, seen = figure.axes
    labels = [line.get_label() for line in along.lines]
    assert labels[:2] == ["exact posterior", "network"]
    exact = np.asarray(along.lines[0].get_ydata())
    assert (len(exact), exact[0]) == (4 * 8 + 1, 0.5)
    assert all("R² = " in axes.get_title() for axes in (odds, seen))


@pytest.mark.parametrize(("name", "begins"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG")])
def test_same_model_gives_the_same_picture(name: str, begins: bytes, command: Command) -> None:
    command(*BRIEF)
    assert command("plot", "m", "--out", name)[:2] == (0, f"saved to {name}\n")
    first = Path(name).read_bytes()
    assert first.startswith(begins)
    code, out, _ = command("plot", "m", "--out", name, "--force", "--json")
    assert (code, json.loads(out)) == (0, {"task": "coin", "model": "m", "picture": name})
    assert Path(name).read_bytes() == first


def test_task_without_pictures_of_files_and_a_machine_without_matplotlib_are_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(*BRIEF)
    code, _, err = command("plot", "m", "tosses.csv", "--out", "a.svg")
    assert code == 2 and "tosses.csv: expected a model of one of the tasks" in err and "found one of 'coin'" in err
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, _, err = command("plot", "m", "--out", "a.svg")
    assert code == 2
    assert err.splitlines()[-1] == "hint: pip install 'elman[plot]'"


# --- what is learned ---


def test_few_tosses_are_learned_in_a_second() -> None:
    model = elman.train("coin", prior="two-coins", tosses=16, steps=600, hidden=8, halve=100)
    assert max(model.metrics["kl"].values()) < 3e-3
    assert model.metrics["kl"]["64"] < model.metrics["baselines"]["Laplace's rule"]
    # Laplace's rule is not told of the two coins; the network was not either, but has met them.


def test_network_without_recurrence_knows_the_last_toss_and_no_more() -> None:
    model = elman.train("coin", cell="none", tosses=16, steps=600, hidden=4, halve=100)
    memoryless = model.metrics["baselines"]["from the last toss alone: all that a network without memory can know"]
    assert model.metrics["kl"]["64"] == pytest.approx(memoryless, rel=0.05)
    after_a_head = [answer["probability"] for answer in model.predict(["1", "1" * 50, "0" * 50 + "1"])]
    assert after_a_head == pytest.approx([2 / 3] * 3, abs=0.03)
