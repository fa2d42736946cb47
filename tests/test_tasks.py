"""The tasks `add` and `subtract`: what is asked of a network, and what it ends up knowing."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import elman
from elman.tasks.arithmetic.add import Add
from elman.tasks.arithmetic.bits import decode, encode
from elman.tasks.arithmetic.subtract import Subtract
from elman.tasks.arithmetic.task import Arithmetic
from elman.tasks.arithmetic.transducer import Transducer

TASKS: list[type[Arithmetic]] = [Add, Subtract]
ANSWERS: dict[str, Callable[[int, int], int]] = {"add": operator.add, "subtract": operator.sub}

both = pytest.mark.parametrize("kind", TASKS, ids=lambda kind: kind.name)
numbers = st.lists(st.integers(0, 1 << 10_000) | st.integers(0, 1000), min_size=1, max_size=5)


# --- codec ---


@given(numbers=numbers, more=st.integers(0, 20))
def test_bits_are_the_number_again(numbers: list[int], more: int) -> None:
    bits = encode(numbers, max(n.bit_length() for n in numbers) + more)
    assert decode(bits > 0.5) == numbers


@given(numbers=numbers, steps=st.integers(1, 100))
def test_bits_come_with_the_least_significant_first_and_no_more_than_asked_for(numbers: list[int], steps: int) -> None:
    bits = encode(numbers, steps)
    assert bits.shape == (steps, len(numbers))
    assert bits.tolist() == [[float(n >> t & 1) for n in numbers] for t in range(steps)]


@given(numbers=st.lists(st.integers(-(1 << 62), 1 << 62), min_size=1, max_size=5))
def test_arrays_are_encoded_as_lists_are_negative_numbers_in_twos_complement(numbers: list[int]) -> None:
    assert np.array_equal(encode(np.array(numbers), 63), encode([n % (1 << 63) for n in numbers], 63))


# --- what is asked ---


def asked(task: Arithmetic, batch: elman.Batch) -> tuple[list[tuple[int, int]], list[int]]:
    """The pairs of operands in a batch, and the answers that its targets hold."""
    x, targets = np.asarray(batch.inputs) > 0.5, np.asarray(batch.targets) > 0.5
    numbers = task.definition.numbers(targets[..., 0], np.full(targets.shape[1], len(targets)))
    return list(zip(decode(x[..., 0]), decode(x[..., 1]), strict=True)), list(numbers)


@both
def test_targets_are_pythons_answers_for_all_pairs(kind: type[Arithmetic]) -> None:
    task = kind()
    pairs, targets = asked(task, task._batch(task.definition.words(task.pairs, task.steps_per_pair)))
    assert sorted(pairs) == list(product(range(256), repeat=2))
    assert targets == [ANSWERS[task.name](a, b) for a, b in pairs]


@both
def test_training_draws_from_all_pairs_and_asks_for_pythons_answers(kind: type[Arithmetic]) -> None:
    task = kind(bits=3, steps=300)
    seen = set()
    for plan in task.plans(0):
        pairs, targets = asked(task, plan.examples)
        assert targets == [ANSWERS[task.name](a, b) for a, b in pairs]
        seen |= set(pairs)
    assert seen == set(product(range(8), repeat=2))


def drawn(task: Arithmetic, done: int) -> NDArray[Any]:
    """The inputs of all updates after the first `done`."""
    plans = list(task.plans(done))
    return np.concatenate([np.asarray(plan.examples.inputs)[:, row] for plan in plans for row in plan.rows], axis=1)


@pytest.mark.parametrize("done", [1, 249, 250, 251, 599])
def test_updates_ask_the_same_wherever_training_begins(done: int) -> None:
    task = Add(steps=600, batch=3)
    whole = drawn(task, 0)
    assert whole.shape[1] == 600 * 3
    assert np.array_equal(drawn(task, done), whole[:, done * 3 :])


@pytest.mark.parametrize("steps", [0, 250, 600])
def test_training_that_is_done_asks_for_nothing_more(steps: int) -> None:
    assert not list(Add(steps=steps).plans(steps))


def test_seed_decides_on_weights_and_pairs() -> None:
    a, b, other = Add(seed=1, steps=5), Add(seed=1, steps=5), Add(seed=2, steps=5)
    assert np.array_equal(drawn(a, 0), drawn(b, 0))
    assert not np.array_equal(drawn(a, 0), drawn(other, 0))
    assert np.array_equal(a.network().parameters.flat, b.network().parameters.flat)
    assert not np.array_equal(a.network().parameters.flat, other.network().parameters.flat)


# --- what is learned ---


@both
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_default_network_is_exact_on_every_pair_and_on_numbers_of_any_length(kind: type[Arithmetic], seed: int) -> None:
    model = elman.train(kind.name, seed=seed)
    assert model.passed
    assert model.metrics["exact"] == model.metrics["pairs"] == 65_536
    rng = random.Random(seed)
    pairs = [(rng.getrandbits(bits), rng.getrandbits(bits)) for bits in (10_000, 10_000, 1, 64)]
    pairs += [(2**10_000 - 1, 1), (1, 2**10_000 - 1), (0, 0)]
    assert model.predict(pairs) == [ANSWERS[kind.name](a, b) for a, b in pairs]


def test_borrow_that_is_left_is_the_sign() -> None:
    assert elman.train("subtract").predict([(3, 5), (5, 3), (5, 5), (0, 255)]) == [-2, 2, 0, -255]


@both
@pytest.mark.parametrize("bits", [4, 12])
def test_bits_set_the_length_of_the_operands_in_training(kind: type[Arithmetic], bits: int) -> None:
    model = elman.train(kind.name, bits=bits)
    assert model.passed
    # Beyond 10 bits there are too many pairs to try them all: 2^20 of them are drawn.
    assert model.metrics["pairs"] == min(4**bits, 4**10)
    assert model.metrics["exhaustive"] == (bits == 4)


@both
def test_network_without_recurrence_ends_where_a_function_of_the_present_bits_must(kind: type[Arithmetic]) -> None:
    model = elman.train(kind.name, cell="none")
    assert not model.passed
    assert model.metrics["exact"] == 6_561
    assert list(model.metrics["baselines"].values()) == [6_561]


@both
def test_no_function_of_the_present_bits_is_right_on_more_pairs_than_the_baseline(kind: type[Arithmetic]) -> None:
    task = kind()
    batch = task._batch(task.definition.words(task.pairs, task.steps_per_pair))
    x, targets = np.asarray(batch.inputs) > 0.5, np.asarray(batch.targets)[..., 0] > 0.5
    cases = 2 * x[..., 0] + x[..., 1]
    right = [(np.array(table)[cases] == targets).all(axis=0).sum() for table in product([False, True], repeat=4)]
    assert max(right) == 3**8 == 6_561


@pytest.mark.parametrize("inputs", [[(-1, 2)], [(1.0, 2)], [(1, 2, 3)], [5], ["12"], [(True, 1)], [(None, 1)]])
def test_what_is_no_pair_of_whole_numbers_is_refused(inputs: list[Any]) -> None:
    with pytest.raises(elman.DataError, match="input: expected"):
        elman.train("add", steps=0, bits=1).predict(inputs)


# --- the tutorials ---

# To the letter: sigmoid rnn 2 -> 16 -> 1 without biases, squared error, plain SGD, one pair per update.
TUTORIAL = {
    "cell": "rnn",
    "hidden": 16,
    "layers": 1,
    "bias": False,
    "noise": 0.0,
    "decay": 0.0,
    "loss": "squared_sigmoid",
    "reduction": "sum",
    "optimizer": "sgd",
    "halve": 0,
    "batch": 1,
    "steps": 10_000,
}
ADD = {"scale": 1.0, "rate": 0.1, "initial": 0.0, "bits": 7, "ordered": False}
SUBTRACT = {"scale": 0.05, "rate": 0.9, "initial": 0.1, "bits": 8, "ordered": True}


@pytest.mark.parametrize(("kind", "own"), [(Add, ADD), (Subtract, SUBTRACT)], ids=["add", "subtract"])
def test_tutorial_is_the_tutorials_network_to_the_letter(kind: type[Arithmetic], own: dict[str, Any]) -> None:
    task = kind(recipe="tutorial")
    settings = vars(task.settings)
    assert {name: settings[name] for name in TUTORIAL | own} == TUTORIAL | own
    assert task.architecture().nonlinearity == "sigmoid"

    weights = {name: array.shape for name, array in task.network().parameters.items()}
    assert weights == {"weight_ih_l0": (16, 2), "weight_hh_l0": (16, 16), "head.weight": (1, 16)}
    flat = task.network().parameters.flat
    assert 0.9 * own["scale"] < np.abs(flat).max() <= own["scale"]
    assert flat.min() < 0 < flat.max()

    plan = next(task.plans(0))
    pairs, _ = asked(task, plan.examples)
    answers = decode(np.asarray(plan.examples.targets)[..., 0] > 0.5)  # never negative here
    assert plan.rows.shape[1] == 1
    assert np.shape(plan.examples.inputs)[0] == 8
    assert answers == [ANSWERS[kind.name](a, b) for a, b in pairs]
    assert 0.9 * 2 ** own["bits"] < max(map(max, pairs)) < 2 ** own["bits"]
    assert all(a >= b for a, b in pairs) == own["ordered"]


@pytest.mark.parametrize(("name", "pairs"), [("add", 16_384), ("subtract", 32_896)])
def test_tutorial_ends_exact(name: str, pairs: int) -> None:
    # Not every seed's network does: `python -m benchmarks seeds` counts them.
    model = elman.train(name, recipe="tutorial")
    assert (model.metrics["exact"], model.metrics["pairs"]) == (pairs, pairs)


def test_options_go_above_the_recipe() -> None:
    settings = vars(Add(recipe="tutorial", hidden=5, rate=0.2).settings)
    assert (settings["hidden"], settings["rate"], settings["bits"]) == (5, 0.2, 7)


@pytest.mark.parametrize(
    ("options", "helps"),
    [
        ({"cell": "none"}, "--cell rnn"),
        ({"recipe": "tutorial"}, "without --recipe tutorial"),
        ({"noise": 0.0, "steps": 5}, "--noise 0.4"),
        ({"noise": 0.0, "steps": 5, "nonlinearity": "tanh"}, "--noise 0.6"),
        ({"steps": 0}, "it had 0 updates, where 2,000 are usual: try --steps 2000; or another seed, --seed 1"),
        ({"steps": 5, "halve": 2}, "it had 5 updates, where 2,000 are usual: try --steps 2000 --halve 500; or"),
        ({"steps": 5, "halve": 0}, "try --steps 2000; or another seed"),
        ({"steps": 4000, "halve": 1000, "seed": 3}, "try another seed, --seed 4"),
        ({"cell": "lstm", "layers": 2}, "one layer can carry, and the defaults are for one: --layers 1"),
    ],
)
def test_what_helps_is_said_where_training_did_not_end_well(options: dict[str, Any], helps: str) -> None:
    task = Add(**options)
    assert helps in task.advice(False, None)
    assert helps in task.advice(True, "refuted")
    assert task.advice(True, "proven") == task.advice(True, None) == ""


def test_another_seed_comes_first_where_only_the_proof_is_missing() -> None:
    assert (
        Add().advice(True, "undecided") == "try another seed, --seed 1; or a longer training, --steps 4000 --halve 1000"
    )
    assert Add().advice(False, None) == "try --steps 4000 --halve 1000; or another seed, --seed 1"
    assert "--steps" not in Add(steps=4000).advice(True, "refuted")  # what did not help once is not doubled again
    function = Transducer(function="a != 7", base=5)
    assert function.advice(True, "undecided").startswith(
        "try another seed, --seed 1; or a longer training, --steps 16000"
    )


def test_tutorials_hint_is_true() -> None:
    assert elman.train("add", recipe="tutorial").prove().verdict == "refuted"
    assert elman.train("add").prove().verdict == "proven"
