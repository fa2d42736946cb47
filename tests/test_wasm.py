"""The engine as WebAssembly computes what the extension computes, for every cell; and draws what NumPy draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from elman import Adam, Batch, Network, Plan, Trainer, _engine
from elman.network import CELLS, READOUTS
from wasm import Wasm

EVERY = [(name, choice) for name, cell in CELLS.items() for choice in cell.nonlinearities or (None,)]
# What else an architecture can be, beside its cell.
SHAPES: dict[str, dict[str, Any]] = {
    "symbols": {"symbols": True, "inputs": 5},
    "embedding": {"symbols": True, "inputs": 5, "embedding": 4, "hidden": 4, "tied": True},
    "both ways": {"bidirectional": True},
    "learned": {"initial": "learned"},
    "no bias": {"bias": False},
    **{f"readout {name}": {"readout": name} for name in READOUTS if name != "steps"},
}
STEPS, ROWS = 6, 3
LENGTHS = [6, 2, 5]


@pytest.fixture(scope="module")
def wasm() -> Wasm:
    return Wasm()


def sequences(network: Network, rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    a = network.architecture
    targets = rng.integers(0, 2, (*a.answers(STEPS, ROWS), a.outputs)).astype(np.float32)
    if a.symbols:
        return rng.integers(0, a.inputs, (STEPS, ROWS)).astype(np.int32), targets
    return rng.standard_normal((STEPS, ROWS, a.inputs)).astype(np.float32), targets


def agrees(wasm: Wasm, network: Network, rng: np.random.Generator) -> None:
    """Traces, losses and gradients."""
    address = wasm.network(network)
    assert wasm.told("network_tensors", address) == [[n, [*s], o] for n, s, o in network.parameters.tensors]
    x, targets = sequences(network, rng)
    examples = wasm.examples(x, targets, LENGTHS)
    traced = network.trace(x, lengths=LENGTHS)
    for name, found in wasm.trace(address, network, examples, STEPS, ROWS).items():
        np.testing.assert_allclose(found, traced[name], rtol=0, atol=1e-6, err_msg=name)
    expected = network.loss_and_gradient(x, targets, lengths=LENGTHS)
    flat = np.zeros_like(network.parameters.flat)
    gradient = wasm.put(flat)
    columns = wasm.put(np.arange(ROWS, dtype=np.int32))
    loss = wasm("loss_and_gradient", address, examples, columns, 0, 0, wasm.loss("bits"), 1, gradient, 0, 0)
    assert loss == pytest.approx(expected.loss, abs=1e-6)
    np.testing.assert_allclose(wasm.get(gradient, flat), expected.gradient.flat, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("cell", "nonlinearity"), EVERY)
def test_every_cell_traces_and_has_the_gradients_of_the_extension(
    wasm: Wasm, cell: str, nonlinearity: str | None, rng: np.random.Generator
) -> None:
    agrees(wasm, Network(3, 2, cell=cell, nonlinearity=nonlinearity, hidden=6, layers=2, seed=4), rng)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_network_does(wasm: Wasm, shape: dict[str, Any], rng: np.random.Generator) -> None:
    agrees(wasm, Network(**{"inputs": 3, "outputs": 2, "cell": "lstm", "hidden": 6, **shape}), rng)


@pytest.mark.parametrize(("cell", "nonlinearity"), EVERY)
def test_a_thousand_updates_end_where_those_of_the_extension_do(
    wasm: Wasm, cell: str, nonlinearity: str | None, rng: np.random.Generator
) -> None:
    count, rows, rate = 1000, 2, 1e-3
    network = Network(2, 1, cell=cell, nonlinearity=nonlinearity, hidden=8, noise=0.1, seed=1)
    address = wasm.network(network)
    x = rng.integers(0, 2, (9, count * rows, 2)).astype(np.float32)
    targets = np.cumsum(x[..., :1], axis=0) % 2
    decay = 0.002
    trainer = Trainer(network, optimizer=Adam(rate, weight_decay=decay), seed=3)
    plan = Plan(examples=Batch(inputs=x, targets=targets), rows=np.arange(count * rows).reshape(count, rows))
    [progress] = trainer.run([plan])
    adam = _engine.OptimizerKind.adam.value
    teacher = wasm(
        *("trainer_new", address, adam, 0.0, 0, 0, 0.0, 0.9, 0.999, 1e-8, 1, 0.0, 0.0, 3),
    )
    wasm("trainer_decay", teacher, 0, network.parameters.flat.size, decay)
    losses = np.zeros(count)
    at = wasm.put(losses)
    columns, rates = wasm.put(np.arange(count * rows, dtype=np.int32)), wasm.put(np.full(count, rate))
    assert (
        wasm("trainer_fit", teacher, wasm.examples(x, targets), wasm.loss("bits"), count, rows, columns, rates, at)
        == count
    )
    np.testing.assert_allclose(wasm.get(at, losses), progress.losses, rtol=0, atol=1e-4)
    parameters = wasm.get(wasm("network_parameters", address), network.parameters.flat)
    np.testing.assert_allclose(parameters, network.parameters.flat, rtol=0, atol=1e-4)


def test_loss_that_is_not_finite_is_told_and_changes_nothing(wasm: Wasm) -> None:
    network = Network(1, 1, hidden=3)
    address = wasm.network(network)
    sgd = _engine.OptimizerKind.sgd.value
    teacher = wasm(
        *("trainer_new", address, sgd, 0.0, 0, 0, 0.0, 0.0, 0.0, 0.0, 1, 0.0, 0.0, 0),
    )
    wasm("trainer_decay", teacher, 0, network.parameters.flat.size, 0.0)
    x, targets = np.zeros((2, 1, 1), np.float32), np.full((2, 1, 1), 1e30, np.float32)
    places = wasm.put(np.zeros(1, np.int32)), wasm.put(np.ones(1)), wasm.put(np.zeros(1))
    assert wasm("trainer_fit", teacher, wasm.examples(x, targets), wasm.loss("squared"), 1, 1, *places) == 0
    assert wasm.text(wasm("trainer_trouble", teacher)) == "loss"
    parameters = wasm.get(wasm("network_parameters", address), network.parameters.flat)
    np.testing.assert_array_equal(parameters, network.parameters.flat)


@pytest.mark.parametrize("seed", [(0,), (0, 0), (7, 3), (1, 2, 3, 4, 5, 6), (1 << 40, 1)])
def test_generator_draws_what_numpy_draws(wasm: Wasm, seed: tuple[int, ...]) -> None:
    words = [word for value in seed for word in ([value] if value < 1 << 32 else [value % (1 << 32), value >> 32])]
    generator = wasm("random_new", wasm.put(np.array(words, np.uint32)), len(words))
    rng = np.random.default_rng(seed)
    numbers, integers = np.zeros(5), np.zeros(7, np.int64)
    at, integers_at = wasm.put(numbers), wasm.put(integers)
    for _ in range(2):
        for below in (1, 2, 10, 256, 3_000_000_000, 1 << 32, (1 << 32) + 1, 1 << 60, 5 << 60):
            wasm("random_integers", generator, below - 1, integers.size, integers_at)
            np.testing.assert_array_equal(wasm.get(integers_at, integers), rng.integers(0, below, integers.size))
        wasm("random_uniform", generator, -0.5, 2.0, numbers.size, at)
        np.testing.assert_array_equal(wasm.get(at, numbers), rng.uniform(-0.5, 2.0, numbers.size))
