"""What a transducer is asked in each update."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
from elman.tasks.arithmetic.functions import define
from elman.tasks.arithmetic.lessons import NOISE, Lessons, classes, drawn
from elman.tasks.arithmetic.transducer import Transducer


def lessons(function: str, base: int, order: str, rise: int = 100) -> Lessons:
    return Lessons(define(function, base, order).machine, digits=16, rise=rise, seed=3)


def states(machine: elman.proof.Mealy, words: NDArray[np.int64]) -> NDArray[np.int64]:
    """Before each symbol (T, N)."""
    state, found = np.zeros(words.shape[1], np.int64), np.empty_like(words)
    for t, symbols in enumerate(words):
        found[t] = state
        state = np.array(machine.next)[state, symbols]
    return found


def test_classes_are_the_symbols_that_do_the_same() -> None:
    machine = define("a + b", 10, "least").machine
    sums = [{a + b for a, b in (divmod(int(x), 10) for x in some)} for some in classes(machine)]
    assert sums == [set(range(9)), {9}, set(range(10, 19))]
    assert sorted(x for some in classes(machine) for x in some) == list(range(100))


def test_every_class_comes_as_often_and_in_it_every_symbol() -> None:
    machine = define("a + b", 10, "least").machine
    counts = Counter(drawn(machine, np.random.default_rng(0), 50, 20_000).ravel().tolist())
    for some in classes(machine):
        of_class = [counts[x] for x in some.tolist()]
        assert sum(of_class) == pytest.approx(1_000_000 / 3, rel=0.1)
        assert max(of_class) < 1.2 * min(of_class)


def test_states_that_random_digits_leave_at_once_last_in_some_words() -> None:
    # Which number is the greater one is open until two digits differ.
    machine = define("max(a, b)", 10, "most").machine
    rng = np.random.default_rng(0)
    open_at_the_end = (states(machine, drawn(machine, rng, 16, 5000))[-1] == 0).mean()
    assert open_at_the_end > 0.02
    assert (states(machine, rng.integers(0, 100, (16, 5000)))[-1] == 0).mean() < 0.001


@pytest.mark.parametrize(("function", "base", "order"), [("a + b", 10, "least"), ("a mod 11", 2, "most")])
def test_symbols_digits_and_noise_grow_until_they_are_whole(function: str, base: int, order: str) -> None:
    asked = lessons(function, base, order)
    rng = np.random.default_rng(0)
    words = [asked.words(rng, update, 500) for update in (0, 20, 50, 99, 100, 10_000)]
    kinds, digits = [len(np.unique(some)) for some in words], [len(some) for some in words]
    whole = asked.machine.symbols
    assert digits[0] == 2
    assert digits[-2:] == [16, 16]
    assert kinds[0] == min(4, whole)
    assert kinds[-2:] == [whole, whole]
    assert all(a <= b for a, b in pairwise(kinds))
    assert all(a <= b for a, b in pairwise(digits))
    shares = [asked.noise(update) for update in (0, 100, 200, 400, 10_000)]
    assert shares == pytest.approx([NOISE[0], NOISE[0], NOISE[1], NOISE[2], NOISE[2]])


def test_first_symbols_are_of_different_classes() -> None:
    asked = lessons("a + b", 10, "least")
    kind = {int(x): n for n, some in enumerate(classes(asked.machine)) for x in some}
    assert {kind[x] for x in asked.symbols[:3].tolist()} == {0, 1, 2}
    assert sorted(asked.symbols.tolist()) == list(range(100))


def test_without_a_rise_all_of_it_is_there_at_once() -> None:
    asked = lessons("a + b", 10, "least", rise=0)
    assert len(asked.words(np.random.default_rng(0), 0, 10)) == 16
    assert asked.noise(0) == 1


def updates(task: Transducer, done: int) -> list[tuple[float, Any]]:
    """The noise and the inputs of each update from number `done` on."""
    return [
        (plan.noise, np.asarray(plan.examples.inputs)[:, row].tolist())
        for plan in task.plans(done)
        for row in plan.rows
    ]


def test_update_is_the_same_wherever_training_begins() -> None:
    task = Transducer(function="max(a, b)", steps=70, rise=32, batch=3, digits=5, change=0.5)
    whole = updates(task, 0)
    assert len(whole) == 70
    for done in (1, 2, 33, 64, 69, 70):
        assert updates(task, done) == whole[done:]


def test_resumed_training_is_the_uninterrupted_one(tmp_path: Any) -> None:
    options: dict[str, Any] = {"function": "a mod 3", "rise": 40, "hidden": 4, "batch": 4, "halve": 50}
    whole = elman.train("transducer", steps=150, **options)
    elman.train("transducer", steps=55, **options).save(tmp_path / "m")
    resumed = elman.train(resume=tmp_path / "m", steps=150)
    assert np.array_equal(resumed.network.parameters.flat, whole.network.parameters.flat)


@pytest.mark.parametrize("rows", [1, 3])  # one sequence has a kernel of its own
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_share_of_the_noise_is_that_of_a_network_with_so_much_less(cell: str, rows: int) -> None:
    inputs, targets = np.random.default_rng(0).random((5, rows, 2)), np.ones((5, rows, 1))
    plan = elman.Plan(examples=elman.Batch(inputs=inputs, targets=targets), rows=np.arange(rows)[None].repeat(4, 0))

    def trained(noise: float, share: float) -> NDArray[Any]:
        network = elman.Network(2, 1, cell=cell, hidden=6, noise=noise, seed=1)
        list(elman.Trainer(network, seed=2).run([replace(plan, noise=share)]))
        return network.parameters.flat

    for share in (0.0, 0.25, 1.0):
        assert np.array_equal(trained(0.5, share), trained(0.5 * share, 1.0))
    assert not np.array_equal(trained(0.5, 0.25), trained(0.5, 1.0))


def test_share_of_the_noise_is_a_share() -> None:
    batch = elman.Batch(inputs=np.zeros((2, 1, 1)), targets=np.zeros((2, 1, 1)))
    trainer = elman.Trainer(elman.Network(1, 1, hidden=2, noise=0.1))
    with pytest.raises(elman.ConfigError, match="noise: expected"):
        list(trainer.run([elman.Plan(examples=batch, rows=np.zeros((1, 1), np.int64), noise=1.5)]))
