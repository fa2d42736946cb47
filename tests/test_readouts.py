"""One answer for each sequence: what is asked of it, trained by it, and read of a stream so far.

That readouts compute what they should, and their gradients, is held by the tests of every network (instances.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import elman
from instances import INPUTS, LENGTHS, OUTPUTS, READOUTS, ROWS, STEPS, Array, random_inputs, random_network


def rows_of(trace: elman.Trace, lengths: Array) -> list[Array]:
    """The outputs h (T_i, H) of a network of one layer in one direction, row by row."""
    return [trace["h"][0, 1 : end + 1, row] for row, end in enumerate(lengths)]


def test_trace_shows_how_much_attention_each_step_has(rng: np.random.Generator) -> None:
    network = random_network(rng, cell="rnn", readout="attention")
    trace = network.trace(random_inputs(rng, network, STEPS, ROWS), lengths=LENGTHS)
    weights = trace["attention"]
    assert weights.shape == (STEPS, ROWS)
    np.testing.assert_array_equal(weights[np.arange(STEPS)[:, None] >= LENGTHS], 0)
    np.testing.assert_allclose(weights.sum(0), 1, rtol=1e-14)
    read = [weights[: len(h), row] @ h for row, h in enumerate(rows_of(trace, LENGTHS))]
    np.testing.assert_allclose(trace["readout"], read, rtol=1e-13)
    assert np.ptp(weights[:, 1]) > 0.01  # it is no mean


@pytest.mark.parametrize("readout", READOUTS)
def test_scores_and_states_beyond_any_exponential_are_read(readout: str, rng: np.random.Generator) -> None:
    """Relu units without a bound: scores of ±1e6, whose exponentials are infinite or zero."""
    network = random_network(rng, cell="rnn", nonlinearity="relu", readout=readout)
    trace = network.trace(1e6 * random_inputs(rng, network, STEPS, ROWS), lengths=LENGTHS)
    for row, h in enumerate(rows_of(trace, LENGTHS)):
        wanted = {"last": h[-1], "mean": h.mean(0), "max": h.max(0)}
        if readout == "attention":
            scores = h @ network.parameters["attention.weight"][0]
            weights = np.exp(scores - scores.max())
            wanted["attention"] = weights @ h / weights.sum()
        np.testing.assert_allclose(trace["readout"][row], wanted[readout], rtol=1e-9)


def test_attention_begins_as_a_linear_layer_does() -> None:
    weight = elman.Network(2, 1, hidden=64, bidirectional=True, readout="attention").parameters["attention.weight"]
    assert weight.shape == (1, 128)
    bound = 1 / np.sqrt(128)
    assert 0.9 * bound < np.abs(weight).max() <= bound


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"targets": np.zeros((STEPS, ROWS, OUTPUTS))}, r"targets: expected shape \(3, 2\); found \(4, 3, 2\)"),
        ({"targets": np.zeros(ROWS)}, r"targets: expected shape \(3, 2\); found \(3,\)"),
        ({"targets": np.zeros((ROWS, OUTPUTS)), "loss": "symbols"}, r"targets: expected shape \(3\); found \(3, 2\)"),
        ({"weights": np.ones((STEPS, ROWS))}, r"weights: expected shape \(3\); found \(4, 3\)"),
        ({"weights": [1, -1, 1]}, "weights: expected none below 0; found -1.0"),
        ({"targets": [[0, 0], [0, np.nan], [0, 0]]}, r"targets: expected finite numbers; found nan at targets\[1, 1\]"),
    ],
)
def test_targets_and_weights_belong_to_rows(given: dict[str, Any], message: str, rng: np.random.Generator) -> None:
    network = random_network(rng, readout="mean")
    arguments = {"targets": np.zeros((ROWS, OUTPUTS)), "loss": "squared", **given}
    with pytest.raises(elman.ShapeError, match=message):
        network.loss_and_gradient(random_inputs(rng, network, STEPS, ROWS), **arguments)


def test_row_of_weight_zero_counts_for_nothing_whatever_its_target_is(rng: np.random.Generator) -> None:
    network = random_network(rng, readout="max")
    x, targets = random_inputs(rng, network, STEPS, ROWS), rng.standard_normal((ROWS, OUTPUTS))
    targets[1] = np.nan
    found = network.loss_and_gradient(x, targets, loss="squared", weights=[1, 0, 3])
    alone = [
        network.loss_and_gradient(x[:, [row]], targets[[row]], loss="squared", reduction="sum").loss for row in (0, 2)
    ]
    assert found.loss == pytest.approx((alone[0] + 3 * alone[1]) / 4, rel=1e-14)


# --- training ---


@pytest.mark.parametrize("readout", READOUTS)
def test_plan_reads_targets_and_weights_of_its_rows(readout: str, rng: np.random.Generator) -> None:
    """Of some of the columns, in any order: each update is that of a batch of those alone."""
    networks = [random_network(np.random.default_rng(1), cell="gru", readout=readout) for _ in range(2)]
    x, targets = random_inputs(rng, networks[0], STEPS, 9), rng.integers(OUTPUTS, size=9)
    lengths, weights = rng.integers(1, STEPS + 1, 9), rng.random(9)
    rows = np.array([[7, 2], [2, 5]])
    whole = elman.Batch(inputs=x, targets=targets, lengths=lengths, weights=weights)
    parts = [
        elman.Batch(inputs=x[:, some], targets=targets[some], lengths=lengths[some], weights=weights[some])
        for some in rows
    ]
    planned, single = (elman.Trainer(network, loss="symbols") for network in networks)
    [event] = planned.run([elman.Plan(examples=whole, rows=rows)])
    losses = [event.loss for event in single.run(parts)]
    np.testing.assert_array_equal(event.losses, losses)
    assert networks[0].parameters.flat.tobytes() == networks[1].parameters.flat.tobytes()


@pytest.mark.parametrize("readout", READOUTS)
def test_window_is_read_by_itself(readout: str, rng: np.random.Generator) -> None:
    """Row 0 ends before it: it has no answer there, and counts for nothing."""
    network = random_network(rng, cell="gru", readout=readout)
    x, targets = random_inputs(rng, network, 6, ROWS), rng.standard_normal((ROWS, OUTPUTS))
    examples = elman.Batch(inputs=x, targets=targets, lengths=[2, 6, 3])
    wanted = network.loss_and_gradient(x[2:5, 1:], targets[1:], loss="squared", lengths=[3, 1])
    trainer = elman.Trainer(network, loss="squared", optimizer=elman.SGD(0.1))
    before = network.parameters.flat.copy()
    plan = elman.Plan(examples=examples, rows=np.arange(ROWS)[None], starts=np.array([2]), steps=3)
    [event] = trainer.run([plan])
    assert event.loss == pytest.approx(wanted.loss, rel=1e-12)
    np.testing.assert_allclose(before - network.parameters.flat, 0.1 * wanted.gradient.flat, atol=1e-12)


def test_window_does_not_carry(rng: np.random.Generator) -> None:
    network = random_network(rng, readout="last")
    batch = elman.Batch(inputs=random_inputs(rng, network, STEPS, 2), targets=np.zeros((2, OUTPUTS)), carry=True)
    with pytest.raises(elman.ConfigError, match="carry: expected none with readout 'last'") as found:
        next(elman.Trainer(network, loss="squared").run([batch]))
    assert found.value.hint


@pytest.mark.parametrize("readout", READOUTS)
def test_small_network_learns_which_sequences_hold_a_sign(readout: str) -> None:
    """Beside the gradient check: ragged sequences, some of which hold a 3 somewhere."""
    rng = np.random.default_rng(0)
    x, lengths = rng.integers(3, size=(12, 400)), rng.integers(3, 13, 400)
    signed = rng.random(400) < 0.5
    x[rng.integers(0, lengths)[signed], np.flatnonzero(signed)] = 3
    network = elman.Network(4, 2, cell="gru", hidden=8, symbols=True, readout=readout, seed=1)
    batch = elman.Batch(inputs=x, targets=signed.astype(int), lengths=lengths)
    rows = np.stack([rng.permutation(400)[:40] for _ in range(300)])
    list(
        elman.Trainer(network, loss="symbols", optimizer=elman.Adam(0.02)).run([elman.Plan(examples=batch, rows=rows)])
    )
    y, _ = network.forward(x, lengths=lengths)
    assert (y.argmax(-1) == signed).mean() > 0.98


# --- streams ---


@pytest.mark.parametrize("readout", READOUTS)
def test_row_of_a_stream_begins_anew_where_nothing_is_read(readout: str, rng: np.random.Generator) -> None:
    network = random_network(rng, cell="lstm", readout=readout)
    x = random_inputs(rng, network, STEPS, 2)
    stream = network.stream(batch=2)
    stream.step(x[0])
    for values in stream.state.values():
        values[:, 1] = 0
    stream.reading["steps"][1] = 0
    stream.reading["readout"][1] = np.nan  # whatever it holds
    for step in x[1:]:
        y = stream.step(step)
    np.testing.assert_array_equal(stream.reading["steps"], [STEPS, STEPS - 1])
    np.testing.assert_allclose(y[0], network.forward(x[:, :1])[0][0], rtol=1e-12)
    np.testing.assert_allclose(y[1], network.forward(x[1:, 1:])[0][0], rtol=1e-12)


def test_reading_is_what_the_head_reads(rng: np.random.Generator) -> None:
    network = random_network(rng, readout="attention")
    x = random_inputs(rng, network, STEPS, ROWS)
    stream, trace = network.stream(batch=ROWS), network.trace(x)
    for step in x:
        stream.step(step)
    assert set(stream.reading) == {"readout", "steps", "logsumexp"}
    np.testing.assert_allclose(stream.reading["readout"], trace["readout"], rtol=1e-13)
    scores = np.stack([h @ network.parameters["attention.weight"][0] for h in trace["h"][0, 1:]])
    np.testing.assert_allclose(stream.reading["logsumexp"], np.log(np.exp(scores).sum(0)), rtol=1e-13)


def test_stream_that_answers_every_step_has_nothing_to_read() -> None:
    assert not elman.Network(2, 1).stream().reading


def test_stream_opened_with_a_state_begins_with_nothing_read(rng: np.random.Generator) -> None:
    network = random_network(rng, cell="gru", readout="mean")
    x = rng.standard_normal((STEPS, 1, INPUTS))
    first = network.stream()
    first.step(x[0])
    second = network.stream(first.state)
    wanted = network.forward(x[1:2], elman.State(h=first.state.h.copy()))[0]
    np.testing.assert_allclose(second.step(x[1]), wanted, rtol=1e-12)
