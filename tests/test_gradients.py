"""Every gradient of the engine is the derivative that it claims to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import elman
from elman.network.examples import examples
from gradcheck import STEP, check_gradients
from instances import (
    INSTANCES,
    LENGTHS,
    LOSSES,
    NOISES,
    OUTPUTS,
    ROWS,
    STEPS,
    TIED,
    Array,
    Case,
    Instance,
    answers,
    inner,
    random_answers,
    random_inputs,
    random_network,
    random_state,
    random_targets,
)


def check_vjp(case: Case, rng: np.random.Generator, noise_key: int | None = None) -> None:
    """Network.vjp by everything that goes in, with random cotangents on everything that comes out."""
    network, x, state, lengths = case
    dy, dstate = random_answers(rng, network), random_state(rng, network, ROWS)
    run = forward(case) if noise_key is None else lambda: noisy(case, noise_key)

    def value() -> float:
        y, final = run()
        return inner({"y": dy, **dstate}, {"y": y, **final})

    found = network.vjp(x, dy, dstate, state, lengths, noise_key)
    tensors, gradients = dict(network.parameters), dict(found.parameters)
    if found.x is not None:
        tensors["x"], gradients["x"] = x, found.x
    if state is not None:
        tensors |= state
        gradients |= found.state
    check_gradients(value, tensors, gradients)


def forward(case: Case) -> Callable[[], tuple[Array, elman.State]]:
    """What does as `Network.forward`, with the numbers that are then in x, in the state and in the parameters.

    A check calls it some hundred times; what does not change is looked at once.
    """
    network, x, state, lengths = case
    y, final = network.forward(x, state, lengths)
    wanted = y.copy()
    given, into = network.states("state", state, ROWS), list(final.values())
    symbols = examples(network.architecture, x, lengths=lengths) if network.architecture.symbols else None

    def run() -> tuple[Array, elman.State]:
        held = symbols or examples(network.architecture, x, lengths=lengths)
        network.engine.forward(network.parameters.flat, held, given, None, y, into)
        return y, final

    np.testing.assert_array_equal(run()[0], wanted)
    return run


def noisy(case: Case, noise_key: int) -> tuple[Array, elman.State]:
    """What `forward` would return in training: it is in the trace."""
    network, x, state, lengths = case
    a = network.architecture
    trace = network.trace(x, state, lengths, noise_key)
    # The last slot in time of a forward direction, the first one of a reverse direction.
    last = [0 if place % a.directions else -1 for place in range(a.layers * a.directions)]
    final = {name: np.stack([trace[name][k, slot] for k, slot in enumerate(last)]) for name in a.states}
    return trace["y"], elman.State(**final)


@pytest.mark.parametrize("instance", [*INSTANCES, *TIED], ids=str)
def test_vjp_is_the_derivative_of_forward(instance: Instance, rng: np.random.Generator) -> None:
    check_vjp(instance.build(rng), rng)


@pytest.mark.parametrize("instance", [i for i in INSTANCES if i.layers == 2 and i.reads == "dense"], ids=str)
def test_vjp_with_noise_and_dropout_is_the_derivative_of_that_very_run(
    instance: Instance, rng: np.random.Generator
) -> None:
    case = instance.build(rng, **NOISES)
    assert not np.array_equal(noisy(case, 1)[0], noisy(case, 2)[0])
    check_vjp(case, rng, noise_key=1)


@pytest.mark.parametrize("cell", elman.CELLS)
def test_state_gradient_is_that_of_the_state_in_use_given_or_not(cell: str, rng: np.random.Generator) -> None:
    network = random_network(rng, cell=cell, layers=2, bidirectional=True, initial="learned")
    x, dy = random_inputs(rng, network, STEPS, ROWS), rng.standard_normal((STEPS, ROWS, OUTPUTS))
    names = network.architecture.states
    same = elman.State(**{name: np.repeat(network.parameters[f"initial_{name}"][:, None], ROWS, 1) for name in names})
    learned, given = network.vjp(x, dy), network.vjp(x, dy, state=same)
    for name in names:
        np.testing.assert_array_equal(learned.state[name], given.state[name])
        np.testing.assert_allclose(learned.parameters[f"initial_{name}"], given.state[name].sum(1), rtol=1e-12)
        assert not given.parameters[f"initial_{name}"].any()


def loss_arguments(loss: elman.Loss, network: elman.Network, rng: np.random.Generator) -> dict[str, Any]:
    """Ragged rows, weights with zeros among them, and targets for a loss."""
    shape = answers(network)
    weights = rng.uniform(0.5, 2, shape)
    weights[1] = 0 if len(shape) == 1 else [0, 1, 0.5]
    return {
        "x": random_inputs(rng, network, STEPS, ROWS),
        "targets": random_targets(rng, loss, shape),
        "loss": loss,
        "lengths": LENGTHS,
        "weights": weights,
    }


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("noise_key", [None, 3])
@pytest.mark.parametrize("readout", ["steps", "mean"])
def test_gradient_of_the_loss_is_its_derivative(
    name: str, reduction: str, readout: str, noise_key: int | None, rng: np.random.Generator
) -> None:
    network = random_network(rng, cell="gru", layers=2, initial="learned", readout=readout, **NOISES)
    arguments = loss_arguments(LOSSES[name], network, rng)
    found = network.loss_and_gradient(**arguments, reduction=reduction, noise_key=noise_key)
    held, criterion = examples(network.architecture, **arguments), LOSSES[name].engine(network.architecture)
    rows, scratch, final = np.arange(ROWS, dtype=np.int32), found.gradient.flat.copy(), list(found.state.values())

    def value() -> float:
        """`loss_and_gradient`, which a check calls some hundred times; what does not change is looked at once."""
        given: tuple[Any, ...] = (
            network.parameters.flat,
            held,
            [],
            noise_key,
            criterion,
            reduction == "mean",
            rows,
            scratch,
            final,
        )
        return float(network.engine.loss_and_gradient(*given))

    assert value() == found.loss
    check_gradients(value, network.parameters, found.gradient)


@pytest.mark.parametrize(("inputs", "hidden", "outputs"), [(33, 41, 19), (16, 32, 48)], ids=["odd", "whole-vectors"])
@pytest.mark.parametrize("cell", elman.CELLS)
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("readout", elman.READOUTS)
def test_gradient_at_work_sizes_has_the_slope_of_a_random_direction(
    readout: str, bidirectional: bool, cell: str, inputs: int, hidden: int, outputs: int, rng: np.random.Generator
) -> None:
    """Many vectors, panels, blocks and pieces, and several shards; element by element would take hours."""
    more: dict[str, Any] = {"layers": 2, "bidirectional": bidirectional, "readout": readout}
    network = random_network(rng, inputs, outputs, cell=cell, hidden=hidden, **more)
    network.parameters.flat /= 4  # so many inputs would saturate every gate
    x, dy = random_inputs(rng, network, 40, 13), random_answers(rng, network, 40, 13)
    lengths = rng.integers(1, 41, 13)
    gradient = network.vjp(x, dy, lengths=lengths).parameters.flat
    direction = rng.standard_normal(gradient.size)
    direction /= np.linalg.norm(direction)
    middle, values = network.parameters.flat.copy(), []
    for sign in (1, -1):
        network.parameters.flat[:] = middle + sign * STEP * direction
        values.append(float(np.vdot(dy, network.forward(x, lengths=lengths)[0])))
    assert (values[0] - values[1]) / (2 * STEP) == pytest.approx(gradient @ direction, rel=1e-6)
