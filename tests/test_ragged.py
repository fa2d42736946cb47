"""Sequences of different lengths: what is checked of them, and that beside others they are what they are alone."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.network import ragged
from elman.network.losses import loss_of
from elman.training.sequences import Sequences
from elman.training.validating import validate

Array = np.ndarray[Any, Any]
LENGTHS = (3, 7, 1, 5, 7, 2)
INPUTS, OUTPUTS = 4, 3
READOUTS = ("steps", "last", "mean")


def network(**options: Any) -> elman.Network:
    return elman.Network(INPUTS, OUTPUTS, **{"hidden": 5, "seed": 1, **options})


def sequences(rng: np.random.Generator, symbols: bool = False) -> list[Array]:
    if symbols:
        return [rng.integers(0, INPUTS, length) for length in LENGTHS]
    return [rng.standard_normal((length, INPUTS)) for length in LENGTHS]


def targets(rng: np.random.Generator, readout: str, loss: str) -> Any:
    if readout != "steps":
        shape: tuple[int, ...] = (len(LENGTHS),)
        return rng.integers(0, OUTPUTS, shape) if loss == "symbols" else rng.random((*shape, OUTPUTS))
    shapes = [(length,) for length in LENGTHS]
    return [rng.integers(0, OUTPUTS, s) if loss == "symbols" else rng.random((*s, OUTPUTS)) for s in shapes]


# --- side by side ---


def test_pad_puts_sequences_side_by_side(rng: np.random.Generator) -> None:
    given = sequences(rng)
    x, lengths = elman.pad(given)
    assert (x.shape, str(x.dtype), lengths.tolist()) == ((7, 6, INPUTS), "float64", list(LENGTHS))
    for column, one in enumerate(given):
        np.testing.assert_array_equal(x[: len(one), column], one)
        assert not x[len(one) :, column].any()


def test_pad_takes_symbols_and_lists_and_one_input() -> None:
    x, lengths = elman.pad([[1, 2, 3], [4]])
    assert (x.tolist(), str(x.dtype), lengths.tolist()) == ([[1, 4], [2, 0], [3, 0]], "int32", [3, 1])
    x, _ = elman.pad([np.array([0.5, 1.5], np.float32), [2.0]])
    assert (x.shape, str(x.dtype)) == ((2, 2, 1), "float64")
    x, _ = elman.pad(np.zeros((3, 2, 4), np.float32))
    assert (x.shape, str(x.dtype)) == ((2, 3, 4), "float32")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("symbols", [False, True])
@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("at_once", [1, 1 << 20])
def test_outputs_are_those_of_each_alone(
    at_once: int, readout: str, symbols: bool, dtype: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ragged, "PIECE", at_once)
    net, given = network(readout=readout, symbols=symbols, dtype=dtype), sequences(rng, symbols)
    found = net.outputs(given)
    assert len(found) == len(given)
    for one, y in zip(given, found, strict=True):
        alone = net.forward(one[:, None])[0]
        np.testing.assert_allclose(y, alone[0] if readout != "steps" else alone[:, 0], rtol=1e-5, atol=1e-6)
        assert y.dtype == dtype


def test_pieces_hold_like_lengths_and_no_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ragged, "PIECE", 14 * (INPUTS + OUTPUTS))
    lengths = np.array([3, 7, 1, 5, 7, 2, 20], np.int32)
    found = list(ragged.pieces(network().architecture, lengths))
    assert [lengths[rows].tolist() for rows in found] == [[20], [7, 7], [5, 3], [2, 1]]
    assert sorted(np.concatenate(found)) == list(range(7))


def test_pieces_of_a_bidirectional_network_hold_no_more_inside_it_than_they_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Gates and states of whole sequences: 3 + 1 numbers of each of two layers, two directions and H units."""
    monkeypatch.setattr(ragged, "INSIDE", 14 * 2 * 2 * 5 * 4)
    net = elman.Network(INPUTS, OUTPUTS, cell="gru", layers=2, hidden=5, bidirectional=True, readout="last")
    lengths = np.array([3, 7, 1, 5, 7, 2, 20], np.int32)
    found = list(ragged.pieces(net.architecture, lengths))
    assert [lengths[rows].tolist() for rows in found] == [[20], [7, 7], [5, 3], [2, 1]]


