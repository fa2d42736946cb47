"""The engine computes what the plain equations in naive.py say, and learns what their descent learns."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

import elman
import naive
from elman.network import losses
from instances import (
    INSTANCES,
    LENGTHS,
    LOSSES,
    RANKINGS,
    READOUTS,
    ROWS,
    STEPS,
    TIED,
    Array,
    Case,
    Instance,
    answers,
    assert_close,
    random_inputs,
    random_network,
    random_targets,
)

EXACT = 1e-12


def test_oracle_has_every_cell_of_the_engine() -> None:
    assert set(naive.CELLS) == set(elman.CELLS)
    assert set(naive.NONLINEARITIES) == {f for cell in elman.CELLS.values() for f in cell.nonlinearities}


def test_oracle_and_instances_have_every_loss_of_the_package() -> None:
    assert set(naive.LOSSES) == set(losses.LOSSES)
    assert {type(loss) for loss in [*LOSSES.values(), *RANKINGS.values()]} == set(losses.LOSSES.values())


def check_run(case: Case) -> None:
    """Outputs, final state and trace of a case."""
    network, x, state, lengths = case
    wanted = naive.forward(network.architecture.to_json(), network.parameters, x, lengths, state)
    y, final = network.forward(x, state, lengths)
    assert_close({"y": y, **final}, {"y": wanted.y, **wanted.state}, EXACT)
    assert_close(network.trace(x, state, lengths), wanted.trace, EXACT)


@pytest.mark.parametrize("instance", [*INSTANCES, *TIED], ids=str)
def test_run_is_that_of_the_oracle(instance: Instance, rng: np.random.Generator) -> None:
    check_run(instance.build(rng))


# Below, at and above the widths of vectors (2 to 16 numbers), panels (twice that) and blocks (6 or 12 rows).
@pytest.mark.parametrize("rows", [1, 12, 13])
@pytest.mark.parametrize(("inputs", "hidden", "outputs"), [(1, 1, 1), (3, 8, 16), (17, 9, 4), (8, 33, 17)])
@pytest.mark.parametrize(
    ("cell", "readout"), [*((cell, "steps") for cell in elman.CELLS), *(("gru", r) for r in READOUTS)]
)
def test_sizes_around_those_of_vectors_panels_and_blocks_make_no_difference(
    cell: str, readout: str, inputs: int, hidden: int, outputs: int, rows: int, rng: np.random.Generator
) -> None:
    more: dict[str, Any] = {"layers": 2, "bidirectional": True, "readout": readout}
    network = random_network(rng, inputs, outputs, cell=cell, hidden=hidden, **more)
    check_run(Case(network, random_inputs(rng, network, 2, rows), None, rng.integers(1, 3, rows)))


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("readout", elman.READOUTS)
def test_pieces_in_which_steps_are_worked_on_make_no_difference(
    readout: str, bidirectional: bool, rng: np.random.Generator
) -> None:
    """Forwards, 19 steps of 13 rows are a piece."""
    network = random_network(rng, cell="gru", hidden=3, bidirectional=bidirectional, readout=readout)
    check_run(Case(network, random_inputs(rng, network, 60, 13), None, rng.integers(1, 61, 13)))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("readout", ["steps", "mean"])
def test_loss_and_final_state_are_those_of_the_oracle(
    readout: str, name: str, lengths: Array | None, weighted: bool, reduction: str, rng: np.random.Generator
) -> None:
    network = random_network(rng, cell="lstm", layers=2, bidirectional=True, readout=readout)
    x, shape, loss = random_inputs(rng, network, STEPS, ROWS), answers(network), LOSSES[name]
    targets = random_targets(rng, loss, shape)
    weights = rng.integers(0, 3, shape) if weighted else None
    found = network.loss_and_gradient(x, targets, loss=loss, lengths=lengths, weights=weights, reduction=reduction)
    wanted = naive.forward(network.architecture.to_json(), network.parameters, x, lengths)
    cost = naive.loss(loss.name, wanted.y, targets, lengths, weights, reduction, **vars(loss))
    assert found.loss == pytest.approx(cost, rel=1e-12)
    assert_close(found.state, wanted.state, EXACT)


# --- the tutorials ---


class Tutorial(NamedTuple):
    """The settings of a tutorial: initial weights, learning rate, first state, operands and the answer to them."""

    scale: float
    rate: float
    first: float
    below: int
    sign: int  # of the second operand; where it is -1 the larger operand comes first

    def draw(self) -> tuple[tuple[Array, Array, Array], naive.Integers]:
        """Initial weights of 16 units, and 10,000 pairs of operands."""
        rng = np.random.default_rng(1)
        shapes = ((16, 2), (16, 16), (1, 16))
        ih, hh, out = (rng.uniform(-self.scale, self.scale, shape) for shape in shapes)
        pairs = rng.integers(0, self.below, (10_000, 2))
        return (ih, hh, out), pairs if self.sign > 0 else -np.sort(-pairs, axis=1)

    def answers(self, pairs: naive.Integers) -> naive.Integers:
        """The right ones."""
        return pairs[:, 0] + self.sign * pairs[:, 1]

    def every_pair(self) -> naive.Integers:
        """All pairs of operands in their order."""
        pairs = np.indices((self.below, self.below)).reshape(2, -1).T
        return pairs if self.sign > 0 else pairs[pairs[:, 0] >= pairs[:, 1]]


BITS = 8
ADD = Tutorial(scale=1.0, rate=0.1, first=0.0, below=128, sign=1)
SUBTRACT = Tutorial(scale=0.05, rate=0.9, first=0.1, below=256, sign=-1)


@cache
def learned(tutorial: Tutorial, recurrence: naive.Recurrence) -> tuple[Array, Array, Array]:
    """The weights at which the tutorial's listing ends."""
    weights, pairs = tutorial.draw()
    answers = tutorial.answers(pairs)
    return naive.tutorial(*weights, pairs, answers, tutorial.rate, tutorial.first, BITS, recurrence)


