"""Small networks that learn side by side, one in each lane of the registers, learn the same bits as one by one."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import elman
from elman.training.beside import fit_beside, most_beside
from gradcheck import check_gradients
from instances import HIDDEN, INPUTS, KINDS, LOSSES, STEPS, random_network, random_targets

UPDATES = 6
NUMBERS = [name for name in LOSSES if not name.startswith("symbols")]
RULES: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": elman.SGD(0.003, weight_decay=0.1)},
    "momentum": {"optimizer": elman.SGD(0.003, momentum=0.9, nesterov=True), "averaging": 0.9, "reduction": "sum"},
    "rmsprop": {"optimizer": elman.RMSProp(0.01, momentum=0.5)},
    "adagrad": {"optimizer": elman.Adagrad(0.1)},
    "adam": {"optimizer": elman.Adam(0.01, weight_decay={"weight_ih*": 0.01}), "schedule": elman.Steps(every=4)},
    "adamw": {"optimizer": elman.AdamW(0.01)},
}
BEGINS: dict[str, Any] = {"zeros": 0.0, "constant": 0.3, "learned": "learned"}


class Crew:
    """Trainers whose networks differ in weights, data and seeds."""

    def __init__(self, count: int, loss: str, rule: str, **options: Any) -> None:
        self.trainers, self.plans = list[elman.Trainer](), list[elman.Plan]()
        for seed in range(count):
            rng = np.random.default_rng(seed)
            network = random_network(rng, **options)
            self.trainers.append(elman.Trainer(network, loss=LOSSES[loss], seed=seed, **RULES[rule]))
            targets = random_targets(rng, LOSSES[loss], (STEPS, UPDATES + seed))
            x = rng.standard_normal((STEPS, UPDATES + seed, INPUTS))
            rows = rng.permutation(UPDATES + seed)[:UPDATES, None]
            self.plans.append(elman.Plan(examples=elman.Batch(inputs=x, targets=targets), rows=rows, noise=0.7))

    def one_by_one(self) -> list[elman.Progress]:
        return [next(trainer.run([plan])) for trainer, plan in zip(self.trainers, self.plans, strict=True)]

    def beside(self) -> list[elman.Progress]:
        events = fit_beside(self.trainers, self.plans)
        assert events is not None
        return events

    def state(self) -> list[tuple[int, bytes, dict[str, bytes]]]:
        """All that there is of them, in bits."""
        return [
            (
                one.updates,
                one.network.parameters.flat.tobytes(),
                {name: values.tobytes() for name, values in one.arrays().items()},
            )
            for one in self.trainers
        ]


def lanes(dtype: str) -> int:
    crew = Crew(1, "bits", "sgd", cell="rnn", dtype=dtype)
    return most_beside(crew.trainers[0], crew.plans[0])


def compare(count: int, loss: str, rule: str, **options: Any) -> None:
    alone, beside = Crew(count, loss, rule, **options), Crew(count, loss, rule, **options)
    before = alone.state()
    for _ in range(2):  # the second call goes on from moments and counts
        expected, events = alone.one_by_one(), beside.beside()
        assert [e.losses.tobytes() for e in events] == [e.losses.tobytes() for e in expected]
        assert [(e.update, e.rate) for e in events] == [(e.update, e.rate) for e in expected]
        assert beside.state() == alone.state()
    assert all(one != other for one, other in zip(before, alone.state(), strict=True))


CASES = list(product(KINDS, (HIDDEN, 16), (True, False)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("number", "kind", "hidden", "bias"), [(n, *case) for n, case in enumerate(CASES)])
def test_the_same_bits_as_one_by_one(
    number: int, kind: tuple[str, str | None], hidden: int, bias: bool, dtype: str
) -> None:
    """Each cell, of whole registers and of others, beside every loss, optimizer and beginning in turn."""
    cell, nonlinearity = kind
    options = {"cell": cell, "nonlinearity": nonlinearity, "hidden": hidden, "bias": bias, "dtype": dtype}
    for turn, begins in enumerate(BEGINS.values()):
        loss, rule = NUMBERS[(number + turn) % len(NUMBERS)], list(RULES)[(number + 2 * turn) % len(RULES)]
        count = max(1, lanes(dtype) - (number + turn) % 3)
        compare(count, loss, rule, initial=begins, noise=0.3 * (turn != 1), **options)


def test_many_and_few_outputs_inputs_and_steps() -> None:
    for loss, rule in product(NUMBERS, RULES):
        compare(2, loss, rule, cell="rnn", noise=0.1)
    rng = np.random.default_rng(0)
    for sizes in ((1, 1, 1), (1, 9, 3), (13, 1, 5), (2, 1, 16), (3, 2, 19)):
        inputs, outputs, hidden = sizes
        states = []
        for together in (False, True):
            trainers, plans = [], []
            for seed in range(3):
                rng = np.random.default_rng(seed)
                network = elman.Network(inputs, outputs, cell="gru", hidden=hidden, seed=seed)
                trainers.append(elman.Trainer(network, loss="squared", seed=seed))
                x, y = rng.random((hidden, 4, inputs)), rng.random((hidden, 4, outputs))
                plans.append(elman.Plan(examples=elman.Batch(inputs=x, targets=y), rows=np.arange(4)[:, None]))
            if together:
                assert fit_beside(trainers, plans) is not None
            else:
                for trainer, plan in zip(trainers, plans, strict=True):
                    next(trainer.run([plan]))
            states.append([one.network.parameters.flat.tobytes() for one in trainers])
        assert states[0] == states[1], sizes


@pytest.mark.parametrize("begins", BEGINS)
@pytest.mark.parametrize(("cell", "nonlinearity"), KINDS)
def test_gradients_pass_the_check(cell: str, nonlinearity: str | None, begins: str) -> None:
    """The first momentum is the gradient."""
    options = {"cell": cell, "nonlinearity": nonlinearity, "initial": BEGINS[begins], "dtype": "float64"}
    crew = Crew(2, "bits", "momentum", **options)
    crew.plans = [plan.part(0, 1) for plan in crew.plans]
    for trainer in crew.trainers:
        trainer.optimizer = elman.SGD(0.0, momentum=0.9)
    events = crew.beside()
    for trainer, plan, event in zip(crew.trainers, crew.plans, events, strict=True):
        column = plan.rows[0, 0]
        x, y = (np.asarray(a)[:, [column]] for a in (plan.examples.inputs, plan.examples.targets))
        network = trainer.network

        def value(network: elman.Network = network, x: Any = x, y: Any = y) -> float:
            return float(network.losses(x, y, loss="bits")[0].sum())

        assert event.losses[0] == pytest.approx(value(), rel=1e-12)
        gradient = elman.Network.of(network.architecture).parameters
        gradient.flat = trainer.first
        check_gradients(value, dict(network.parameters), dict(gradient))


def test_where_a_number_is_not_finite_nothing_is_done() -> None:
    crew = Crew(2, "squared", "momentum", cell="rnn", nonlinearity="relu")  # as many as the narrowest registers hold
    crew.trainers[1].network.parameters.flat *= np.float32(1e15)
    before = crew.state()
    with np.errstate(over="ignore"):
        assert fit_beside(crew.trainers, crew.plans) is None
    assert crew.state() == before
    with pytest.raises(elman.NotFiniteError, match=r"^update \d"):
        next(crew.trainers[1].run([crew.plans[1]]))


def test_what_differs_in_more_is_refused_and_others_go_alone() -> None:
    crew = Crew(2, "bits", "sgd", cell="rnn")
    assert most_beside(crew.trainers[0], crew.plans[0]) > 1
    crew.trainers[1].optimizer = elman.SGD(0.2)
    with pytest.raises(elman.ConfigError, match="side by side: expected trainers and plans that differ in weights"):
        fit_beside(crew.trainers, crew.plans)

    def alone(plan: dict[str, Any] = {}, loss: str = "bits", trainer: dict[str, Any] = {}, **network: Any) -> bool:  # noqa: B006
        one = Crew(1, loss, "sgd", **{"cell": "rnn", **network})
        for name, value in trainer.items():
            setattr(one.trainers[0], name, value)
        examples = elman.Batch(**{**vars(one.plans[0].examples), **plan.pop("examples", {})})
        given = elman.Plan(**{**vars(one.plans[0]), "examples": examples, **plan})
        return most_beside(one.trainers[0], given) == 1

    assert not alone()
    assert alone(loss="symbols")
    assert alone(layers=2)
    assert alone(bidirectional=True)
    assert alone(hidden=200)
    assert alone(trainer={"clip_norm": 1.0})
    assert alone(trainer={"clip_value": 1.0})
    assert alone({"rows": np.arange(6).reshape(3, 2)})
    assert alone({"carry": np.zeros(UPDATES, bool)})
    assert alone({"examples": {"lengths": np.full(UPDATES, STEPS)}})
    assert alone({"examples": {"weights": np.ones((STEPS, UPDATES))}})
