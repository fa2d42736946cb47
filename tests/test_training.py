"""Training: events, schedules, and what is left when it is stopped, by hand or by a number that is none."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
from elman.models import begin
from instances import random_network

STEPS, ROWS = 6, 5


def network(**options: Any) -> elman.Network:
    return elman.Network(2, 1, **{"cell": "rnn", "hidden": 3, "dtype": "float64", "seed": 1, **options})


def batch(rng: np.random.Generator, rows: int = ROWS, **more: Any) -> elman.Batch:
    inputs, targets = rng.standard_normal((STEPS, rows, 2)), rng.random((STEPS, rows, 1))
    return elman.Batch(inputs=inputs, targets=targets, **more)


def everything(trainer: elman.Trainer) -> dict[str, bytes]:
    """All that goes on from one update to the next."""
    arrays = {"parameters": trainer.network.parameters.flat, "first": trainer.first, "second": trainer.second}
    return {name: array.tobytes() for name, array in {**arrays, **(trainer.carried or {})}.items()}


# --- events ---


def test_event_tells_of_the_updates_since_the_one_before(rng: np.random.Generator) -> None:
    trainer = elman.Trainer(network(), optimizer=elman.SGD(0.5), schedule=elman.Steps(every=2))
    plan = elman.Plan(examples=batch(rng), rows=rng.integers(0, ROWS, (4, 2)))
    events = list(trainer.run([batch(rng), plan, batch(rng)]))
    assert [event.update for event in events] == [1, 5, 6]
    assert [len(event.losses) for event in events] == [1, 4, 1]
    assert [event.rate for event in events] == [0.5, 0.125, 0.125]
    assert all(event.seconds > 0 and event.loss == event.losses.mean() for event in events)


def test_loss_of_an_event_is_that_before_its_update(rng: np.random.Generator) -> None:
    net, some = network(), batch(rng)
    before = net.loss_and_gradient(some.inputs, some.targets).loss
    [event] = elman.Trainer(net).run([some])
    assert event.loss == before
    assert net.loss_and_gradient(some.inputs, some.targets).loss < before


def test_trainer_takes_batches_only_as_it_needs_them(rng: np.random.Generator) -> None:
    taken = []

    def endless() -> Iterator[elman.Batch]:
        while True:
            taken.append(1)
            yield batch(rng)

    events = elman.Trainer(network()).run(endless())
    assert [next(events).update, next(events).update] == [1, 2]
    assert len(taken) == 2


def test_plan_is_its_updates_one_by_one(rng: np.random.Generator) -> None:
    examples = batch(rng, lengths=rng.integers(1, STEPS + 1, ROWS), weights=rng.random((STEPS, ROWS)))
    rows = rng.integers(0, ROWS, (7, 3))

    def part(columns: NDArray[Any]) -> elman.Batch:
        inputs, targets, lengths, weights = map(
            np.asarray, (examples.inputs, examples.targets, examples.lengths, examples.weights)
        )
        return elman.Batch(
            inputs=inputs[:, columns],
            targets=targets[:, columns],
            lengths=lengths[columns],
            weights=weights[:, columns],
        )

    a, b = elman.Trainer(network(noise=0.1)), elman.Trainer(network(noise=0.1))
    # A plan that says nothing of carrying keeps no state; batches always might be followed by one that carries.
    [planned] = a.run([elman.Plan(examples=examples, rows=rows, carry=np.zeros(7, bool))])
    single = list(b.run(part(columns) for columns in rows))
    assert planned.losses.tolist() == [event.loss for event in single]
    assert everything(a) == everything(b)


# --- carried states ---


@pytest.mark.parametrize("cell", elman.CELLS)
def test_windows_of_a_plan_carry_the_state_as_batches_do(cell: str, rng: np.random.Generator) -> None:
    examples, rows = batch(rng), np.tile(np.arange(ROWS), (3, 1))
    x, targets = np.asarray(examples.inputs), np.asarray(examples.targets)
    starts, carry = np.array([0, 2, 4]), np.array([False, True, True])

    a, b = elman.Trainer(network(cell=cell)), elman.Trainer(network(cell=cell))
    list(a.run([elman.Plan(examples=examples, rows=rows, starts=starts, steps=2, carry=carry)]))
    windows = [elman.Batch(inputs=x[t : t + 2], targets=targets[t : t + 2], carry=t > 0) for t in starts]
    list(b.run(windows))
    assert everything(a) == everything(b)

    forgetful = elman.Trainer(network(cell=cell))
    list(forgetful.run([elman.Plan(examples=examples, rows=rows, starts=starts, steps=2)]))
    # What has no memory takes nothing along.
    assert (forgetful.network.parameters.flat.tobytes() == a.network.parameters.flat.tobytes()) == (cell == "none")


def test_carried_state_goes_by_its_names_and_not_by_their_order(rng: np.random.Generator) -> None:
    examples = batch(rng, carry=True)
    trainers = [elman.Trainer(network(cell="lstm")) for _ in range(2)]
    h, c = rng.standard_normal((2, 1, ROWS, 3))
    trainers[0].carried, trainers[1].carried = elman.State(h=h.copy(), c=c.copy()), elman.State(c=c, h=h)
    losses = [[event.loss for event in trainer.run([examples] * 3)] for trainer in trainers]
    assert losses[0] == losses[1]


def test_state_to_carry_must_be_there_and_fit(rng: np.random.Generator) -> None:
    trainer = elman.Trainer(network())
    with pytest.raises(elman.ShapeError, match="carry: expected a state of 5 rows from the update before; found none"):
        next(trainer.run([batch(rng, carry=True)]))
    with pytest.raises(elman.ShapeError, match=r"carry: expected a state of 4 rows .*; found one of 5 rows"):
        list(trainer.run([batch(rng), batch(rng, rows=4, carry=True)]))


# --- parts ---


@pytest.mark.parametrize("cell", elman.CELLS)
def test_plan_in_parts_is_the_same_training(cell: str, rng: np.random.Generator) -> None:
    rows, carry = np.tile(np.arange(ROWS), (5, 1)), np.array([False, True, True, False, True])
    plan = elman.Plan(examples=batch(rng), rows=rows, starts=np.array([0, 2, 4, 1, 3]), steps=2, carry=carry)
    whole, parts = elman.Trainer(network(cell=cell, noise=0.1)), elman.Trainer(network(cell=cell, noise=0.1))
    list(whole.run([plan]))
    assert [event.update for event in parts.run([plan.part(0, 1), plan.part(1, 4), plan.part(4, 9)])] == [1, 4, 5]
    assert everything(parts) == everything(whole)


def test_long_plans_come_in_pieces_that_leave_time_to_look_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {"steps": 30, "bits": 2}
    monkeypatch.setattr("elman.models.run.PIECE", 1e9)
    at_once = begin("add", **settings)
    assert [event.update for event in at_once.run()] == [1, 30]
    monkeypatch.setattr("elman.models.run.PIECE", 0.0)  # no time for more than one update at once
    one_by_one = begin("add", **settings)
    assert [event.update for event in one_by_one.run()] == list(range(1, 31))
    assert everything(one_by_one.trainer) == everything(at_once.trainer)


# --- schedules ---


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        (elman.Constant(), [1, 1, 1, 1, 1, 1, 1]),
        (elman.Constant(warmup=3), [0.25, 0.5, 0.75, 1, 1, 1, 1]),
        (elman.Steps(every=2), [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125]),
        (elman.Steps(every=3, factor=0.1, warmup=1), [0.5, 1, 1, 1, 0.1, 0.1, 0.1]),
        (elman.Linear(updates=4), [1, 0.75, 0.5, 0.25, 0, 0, 0]),
        (elman.Linear(updates=4, final=0.5), [1, 0.875, 0.75, 0.625, 0.5, 0.5, 0.5]),
        (elman.Cosine(updates=4), [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2, 0, 0, 0]),
        (elman.Cosine(updates=5, final=0.2, warmup=1), [0.5, 1, 0.6 + 0.4 * math.sqrt(0.5), 0.6, None, 0.2, 0.2]),
    ],
    ids=repr,
)
def test_schedule_multiplies_the_rate(
    schedule: elman.Schedule, factors: list[float | None], rng: np.random.Generator
) -> None:
    trainer = elman.Trainer(network(), optimizer=elman.SGD(0.1), schedule=schedule)
    rates = [event.rate for event in trainer.run([batch(rng)] * len(factors))]
    assert [rate for rate, f in zip(rates, factors, strict=True) if f is not None] == pytest.approx(
        [0.1 * f for f in factors if f is not None]
    )


def test_moments_outlive_a_change_of_the_schedule(rng: np.random.Generator) -> None:
    trainer = elman.Trainer(network())
    list(trainer.run([batch(rng)] * 3))
    before = everything(trainer)
    trainer.schedule = elman.Steps(every=1, factor=0.0)
    list(trainer.run([]))
    assert everything(trainer) == before
    assert trainer.first.any() and trainer.second.any()


# --- weight decay ---


def test_weight_decay_goes_by_the_first_pattern_that_names_a_tensor(rng: np.random.Generator) -> None:
    net = random_network(rng, 2, 1, cell="rnn", hidden=3)
    before = {name: array.copy() for name, array in net.parameters.items()}
    decay = {"weight_hh*": 0.5, "weight*": 0.25, "head.bias": 1.0}
    nothing_to_learn = batch(rng, weights=np.zeros((STEPS, ROWS)))
    list(elman.Trainer(net, optimizer=elman.SGD(0.1, weight_decay=decay)).run([nothing_to_learn]))
    kept = {"weight_hh_l0": 0.95, "weight_ih_l0": 0.975, "head.bias": 0.9}
    for name, array in net.parameters.items():
        np.testing.assert_allclose(array, kept.get(name, 1.0) * before[name], rtol=1e-14)


# --- numbers that are none ---


def test_loss_that_is_not_finite_names_its_update_and_is_not_applied(rng: np.random.Generator) -> None:
    good = [batch(rng) for _ in range(2)]
    bad = elman.Batch(inputs=np.zeros((STEPS, ROWS, 2)), targets=np.full((STEPS, ROWS, 1), 1e308))
    a, b = (elman.Trainer(network(), loss="squared") for _ in range(2))
    list(a.run(good))
    message = "update 3: the loss is not finite; the network is as update 2 left it"
    with pytest.raises(elman.NotFiniteError, match=message) as caught:
        list(b.run([*good, bad, *good]))
    assert "rate" in caught.value.hint
    assert b.updates == 2
    assert everything(a) == everything(b)


def test_gradient_that_is_not_finite_names_its_tensor(rng: np.random.Generator) -> None:
    net = elman.Network(1, 1, cell="none", nonlinearity="relu", hidden=1)
    for name, value in (("weight_ih_l0", 0.0), ("bias_ih_l0", 1.0), ("head.weight", 1.0), ("head.bias", 0.0)):
        net.parameters[name][...] = value
    huge = elman.Batch(inputs=np.full((1, 4, 1), 3e38), targets=np.zeros((1, 4, 1)))
    with pytest.raises(elman.NotFiniteError, match="update 1: the gradient of weight_ih_l0 is not finite"):
        list(elman.Trainer(net, loss="squared", reduction="sum").run([huge]))
    assert net.parameters.flat.tolist() == [0.0, 1.0, 1.0, 0.0]


# --- stopped by hand ---


@contextmanager
def interrupt(network: elman.Network, delay: float) -> Iterator[None]:
    """Ctrl-C, pressed a while after the first update is done."""
    before = network.parameters.flat.copy()

    def press() -> None:
        while np.array_equal(network.parameters.flat, before):
            time.sleep(0.001)
        time.sleep(delay)
        os.kill(os.getpid(), signal.SIGINT)

    finger = threading.Thread(target=press)
    finger.start()
    try:
        yield
    finally:
        finger.join()


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1])
def test_interrupt_in_the_middle_of_a_plan_leaves_whole_updates_only(delay: float, rng: np.random.Generator) -> None:
    examples, rows = batch(rng), rng.integers(0, ROWS, (300_000, 4))
    stopped, whole = (elman.Trainer(network(hidden=16, noise=0.2)) for _ in range(2))
    with pytest.raises(KeyboardInterrupt), interrupt(stopped.network, delay):
        list(stopped.run([elman.Plan(examples=examples, rows=rows)]))
    assert 0 < stopped.updates < len(rows)
    list(whole.run([elman.Plan(examples=examples, rows=rows[: stopped.updates])]))
    assert everything(stopped) == everything(whole)


# --- elman.train ---


def test_train_is_begin_run_and_score() -> None:
    training = begin("add", steps=300, bits=3)
    events = list(training.run())
    seen: list[elman.Progress] = []
    model = elman.train("add", steps=300, bits=3, on_progress=seen.append)
    assert seen[0].update == events[0].update == 1
    assert seen[-1].update == events[-1].update == 300
    assert model.network.parameters.flat.tobytes() == training.network.parameters.flat.tobytes()
    assert model.metrics == training.model().score()
    assert not training.model().metrics and not training.model().passed


def test_minutes_bound_training() -> None:
    assert 0 < elman.train("add", minutes=1e-3, steps=1 << 40).updates < 1 << 40


@pytest.mark.parametrize("minutes", [0, -1, math.nan, "two", 10**400])
def test_minutes_that_are_no_time_are_refused(minutes: Any) -> None:
    with pytest.raises(elman.ConfigError, match="minutes"):
        begin("add").run(minutes)


Call = Callable[[], object]

REFUSED: dict[str, tuple[Call, str, str]] = {
    "no task": (lambda: elman.train(), "task: expected a name", "add, subtract"),
    "unknown task": (lambda: elman.train("subtrat"), "task: expected one of add", "did you mean 'subtract'?"),
    "task that is no name": (lambda: elman.train(5), "task", ""),  # type: ignore[arg-type]
    "unknown setting": (lambda: elman.train("add", hiden=3), "setting: expected one of", "did you mean 'hidden'?"),
    "no units": (lambda: elman.train("add", hidden=0), "hidden: expected a whole number from 1", ""),
    "half a step": (lambda: elman.train("add", steps=1.5), "steps: expected a whole number", ""),
    "rate that is no number": (lambda: elman.train("add", rate="fast"), "rate", ""),
    "decay that is no number": (lambda: elman.train("add", decay="slow"), "decay", ""),
    "scale that is no number": (lambda: elman.train("add", scale="big"), "scale", ""),
    "cell that is no name": (lambda: elman.train("add", cell=5), "cell", ""),
    "loss that is no name": (lambda: elman.Trainer(network(), loss=3), "loss", ""),  # type: ignore[arg-type]
    "negative seed": (lambda: elman.Network(2, 1, seed=-1), "seed", ""),
    "negative rate": (lambda: elman.SGD(-1), r"rate: expected a number in \[0, inf\); found -1", ""),
    "rate by another name": (lambda: elman.Adam(lr=0.1), "keyword: expected one of", "did you mean 'rate'?"),  # type: ignore[call-arg]
    "rate of a task by another name": (lambda: elman.train("add", lr=0.1), "setting", "did you mean 'rate'?"),
    "text for a rate": (lambda: elman.SGD("fast"), "rate", ""),  # type: ignore[arg-type]
    "text for a decay": (lambda: elman.Adam(weight_decay="x"), "weight_decay", ""),  # type: ignore[arg-type]
    "one beta": (lambda: elman.Adam(betas=(0.9,)), "betas", ""),  # type: ignore[arg-type]
    "no momentum": (lambda: elman.SGD(0.1, nesterov=True), "nesterov: expected a momentum above 0", ""),
    "clipping at 0": (lambda: elman.Trainer(network(), clip_norm=0), r"clip_norm: expected a number in \(0, inf\)", ""),
    "optimizer by name": (lambda: elman.Trainer(network(), optimizer="adam"), "optimizer", ""),  # type: ignore[arg-type]
    "endless fall": (lambda: elman.Linear(updates=0), "updates: expected a whole number from 1", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_setting_is_refused_by_name(name: str) -> None:
    call, message, hint = REFUSED[name]
    with pytest.raises(elman.ConfigError, match=message) as caught:
        call()
    assert hint in caught.value.hint


def some(**changes: Any) -> elman.Batch:
    zeros = {"inputs": np.zeros((STEPS, ROWS, 2)), "targets": np.zeros((STEPS, ROWS, 1))}
    return elman.Batch(**{**zeros, **changes})


def plan(**changes: Any) -> elman.Plan:
    return elman.Plan(**{"examples": some(), "rows": np.zeros((2, 3), int), **changes})


MISSHAPEN: dict[str, tuple[elman.Batch | elman.Plan, str]] = {
    "inputs without rows": (some(inputs=[1.0, 2.0]), "x"),
    "one number": (some(inputs=3.0), "x"),
    "ragged list": (some(inputs=[[1.0], [1.0, 2.0]]), "x"),
    "too few targets": (some(targets=np.zeros((2, ROWS, 1))), "targets"),
    "length beyond the end": (some(lengths=[7] * ROWS), "lengths: expected whole numbers from 1 to 6"),
    "length of nothing": (some(lengths=[0] * ROWS), "lengths: expected whole numbers from 1 to 6"),
    "column beyond the last": (plan(rows=np.array([[ROWS]])), "rows"),
    "negative column": (plan(rows=np.array([[-1]])), "rows"),
    "half a column": (plan(rows=np.array([[0.5]])), "rows"),
    "column beyond 32 bits": (plan(rows=np.array([[1 << 32]])), "rows"),
    "no updates": (plan(rows=np.zeros((0, 3), int)), "rows"),
    "window beyond the end": (plan(starts=np.array([0, 5]), steps=2), "starts"),
    "window of nothing": (plan(steps=0), "starts"),
    "window of half a step": (plan(steps=1.5), "starts: expected windows of 1 to 6 steps; found 1.5"),
    "too few starts": (plan(starts=np.array([0])), "starts"),
    "too few flags": (plan(carry=np.array([True])), "carry"),
}


@pytest.mark.parametrize("name", MISSHAPEN)
def test_misshapen_batch_or_plan_is_refused_by_what_is_wrong(name: str) -> None:
    item, message = MISSHAPEN[name]
    trainer = elman.Trainer(network())
    before = everything(trainer)
    with pytest.raises(elman.ShapeError, match=message):
        next(trainer.run([item]))
    assert (trainer.updates, everything(trainer)) == (0, before)


def test_resume_keeps_task_and_settings(tmp_path: Path) -> None:
    elman.train("add", steps=20, bits=1).save(tmp_path / "m")
    with pytest.raises(elman.ModelFileError, match="expected a model of the task 'subtract'"):
        begin("subtract", resume=tmp_path / "m")
    with pytest.raises(elman.ConfigError, match="bits, seed: a resumed training keeps its settings"):
        begin(resume=tmp_path / "m", seed=1, bits=2)
    with pytest.raises(elman.ConfigError, match="steps: expected at least the 20 updates already done; found 10"):
        begin(resume=tmp_path / "m", steps=10)
    assert begin(resume=tmp_path / "m", steps=30).task.settings.bits == 1  # type: ignore[attr-defined]


# --- nothing that Python can say may bring the process down ---

CRASHES = {
    "batch without targets": "next(elman.Trainer(net).run([elman.Batch(inputs=x, targets=None)]))",
    "carried state that is too small": "t = elman.Trainer(net); t.carried = elman.State(h=np.zeros((1, 5, 0)))\n"
    "next(t.run([elman.Batch(inputs=x, targets=y, carry=True)]))",
    "moments that are too short": "t = elman.Trainer(net); t.second = np.zeros(1)\n"
    "next(t.run([elman.Batch(inputs=x, targets=y)]))",
}


@pytest.mark.parametrize("name", CRASHES)
def test_no_argument_brings_the_process_down(name: str) -> None:
    script = f"""
import numpy as np, elman
net = elman.Network(2, 1, cell="rnn", hidden=64, dtype="float64")
x, y = np.zeros((6, 5, 2)), np.zeros((6, 5, 1))
try:
    exec({CRASHES[name]!r})
except elman.ShapeError as error:
    print("refused:", error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("refused:")
