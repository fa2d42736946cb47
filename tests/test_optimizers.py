"""Updates: windows and carried states, interrupted runs, decay by name, clipping, and what is refused.

That the optimizers and schedules are PyTorch's is in test_torch_parity.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import elman
from instances import INPUTS, NOISES, OUTPUTS, Array, assert_close, random_inputs, random_network

STEPS, COLUMNS, WINDOW = 12, 5, 4
# Two passes over the windows, of different rows, and a window out of order.
ROWS = np.array([[2, 0], [2, 0], [2, 0], [1, 4], [1, 4], [1, 4], [3, 3]])
STARTS = np.array([0, 4, 8, 0, 4, 8, 5])
CARRY = np.array([False, True, True, False, True, True, False])

OPTIMIZERS = [
    elman.SGD(0.1),
    elman.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    elman.RMSProp(0.01, momentum=0.5),
    elman.Adagrad(0.1),
    elman.Adam(0.01, weight_decay=0.1),
    elman.AdamW(0.01),
    elman.LazyAdam(0.01),
]


def noisy_network(seed: int = 1, **options: Any) -> elman.Network:
    options = {"cell": "lstm", "layers": 2, "initial": "learned", **NOISES, **options}
    return random_network(np.random.default_rng(seed), **options)


def examples(rng: np.random.Generator, **more: Any) -> elman.Batch:
    x, targets = rng.standard_normal((STEPS, COLUMNS, INPUTS)), rng.uniform(0, 1, (STEPS, COLUMNS, OUTPUTS))
    return elman.Batch(inputs=x, targets=targets, **more)


def windows(batch: elman.Batch, updates: slice = slice(None)) -> elman.Plan:
    """Some updates of the plan above."""
    return elman.Plan(examples=batch, rows=ROWS[updates], starts=STARTS[updates], steps=WINDOW, carry=CARRY[updates])


def assert_same_bits(one: elman.Trainer, two: elman.Trainer) -> None:
    assert one.updates == two.updates
    assert one.carried is not None and two.carried is not None
    for trainer in (one, two):
        assert np.isfinite(trainer.network.parameters.flat).all()
    names = ("parameters", "first", "second")
    flat = [dict(zip(names, (t.network.parameters.flat, t.first, t.second), strict=True)) for t in (one, two)]
    assert_close(flat[0] | dict(one.carried), flat[1] | dict(two.carried), 0)


# --- windows ---


@pytest.mark.parametrize("lengths", [None, np.array([12, 9, 11, 12, 10])], ids=["full", "ragged"])
@pytest.mark.parametrize("cell", elman.CELLS)
def test_plan_is_its_windows_one_after_the_other(cell: str, lengths: Array | None, rng: np.random.Generator) -> None:
    batch = examples(rng, lengths=lengths, weights=rng.uniform(0, 2, (STEPS, COLUMNS)))
    planned, apart = (elman.Trainer(noisy_network(cell=cell), seed=3) for _ in range(2))
    [progress] = planned.run([windows(batch)])

    x, targets, weights = (np.asarray(array) for array in (batch.inputs, batch.targets, batch.weights))
    pieces = []
    for rows, start, carry in zip(ROWS, STARTS, CARRY, strict=True):
        part = slice(start, start + WINDOW)
        left = None if lengths is None else np.clip(lengths[rows] - start, 0, WINDOW)
        pieces.append(
            elman.Batch(
                inputs=x[part][:, rows],
                targets=targets[part][:, rows],
                weights=weights[part][:, rows],
                lengths=left,
                carry=bool(carry),
            )
        )
    events = list(apart.run(pieces))
    assert [event.update for event in events] == list(range(1, len(ROWS) + 1))
    np.testing.assert_array_equal(progress.losses, [event.loss for event in events])
    assert_same_bits(planned, apart)


@pytest.mark.parametrize(("rows", "layers"), [(2, 2), (1, 1)], ids=["rows", "one-small-row"])
def test_windows_behind_the_end_of_a_row_hand_its_state_on(rows: int, layers: int, rng: np.random.Generator) -> None:
    network = random_network(rng, cell="lstm", layers=layers)
    x, lengths = random_inputs(rng, network, STEPS, rows), np.array([6, 3])[:rows]
    before = network.parameters.flat.copy()
    batch = elman.Batch(inputs=x, targets=np.zeros((STEPS, rows, OUTPUTS)), lengths=lengths)
    plan = elman.Plan(
        examples=batch,
        rows=np.arange(rows)[None].repeat(3, axis=0),
        starts=np.array([0, 4, 8]),
        steps=4,
        carry=np.array([False, True, True]),
    )
    trainer = elman.Trainer(network, optimizer=elman.SGD(0.0))
    [progress] = trainer.run([plan])
    assert (progress.losses[:2] > 0).all()
    assert progress.losses[2] == 0  # every row has ended
    np.testing.assert_array_equal(network.parameters.flat, before)
    assert trainer.carried is not None
    assert_close(trainer.carried, network.forward(x, lengths=lengths)[1], 1e-12)


# --- interrupted and resumed ---


def resumed(trainer: elman.Trainer) -> elman.Trainer:
    """Another trainer with this one's state, over another network with its parameters."""
    network = elman.Network.of(trainer.network.architecture)
    network.parameters.flat[:] = trainer.network.parameters.flat
    other = elman.Trainer(
        network, optimizer=trainer.optimizer, schedule=trainer.schedule, clip_norm=trainer.clip_norm, seed=trainer.seed
    )
    other.updates = trainer.updates
    other.first[:] = trainer.first
    other.second[:] = trainer.second
    if trainer.carried is not None:
        other.carried = elman.State(**{name: array.copy() for name, array in trainer.carried.items()})
    return other


