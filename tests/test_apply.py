"""Updates with gradients of one's own: to the bit those of `run`, and all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import elman
from instances import INPUTS, OUTPUTS, Array
from test_optimizers import OPTIMIZERS, assert_same_bits, examples, noisy_network

UPDATES = 5
CLIPPED: dict[str, dict[str, Any]] = {
    "no clipping": {},
    "norm": {"clip_norm": 0.05},
    "value": {"clip_value": 0.01},
    "both": {"clip_norm": 0.05, "clip_value": 0.01},
}


def trainers(dtype: str = "float64", **options: Any) -> list[elman.Trainer]:
    options = {"schedule": elman.Cosine(updates=4, warmup=1), "seed": 5, **options}
    return [elman.Trainer(noisy_network(dtype=dtype), **options) for _ in range(2)]


def gradient_of(trainer: elman.Trainer, batch: elman.Batch) -> elman.LossAndGradient:
    """Of a batch, with the noise of the trainer's next update."""
    state, loss = trainer.carried if batch.carry else None, trainer.loss
    return trainer.network.loss_and_gradient(
        batch.inputs, batch.targets, loss=loss, state=state, reduction=trainer.reduction, noise_key=trainer.noise_key
    )


@pytest.mark.parametrize("averaging", [0.0, 0.9])
@pytest.mark.parametrize("clip", CLIPPED)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_loop_of_ones_own_is_that_of_the_trainer(
    optimizer: elman.Optimizer, clip: str, averaging: float, rng: np.random.Generator
) -> None:
    """Noise, dropout, carried states, the schedule's rate and the losses of events among it."""
    batches = [examples(rng, carry=u > 0) for u in range(UPDATES)]
    run, own = trainers(optimizer=optimizer, averaging=averaging, **CLIPPED[clip])
    events = list(run.run(batches))
    for batch, event in zip(batches, events, strict=True):
        found = gradient_of(own, batch)
        told = own.apply(found.gradient, found.loss)
        assert (told.update, told.losses.tolist(), told.rate) == (event.update, event.losses.tolist(), event.rate)
        assert own.carried is None
        own.carried = found.state
    assert_same_bits(own, run)
    if averaging:
        assert own.average is not None and run.average is not None
        np.testing.assert_array_equal(own.average, run.average)


