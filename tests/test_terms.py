"""Terms: extra logits from outside of a network, whose weights it learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
import naive
from gradcheck import check_gradients
from instances import (
    LENGTHS,
    LOSSES,
    NOISES,
    OUTPUTS,
    RANKINGS,
    ROWS,
    STEPS,
    Array,
    answers,
    assert_close,
    inner,
    random_answers,
    random_inputs,
    random_network,
    random_state,
    random_targets,
)

EXACT = 1e-12
MATRIX_ROWS = 5


def random_terms(rng: np.random.Generator, network: elman.Network) -> list[elman.Term]:
    """As many as the network has; some rows of their matrices are empty, and some answers have none."""
    a, found = network.architecture, []
    for _ in range(a.terms):
        counts = rng.integers(0, min(12, a.outputs + 1), MATRIX_ROWS)
        counts[1] = 0
        total = int(counts.sum())
        found.append(
            elman.Term(
                rows=rng.integers(-1, MATRIX_ROWS, answers(network)),
                indptr=np.concatenate([[0], counts.cumsum()]),
                indices=rng.integers(a.outputs, size=total),
                data=rng.standard_normal(total),
            )
        )
    return found


def dense(network: elman.Network, terms: Sequence[elman.Term]) -> list[Array]:
    """The values of each term for every answer and output."""
    found = []
    for term in terms:
        rows, begins = np.asarray(term.rows), np.asarray(term.indptr)
        values = np.zeros((*rows.shape, network.architecture.outputs))
        for place in np.ndindex(rows.shape):
            if rows[place] >= 0:
                some = slice(begins[rows[place]], begins[rows[place] + 1])
                np.add.at(values[place], np.asarray(term.indices)[some], np.asarray(term.data)[some])
        found.append(values)
    return found


OPTIONS: list[dict[str, Any]] = [
    {"cell": "gru", "layers": 2, "bidirectional": True},
    {"cell": "lstm", "bias": False, "readout": "attention"},
    {"cell": "rnn", "symbols": True, "embedding": 5, "tied": True, "initial": "learned"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=["steps", "readout", "tied"])
def test_answers_are_those_of_the_oracle(options: dict[str, Any], rng: np.random.Generator) -> None:
    network = random_network(rng, terms=3, **options)
    x, terms = random_inputs(rng, network, STEPS, ROWS), random_terms(rng, network)
    a = network.architecture.to_json()
    wanted = naive.forward(a, network.parameters, x, LENGTHS, terms=dense(network, terms))
    y, final = network.forward(x, lengths=LENGTHS, terms=terms)
    assert_close({"y": y, **final}, {"y": wanted.y, **wanted.state}, EXACT)
    np.testing.assert_array_equal(network.trace(x, lengths=LENGTHS, terms=terms)["y"], y)
    without = naive.forward(a, network.parameters, x, LENGTHS)
    assert not np.allclose(without.y, y)


@pytest.mark.parametrize("options", OPTIONS, ids=["steps", "readout", "tied"])
def test_vjp_is_the_derivative(options: dict[str, Any], rng: np.random.Generator) -> None:
    network = random_network(rng, terms=2, **options)
    x, terms, state = random_inputs(rng, network, STEPS, ROWS), random_terms(rng, network), None
    if network.architecture.initial != "learned":
        state = random_state(rng, network, ROWS)
    dy, dstate = random_answers(rng, network), random_state(rng, network, ROWS)

    def value() -> float:
        y, final = network.forward(x, state, LENGTHS, terms)
        return inner({"y": dy, **dstate}, {"y": y, **final})

    found = network.vjp(x, dy, dstate, state, LENGTHS, terms=terms)
    tensors, gradients = dict(network.parameters), dict(found.parameters)
    if state is not None:
        tensors |= state
        gradients |= found.state
    check_gradients(value, tensors, gradients)


@pytest.mark.parametrize("name", ["bits", "symbols, both", *RANKINGS])
def test_gradient_of_a_loss_is_its_derivative(name: str, rng: np.random.Generator) -> None:
    loss = (LOSSES | RANKINGS)[name]
    many = 40 if name in RANKINGS else OUTPUTS
    network = random_network(rng, outputs=many, cell="gru", terms=2, layers=2, **NOISES)
    targets = rng.integers(many, size=answers(network)) if loss.symbols else random_targets(rng, loss, answers(network))
    terms = random_terms(rng, network)
    for term in terms[:1]:  # values at the right answers too
        np.asarray(term.indices)[:] = np.resize(targets[0], len(np.asarray(term.indices))) if loss.symbols else 0
    given: dict[str, Any] = {
        "x": random_inputs(rng, network, STEPS, ROWS),
        "targets": targets,
        "loss": loss,
        "lengths": LENGTHS,
        "weights": rng.integers(0, 3, answers(network)),
        "noise_key": 4,
        "terms": terms,
    }
    found = network.loss_and_gradient(**given).gradient
    assert found["terms.weight"].any() and found["terms.bias"].all()
    check_gradients(lambda: network.loss_and_gradient(**given).loss, network.parameters, found)


def test_loss_with_negatives_is_that_of_the_oracle(rng: np.random.Generator) -> None:
    loss = RANKINGS["sampled_symbols, refined"]
    network = random_network(rng, outputs=40, cell="gru", terms=2)
    x, terms = random_inputs(rng, network, STEPS, ROWS), random_terms(rng, network)
    targets = rng.integers(40, size=(STEPS, ROWS))
    y = network.forward(x, terms=terms)[0]
    found = network.loss_and_gradient(x, targets, loss=loss, noise_key=4, terms=terms).loss
    assert found == pytest.approx(naive.loss(loss.name, y, targets, **vars(loss), key=4), rel=EXACT)


def test_new_network_begins_without_them(rng: np.random.Generator) -> None:
    network = elman.Network(3, 4, terms=2)
    x = rng.standard_normal((STEPS, ROWS, 3))
    plain = elman.Network.of(elman.Architecture(inputs=3, outputs=4))
    for name, values in plain.parameters.items():
        values[...] = network.parameters[name]
    with_terms = network.forward(x, terms=random_terms(rng, network))[0]
    np.testing.assert_array_equal(with_terms, plain.forward(x)[0])
    assert {n: v.shape for n, v in network.state_dict("terms").items()} == {"weight": (2, 16), "bias": (2,)}


def test_training_finds_the_weight_of_a_term_that_tells_the_answer() -> None:
    """Of some rows of a plan, in windows: each term goes with its own step of its own row."""
    rng = np.random.default_rng(0)
    network = elman.Network(5, 30, symbols=True, cell="gru", hidden=8, terms=1, seed=0)
    x, targets = rng.integers(5, size=(8, 20)), rng.integers(30, size=(8, 20))
    term = elman.Term(rows=targets, indptr=np.arange(31), indices=np.arange(30), data=np.ones(30))
    batch = elman.Batch(inputs=x, targets=targets, terms=[term])
    plan = elman.Plan(
        examples=batch,
        rows=rng.permuted(np.tile(np.arange(3, 19), (200, 1)), axis=1)[:, :4],
        starts=rng.integers(0, 5, 200),
        steps=4,
    )
    trainer = elman.Trainer(network, loss="symbols", optimizer=elman.Adam(0.05))
    [event] = trainer.run([plan])
    assert event.losses[-20:].mean() < 0.3 < event.losses[:5].mean()
    y = network.forward(x, terms=[term])[0]
    assert (y.argmax(-1) == targets).mean() > 0.95


def test_stream_takes_them_step_by_step(rng: np.random.Generator) -> None:
    network = random_network(rng, cell="gru", terms=2)
    x, terms = random_inputs(rng, network, STEPS, ROWS), random_terms(rng, network)
    stream = network.stream(batch=ROWS)
    y = [stream.step(one, [at(term, t) for term in terms]) for t, one in enumerate(x)]
    np.testing.assert_allclose(np.stack(y), network.forward(x, terms=terms)[0], rtol=EXACT)
    with pytest.raises(elman.ShapeError, match="terms: expected 2, as many as the network has; found 0"):
        stream.step(x[0])


def at(term: elman.Term, t: int) -> elman.Term:
    return elman.Term(rows=np.asarray(term.rows)[t], indptr=term.indptr, indices=term.indices, data=term.data)


def test_window_and_thread_make_no_difference(rng: np.random.Generator) -> None:
    """More cells than one window of inference has, and than one chunk of the head."""
    network = random_network(rng, outputs=7, cell="gru", terms=1)
    x = rng.standard_normal((70, 9, 6))
    values = rng.standard_normal((630, 7))
    term = elman.Term(
        rows=np.arange(630).reshape(70, 9),
        indptr=np.arange(631) * 7,
        indices=np.tile(np.arange(7), 630),
        data=values.ravel(),
    )
    plain = random_network(np.random.default_rng(0), outputs=7, cell="gru")
    for name, own in plain.parameters.items():
        own[...] = network.parameters[name]
    network.parameters["terms.weight"][...] = 0
    wanted = plain.forward(x)[0] + network.parameters["terms.bias"][0] * values.reshape(70, 9, 7)
    np.testing.assert_allclose(network.forward(x, terms=[term])[0], wanted, rtol=EXACT, atol=EXACT)


def test_file_of_a_network_with_terms_is_loaded(tmp_path: Any) -> None:
    network = elman.Network(3, 4, terms=2)
    network.save(tmp_path / "network")
    assert elman.Network.load(tmp_path / "network").architecture == network.architecture


GOOD: dict[str, Any] = {"rows": np.zeros((2, 1), int), "indptr": [0, 2], "indices": [0, 1], "data": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rows": [[0], [1]]}, r"terms\[0\].rows: expected whole numbers from -1 to 0; found 0 to 1"),
        ({"rows": [0, 0]}, r"terms\[0\].rows: expected shape \(2, 1\)"),
        ({"indptr": [0, 3]}, r"terms\[0\].indptr: expected whole numbers that rise from 0 to 2"),
        ({"indptr": [0, 2, 1, 2]}, r"terms\[0\].indptr: expected whole numbers that rise"),
        ({"indptr": []}, r"terms\[0\].indptr: expected whole numbers that rise"),
        ({"indices": [0, 2]}, r"terms\[0\].indices: expected whole numbers from 0 to 1; found 0 to 2"),
        ({"data": [1.0, np.nan]}, r"terms\[0\].data: expected finite numbers"),
        ({"data": [1.0]}, r"terms\[0\].indptr: expected whole numbers that rise from 0 to 1|indices: expected shape"),
    ],
)
def test_matrix_that_is_none_is_refused(changed: dict[str, Any], message: str) -> None:
    network = elman.Network(3, 2, terms=1)
    network.forward(np.zeros((2, 1, 3)), terms=[elman.Term(**GOOD)])
    with pytest.raises(elman.ShapeError, match=message):
        network.forward(np.zeros((2, 1, 3)), terms=[elman.Term(**{**GOOD, **changed})])


def test_other_numbers_of_terms_are_refused() -> None:
    term, x = elman.Term(**GOOD), np.zeros((2, 1, 3))
    with pytest.raises(elman.ShapeError, match="terms: expected 1, as many as the network has; found 0"):
        elman.Network(3, 2, terms=1).forward(x)
    with pytest.raises(elman.ShapeError, match="terms: expected 0, as many as the network has; found 1"):
        elman.Network(3, 2).forward(x, terms=[term])
    with pytest.raises(elman.ConfigError, match=r"terms: expected elman.Term, one after another"):
        elman.Network(3, 2, terms=1).forward(x, terms=term)  # type: ignore[arg-type]
    with pytest.raises(elman.ShapeError, match="sample: expected a network without terms"):
        network = elman.Network(2, 2, symbols=True, terms=1)
        network.stream().sample([0], np.zeros((1, 1)))


def test_argument_of_rows_that_are_not_used_may_be_anything(rng: np.random.Generator) -> None:
    network = random_network(rng, terms=1)
    x = random_inputs(rng, network, STEPS, ROWS)
    rows: NDArray[np.integer[Any]] = np.zeros((STEPS, ROWS), int)
    rows[np.arange(STEPS)[:, None] >= LENGTHS] = 99
    network.forward(x, lengths=LENGTHS, terms=[elman.Term(**{**GOOD, "rows": rows})])
