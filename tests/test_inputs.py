"""Arrays that come in: read when they are used, and nothing out of range, or no number, gets as far as the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman

STEPS, ROWS, SYMBOLS = 4, 3, 6
Arrays = dict[str, Any]


def symbols_network(**options: Any) -> elman.Network:
    return elman.Network(SYMBOLS, SYMBOLS, **{"symbols": True, "hidden": 5, "seed": 1, **options})


def numbers_network(**options: Any) -> elman.Network:
    return elman.Network(2, 1, **{"hidden": 5, "seed": 1, **options})


def content(update: int, kind: Any) -> Arrays:
    """What the arrays hold at an update."""
    rng = np.random.default_rng(update)
    if np.issubdtype(kind, np.integer):
        x, targets = rng.integers(0, SYMBOLS, (2, STEPS, ROWS))
    else:
        x, targets = rng.random((STEPS, ROWS, 2)), rng.random((STEPS, ROWS, 1))
    lengths, weights = rng.integers(1, STEPS + 1, ROWS), rng.random((STEPS, ROWS))
    return {
        "inputs": x.astype(kind),
        "targets": targets.astype(kind),
        "lengths": lengths.astype(np.int32 if kind in (np.int32, np.float32) else np.int64),
        "weights": weights.astype(np.float32 if kind in (np.int32, np.float32) else np.float64),
    }


def batches(kind: Any, again: Callable[[elman.Batch], elman.Batch | elman.Plan]) -> Iterator[elman.Batch | elman.Plan]:
    """One batch whose arrays are filled again for each update."""
    held = content(0, kind)
    batch = elman.Batch(**held)
    for update in range(6):
        for name, values in content(update, kind).items():
            held[name][...] = values
        yield again(batch)


@pytest.mark.parametrize("planned", [False, True], ids=["batch", "plan"])
@pytest.mark.parametrize("kind", [np.int32, np.int64, np.float32, np.float64], ids=lambda kind: np.dtype(kind).name)
def test_arrays_that_are_filled_again_are_read_again(kind: Any, planned: bool) -> None:
    def again(batch: elman.Batch) -> elman.Batch | elman.Plan:
        return elman.Plan(examples=batch, rows=np.array([[2, 0]])) if planned else batch

    def losses(items: Iterator[elman.Batch | elman.Plan]) -> list[float]:
        whole = np.issubdtype(kind, np.integer)
        net = symbols_network() if whole else numbers_network()
        trainer = elman.Trainer(net, loss="symbols" if whole else "bits")
        return [event.loss for event in trainer.run(items)]

    fresh = losses(again(elman.Batch(**content(update, kind))) for update in range(6))
    assert losses(batches(kind, again)) == fresh
    assert len(set(fresh)) == 6


@pytest.mark.parametrize("number", [SYMBOLS, -1, 100_000])
@pytest.mark.parametrize("name", ["inputs", "targets"])
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_symbol_that_is_none_never_gets_as_far_as_the_engine(kind: Any, name: str, number: int) -> None:
    arrays: Arrays = {"inputs": np.zeros((STEPS, ROWS), kind), "targets": np.zeros((STEPS, ROWS), kind)}
    batch, net = elman.Batch(**arrays), symbols_network()

    def refilled(*items: elman.Batch | elman.Plan) -> Iterator[elman.Batch | elman.Plan]:
        yield batch
        arrays[name][...] = number
        yield from items

    where = "x" if name == "inputs" else name
    for item in (batch, elman.Plan(examples=batch, rows=np.array([[1]]))):
        arrays[name][...] = 0
        trainer = elman.Trainer(net, loss="symbols")
        with pytest.raises(elman.ShapeError, match=f"{where}: expected whole numbers from 0 to 5; found {number}"):
            list(trainer.run(refilled(item)))
        assert trainer.updates == 1


def test_lengths_that_grow_too_long_are_refused() -> None:
    lengths = np.full(ROWS, STEPS, np.int32)
    batch = elman.Batch(inputs=np.ones((STEPS, ROWS, 2)), targets=np.ones((STEPS, ROWS, 1)), lengths=lengths)
    trainer = elman.Trainer(numbers_network())
    list(trainer.run([batch]))
    lengths[1] = 1 << 20
    with pytest.raises(elman.ShapeError, match="lengths: expected whole numbers from 1 to 4"):
        list(trainer.run([batch]))


def test_plan_looks_at_nothing_but_the_rows_it_reads() -> None:
    """So a plan of few updates over many examples costs what its updates cost; and what is wrong is named all right."""
    x, targets = np.ones((STEPS, 50, 2)), np.ones((STEPS, 50, 1))
    x[2, 40, 1] = np.nan
    lengths, weights = np.arange(50) % STEPS + 1, np.random.default_rng(0).random((STEPS, 50))
    examples = elman.Batch(inputs=x, targets=targets, lengths=lengths, weights=weights)
    used = [7, 3, 7, 49]
    alone = elman.Batch(inputs=x[:, used], targets=targets[:, used], lengths=lengths[used], weights=weights[:, used])
    a, b = elman.Trainer(numbers_network()), elman.Trainer(numbers_network())
    list(a.run([elman.Plan(examples=examples, rows=np.array([used]))]))
    list(b.run([elman.Plan(examples=alone, rows=np.array([[0, 1, 2, 3]]))]))
    assert a.network.parameters.flat.tobytes() == b.network.parameters.flat.tobytes()
    with pytest.raises(elman.ShapeError, match=r"found nan at x\[2, 40, 1\]$"):
        lengths[40] = STEPS
        list(a.run([elman.Plan(examples=examples, rows=np.array([[3, 40]]))]))
    with pytest.raises(elman.ShapeError, match=r"targets: expected shape \(4, 50, 1\); found \(4, 60, 1\)"):
        wrong = elman.Batch(inputs=x, targets=np.ones((STEPS, 60, 1)))
        list(a.run([elman.Plan(examples=wrong, rows=np.array([[3]]))]))


# --- numbers that are none ---


def state(**wrong: Any) -> elman.State:
    return elman.State(**{"h": np.zeros((1, ROWS, 5)), "c": np.zeros((1, ROWS, 5)), **wrong})


def spoilt(*shape: int) -> NDArray[np.float64]:
    """Numbers of this shape, two of which are none."""
    values = np.ones(shape)
    values[(-1,) * len(shape)] = np.inf
    values[(0,) * len(shape)] = np.nan
    return values


X, DY = np.ones((STEPS, ROWS, 2)), np.ones((STEPS, ROWS, 1))
ENTRIES: dict[str, tuple[Callable[[elman.Network], object], str]] = {
    "forward": (lambda n: n.forward(spoilt(STEPS, ROWS, 2)), "x[0, 0, 0]"),
    "forward from a state": (lambda n: n.forward(X, state(c=spoilt(1, ROWS, 5))), "state.c[0, 0, 0]"),
    "trace": (lambda n: n.trace(spoilt(STEPS, ROWS, 2)), "x[0, 0, 0]"),
    "losses": (lambda n: n.losses(X, spoilt(STEPS, ROWS, 1)), "targets[0, 0, 0]"),
    "vjp": (lambda n: n.vjp(X, spoilt(STEPS, ROWS, 1)), "dy[0, 0, 0]"),
    "vjp of a state": (lambda n: n.vjp(X, DY, state(h=spoilt(1, ROWS, 5))), "dstate.h[0, 0, 0]"),
    "gradient": (lambda n: n.loss_and_gradient(spoilt(STEPS, ROWS, 2), DY), "x[0, 0, 0]"),
    "weights": (lambda n: n.loss_and_gradient(X, DY, weights=spoilt(STEPS, ROWS)), "weights[0, 0]"),
    "stream": (lambda n: n.stream().step(spoilt(1, 2)), "x[0, 0]"),
    "stream from a state": (lambda n: n.stream(state(h=spoilt(1, ROWS, 5)), ROWS), "state.h[0, 0, 0]"),
    "parameters": (lambda n: setattr(n.parameters, "flat", spoilt(n.parameters.flat.size)), "parameters[0]"),
    "moments": (lambda n: setattr(elman.Trainer(n), "first", spoilt(n.parameters.flat.size)), "first moments[0]"),
    "training": (
        lambda n: list(elman.Trainer(n).run([elman.Batch(inputs=spoilt(STEPS, ROWS, 2), targets=DY)])),
        "x[0, 0, 0]",
    ),
}


@pytest.mark.parametrize(("enter", "place"), ENTRIES.values(), ids=ENTRIES)
def test_what_is_no_number_is_named_by_its_place(enter: Callable[[elman.Network], object], place: str) -> None:
    net = numbers_network()
    before = net.parameters.flat.copy()
    where = place.split("[", maxsplit=1)[0]
    with pytest.raises(elman.ShapeError) as error:
        enter(net)
    assert str(error.value) == f"{where}: expected finite numbers; found nan at {place}, and 1 more"
    np.testing.assert_array_equal(net.parameters.flat, before)


def test_number_that_the_network_cannot_hold_is_named_as_such() -> None:
    x = X.copy()
    x[1, 2, 0] = 1e39
    with pytest.raises(elman.ShapeError, match=r"x: expected numbers that float32 can hold; found 1e\+39 at"):
        numbers_network().forward(x)
    assert np.isfinite(numbers_network(dtype="float64").forward(x)[0]).all()


def test_what_counts_for_nothing_may_be_no_number() -> None:
    """Padding; and targets of weight 0, with which missing values are left out."""
    net, lengths, weights = numbers_network(), np.array([4, 2, 3]), np.ones((STEPS, ROWS))
    x, dy, targets, weights[1, 0] = X.copy(), DY.copy(), DY.copy(), 0
    before = net.loss_and_gradient(x, targets, lengths=lengths, weights=weights).loss
    x[3, 1], dy[3, 1], targets[3, 1], targets[1, 0] = np.nan, np.nan, np.nan, np.nan
    assert net.loss_and_gradient(x, targets, lengths=lengths, weights=weights).loss == before
    assert np.isfinite(net.vjp(x, dy, lengths=lengths).parameters.flat).all()
    targets[0, 2] = np.inf
    with pytest.raises(elman.ShapeError, match=r"found inf at targets\[0, 2, 0\]$"):
        net.loss_and_gradient(x, targets, lengths=lengths, weights=weights)


def test_trainer_says_what_it_runs_over() -> None:
    batch, trainer = elman.Batch(inputs=X, targets=DY), elman.Trainer(numbers_network())
    with pytest.raises(elman.ConfigError, match="run: expected batches, one after another; found one alone") as error:
        next(trainer.run(batch))  # type: ignore[arg-type]
    assert error.value.hint == "trainer.run([batch])"
    with pytest.raises(elman.ConfigError, match=r"run: expected an elman.Batch or elman.Plan; found tuple") as error:
        next(trainer.run([(X, DY)]))  # type: ignore[list-item]
    assert error.value.hint == "elman.Batch(inputs=…, targets=…); `fit` takes sequences as they are"
    with pytest.raises(elman.ConfigError, match=r"optimizer: expected one like elman.Optimizer; found 'adam'") as error:
        elman.Trainer(numbers_network(), optimizer="adam")  # type: ignore[arg-type]
    assert error.value.hint == "such as elman.Adam(0.01)"


# --- streams, whose steps the engine looks at itself ---


@pytest.mark.parametrize(
    "form", [np.asarray, np.float64, np.ndarray.tolist, np.asfortranarray, lambda x: np.repeat(x, 2, axis=1)[:, ::2]]
)
def test_a_step_of_any_form_is_the_same_step(form: Callable[[Any], Any]) -> None:
    x = np.random.default_rng(0).random((5, 3, 2), np.float32)
    one, other = numbers_network().stream(batch=3), numbers_network().stream(batch=3)
    for step in x:
        np.testing.assert_array_equal(one.step(form(step)), other.step(step))


@pytest.mark.parametrize("form", [np.int64, np.uint8, np.ndarray.tolist, lambda x: np.repeat(x, 2)[::2]])
def test_a_symbol_of_any_form_is_the_same_symbol(form: Callable[[Any], Any]) -> None:
    x = np.random.default_rng(0).integers(0, SYMBOLS, (5, 3), np.int32)
    one, other = symbols_network().stream(batch=3), symbols_network().stream(batch=3)
    for step in x:
        np.testing.assert_array_equal(one.step(form(step)), other.step(step))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_step_that_is_not_finite_changes_nothing(wrong: float, kind: Any) -> None:
    stream = numbers_network().stream()
    stream.step([[1, 2]])
    before = stream.state.h.copy()
    with pytest.raises(elman.ShapeError, match=r"x: expected finite numbers; found -?(nan|inf) at x\[0, 1\]"):
        stream.step(np.array([[0, wrong]], kind))
    np.testing.assert_array_equal(stream.state.h, before)


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize("wrong", [-1, SYMBOLS])
def test_a_symbol_that_is_not_there_changes_nothing(wrong: int, kind: Any) -> None:
    stream = symbols_network().stream(batch=2)
    stream.step([1, 2])
    before = stream.state.h.copy()
    with pytest.raises(elman.ShapeError, match="x: expected whole numbers from 0 to 5"):
        stream.step(np.array([1, wrong], kind))
    np.testing.assert_array_equal(stream.state.h, before)