def test_what_the_network_returns_is_taken_as_it_is(rng: np.random.Generator) -> None:
    batch, (whole, alone) = examples(rng), trainers()
    found = gradient_of(alone, batch)
    told = [whole.apply(found), alone.apply(found.gradient, found.loss)]
    assert [event.losses.tolist() for event in told] == [[found.loss]] * 2
    y, _ = alone.network.forward(batch.inputs)
    gradients = alone.network.vjp(batch.inputs, np.ones_like(y))
    told = [whole.apply(gradients), alone.apply(gradients.parameters)]
    assert [event.losses.size for event in told] == [0, 0]
    assert whole.network.parameters.flat.tobytes() == alone.network.parameters.flat.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loss_of_ones_own_goes_through_vjp(dtype: str, rng: np.random.Generator) -> None:
    """½(y - t)², averaged over steps and rows, is the loss `squared`."""
    networks = [elman.Network(INPUTS, OUTPUTS, cell="gru", hidden=5, dtype=dtype, seed=1) for _ in range(2)]
    run, own = (elman.Trainer(network, loss="squared") for network in networks)
    batch = examples(rng)
    x = np.asarray(batch.inputs)
    for _ in range(3):
        [event] = run.run([batch])
        y, _ = own.network.forward(x)
        dy = (y - batch.targets) / (x.shape[0] * x.shape[1])
        event = own.apply(own.network.vjp(x, dy).parameters)
        assert event.losses.size == 0 and np.isnan(event.loss)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(own.network.parameters.flat, run.network.parameters.flat, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("kind", ["view", "by names", "list", "integers", "other layout", "read-only", "another type"])
def test_gradient_may_be_any_array_and_is_not_changed(kind: str, rng: np.random.Generator) -> None:
    one, two = trainers(clip_norm=0.01)
    flat: Array = np.rint(100 * rng.standard_normal(one.network.parameters.flat.size))
    forms: dict[str, Callable[[], Any]] = {
        "view": lambda: one.network.parameters.like(flat.copy()),
        "by names": lambda: dict(list(one.network.parameters.like(flat.copy()).items())[::-1]),
        "list": flat.tolist,
        "integers": lambda: flat.astype(np.int64),
        "other layout": lambda: np.repeat(flat, 2)[::2],
        "read-only": lambda: np.frombuffer(flat.tobytes()),
        "another type": lambda: flat.astype(np.float32),
    }
    given = forms[kind]()
    one.apply(given)
    two.apply(flat)
    assert one.network.parameters.flat.tobytes() == two.network.parameters.flat.tobytes()
    if kind == "by names":
        given = np.concatenate([given[name].ravel() for name in one.network.parameters])
    np.testing.assert_array_equal(given.flat if kind == "view" else given, flat)


def test_a_large_gradient_is_shared_among_threads_with_the_same_bits(rng: np.random.Generator) -> None:
    before, flats = elman.threads(), []
    try:
        for count in (1, 3):
            elman.set_threads(count)
            trainer = elman.Trainer(elman.Network(2, 1, hidden=128, seed=1), clip_norm=0.5)
            trainer.apply(np.sin(np.arange(trainer.network.parameters.flat.size)))
            flats.append(trainer.network.parameters.flat.tobytes())
    finally:
        elman.set_threads(before)
    assert flats[0] == flats[1]


def everything(trainer: elman.Trainer) -> dict[str, bytes]:
    arrays = {"parameters": trainer.network.parameters.flat, **trainer.arrays()}
    return {"updates": str(trainer.updates).encode(), **{name: array.tobytes() for name, array in arrays.items()}}


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("name", ["weight_ih_l0", "head.bias"])
def test_gradient_that_is_not_finite_is_named_and_changes_nothing(
    name: str, number: float, rng: np.random.Generator
) -> None:
    trainer = trainers("float32", averaging=0.9)[0]
    list(trainer.run([examples(rng)] * 2))
    before = everything(trainer)
    wide = trainer.network.parameters.like(np.zeros(trainer.network.parameters.flat.size))  # in float64
    wide[name][-1] = number
    message = f"update 3: the gradient of {name} is not finite; the network is as update 2 left it"
    with pytest.raises(elman.NotFiniteError, match=message):
        trainer.apply(wide)
    assert everything(trainer) == before


def test_loss_that_is_not_finite_changes_nothing(rng: np.random.Generator) -> None:
    trainer = trainers()[0]
    gradient = gradient_of(trainer, examples(rng)).gradient
    before = everything(trainer)
    with pytest.raises(elman.NotFiniteError, match="update 1: the loss is not finite"):
        trainer.apply(gradient, loss=np.nan)
    assert everything(trainer) == before


REFUSED: dict[str, tuple[Callable[[elman.Trainer], Any], str]] = {
    "too short": (lambda t: t.network.parameters.flat[:-1], r"gradient: expected shape \(\d+\); found"),
    "a column": (lambda t: t.network.parameters.flat[:, None], r"gradient: expected shape \(\d+\); found"),
    "of another network": (
        lambda t: elman.Network(2, 1, seed=1).parameters,
        r"gradient: expected that of Parameters\(weight_ih_l0 .*\); found Parameters\(weight_ih_l0",
    ),
    "without a name": (
        lambda t: {"head.bias": [0.0]},
        "gradient: expected an array for each of weight_ih_l0, .*; found head.bias",
    ),
    "of another shape": (
        lambda t: {**t.network.parameters, "head.bias": [[0.0]]},
        r"gradient: head.bias: expected shape \(\d+\); found",
    ),
    "complex": (lambda t: t.network.parameters.flat * 1j, "gradient: expected real numbers; found complex128"),
    "words": (lambda t: ["a"] * t.network.parameters.flat.size, "gradient: expected real numbers"),
    "none": (lambda t: None, r"gradient: expected shape \(\d+\); found \(\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_gradient_of_the_network_is_refused(name: str) -> None:
    make, message = REFUSED[name]
    trainer = trainers()[0]
    before = everything(trainer)
    with pytest.raises(elman.ShapeError, match=message):
        trainer.apply(make(trainer))
    with pytest.raises(elman.ShapeError, match="loss: expected"):
        trainer.apply(trainer.network.parameters, loss="small")  # type: ignore[arg-type]
    assert everything(trainer) == before


def test_state_that_an_update_before_left_is_not_carried_past_one_of_ones_own(rng: np.random.Generator) -> None:
    trainer = trainers()[0]
    list(trainer.run([examples(rng)]))
    trainer.apply(np.zeros_like(trainer.network.parameters.flat))
    with pytest.raises(elman.ShapeError, match="carry: expected a state of 5 rows from the update before; found none"):
        list(trainer.run([examples(rng, carry=True)]))