@pytest.mark.parametrize("done", [1, 2, 5])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_interrupted_and_resumed_is_never_interrupted_bit_for_bit(
    optimizer: elman.Optimizer, done: int, rng: np.random.Generator
) -> None:
    batch = examples(rng)
    options: dict[str, Any] = {"optimizer": optimizer, "schedule": elman.Steps(every=2), "clip_norm": 0.3, "seed": 9}
    whole, parts = (elman.Trainer(noisy_network(), **options) for _ in range(2))
    [progress] = whole.run([windows(batch)])
    [first] = parts.run([windows(batch, slice(done))])
    again = resumed(parts)
    [rest] = again.run([windows(batch, slice(done, None))])
    assert rest.update == progress.update == len(ROWS)
    assert rest.rate == progress.rate
    np.testing.assert_array_equal(np.concatenate([first.losses, rest.losses]), progress.losses)
    assert_same_bits(whole, again)


def test_noise_depends_on_seed_and_number_of_the_update(rng: np.random.Generator) -> None:
    batch = examples(rng)

    def losses(seed: int) -> list[float]:
        trainer = elman.Trainer(noisy_network(), optimizer=elman.SGD(0.0), seed=seed)
        return [event.loss for event in trainer.run([batch, batch])]

    assert losses(1) == losses(1)
    assert len({*losses(1), *losses(2)}) == 4


# --- averaging, decay and clipping ---


def test_average_is_that_of_the_parameters_after_each_update(rng: np.random.Generator) -> None:
    batch, decay = examples(rng), 0.7
    one_by_one, planned = (elman.Trainer(noisy_network(), averaging=decay, seed=3) for _ in range(2))
    assert one_by_one.average is not None and planned.average is not None
    wanted = one_by_one.network.parameters.flat.copy()
    for update in range(len(ROWS)):
        list(one_by_one.run([windows(batch, slice(update, update + 1))]))
        left = min(decay, (update + 1) / (update + 10))
        wanted = left * wanted + (1 - left) * one_by_one.network.parameters.flat
    np.testing.assert_allclose(one_by_one.average, wanted, rtol=1e-12)
    list(planned.run([windows(batch)]))
    np.testing.assert_array_equal(planned.average, one_by_one.average)
    assert elman.Trainer(noisy_network()).average is None


def test_weights_that_are_dropped_get_no_gradient(rng: np.random.Generator) -> None:
    network = random_network(rng, cell="lstm", weight_dropout=0.5)
    batch = examples(rng)
    gradient = network.loss_and_gradient(batch.inputs, batch.targets, loss="squared", noise_key=1).gradient
    share = np.mean(gradient["weight_hh_l0"] == 0)
    assert 0.3 < share < 0.7
    for name in ("weight_ih_l0", "head.weight"):
        assert gradient[name].all()


