"""The gradient check finds the mistakes that recurrent networks have been shipped with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations, product

import numpy as np
import pytest

import elman
from gradcheck import check_gradients
from instances import (
    INSTANCES,
    KINDS,
    OPTIONS,
    OUTPUTS,
    READOUTS,
    ROWS,
    STEPS,
    Array,
    inner,
    random_network,
    random_state,
)

Gradients = dict[str, Array]


class Example:
    """A simple recurrent network with a given state: its value, its tensors, and their right gradients."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.network = random_network(rng, cell="rnn")
        self.x = rng.standard_normal((STEPS, ROWS, self.network.architecture.inputs))
        self.state = random_state(rng, self.network, ROWS)
        self.dy, self.dstate = rng.standard_normal((STEPS, ROWS, OUTPUTS)), random_state(rng, self.network, ROWS)
        self.tensors: Gradients = {**self.network.parameters, "x": self.x, "h": self.state.h}
        g = self.network.vjp(self.x, self.dy, self.dstate, self.state)
        assert g.x is not None
        self.gradients: Gradients = {**g.parameters, "x": g.x, "h": g.state.h}
        # What arrived at each pre-activation, found from dx = da W_ih: there are more inputs than hidden units.
        self.da = g.x @ np.linalg.pinv(self.network.parameters["weight_ih_l0"])
        self.h = self.network.trace(self.x, self.state)["h"][0]

    def value(self) -> float:
        y, final = self.network.forward(self.x, self.state)
        return inner({"y": self.dy, **self.dstate}, {"y": y, **final})

    def check(self, wrong: Gradients) -> None:
        check_gradients(self.value, self.tensors, self.gradients | wrong)


@pytest.fixture
def example(rng: np.random.Generator) -> Example:
    return Example(rng)


def outer(da: Array, h: Array) -> Array:
    """The sum of da hᵀ over steps and rows."""
    return np.tensordot(da, h, ((0, 1), (0, 1)))


def test_right_gradients_pass(example: Example) -> None:
    example.check({})
    example.check({"weight_hh_l0": outer(example.da, example.h[:-1])})
    example.check({"weight_ih_l0": outer(example.da, example.x)})


@pytest.mark.parametrize("name", ["weight_ih_l0", "weight_hh_l0", "bias_hh_l0", "head.weight", "x", "h"])
def test_factor_of_1_001_is_found(example: Example, name: str) -> None:
    with pytest.raises(AssertionError, match=f"{name}\\["):
        example.check({name: example.gradients[name] * 1.001})


MISTAKES: dict[str, Callable[[Example], Gradients]] = {
    "first step dropped from dW_ih": lambda e: {"weight_ih_l0": outer(e.da[1:], e.x[1:])},
    "first step dropped from dW_hh": lambda e: {"weight_hh_l0": outer(e.da[1:], e.h[1:-1])},
    "first step dropped from db": lambda e: {"bias_ih_l0": e.da[1:].sum((0, 1))},
    "first step dropped from dx": lambda e: {"x": e.gradients["x"] * (np.arange(STEPS) > 0)[:, None, None]},
    "h not shifted in dW_hh": lambda e: {"weight_hh_l0": outer(e.da, e.h[1:])},
    "no gradient of the initial state": lambda e: {"h": np.zeros_like(e.state.h)},
    "no gradient from the final state": lambda e: {"h": e.network.vjp(e.x, e.dy, None, e.state).state.h},
    "transposed dW_hh": lambda e: {"weight_hh_l0": e.gradients["weight_hh_l0"].T},
    "one element that is NaN": lambda e: {"h": np.where(e.state.h == e.state.h.max(), np.nan, e.gradients["h"])},
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_found(example: Example, mistake: str) -> None:
    wrong = MISTAKES[mistake](example)
    [name] = wrong
    with pytest.raises(AssertionError) as found:
        example.check(wrong)
    assert all(line.startswith(f"{name}[") for line in str(found.value).splitlines())


def test_message_names_tensor_index_and_both_numbers(example: Example) -> None:
    wrong = example.gradients["bias_hh_l0"].copy()
    wrong[3] = 7
    with pytest.raises(AssertionError) as found:
        example.check({"bias_hh_l0": wrong})
    place, numeric = str(found.value).split(" numeric ")
    assert place == "bias_hh_l0[3]: analytic 7,"
    assert float(numeric) == pytest.approx(example.gradients["bias_hh_l0"][3], rel=1e-6)


def test_gradient_that_is_missing_or_has_another_shape_is_found(example: Example) -> None:
    without = {name: gradient for name, gradient in example.gradients.items() if name != "h"}
    with pytest.raises(AssertionError, match="'h'"):
        check_gradients(example.value, example.tensors, without)
    with pytest.raises(AssertionError, match="gradient \\(5,\\)"):
        example.check({"h": np.zeros(5)})


def test_tensors_are_left_as_they_were(example: Example) -> None:
    before = {name: tensor.copy() for name, tensor in example.tensors.items()}
    example.check({})
    for name, tensor in example.tensors.items():
        np.testing.assert_array_equal(tensor, before[name])


def test_instances_hold_every_cell_with_every_four_options_in_all_combinations() -> None:
    assert {(i.cell, i.nonlinearity) for i in INSTANCES} == set(KINDS)
    assert {cell for cell, _ in KINDS} == set(elman.CELLS)
    for kind in KINDS:
        per_step = [i for i in INSTANCES if (i.cell, i.nonlinearity) == kind and i.readout == "steps"]
        choices = [tuple(vars(i).values())[2:-1] for i in per_step]
        for places in combinations(range(len(OPTIONS)), 4):
            met = Counter(tuple(choice[place] for place in places) for choice in choices)
            assert set(met) == set(product(*(OPTIONS[place] for place in places)))


def test_instances_hold_every_readout_in_every_cell_with_every_option() -> None:
    assert ["steps", *READOUTS] == list(elman.READOUTS)
    for kind, readout in product(KINDS, READOUTS):
        some = [i for i in INSTANCES if (i.cell, i.nonlinearity, i.readout) == (*kind, readout)]
        assert {(i.layers, i.bidirectional, i.bias) for i in some} == set(product(*OPTIONS[:3]))
        assert {i.bidirectional for i in some if i.ragged} == {False, True}
        for name, options in zip(("reads", "begins", "ragged"), OPTIONS[3:], strict=True):
            assert {getattr(i, name) for i in some} == set(options)
