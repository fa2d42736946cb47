"""Losses without gradients, and symbols drawn in the engine, against forward passes and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from elman import ConfigError, Network, ShapeError
from instances import answers

Floats = NDArray[np.float64]


def cross_entropy(y: Floats, targets: NDArray[Any]) -> Floats:
    largest = y.max(-1, keepdims=True)
    every: Floats = np.log(np.exp(y - largest).sum(-1)) + largest[..., 0]
    picked: Floats = np.take_along_axis(y, targets[..., None], -1)[..., 0]
    every -= picked
    return every


def bits(y: Floats, t: Floats) -> Floats:
    total: Floats = (np.logaddexp(0, y) - t * y).sum(-1)
    return total


def squared(y: Floats, t: Floats) -> Floats:
    total: Floats = (0.5 * (y - t) ** 2).sum(-1)
    return total


@pytest.mark.parametrize("rows", [1, 5, 40])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("loss", ["symbols", "bits", "squared"])
@pytest.mark.parametrize("readout", ["steps", "attention"])
def test_losses_are_those_of_the_outputs(readout: str, loss: str, bidirectional: bool, rows: int) -> None:
    rng = np.random.default_rng(0)
    steps, outputs = 700, 21  # longer than a window of inference
    options: dict[str, Any] = {"layers": 2, "bidirectional": bidirectional, "readout": readout, "dtype": "float64"}
    net = Network(3, outputs, cell="gru", hidden=6, seed=1, **options)
    x = rng.normal(size=(steps, rows, 3))
    lengths = rng.integers(0, steps + 1, rows)
    shape = answers(net, steps, rows)
    targets: Any = rng.integers(outputs, size=shape) if loss == "symbols" else rng.random((*shape, outputs))
    start = net.new_state(rows)
    start.h[...] = rng.normal(size=start.h.shape)
    y, final = net.forward(x, start, lengths)
    found, end = net.losses(x, targets, loss=loss, lengths=lengths, state=start)
    wanted = {"symbols": cross_entropy, "bits": bits, "squared": squared}[loss](y, targets)
    if readout == "steps":
        wanted[np.arange(steps)[:, None] >= lengths] = 0
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(end.h, final.h)
    total = net.loss_and_gradient(x, targets, loss=loss, lengths=lengths, state=start, reduction="sum").loss
    assert found.sum() == pytest.approx(total, rel=1e-12)


def by_hand(net: Network, first: NDArray[Any], uniform: Floats, temperature: float) -> NDArray[Any]:
    stream, x, drawn = net.stream(batch=len(first)), first, []
    for numbers in uniform:
        y = stream.step(x)
        if temperature == 0:
            x = y.argmax(-1)
        else:
            e = np.exp((y - y.max(-1, keepdims=True)) / temperature)
            x = (e.cumsum(-1) > numbers[:, None] * e.sum(-1, keepdims=True)).argmax(-1)
        drawn.append(x)
    return np.array(drawn)


@pytest.mark.parametrize("temperature", [0, 0.5, 1.0, 3])
def test_symbols_are_drawn_by_inversion(temperature: float) -> None:
    rng = np.random.default_rng(3)
    net = Network(19, 19, cell="lstm", hidden=8, layers=2, symbols=True, dtype="float64")
    net.parameters.flat = rng.normal(size=net.parameters.flat.shape)
    first, uniform = rng.integers(19, size=4), rng.random((60, 4))
    drawn = net.stream(batch=4).sample(first, uniform, temperature)
    np.testing.assert_array_equal(drawn, by_hand(net, first, uniform, temperature))
    assert temperature == 0 or len(np.unique(drawn)) > 4


def test_drawing_goes_on_where_it_ended() -> None:
    net = Network(9, 9, cell="gru", hidden=5, symbols=True, seed=2)
    uniform = np.random.default_rng(0).random((30, 1))
    whole = net.stream().sample([4], uniform)
    stream = net.stream()
    first = stream.sample([4], uniform[:11])
    np.testing.assert_array_equal(np.concatenate([first, stream.sample(first[-1], uniform[11:])]), whole)


def test_drawing_refuses_what_it_cannot_do() -> None:
    stream = Network(9, 9, symbols=True).stream()
    with pytest.raises(ConfigError, match="temperature"):
        stream.sample([1], [[0.5]], -1)
    with pytest.raises(ConfigError, match="temperature"):
        stream.sample([1], [[0.5]], float("nan"))
    with pytest.raises(ShapeError, match="uniform"):
        stream.sample([1], [[1.0]])
    with pytest.raises(ShapeError, match="uniform"):
        stream.sample([1], [0.5])
    with pytest.raises(ShapeError, match="sample: expected readout 'steps'; found 'mean'"):
        Network(9, 9, symbols=True, readout="mean").stream().sample([1], [[0.5]])
    with pytest.raises(ShapeError, match="symbols"):
        Network(2, 1).stream().sample([1], [[0.5]])
    assert stream.sample([1], np.empty((0, 1))).shape == (0, 1)