PEAK = """
import numpy as np
import elman

def peak():  # not that of `resource`, which begins with that of the process that started this one
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

network = elman.Network(4, 2, cell="gru", hidden=64, bidirectional=True, readout="last", seed=0)
sequences = [np.zeros((50, 4), np.float32)] * 1200
network.outputs(sequences[:10])
before = peak()
network.outputs(sequences)
print((peak() - before) * 1024 / (60_000 * 2 * 64 * 4 * 4))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say so")
def test_outputs_of_many_sequences_take_the_memory_of_some() -> None:
    """Of what is inside of a network that reads all of them at once."""
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.5  # 0.33 was measured; 1.3 at once


# --- what it costs ---


@pytest.mark.parametrize("loss", ["symbols", "squared", elman.CrossEntropy(class_weights=[1, 2, 0.5])])
@pytest.mark.parametrize(("readout", "weighted"), [*product(READOUTS, ["", "sequences"]), ("steps", "steps")])
def test_validation_is_the_mean_of_what_each_costs(
    readout: str, loss: Any, weighted: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ragged, "PIECE", 14 * (INPUTS + OUTPUTS))
    kind, net = loss_of(loss), network(readout=readout, dtype="float64")
    x, t = sequences(rng), targets(rng, readout, kind.name)
    w: Any = {"": None, "sequences": rng.random(len(x)), "steps": [rng.random(len(one)) for one in x]}[weighted]
    rows = np.array([5, 0, 3, 1])
    data = Sequences.of(net.architecture, kind, x, t, w)
    found = validate(net, 9, kind, data, rows)
    total = mass = right = counted = 0.0
    for row in rows:
        answer = t[row][:, None] if readout == "steps" else t[row : row + 1]
        weight = np.broadcast_to(1.0 if w is None else w[row], len(x[row]) if readout == "steps" else 1)
        costs = net.losses(x[row][:, None], answer, loss=loss)[0].reshape(-1)
        classes = np.array(getattr(loss, "class_weights", [1, 1, 1]))
        total += (costs * weight).sum()
        mass += (weight * (classes[answer.ravel()] if kind.symbols else 1)).sum()
        y = net.forward(x[row][:, None])[0].reshape(-1, OUTPUTS)
        if kind.symbols:
            right += (weight * (y.argmax(1) == answer.ravel())).sum()
            counted += weight.sum()
    assert found.update == 9
    assert found.loss == pytest.approx(total / mass, rel=1e-12)
    assert found.accuracy == (pytest.approx(right / counted) if kind.symbols else None)
    batch = data.batch(rows)  # as training has it
    one = net.loss_and_gradient(batch.inputs, batch.targets, loss=loss, lengths=batch.lengths, weights=batch.weights)
    assert found.loss == pytest.approx(one.loss, rel=1e-12)


def test_target_of_weight_0_may_be_anything(rng: np.random.Generator) -> None:
    net, x = network(), sequences(rng)
    for loss, missing in (("symbols", -1), ("squared", np.nan)):
        t = targets(rng, "steps", loss)
        w = [np.ones(len(one)) for one in x]
        t[1][4], w[1][4] = missing, 0
        data = Sequences.of(net.architecture, loss_of(loss), x, t, w)
        assert not np.any(data.targets[1][4])
        assert t[1][4] == -1 if loss == "symbols" else np.isnan(t[1][4]).all()
        with pytest.raises(elman.ShapeError, match=r"targets\[1\]\[4"):
            Sequences.of(net.architecture, loss_of(loss), x, t)


# --- what is refused ---


def with_(values: Any, row: int, one: Any) -> list[Any]:
    return [*values[:row], one, *values[row + 1 :]]


def nan_at(values: Array, *place: int) -> Array:
    found = values.copy()
    found[place] = np.nan
    return found


REFUSED: dict[str, tuple[Any, str]] = {
    "a number": (lambda x: 3, "sequences: expected a list; found 3"),
    "text": (lambda x: "abc", "sequences: expected a list; found 'abc'"),
    "none": (lambda x: [], "sequences: expected at least one; found none"),
    "one alone": (lambda x: x[0], r"sequences\[0\]: expected an array \(steps, 4\); found shape \(4,\)"),
    "no array": (lambda x: with_(x, 2, None), r"sequences\[2\]: expected an array \(steps, 4\); found None"),
    "words": (lambda x: with_(x, 2, "abc"), r"sequences\[2\]: expected an array \(steps, 4\); found 'abc'"),
    "rows of different lengths": (
        lambda x: with_(x, 1, [[1], [1, 2]]),
        r"sequences\[1\]: expected an array; found rows",
    ),
    "empty": (lambda x: with_(x, 3, np.zeros((0, 4))), r"sequences\[3\]: expected at least one step; found none"),
    "other inputs": (lambda x: with_(x, 1, np.zeros((7, 5))), r"sequences\[1\]: .* \(steps, 4\); found shape \(7, 5\)"),
    "NaN": (lambda x: with_(x, 1, nan_at(x[1], 5, 2)), r"found nan at sequences\[1\]\[5, 2\]"),
    "objects": (lambda x: with_(x, 1, np.array([[None] * 4])), r"sequences\[1\]: expected real numbers; found object"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_sequences_are_refused_by_number_and_step(case: str, rng: np.random.Generator) -> None:
    change, message = REFUSED[case]
    x, t = sequences(rng), targets(rng, "last", "symbols")
    net = network(readout="last")
    for call in (lambda given: elman.Trainer(net, loss="symbols").fit(given, t), net.outputs):
        with pytest.raises(elman.ShapeError, match=message):
            call(change(x))


def test_hints_name_what_is_probably_meant(rng: np.random.Generator) -> None:
    x, net = sequences(rng), network()
    for given, hint in ((x[0], "`[array]`"), ([np.zeros((4, 9))], "array.T")):
        with pytest.raises(elman.ShapeError) as caught:
            net.outputs(given)
        assert hint in caught.value.hint
    with pytest.raises(elman.ShapeError) as caught:
        elman.Trainer(network(readout="last"), loss="symbols").fit(x, ["a"] * len(x))
    assert "numpy.unique" in caught.value.hint


@pytest.mark.parametrize(
    ("readout", "loss", "change", "message"),
    [
        ("last", "symbols", lambda t: t[:-1], "targets: expected 6, one for each sequence; found 5"),
        ("last", "symbols", lambda t: with_(t, 2, 3), r"targets\[2\]: expected a whole number from 0 to 2; found 3"),
        ("last", "symbols", lambda t: t + 0.5, "targets: expected an array of whole numbers from 0 to 2"),
        ("last", "squared", lambda t: t[:, :2], r"targets: expected an array \(sequences, 3\); found shape \(6, 2\)"),
        ("last", "squared", lambda t: nan_at(t, 4, 1), r"found nan at targets\[4, 1\]"),
        ("steps", "symbols", lambda t: with_(t, 1, t[1][:5]), r"targets\[1\]: expected 7 steps, .*; found 5"),
        ("steps", "symbols", lambda t: with_(t, 1, 2), r"targets\[1\]: expected an array of 7 steps, .*; found 2"),
        (
            "steps",
            "symbols",
            lambda t: with_(t, 3, t[3] - 9),
            r"targets\[3\]\[0\]: expected a whole number from 0 to 2",
        ),
        ("steps", "squared", lambda t: with_(t, 0, nan_at(t[0], 2, 1)), r"found nan at targets\[0\]\[2, 1\]"),
        ("steps", "squared", lambda t: with_(t, 0, t[0][:, :1]), r"targets\[0\]: expected an array \(steps, 3\)"),
    ],
)
def test_wrong_targets_are_refused_by_number_and_step(
    readout: str, loss: str, change: Any, message: str, rng: np.random.Generator
) -> None:
    trainer = elman.Trainer(network(readout=readout), loss=loss)
    with pytest.raises(elman.ShapeError, match=message):
        trainer.fit(sequences(rng), change(targets(rng, readout, loss)))
    assert trainer.updates == 0


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0] * 5, "weights: expected 6, one for each sequence; found 5"),
        ([1.0, -1.0, *[1.0] * 4], r"weights\[1\]\[0\]: expected none below 0; found -1.0"),
        ([np.ones(3), np.ones(6), *[1.0] * 4], r"weights\[1\]: expected 7 steps"),
        ([*[1.0] * 5, np.nan], r"weights\[5\]: expected finite numbers"),
        ([0.0] * 6, "weights: expected some above 0 among what is learned; found none in 5"),
    ],
)
def test_wrong_weights_are_refused(weights: Any, message: str, rng: np.random.Generator) -> None:
    with pytest.raises(elman.ShapeError, match=message):
        elman.Trainer(network()).fit(sequences(rng), targets(rng, "steps", "bits"), weights=weights)


def test_weights_that_leave_nothing_to_validate_with_are_refused(rng: np.random.Generator) -> None:
    given: dict[str, Any] = {"weights": [0, 1, 1, 1, 1, 1], "held_out": [0]}
    with pytest.raises(elman.ShapeError, match="among what is held out; found none in 1"):
        elman.Trainer(network()).fit(sequences(rng), targets(rng, "steps", "bits"), **given)
    weighted = elman.CrossEntropy(class_weights=[0, 1])
    trainer = elman.Trainer(network(readout="last"), loss=weighted)
    with pytest.raises(elman.ShapeError, match="among what is learned; found none in 5"):
        trainer.fit(sequences(rng), [0] * 6)
    assert trainer.updates == 0


@pytest.mark.parametrize("one", [[0, 4], [-1], [0.5], ["a"]])
def test_wrong_symbols_are_refused(one: Any) -> None:
    with pytest.raises(elman.ShapeError, match=r"sequences\[1\].*: expected .*whole number.* from 0 to 3"):
        network(symbols=True).outputs([[1, 2], one])


def test_one_output_needs_no_axis(rng: np.random.Generator) -> None:
    for readout in ("steps", "last"):
        net = elman.Network(1, 1, readout=readout, hidden=3)
        x = [rng.standard_normal(length) for length in LENGTHS]
        t = [rng.random(len(one)) for one in x] if readout == "steps" else rng.random(len(x))
        data = Sequences.of(net.architecture, loss_of("squared"), x, t)
        assert data.inputs[1].shape == (7, 1)
        assert np.shape(data.targets[1]) == ((7, 1) if readout == "steps" else (1,))
