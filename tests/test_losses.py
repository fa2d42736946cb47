"""Losses and their gradients by the logits, from the smallest to the largest numbers."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

import elman
from elman.network import losses
from instances import (
    LENGTHS,
    LOSSES,
    OUTPUTS,
    ROWS,
    STEPS,
    Array,
    answers,
    random_inputs,
    random_network,
    random_targets,
)

# For so many outputs.
MAKE: dict[str, Callable[[int], elman.Loss]] = {
    "bits": lambda n: elman.BinaryCrossEntropy(),
    "symbols": lambda n: elman.CrossEntropy(),
    "symbols, weighted": lambda n: elman.CrossEntropy(class_weights=np.linspace(0.5, 2, n)),
    "symbols, smoothed": lambda n: elman.CrossEntropy(smoothing=0.1),
    "symbols, both": lambda n: elman.CrossEntropy(class_weights=np.linspace(0.5, 2, n), smoothing=0.25),
    "squared": lambda n: elman.SquaredError(),
    "squared_sigmoid": lambda n: elman.SquaredErrorOfSigmoid(),
    "huber": lambda n: elman.Huber(delta=0.75),
    "pinball": lambda n: elman.Pinball(levels=np.linspace(0.125, 0.875, n)),
}
# Relative to the larger of the number and 1: a few roundings.
ROUNDING = {"float64": 4e-16, "float32": 2.5e-7}


def evaluate(
    loss: elman.Loss, logits: ArrayLike, targets: ArrayLike, dtype: str = "float64", weights: ArrayLike | None = None
) -> tuple[float, Array]:
    """The summed loss of logits (N, O), and its gradient by them.

    Row n is the answer to symbol n of a network whose hidden units are the symbols' one-hot code, so that column n of
    its head holds the logits, and their gradient.
    """
    logits = np.asarray(logits, np.float64)
    count, outputs = logits.shape
    network = elman.Network(
        count, outputs, cell="none", nonlinearity="relu", hidden=count, symbols=True, bias=False, dtype=dtype
    )
    network.parameters["weight_ih_l0"][...] = np.eye(count)
    network.parameters["head.weight"][...] = logits.T
    result = network.loss_and_gradient(
        np.arange(count)[None],
        np.asarray(targets)[None],
        loss=loss,
        reduction="sum",
        weights=None if weights is None else np.asarray(weights)[None],
    )
    return result.loss, result.gradient["head.weight"].T


def expected(loss: elman.Loss, y: Array, target: Any) -> tuple[Any, Array]:
    """The same for one row (O,), from the definitions, in long double."""
    y = y.astype(np.longdouble)
    s = 1 / (1 + np.exp(-y))
    if isinstance(loss, elman.CrossEntropy):
        softmax = np.exp(y - y.max())
        z = softmax.sum()
        aim = (1 - loss.smoothing) * (np.arange(len(y)) == target) + loss.smoothing / np.longdouble(len(y))
        if loss.class_weights is not None:
            aim *= loss.class_weights
        return aim @ (np.log(z) + y.max() - y), softmax / z * aim.sum() - aim
    if isinstance(loss, elman.BinaryCrossEntropy):
        return (np.maximum(y, 0) - target * y + np.log1p(np.exp(-abs(y)))).sum(), s - target
    if isinstance(loss, elman.SquaredErrorOfSigmoid):
        return ((s - target) ** 2 / 2).sum(), (s - target) * s * (1 - s)
    error = y - target
    if isinstance(loss, elman.SquaredError):
        return (error**2 / 2).sum(), error
    if isinstance(loss, elman.Huber):
        far = abs(error) > loss.delta
        value = np.where(far, loss.delta * (abs(error) - loss.delta / 2), error**2 / 2)
        return value.sum(), np.where(far, loss.delta * np.sign(error), error)
    assert isinstance(loss, elman.Pinball)
    slope = np.where(error < 0, 0, 1) - np.array(loss.levels)
    return (slope * error).sum(), np.where(error == 0, 0, slope)


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("kind", [kind for kind in MAKE if not kind.startswith("symbols")])
def test_elementwise_loss_of_each_logit_is_right_to_rounding(kind: str, dtype: str) -> None:
    values = np.array([0, 1e-30, 1e-3, 0.4, 1, 3, 8, 17, 40, 88, 104])
    for y in np.concatenate([-values, values]):
        for target in (0.0, 0.25, 1.0):
            y = float(np.dtype(dtype).type(y))
            loss, gradient = evaluate(MAKE[kind](1), [[y]], [[target]], dtype)
            wanted, slope = expected(MAKE[kind](1), np.array([y]), target)
            assert loss == pytest.approx(float(wanted), rel=ROUNDING[dtype], abs=ROUNDING[dtype])
            assert gradient[0, 0] == pytest.approx(float(slope[0]), rel=ROUNDING[dtype], abs=ROUNDING[dtype])


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("outputs", [1, 2, 7, 8, 9, 16, 17, 33])
@pytest.mark.parametrize("kind", MAKE)
def test_any_number_of_outputs_fills_vectors_or_not(
    kind: str, outputs: int, dtype: str, rng: np.random.Generator
) -> None:
    logits = rng.uniform(-5, 5, (6, outputs)).astype(dtype).astype(np.float64)
    symbols, numbers = rng.integers(outputs, size=6), rng.integers(0, 5, (6, outputs)) / 4
    made = MAKE[kind](outputs)
    targets: NDArray[Any] = symbols if made.symbols else numbers
    loss, gradient = evaluate(made, logits, targets, dtype)
    wanted = [expected(made, *row) for row in zip(logits, targets, strict=True)]
    rounding = 8 * ROUNDING[dtype]
    assert loss == pytest.approx(float(sum(value for value, _ in wanted)), rel=rounding, abs=rounding)
    slopes = np.array([slope for _, slope in wanted], np.float64)
    np.testing.assert_allclose(gradient, slopes, rtol=rounding, atol=rounding)


@pytest.mark.parametrize("dtype", ROUNDING)
def test_cross_entropies_of_huge_logits_are_their_distances(dtype: str) -> None:
    """No exponential overflows, and nothing is lost in a logarithm of zero."""
    assert evaluate(LOSSES["bits"], [[1e4], [-1e4], [1e4], [-1e4]], [[0.0], [1.0], [1.0], [0.0]], dtype)[0] == 2e4
    loss, gradient = evaluate(LOSSES["symbols"], [[1e4, -1e4, 0.0]], [2], dtype)
    assert loss == 1e4
    np.testing.assert_array_equal(gradient, [[1, 0, -1]])
    assert evaluate(LOSSES["squared_sigmoid"], [[1e4], [-1e4]], [[0.0], [1.0]], dtype)[0] == 1


def test_softmax_of_equal_logits_costs_the_logarithm_of_their_number() -> None:
    loss, gradient = evaluate(LOSSES["symbols"], [[3.0] * 5], [4])
    assert loss == pytest.approx(np.log(5), rel=1e-15)
    np.testing.assert_allclose(gradient, [[0.2, 0.2, 0.2, 0.2, -0.8]], rtol=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_weight_scales_a_step_and_zero_takes_it_out_whatever_its_target_is(name: str, rng: np.random.Generator) -> None:
    loss, logits = LOSSES[name], rng.uniform(-3, 3, (4, OUTPUTS))
    targets = random_targets(rng, loss, (4,))
    alone = [evaluate(loss, logits[n : n + 1], targets[n : n + 1]) for n in range(4)]
    if not loss.symbols:
        targets[1] = np.nan
    total, gradient = evaluate(loss, logits, targets, weights=[2, 0, 0.5, 1])
    assert total == pytest.approx(2 * alone[0][0] + 0.5 * alone[2][0] + alone[3][0], rel=1e-14)
    wanted = [2 * alone[0][1][0], np.zeros(OUTPUTS), 0.5 * alone[2][1][0], alone[3][1][0]]
    np.testing.assert_allclose(gradient, wanted, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("name", LOSSES)
def test_mean_is_the_sum_over_the_weights_in_use(name: str, rng: np.random.Generator) -> None:
    network, loss = random_network(rng), LOSSES[name]
    x, weights = random_inputs(rng, network, STEPS, ROWS), rng.integers(0, 3, (STEPS, ROWS))
    targets = random_targets(rng, loss, (STEPS, ROWS))
    for given in (None, weights):
        mass = (np.ones((STEPS, ROWS)) if given is None else given) * (np.arange(STEPS)[:, None] < LENGTHS)
        if isinstance(loss, elman.CrossEntropy) and loss.class_weights is not None:
            mass = mass * np.array(loss.class_weights)[targets]
        mean, total = (
            network.loss_and_gradient(x, targets, loss=loss, lengths=LENGTHS, weights=given, reduction=reduction)
            for reduction in ("mean", "sum")
        )
        assert mean.loss == pytest.approx(total.loss / mass.sum(), rel=1e-14)
        np.testing.assert_allclose(mean.gradient.flat, total.gradient.flat / mass.sum(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", LOSSES)
def test_batch_without_any_weight_costs_nothing_and_moves_nothing(
    name: str, reduction: str, rng: np.random.Generator
) -> None:
    network, loss = random_network(rng), LOSSES[name]
    targets = np.zeros((STEPS, ROWS), int) if loss.symbols else np.full((STEPS, ROWS, OUTPUTS), np.nan)
    x, weights = random_inputs(rng, network, STEPS, ROWS), np.zeros((STEPS, ROWS))
    result = network.loss_and_gradient(x, targets, loss=loss, weights=weights, reduction=reduction)
    assert result.loss == 0
    assert not result.gradient.flat.any()


@pytest.mark.parametrize("name", ["bits", "symbols", "squared", "squared_sigmoid", "huber", "pinball"])
def test_name_stands_for_the_loss_with_its_defaults(name: str, rng: np.random.Generator) -> None:
    network, loss = random_network(rng, outputs=3), losses.LOSSES[name]()
    assert loss.name == name
    x, shape = random_inputs(rng, network, STEPS, ROWS), (STEPS, ROWS)
    targets: NDArray[Any] = rng.integers(3, size=shape) if loss.symbols else rng.random((*shape, 3))
    one, two = (network.loss_and_gradient(x, targets, loss=given) for given in (name, loss))
    assert one.loss == two.loss
    np.testing.assert_array_equal(network.losses(x, targets, loss=name)[0], network.losses(x, targets, loss=loss)[0])
    trainers = [elman.Trainer(copy.deepcopy(network), loss=given) for given in (name, loss)]
    events = [next(t.run([elman.Batch(inputs=x, targets=targets)])).loss for t in trainers]
    assert events[0] == events[1] == one.loss


@pytest.mark.parametrize("readout", ["steps", "last"])
def test_losses_are_weighted_by_class_as_in_the_sum(readout: str, rng: np.random.Generator) -> None:
    network = random_network(rng, readout=readout)
    x, targets = random_inputs(rng, network, STEPS, ROWS), rng.integers(OUTPUTS, size=answers(network))
    loss = elman.CrossEntropy(class_weights=(0.5, 3), smoothing=0.1)
    each, _ = network.losses(x, targets, loss=loss, lengths=LENGTHS)
    total = network.loss_and_gradient(x, targets, loss=loss, lengths=LENGTHS, reduction="sum").loss
    assert each.sum() == pytest.approx(total, rel=1e-13)


def test_quantiles_of_a_number_share_its_target(rng: np.random.Generator) -> None:
    """Of two numbers, three quantiles each."""
    network, loss = random_network(rng, outputs=6), elman.Pinball(levels=(0.1, 0.5, 0.9))
    x, targets = random_inputs(rng, network, STEPS, ROWS), rng.standard_normal((STEPS, ROWS, 2))
    one = network.loss_and_gradient(x, targets, loss=loss)
    two = network.loss_and_gradient(x, targets[..., [0, 0, 0, 1, 1, 1]], loss=loss)
    assert one.loss == two.loss
    y, t = network.forward(x)[0].reshape(STEPS, ROWS, 2, 3), targets[..., None]
    levels = np.array([0.1, 0.5, 0.9])
    cost = np.where(y < t, levels * (t - y), (1 - levels) * (y - t)).sum((2, 3))
    assert one.loss == pytest.approx(cost.mean(), rel=1e-13)
    with pytest.raises(elman.ShapeError, match=r"targets: expected shape \(4, 3, 2\); found \(4, 3, 4\)"):
        network.loss_and_gradient(x, np.zeros((STEPS, ROWS, 4)), loss=loss)


def test_what_is_not_known_costs_nothing() -> None:
    """A target of NaN is as one that is hit: its outputs have no gradient, and the others theirs."""
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(5, 6)), rng.normal(size=(5, 2))
    targets[1, 0] = targets[3] = np.nan
    loss = elman.Pinball(levels=(0.1, 0.5, 0.9))
    value, gradient = evaluate(loss, logits, targets)
    gap = targets[:, :, None] - logits.reshape(5, 2, 3)
    levels = np.array([0.1, 0.5, 0.9])
    assert value == pytest.approx(np.nansum(np.maximum(levels * gap, (levels - 1) * gap)), rel=1e-13)
    expected = np.where(np.isnan(gap), 0, np.where(gap > 0, -levels, 1 - levels))
    np.testing.assert_allclose(gradient, expected.reshape(5, 6))
    with pytest.raises(elman.ShapeError, match="targets: expected finite numbers"):
        evaluate(loss, logits, np.where(np.isnan(targets), np.inf, targets))
    with pytest.raises(elman.ShapeError, match="targets: expected finite numbers"):
        evaluate(elman.Huber(), logits[:, :2], targets)


def test_pinball_finds_quantiles() -> None:
    """Of a sample, with a network of nothing but biases."""
    rng = np.random.default_rng(0)
    sample = rng.exponential(size=2000)
    network = elman.Network(1, 3, cell="none", hidden=1, readout="mean", dtype="float64")
    batch = elman.Batch(inputs=np.zeros((1, 2000, 1)), targets=sample[:, None])
    trainer = elman.Trainer(
        network, loss="pinball", optimizer=elman.Adam(0.05), schedule=elman.Linear(updates=600), seed=1
    )
    list(trainer.run([batch] * 600))
    found = network.forward(np.zeros((1, 1, 1)))[0][0]
    np.testing.assert_allclose(found, np.quantile(sample, [0.1, 0.5, 0.9]), atol=0.02)


@pytest.mark.parametrize(
    ("kind", "targets", "message"),
    [
        ("bits", np.zeros((STEPS, ROWS)), r"targets: expected shape \(4, 3, 2\); found \(4, 3\)"),
        ("symbols", np.zeros((STEPS, ROWS)), "targets: expected whole numbers from 0 to 1; found float64"),
        ("symbols", np.full((STEPS, ROWS), 2), "targets: expected whole numbers from 0 to 1; found 2 to 2"),
        ("symbols", np.zeros((STEPS, 1), int), r"targets: expected shape \(4, 3\); found \(4, 1\)"),
    ],
)
def test_wrong_targets_are_refused(kind: str, targets: NDArray[Any], message: str, rng: np.random.Generator) -> None:
    network = random_network(rng)
    with pytest.raises(elman.ShapeError, match=message):
        network.loss_and_gradient(random_inputs(rng, network, STEPS, ROWS), targets, loss=kind)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: elman.CrossEntropy(smoothing=1.5), r"smoothing: expected a number from 0 to 1; found 1.5"),
        (lambda: elman.CrossEntropy(class_weights=(1, -1)), r"class_weights: expected a number in \[0, inf\)"),
        (lambda: elman.CrossEntropy(class_weights=()), "class_weights: expected numbers"),
        (lambda: elman.CrossEntropy(class_weights=3), "class_weights: expected numbers"),  # type: ignore[arg-type]
        (lambda: elman.CrossEntropy(weights=(1, 2)), "CrossEntropy: keyword: expected one of"),  # type: ignore[call-arg]
        (lambda: elman.Huber(delta=0), r"delta: expected a number in \(0, inf\); found 0"),
        (lambda: elman.Pinball(levels=(0.5, 1)), r"levels: expected a number in \(0, 1\); found 1"),
        (lambda: elman.Pinball(levels=("a",)), "levels: expected numbers"),  # type: ignore[arg-type]
        (
            lambda: evaluate(elman.CrossEntropy(class_weights=(1, 2)), [[0.0] * 3], [1]),
            "one for each of 3 outputs; found 2",
        ),
        (lambda: evaluate(elman.Pinball(), [[0.0] * 4], [[1.0] * 4]), "outputs for each of 3 levels; found 4"),
        (lambda: elman.Trainer(elman.Network(1, 1), loss=elman.Huber), "loss: expected one of"),  # type: ignore[arg-type]
    ],
)
def test_wrong_options_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(elman.ConfigError, match=message):
        make()


def test_wrong_names_are_refused_with_the_nearest_right_one(rng: np.random.Generator) -> None:
    network = random_network(rng)
    x, targets = random_inputs(rng, network, STEPS, ROWS), np.zeros((STEPS, ROWS, OUTPUTS))
    with pytest.raises(elman.ConfigError, match="loss: expected one of bits, symbols") as found:
        network.loss_and_gradient(x, targets, loss="bit")
    assert found.value.hint == "did you mean 'bits'?"
    with pytest.raises(elman.ConfigError, match="reduction: expected one of mean, sum; found 'none'"):
        network.loss_and_gradient(x, targets, reduction="none")


@pytest.mark.parametrize("loss", ["bits", "squared_sigmoid"])
@pytest.mark.parametrize("wrong", [2.0, -0.5])
def test_targets_out_of_reach_are_named_by_their_place(loss: str, wrong: float, rng: np.random.Generator) -> None:
    network = random_network(rng)
    x, targets = random_inputs(rng, network, STEPS, ROWS), rng.random((STEPS, ROWS, OUTPUTS))
    targets[2, 1, 0] = wrong
    said = f"expected numbers from 0 to 1; found {wrong} at targets"
    before = network.parameters.flat.copy()
    for use in (
        lambda: network.loss_and_gradient(x, targets, loss=loss),
        lambda: network.losses(x, targets, loss=loss),
        lambda: list(elman.Trainer(network, loss=loss).run([elman.Batch(inputs=x, targets=targets)])),
    ):
        with pytest.raises(elman.ShapeError, match=re.escape(f"targets: {said}[2, 1, 0]")):
            use()
    with pytest.raises(elman.ShapeError, match=re.escape(f"targets[1]: {said}[1][2, 0]")):
        elman.Trainer(network, loss=loss).fit(list(x.swapaxes(0, 1)), list(targets.swapaxes(0, 1)))
    np.testing.assert_array_equal(network.parameters.flat, before)
    weights = np.ones((STEPS, ROWS))
    weights[2, 1] = 0
    assert np.isfinite(network.loss_and_gradient(x, targets, loss=loss, weights=weights).loss)
    network.loss_and_gradient(x, targets, loss="squared")  # whose targets are any numbers
