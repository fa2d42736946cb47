"""Losses with negatives that are drawn, and updates that leave alone the rows that do not occur."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import elman
import naive
from gradcheck import STEP, check_gradients
from instances import LENGTHS, MANY, NOISES, POPULARITY, RANKINGS, ROWS, STEPS, Array, answers, random_inputs
from instances import random_network as any_network

KEY = 5
EXACT = 1e-12


def random_network(rng: np.random.Generator, inputs: int = MANY, **options: Any) -> elman.Network:
    """A network of many symbols."""
    return any_network(rng, inputs, MANY, symbols=True, **{"cell": "gru", "embedding": 7, **options})


def arguments(rng: np.random.Generator, network: elman.Network, loss: elman.Loss) -> dict[str, Any]:
    """Ragged rows, weights with zeros among them, and targets; the same network draws the same negatives."""
    weights = rng.uniform(0.5, 2, answers(network))
    weights[1] = 0 if weights.ndim == 1 else [0, 1, 0.5]
    return {
        "x": random_inputs(rng, network, STEPS, ROWS),
        "targets": rng.integers(MANY, size=answers(network)),
        "loss": loss,
        "lengths": LENGTHS,
        "weights": weights,
        "noise_key": KEY,
    }


# --- what is drawn ---


@pytest.mark.parametrize("name", RANKINGS)
def test_negatives_are_those_of_the_oracle(name: str) -> None:
    loss = RANKINGS[name]
    items, _ = loss.engine(elman.Architecture(inputs=1, outputs=MANY)).draw(KEY)
    q = naive.chances(MANY, None if loss.popularity is None else [*loss.popularity], loss.alpha, loss.uniform)
    assert loss.chances(MANY) == pytest.approx(q, rel=EXACT)
    assert items == sorted(naive.draw(loss.negatives, q, KEY))


def test_each_is_drawn_as_often_as_its_chance_says() -> None:
    loss, rounds = elman.SampledCrossEntropy(negatives=8, popularity=POPULARITY, alpha=1, correction="none"), 4000
    engine, drawn = loss.engine(elman.Architecture(inputs=1, outputs=MANY, dtype="float64")), Counter[int]()
    for key in range(rounds):
        items, offsets = engine.draw(key)
        drawn.update(dict(zip(items, np.rint(np.exp(offsets)).astype(int).tolist(), strict=True)))
    assert drawn.total() == 8 * rounds
    expected = 8 * rounds * loss.chances(MANY)
    assert (np.abs([drawn[j] for j in range(MANY)] - expected) < 4.5 * np.sqrt(expected)).all()


def test_sum_of_the_refined_correction_is_right_on_average(rng: np.random.Generator) -> None:
    """Its loss is log(sum) - p: that sum, on average, is the sum over all outputs."""
    network = random_network(rng, layers=1)
    x, targets = random_inputs(rng, network, 1, 1), np.array([[3]])
    loss = elman.SampledCrossEntropy(negatives=12, popularity=POPULARITY)
    y = network.forward(x)[0][0, 0]
    found = [np.exp(network.loss_and_gradient(x, targets, loss=loss, noise_key=key).loss + y[3]) for key in range(4000)]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - np.exp(y).sum()) < 4 * error < 0.05 * np.exp(y).sum()


# --- values and gradients ---


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("readout", ["steps", "mean"])
@pytest.mark.parametrize("name", RANKINGS)
def test_loss_is_that_of_the_oracle(name: str, readout: str, reduction: str, rng: np.random.Generator) -> None:
    network, loss = random_network(rng, bidirectional=True, readout=readout), RANKINGS[name]
    given = arguments(rng, network, loss)
    y = naive.forward(network.architecture.to_json(), network.parameters, given["x"], LENGTHS).y
    wanted = naive.loss(loss.name, y, given["targets"], LENGTHS, given["weights"], reduction, **vars(loss), key=KEY)
    assert network.loss_and_gradient(**given, reduction=reduction).loss == pytest.approx(wanted, rel=EXACT)


@pytest.mark.parametrize("name", RANKINGS)
def test_what_is_only_read_is_beside_every_other_output(name: str, rng: np.random.Generator) -> None:
    network, loss = random_network(rng), RANKINGS[name]
    x, targets = random_inputs(rng, network, STEPS, ROWS), rng.integers(MANY, size=(STEPS, ROWS))
    y, (found, _) = network.forward(x)[0], network.losses(x, targets, loss=loss)
    options = {**vars(loss), "negatives": None}
    for place in np.ndindex(STEPS, ROWS):
        wanted = naive.LOSSES[loss.name](y[place].tolist(), int(targets[place]), **options)
        assert found[place] == pytest.approx(wanted, rel=EXACT)


@pytest.mark.parametrize("name", RANKINGS)
@pytest.mark.parametrize(
    "options",
    [
        {"layers": 2, "initial": "learned", **NOISES},
        {"embedding": 5, "tied": True},
        {"embedding": 10, "tied": True, "bidirectional": True, "bias": False, "cell": "lstm"},
        {"readout": "attention", "embedding": None},
    ],
    ids=["noisy", "tied", "tied-bidirectional", "attention"],
)
def test_gradient_is_the_derivative(name: str, options: dict[str, Any], rng: np.random.Generator) -> None:
    network = random_network(rng, **options)
    given = arguments(rng, network, RANKINGS[name])
    gradient = network.loss_and_gradient(**given).gradient
    check_gradients(lambda: network.loss_and_gradient(**given).loss, network.parameters, gradient)


@pytest.mark.parametrize("kind", [elman.SampledCrossEntropy, elman.BPRMax, elman.TOP1Max])
def test_gradient_at_work_sizes_has_the_slope_of_a_random_direction(
    kind: type[elman.Ranking], rng: np.random.Generator
) -> None:
    """Several pieces and shards, and another number of negatives in each update."""
    network = any_network(rng, 700, 701, symbols=True, embedding=33, cell="lstm", hidden=41)
    network.parameters.flat /= 4
    x, targets = rng.integers(700, size=(40, 13)), rng.integers(701, size=(40, 13))
    given: dict[str, Any] = {"loss": kind(negatives=300), "lengths": rng.integers(1, 41, 13)}
    for key in range(3):
        gradient = network.loss_and_gradient(x, targets, **given, noise_key=key).gradient.flat
        direction = rng.standard_normal(gradient.size) / 50
        middle, values = network.parameters.flat.copy(), []
        for sign in (1, -1):
            network.parameters.flat[:] = middle + sign * STEP * direction
            values.append(network.loss_and_gradient(x, targets, **given, noise_key=key).loss)
        network.parameters.flat[:] = middle
        assert (values[0] - values[1]) / (2 * STEP) == pytest.approx(gradient @ direction, rel=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("far", [-300.0, 300.0])
@pytest.mark.parametrize("name", RANKINGS)
def test_logits_far_from_each_other_are_no_infinities(
    name: str, far: float, dtype: str, rng: np.random.Generator
) -> None:
    network = random_network(rng, dtype=dtype)
    network.parameters["head.bias"][:20] = far
    given = arguments(rng, network, RANKINGS[name])
    found = network.loss_and_gradient(**given)
    assert np.isfinite(found.loss)
    assert np.isfinite(found.gradient.flat).all()


@pytest.mark.parametrize("name", RANKINGS)
def test_where_nothing_but_the_positive_is_drawn_nothing_is_lost(name: str, rng: np.random.Generator) -> None:
    loss = RANKINGS[name]
    one = type(loss)(negatives=4, popularity=[0, 1, 0], alpha=1, uniform=0)
    network = any_network(rng, 3, 3, symbols=True, embedding=2)
    found = network.loss_and_gradient([[2, 0]], [[1, 1]], loss=one)
    assert found.loss == 0
    assert not found.gradient.flat.any()


# --- rows that do not occur ---


def batches(rng: np.random.Generator, network: elman.Network, count: int = 4) -> list[elman.Batch]:
    """A few of the symbols at a time."""
    some = [rng.choice(MANY, 6, replace=False) for _ in range(count)]
    return [
        elman.Batch(
            inputs=rng.choice(few, (STEPS, ROWS)),
            targets=rng.choice(few, answers(network)),
            lengths=LENGTHS,
            weights=rng.integers(0, 3, answers(network)),
        )
        for few in some
    ]


def few(**options: Any) -> elman.SampledCrossEntropy:
    return elman.SampledCrossEntropy(negatives=5, popularity=POPULARITY, **options)


@pytest.mark.parametrize("optimizer", [elman.SGD(0.3), elman.Adagrad(0.1)], ids=["sgd", "adagrad"])
@pytest.mark.parametrize("loss", ["symbols", few()], ids=["full", "sampled"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"embedding": 5, "tied": True},
        {"embedding": None},
        {"embedding": None, "inputs": 90, "layers": 2, "bidirectional": True, "initial": "learned"},
        {"bias": False, "readout": "mean"},
    ],
    ids=["separate", "tied", "one-hot", "columns", "readout"],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_updates_by_rows_are_those_of_all_rows_to_the_bit(
    dtype: str, options: dict[str, Any], loss: elman.Loss | str, optimizer: elman.Optimizer, rng: np.random.Generator
) -> None:
    """`apply` takes a gradient of all parameters, and updates them all."""
    network = random_network(rng, dtype=dtype, **options)
    more: dict[str, Any] = {"loss": loss, "optimizer": optimizer, "averaging": 0.9, "clip_value": 0.02, "seed": 7}
    twin = elman.Network.of(network.architecture)
    twin.parameters.flat = network.parameters.flat
    rows, all_rows = elman.Trainer(network, **more), elman.Trainer(twin, **more)
    for batch in batches(rng, network):
        [event] = rows.run([batch])
        found = twin.loss_and_gradient(
            batch.inputs,
            batch.targets,
            loss=loss,
            lengths=batch.lengths,
            weights=batch.weights,
            noise_key=all_rows.noise_key,
        )
        assert event.loss == found.loss
        all_rows.apply(found.gradient)
    for name in ("first", "second", "average"):
        np.testing.assert_array_equal(getattr(rows, name), getattr(all_rows, name))
    np.testing.assert_array_equal(network.parameters.flat, twin.parameters.flat)


def test_clipping_by_the_norm_is_that_of_all_rows(rng: np.random.Generator) -> None:
    network = random_network(rng)
    [batch] = batches(rng, network, 1)
    gradient = network.loss_and_gradient(
        batch.inputs, batch.targets, loss=few(), lengths=batch.lengths, weights=batch.weights, noise_key=1
    ).gradient.flat
    trainer = elman.Trainer(network, loss=few(), optimizer=elman.SGD(1), clip_norm=0.01)
    assert trainer.noise_key != 1
    before = network.parameters.flat.copy()
    list(trainer.run([batch]))
    assert np.linalg.norm(gradient) > 0.01
    assert np.linalg.norm(network.parameters.flat - before) == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("optimizer", [elman.SGD(0.3), elman.Adagrad(0.1), elman.LazyAdam(0.01)], ids=str)
@pytest.mark.parametrize("tied", [False, True])
def test_rows_that_do_not_occur_are_not_even_read(
    tied: bool, optimizer: elman.Optimizer, rng: np.random.Generator
) -> None:
    """They are no numbers, and nobody sees it."""
    network = random_network(rng, embedding=5, tied=tied)
    loss = elman.BPRMax(negatives=9, popularity=[1.0] * 10 + [0.0] * 30, uniform=0)
    for name in ("embedding.weight", "head.weight", "head.bias"):
        if name in network.parameters:
            network.parameters[name][10:] = np.nan
    trainer = elman.Trainer(network, loss=loss, optimizer=optimizer, clip_norm=1)
    x, targets = rng.integers(10, size=(2, STEPS, ROWS))
    before = network.parameters.flat.copy()
    [event] = trainer.run([elman.Batch(inputs=x, targets=targets)])
    assert np.isfinite(event.loss)
    moved = network.parameters.flat != before
    assert moved[np.isfinite(before)].mean() > 0.9
    assert np.isnan(network.parameters.flat).sum() == np.isnan(before).sum()
    assert not trainer.second[np.isnan(before)].any()


def test_lazy_adam_is_adam_where_everything_occurs(rng: np.random.Generator) -> None:
    networks = []
    for optimizer in (elman.Adam(0.01, weight_decay=0.1), elman.LazyAdam(0.01, weight_decay=0.1)):
        own = np.random.default_rng(1)
        network = random_network(own)
        x = np.stack([own.permutation(MANY) for _ in range(3)])
        trainer = elman.Trainer(network, loss=few(), optimizer=optimizer, clip_value=0.5)
        list(trainer.run([elman.Batch(inputs=x, targets=x[::-1].copy())] * 3))
        networks.append((network.parameters.flat, trainer.first, trainer.second))
    for one, other in zip(*networks, strict=True):
        np.testing.assert_array_equal(one, other)


def test_lazy_adam_leaves_rows_and_their_moments_alone(rng: np.random.Generator) -> None:
    network = random_network(rng)
    trainer = elman.Trainer(network, loss="symbols", optimizer=elman.LazyAdam(0.1))
    first, second = np.array([[1, 2, 3]]), np.array([[3, 4, 5]])
    list(trainer.run([elman.Batch(inputs=first, targets=first)]))
    kept = [network.parameters.like(flat)["embedding.weight"].copy() for flat in every(trainer)]
    list(trainer.run([elman.Batch(inputs=second, targets=second)]))
    for before, flat in zip(kept, every(trainer), strict=True):
        after = network.parameters.like(flat)["embedding.weight"]
        np.testing.assert_array_equal(after[[1, 2]], before[[1, 2]])
        assert (after[[3, 4, 5]] != before[[3, 4, 5]]).all()


def test_lazy_adam_of_one_hot_inputs_is_adam() -> None:
    """They have columns, which it does not leave alone, be they many or few."""
    flat = []
    for optimizer in (elman.Adam(0.1), elman.LazyAdam(0.1)):
        network = random_network(np.random.default_rng(0), inputs=90, embedding=None)
        trainer = elman.Trainer(network, loss="symbols", optimizer=optimizer)
        list(trainer.run([elman.Batch(inputs=[[one]], targets=[[2]]) for one in (3, 4)]))
        flat.append(network.parameters.flat)
    np.testing.assert_array_equal(flat[0], flat[1])


@pytest.mark.parametrize("optimizer", [elman.SGD, elman.Adagrad])
@pytest.mark.parametrize("where", ["embedding*", "weight_ih_l0", "head*"])
def test_rows_that_decay_decay_all(where: str, optimizer: type[elman.Optimizer], rng: np.random.Generator) -> None:
    more: dict[str, Any] = {"embedding": None, "inputs": 90} if where == "weight_ih_l0" else {}
    network = random_network(rng, **more)
    before = network.parameters.flat.copy()
    trainer = elman.Trainer(network, loss=few(), optimizer=optimizer(0.1, weight_decay={where: 0.5}))
    list(trainer.run([elman.Batch(inputs=[[1]], targets=[[2]])]))
    name = {"embedding*": "embedding.weight", "head*": "head.weight"}.get(where, where)
    assert (network.parameters[name] != network.parameters.like(before)[name]).all()


def every(trainer: elman.Trainer) -> list[Array]:
    return [trainer.network.parameters.flat, trainer.first, trainer.second]


@pytest.mark.parametrize("name", RANKINGS)
def test_run_that_was_saved_draws_what_the_whole_one_does(name: str, tmp_path: Any) -> None:
    def begun() -> elman.Trainer:
        network = random_network(np.random.default_rng(2), dtype="float32")
        return elman.Trainer(network, loss=RANKINGS[name], optimizer=elman.LazyAdam(0.01), seed=3)

    whole, half = begun(), begun()
    steps = batches(np.random.default_rng(4), whole.network)
    list(whole.run(steps))
    list(half.run(steps[:2]))
    half.save(tmp_path / "half")
    again = elman.Trainer.load(tmp_path / "half")
    assert again.loss == RANKINGS[name]
    list(again.run(steps[2:]))
    np.testing.assert_array_equal(again.network.parameters.flat, whole.network.parameters.flat)


# --- what is refused ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"negatives": 0}, "negatives: expected a whole number from 1 .*; found 0"),
        ({"popularity": [1, -1]}, "popularity: expected numbers from 0 on"),
        ({"popularity": [0, 0]}, "popularity: expected numbers from 0 on, and not all 0"),
        ({"popularity": [1, np.inf]}, "popularity: expected numbers from 0 on"),
        ({"popularity": 3}, "popularity: expected numbers, one after another; found 3"),
        ({"popularity": [1, 2]}, "popularity: expected one for each of 40 outputs; found 2"),
        ({"alpha": -1}, r"alpha: expected a number from 0 to 10; found -1"),
        ({"uniform": 2}, r"uniform: expected a number from 0 to 1; found 2"),
        ({"correction": "log"}, "correction: expected one of refined, logq, none; found 'log'"),
        ({"popularity": [0, *POPULARITY[1:]], "uniform": 0, "correction": "logq"}, "popularity: expected none that"),
    ],
)
def test_wrong_option_is_refused_by_name(options: dict[str, Any], message: str, rng: np.random.Generator) -> None:
    network = random_network(rng)
    with pytest.raises(elman.ConfigError, match=message):
        network.losses([[0]], [[0]], loss=elman.SampledCrossEntropy(**options))


def test_regulariser_below_zero_is_refused() -> None:
    with pytest.raises(elman.ConfigError, match=r"regulariser: expected a number in \[0, inf\); found -1"):
        elman.BPRMax(regulariser=-1)
