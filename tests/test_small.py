"""One sequence through a small network takes a path of its own in the engine (small.h): the same numbers must come out.

Two rows of which the second counts for nothing go the other way, by shards; so both paths can be compared.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import elman
from gradcheck import check_gradients
from instances import HIDDEN, INPUTS, KINDS, LOSSES, OUTPUTS, STEPS, random_network, random_state, random_targets

BEGINS: dict[str, Any] = {"constant": 0.3, "learned": "learned", "given": 0.0}


class Problem:
    """A network, one sequence, and what it should answer."""

    def __init__(self, rng: np.random.Generator, loss: str, begins: str, **options: Any) -> None:
        self.network = random_network(rng, initial=BEGINS[begins], **options)
        self.x = rng.standard_normal((STEPS, 1, INPUTS))
        self.targets = random_targets(rng, LOSSES[loss], (STEPS, 1))
        self.state = random_state(rng, self.network, 1) if begins == "given" else None
        self.options = {"loss": LOSSES[loss], "weights": rng.random((STEPS, 1)), "lengths": [STEPS - 1]}

    def alone(self, **more: Any) -> elman.LossAndGradient:
        return self.network.loss_and_gradient(self.x, self.targets, state=self.state, **{**self.options, **more})

    def in_company(self, **more: Any) -> elman.LossAndGradient:
        """Beside another row, whose weights are zero."""

        def twice(a: Any, axis: int = 1) -> Any:
            return np.concatenate([a, a], axis)

        weights = twice(self.options["weights"]) * [1, 0]
        state = None if self.state is None else elman.State(**{name: twice(a) for name, a in self.state.items()})
        options = {**self.options, "weights": weights, "lengths": twice(self.options["lengths"], 0), **more}
        return self.network.loss_and_gradient(twice(self.x), twice(self.targets), state=state, **options)


@pytest.mark.parametrize("hidden", [HIDDEN, 16])
@pytest.mark.parametrize(("loss", "begins", "bias"), list(product(LOSSES, BEGINS, (True, False))))
@pytest.mark.parametrize(("cell", "nonlinearity"), KINDS)
def test_one_sequence_alone_is_the_same_as_in_company(
    cell: str, nonlinearity: str | None, loss: str, begins: str, bias: bool, hidden: int, rng: np.random.Generator
) -> None:
    options = {"cell": cell, "nonlinearity": nonlinearity, "bias": bias, "hidden": hidden, "noise": 0.3}
    p = Problem(rng, loss, begins, **options)
    for more in ({}, {"reduction": "sum", "noise_key": 7}):
        alone, company = p.alone(**more), p.in_company(**more)
        np.testing.assert_allclose(alone.loss, company.loss, rtol=1e-12)
        for name, gradient in company.gradient.items():
            np.testing.assert_allclose(alone.gradient[name], gradient, rtol=1e-10, atol=1e-13, err_msg=name)
        for name, final in company.state.items():
            np.testing.assert_allclose(alone.state[name][:, 0], final[:, 0], rtol=1e-12, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("begins", ["constant", "learned"])
@pytest.mark.parametrize(("cell", "nonlinearity"), KINDS)
def test_gradients_of_one_sequence_pass_the_check(
    cell: str, nonlinearity: str | None, begins: str, rng: np.random.Generator
) -> None:
    p = Problem(rng, "bits", begins, cell=cell, nonlinearity=nonlinearity)
    check_gradients(lambda: p.alone().loss, dict(p.network.parameters), p.alone().gradient)


def test_shapes_may_change_from_call_to_call(rng: np.random.Generator) -> None:
    """The memory is used again: what an earlier shape, even of NaN, left there must not come back."""
    network = random_network(rng, cell="lstm")
    x, targets = rng.standard_normal((9, 1, INPUTS)), np.zeros((9, 1, OUTPUTS))
    before = network.loss_and_gradient(x[:4], targets[:4])
    kept = network.parameters.flat.copy()
    network.parameters.flat[:] = np.nan
    network.loss_and_gradient(x, targets)
    network.parameters.flat[:] = kept
    after = network.loss_and_gradient(x[:4], targets[:4])
    assert before.loss == after.loss
    assert before.gradient.flat.tobytes() == after.gradient.flat.tobytes()