def test_decay_is_that_of_the_first_pattern_that_matches_a_name(rng: np.random.Generator) -> None:
    """Without gradients, one step of descent takes rate times decay of each weight away."""
    network = random_network(rng, cell="gru", layers=2)
    before = {name: array.copy() for name, array in network.parameters.items()}
    batch = examples(rng, weights=np.zeros((STEPS, COLUMNS)))
    decays = {"weight_hh_l1": 0.5, "weight_hh*": 0.25, "bias_?h_l0": 0.125, "head.*": 1.0}
    list(elman.Trainer(network, optimizer=elman.SGD(0.5, weight_decay=decays)).run([batch]))
    wanted = {
        "weight_hh_l1": 0.5,
        "weight_hh_l0": 0.25,
        "bias_ih_l0": 0.125,
        "bias_hh_l0": 0.125,
        "head.weight": 1.0,
        "head.bias": 1.0,
    }
    assert_close(network.parameters, {n: (1 - 0.5 * wanted.get(n, 0)) * array for n, array in before.items()}, 1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_clipped_gradient_has_the_norm_or_the_values_asked_for(dtype: str, rng: np.random.Generator) -> None:
    batch = examples(rng)

    def step(**clip: Any) -> Array:
        network = random_network(np.random.default_rng(0), dtype=dtype)
        before = network.parameters.flat.astype(np.float64)
        list(elman.Trainer(network, loss="squared", optimizer=elman.SGD(1.0), **clip).run([batch]))
        return before - network.parameters.flat

    free = step()
    assert np.linalg.norm(step(clip_norm=0.01)) == pytest.approx(0.01, rel=1e-3)
    assert np.linalg.norm(step(clip_norm=100)) == np.linalg.norm(free)
    np.testing.assert_allclose(step(clip_value=0.02), np.clip(free, -0.02, 0.02), atol=1e-6)


# --- events and errors ---


def test_progress_tells_updates_losses_and_rate(rng: np.random.Generator) -> None:
    batch = examples(rng)
    trainer = elman.Trainer(random_network(rng), optimizer=elman.SGD(0.4), schedule=elman.Steps(every=2))
    events = list(trainer.run([batch, windows(batch), batch]))
    assert [event.update for event in events] == [1, 8, 9]
    assert [len(event.losses) for event in events] == [1, 7, 1]
    assert [event.rate for event in events] == [0.4, 0.4 / 2**3, 0.4 / 2**4]
    assert all(event.loss == event.losses.mean() and event.seconds > 0 for event in events)


def test_training_ends_at_what_is_not_finite_as_the_last_whole_update_left_it(rng: np.random.Generator) -> None:
    batch = examples(rng)
    targets = np.array(batch.targets)
    targets[:, 3] = 1e308  # whose square is no number
    bad = elman.Batch(inputs=batch.inputs, targets=targets)
    once, twice = (elman.Trainer(noisy_network(), loss="squared", seed=3) for _ in range(2))
    list(once.run([windows(batch, slice(6))]))
    with pytest.raises(elman.NotFiniteError, match="update 7: the loss is not finite; the network is as update 6 left"):
        list(twice.run([windows(bad)]))
    assert_same_bits(once, twice)


def test_gradient_that_is_not_finite_is_named(rng: np.random.Generator) -> None:
    """Hidden units at zero keep the loss finite, but an error of 1e10 overflows on its way back through 1e308."""
    network = random_network(rng, cell="none")
    network.parameters["weight_ih_l0"][...] = 0
    network.parameters["bias_ih_l0"][...] = 0
    network.parameters["head.weight"][...] = 1e308
    batch = examples(rng)
    targets = np.full((STEPS, COLUMNS, OUTPUTS), -1e10)
    trainer = elman.Trainer(network, loss="squared", reduction="sum", optimizer=elman.SGD(0.1))
    with pytest.raises(elman.NotFiniteError, match="update 1: the gradient of weight_ih_l0 is not finite"):
        list(trainer.run([elman.Batch(inputs=batch.inputs, targets=targets)]))


def test_state_is_carried_only_from_an_update_of_as_many_rows(rng: np.random.Generator) -> None:
    trainer = elman.Trainer(noisy_network())
    with pytest.raises(elman.ShapeError, match=r"carry: expected a state of 5 rows .* found none"):
        list(trainer.run([examples(rng, carry=True)]))
    list(trainer.run([windows(examples(rng))]))
    with pytest.raises(elman.ShapeError, match=r"carry: expected a state of 5 rows .* found one of 2 rows"):
        list(trainer.run([examples(rng, carry=True)]))


def test_carried_state_of_another_network_is_refused(rng: np.random.Generator) -> None:
    """A file may bring one; these are too large, where too small ones would be written to beyond their end."""
    trainer = elman.Trainer(noisy_network())
    trainer.carried = elman.State(**{name: np.zeros((9, COLUMNS, 99)) for name in "hc"})
    with pytest.raises(elman.ShapeError, match=r"carr(y|ied)"):
        list(trainer.run([examples(rng, carry=True)]))


def test_state_that_is_carried_is_that_of_the_very_update_before(rng: np.random.Generator) -> None:
    """A plan that says nothing of carrying keeps no state, and leaves none of an earlier update's."""
    first, between, last = examples(rng), examples(rng), examples(rng, carry=True)
    silent = elman.Plan(examples=between, rows=np.arange(COLUMNS)[None])
    with pytest.raises(elman.ShapeError, match="found none"):
        list(elman.Trainer(noisy_network()).run([first, silent, last]))


@pytest.mark.parametrize("before", [[], [windows]], ids=["first-update", "after-others"])
def test_no_state_is_carried_from_an_update_that_failed(
    before: list[Callable[[elman.Batch], elman.Plan]], rng: np.random.Generator
) -> None:
    trainer, good = elman.Trainer(noisy_network(), loss="squared"), examples(rng)
    list(trainer.run([plan(good) for plan in before]))
    with pytest.raises(elman.NotFiniteError):
        list(trainer.run([elman.Batch(inputs=good.inputs, targets=np.full_like(good.targets, 1e308))]))
    with pytest.raises(elman.ShapeError, match="carry: expected a state of 5 rows from the update before"):
        list(trainer.run([examples(rng, carry=True)]))


WRONG_PLANS: dict[str, dict[str, Any]] = {
    "row that is none": {"rows": np.array([[0, COLUMNS]])},
    "negative row": {"rows": np.array([[0, -1]])},
    "row beyond 32 bits": {"rows": np.array([[0, 1 << 32]])},
    "rows that are no whole numbers": {"rows": np.array([[0.5, 1.5]])},
    "rows of one update without its axis": {"rows": np.array([0, 1])},
    "no update": {"rows": np.zeros((0, 2), int)},
    "window behind the end": {"rows": np.array([[0]]), "starts": np.array([9]), "steps": 4},
    "window before the beginning": {"rows": np.array([[0]]), "starts": np.array([-1]), "steps": 4},
    "starts that are no whole numbers": {"rows": np.array([[0]]), "starts": np.array([0.5]), "steps": 4},
    "empty window": {"rows": np.array([[0]]), "steps": 0},
    "one start too many": {"rows": np.array([[0]]), "starts": np.array([0, 4]), "steps": 4},
    "one carry too few": {"rows": np.array([[0], [1]]), "carry": np.array([False])},
}


@pytest.mark.parametrize("plan", WRONG_PLANS.values(), ids=WRONG_PLANS)
def test_wrong_plans_are_refused_before_anything_is_done(plan: dict[str, Any], rng: np.random.Generator) -> None:
    trainer = elman.Trainer(noisy_network())
    before = trainer.network.parameters.flat.copy()
    with pytest.raises(elman.ShapeError):
        list(trainer.run([elman.Plan(examples=examples(rng), **plan)]))
    assert trainer.updates == 0
    np.testing.assert_array_equal(trainer.network.parameters.flat, before)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: elman.SGD(-0.1), r"rate: expected a number in \[0, inf\); found -0.1"),
        (lambda: elman.SGD(math.nan), "rate: expected a number in .*; found nan"),
        (lambda: elman.SGD(0.1, momentum=1.5), r"momentum: expected a number from 0 to 1; found 1.5"),
        (lambda: elman.SGD(0.1, nesterov=True), "nesterov: expected a momentum above 0; found 0"),
        (lambda: elman.Adam(betas=(0.9, 1.0)), r"betas: expected a number in \[0, 1\); found 1.0"),
        (lambda: elman.RMSProp(alpha=-1), "alpha: expected"),
        (lambda: elman.Adagrad(eps=-1), "eps: expected"),
        (lambda: elman.AdamW(weight_decay={"head*": -1}), "weight_decay: expected"),
        (lambda: elman.Steps(every=0), "every: expected a whole number from 1"),
        (lambda: elman.Cosine(updates=10, final=2), r"final: expected a number from 0 to 1; found 2"),
        (lambda: elman.Linear(updates=10, warmup=-1), "warmup: expected a whole number from 0"),
        (lambda: elman.Trainer(noisy_network(), loss="bit"), "loss: expected one of bits, .*; found 'bit'"),
        (lambda: elman.Trainer(noisy_network(), reduction="none"), "reduction: expected one of mean, sum"),
        (lambda: elman.Trainer(noisy_network(), clip_norm=0), r"clip_norm: expected a number in \(0, inf\); found 0"),
        (lambda: elman.Trainer(noisy_network(), seed=-1), "seed: expected a whole number from 0"),
    ],
)
def test_wrong_settings_are_refused(make: Any, message: str) -> None:
    with pytest.raises(elman.ConfigError, match=message):
        make()