def exact(tutorial: Tutorial, recurrence: naive.Recurrence) -> int:
    """How many of all pairs it answers exactly."""
    pairs, weights = tutorial.every_pair(), learned(tutorial, recurrence)
    found = naive.tutorial_answers(*weights, pairs, tutorial.first, BITS, recurrence)
    return int((found == tutorial.answers(pairs)).sum())


@pytest.mark.parametrize("tutorial", [ADD, SUBTRACT], ids=["add", "subtract"])
def test_engine_ends_at_the_weights_of_the_tutorial(tutorial: Tutorial) -> None:
    weights, pairs = tutorial.draw()
    network = elman.Network(
        2,
        1,
        cell="rnn",
        nonlinearity="sigmoid",
        hidden=16,
        bias=False,
        initial=tutorial.first,
        dtype="float64",
    )
    assert list(network.parameters) == ["weight_ih_l0", "weight_hh_l0", "head.weight"]
    for view, initial in zip(network.parameters.values(), weights, strict=True):
        view[...] = initial
    examples = elman.Batch(
        inputs=naive.binary(pairs, BITS).transpose(2, 0, 1),
        targets=naive.binary(tutorial.answers(pairs), BITS).T[:, :, None],
    )
    one_by_one = elman.Plan(examples=examples, rows=np.arange(len(pairs))[:, None])
    trainer = elman.Trainer(network, loss="squared_sigmoid", reduction="sum", optimizer=elman.SGD(tutorial.rate))
    [progress] = trainer.run([one_by_one])
    assert progress.update == 10_000
    for view, wanted in zip(network.parameters.values(), learned(tutorial, naive.product_inside), strict=True):
        np.testing.assert_allclose(view, wanted, rtol=1e-9)


def test_tutorials_learn_every_pair() -> None:
    assert exact(ADD, naive.product_inside) == 128 * 128
    assert exact(SUBTRACT, naive.product_inside) == 32_896


def test_listing_as_it_is_printed_learns_hardly_any_difference() -> None:
    """With the recurrent product outside of the sigmoid: two readings of one listing, and only one of them works."""
    assert exact(SUBTRACT, naive.product_outside) < 500
