"""Losses and their gradients by the logits, from the smallest to the largest numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

import elman
from instances import LENGTHS, OUTPUTS, ROWS, STEPS, Array, random_inputs, random_network

KINDS = ("bits", "symbols", "squared", "squared_sigmoid")
# Relative to the larger of the number and 1: a few roundings.
ROUNDING = {"float64": 4e-16, "float32": 2.5e-7}


def evaluate(
    kind: str, logits: ArrayLike, targets: ArrayLike, dtype: str = "float64", weights: ArrayLike | None = None
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
        loss=kind,
        reduction="sum",
        weights=None if weights is None else np.asarray(weights)[None],
    )
    return result.loss, result.gradient["head.weight"].T


def expected(kind: str, y: Array, target: Any) -> tuple[Any, Array]:
    """The same for one row (O,), from the definitions, in long double."""
    y = y.astype(np.longdouble)
    s = 1 / (1 + np.exp(-y))
    if kind == "symbols":
        softmax = np.exp(y - y.max())
        z = softmax.sum()
        return np.log(z) + y.max() - y[target], softmax / z - (np.arange(len(y)) == target)
    if kind == "bits":
        return (np.maximum(y, 0) - target * y + np.log1p(np.exp(-abs(y)))).sum(), s - target
    if kind == "squared":
        return ((y - target) ** 2 / 2).sum(), y - target
    return ((s - target) ** 2 / 2).sum(), (s - target) * s * (1 - s)


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("kind", ["bits", "squared", "squared_sigmoid"])
def test_elementwise_loss_of_each_logit_is_right_to_rounding(kind: str, dtype: str) -> None:
    values = np.array([0, 1e-30, 1e-3, 0.4, 1, 3, 8, 17, 40, 88, 104])
    for y in np.concatenate([-values, values]):
        for target in (0.0, 0.25, 1.0):
            y = float(np.dtype(dtype).type(y))
            loss, gradient = evaluate(kind, [[y]], [[target]], dtype)
            wanted, slope = expected(kind, np.array([y]), target)
            assert loss == pytest.approx(float(wanted), rel=ROUNDING[dtype], abs=ROUNDING[dtype])
            assert gradient[0, 0] == pytest.approx(float(slope[0]), rel=ROUNDING[dtype], abs=ROUNDING[dtype])


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("outputs", [1, 2, 7, 8, 9, 16, 17, 33])
@pytest.mark.parametrize("kind", KINDS)
def test_any_number_of_outputs_fills_vectors_or_not(
    kind: str, outputs: int, dtype: str, rng: np.random.Generator
) -> None:
    logits = rng.uniform(-5, 5, (6, outputs)).astype(dtype).astype(np.float64)
    symbols, numbers = rng.integers(outputs, size=6), rng.integers(0, 5, (6, outputs)) / 4
    targets: NDArray[Any] = symbols if kind == "symbols" else numbers
    loss, gradient = evaluate(kind, logits, targets, dtype)
    wanted = [expected(kind, *row) for row in zip(logits, targets, strict=True)]
    rounding = 8 * ROUNDING[dtype]
    assert loss == pytest.approx(float(sum(value for value, _ in wanted)), rel=rounding, abs=rounding)
    slopes = np.array([slope for _, slope in wanted], np.float64)
    np.testing.assert_allclose(gradient, slopes, rtol=rounding, atol=rounding)


@pytest.mark.parametrize("dtype", ROUNDING)
def test_cross_entropies_of_huge_logits_are_their_distances(dtype: str) -> None:
    """No exponential overflows, and nothing is lost in a logarithm of zero."""
    assert evaluate("bits", [[1e4], [-1e4], [1e4], [-1e4]], [[0.0], [1.0], [1.0], [0.0]], dtype)[0] == 2e4
    loss, gradient = evaluate("symbols", [[1e4, -1e4, 0.0]], [2], dtype)
    assert loss == 1e4
    np.testing.assert_array_equal(gradient, [[1, 0, -1]])
    assert evaluate("squared_sigmoid", [[1e4], [-1e4]], [[0.0], [1.0]], dtype)[0] == 1


def test_softmax_of_equal_logits_costs_the_logarithm_of_their_number() -> None:
    loss, gradient = evaluate("symbols", [[3.0] * 5], [4])
    assert loss == pytest.approx(np.log(5), rel=1e-15)
    np.testing.assert_allclose(gradient, [[0.2, 0.2, 0.2, 0.2, -0.8]], rtol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_weight_scales_a_step_and_zero_takes_it_out_whatever_its_target_is(kind: str, rng: np.random.Generator) -> None:
    logits = rng.uniform(-3, 3, (4, OUTPUTS))
    targets = rng.integers(OUTPUTS, size=4) if kind == "symbols" else rng.uniform(0, 1, (4, OUTPUTS))
    alone = [evaluate(kind, logits[n : n + 1], targets[n : n + 1]) for n in range(4)]
    if kind != "symbols":
        targets[1] = np.nan
    loss, gradient = evaluate(kind, logits, targets, weights=[2, 0, 0.5, 1])
    assert loss == pytest.approx(2 * alone[0][0] + 0.5 * alone[2][0] + alone[3][0], rel=1e-14)
    wanted = [2 * alone[0][1][0], np.zeros(OUTPUTS), 0.5 * alone[2][1][0], alone[3][1][0]]
    np.testing.assert_allclose(gradient, wanted, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("kind", KINDS)
def test_mean_is_the_sum_over_the_weights_in_use(kind: str, rng: np.random.Generator) -> None:
    network = random_network(rng)
    x, weights = random_inputs(rng, network, STEPS, ROWS), rng.integers(0, 3, (STEPS, ROWS))
    targets = rng.integers(OUTPUTS, size=(STEPS, ROWS) if kind == "symbols" else (STEPS, ROWS, OUTPUTS))
    in_use = weights[np.arange(STEPS)[:, None] < LENGTHS].sum()
    for given, mass in ((None, LENGTHS.sum()), (weights, in_use)):
        mean, total = (
            network.loss_and_gradient(x, targets, loss=kind, lengths=LENGTHS, weights=given, reduction=reduction)
            for reduction in ("mean", "sum")
        )
        assert mean.loss == pytest.approx(total.loss / mass, rel=1e-14)
        np.testing.assert_allclose(mean.gradient.flat, total.gradient.flat / mass, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", KINDS)
def test_batch_without_any_weight_costs_nothing_and_moves_nothing(
    kind: str, reduction: str, rng: np.random.Generator
) -> None:
    network = random_network(rng)
    targets = np.zeros((STEPS, ROWS), int) if kind == "symbols" else np.full((STEPS, ROWS, OUTPUTS), np.nan)
    x, weights = random_inputs(rng, network, STEPS, ROWS), np.zeros((STEPS, ROWS))
    result = network.loss_and_gradient(x, targets, loss=kind, weights=weights, reduction=reduction)
    assert result.loss == 0
    assert not result.gradient.flat.any()


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


def test_wrong_names_are_refused_with_the_nearest_right_one(rng: np.random.Generator) -> None:
    network = random_network(rng)
    x, targets = random_inputs(rng, network, STEPS, ROWS), np.zeros((STEPS, ROWS, OUTPUTS))
    with pytest.raises(elman.ConfigError, match="loss: expected one of bits, symbols") as found:
        network.loss_and_gradient(x, targets, loss="bit")
    assert found.value.hint == "did you mean 'bits'?"
    with pytest.raises(elman.ConfigError, match="reduction: expected one of mean, sum; found 'none'"):
        network.loss_and_gradient(x, targets, reduction="none")
