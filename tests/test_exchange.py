"""Processes that share each update: the same training as one process with the whole batch.

Threads stand for processes here: what they exchange goes through one barrier. tests/test_ranks.py has real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest

import elman
from elman.network.checks import Array

SIZES: dict[str, Any] = {"layers": 2, "hidden": 7, "seed": 3}


class Meeting:
    """An exchange of so many threads."""

    def __init__(self, size: int) -> None:
        self.size, self.calls = size, 0
        self._barrier, self._found = Barrier(size), [np.zeros(0)] * size

    def of(self, rank: int) -> Callable[[Array], None]:
        def exchange(flat: Array) -> None:
            self._found[rank] = flat.copy()
            self._barrier.wait(60)
            flat[...] = np.sum(self._found, axis=0)
            self.calls += rank == 0
            self._barrier.wait(60)

        return exchange


def together(size: int, task: Callable[..., Any]) -> list[Any]:
    """What `task(exchange=…, part=…)` gives in each of so many processes, at once."""
    meeting = Meeting(size)
    found: list[Any] = [None] * size

    def one(rank: int) -> None:
        try:
            found[rank] = task(exchange=meeting.of(rank), part=(rank, size))
        except BaseException as error:
            found[rank] = error
            meeting._barrier.abort()

    threads = [Thread(target=one, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in found:
        if isinstance(error, Exception):
            raise error
    return found


def examples(rows: int, steps: int = 9, seed: int = 0, **more: Any) -> elman.Batch:
    rng = np.random.default_rng(seed)
    return elman.Batch(
        inputs=rng.integers(0, 6, (steps, rows)),
        targets=rng.integers(0, 5, (steps, rows)),
        lengths=rng.integers(1, steps + 1, rows),
        weights=rng.integers(0, 3, (steps, rows)) / 2,
        **more,
    )


NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "dropped": {"dropout": 0.3, "output_dropout": 0.4, "weight_dropout": 0.2},
    "noisy": {"cell": "rnn", "noise": 0.3, "layers": 1},
    "embedded": {"embedding": 4, "cell": "gru", "bidirectional": True, "output_dropout": 0.5},
    "read": {"readout": "mean", "output_dropout": 0.5, "initial": "learned"},
}


def trained(batches: Sequence[elman.Batch], settings: dict[str, Any], dtype: str, **trainer: Any) -> Any:
    """A trainer after these updates, and its losses."""
    network = elman.Network(6, 5, symbols=True, dtype=dtype, **{**SIZES, **settings})
    more: dict[str, Any] = {
        "optimizer": elman.Adam(0.01),
        "clip_norm": 0.5,
        "averaging": 0.9,
        "loss": "symbols",
    } | trainer
    found = elman.Trainer(network, seed=5, **more)
    return found, [event.loss for event in found.run(batches)]


@pytest.mark.parametrize("rows", [5, 2, 1])
@pytest.mark.parametrize("kind", NETWORKS)
def test_processes_learn_as_one_does(kind: str, rows: int) -> None:
    """Noise and dropout go by a row's number in the whole batch; where there are more processes, some have no row."""
    settings = NETWORKS[kind]
    carries = settings.get("readout") is None and not settings.get("bidirectional")
    batches = [examples(rows, seed=u, carry=carries and u > 0) for u in range(40)]
    if settings.get("readout"):
        batches = [elman.Batch(inputs=b.inputs, targets=np.asarray(b.targets)[0], lengths=b.lengths) for b in batches]
    alone, losses = trained(batches, settings, "float64")
    for trainer, found in together(3, lambda **share: trained(batches, settings, "float64", **share)):
        np.testing.assert_allclose(found, losses, rtol=1e-12)
        np.testing.assert_allclose(
            trainer.network.parameters.flat, alone.network.parameters.flat, rtol=0, atol=1e-12, strict=True
        )
        for name, values in alone.arrays().items():
            np.testing.assert_allclose(trainer.arrays()[name], values, rtol=0, atol=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_array_holds_gradient_losses_and_weights(reduction: str) -> None:
    """And after the exchange those of the whole batch: in float32, to 1e-6 of the gradient."""
    batch = examples(6)
    seen: list[Array] = []
    network = elman.Network(6, 5, symbols=True, **SIZES)
    alone = network.loss_and_gradient(
        batch.inputs, batch.targets, loss="symbols", lengths=batch.lengths, weights=batch.weights, reduction=reduction
    )

    def task(exchange: Any, part: tuple[int, int]) -> float:
        def watched(flat: Array) -> None:
            exchange(flat)
            if len(flat) == own.parameters.flat.size + 2:  # later, states
                seen.append(flat)

        own = elman.Network(6, 5, symbols=True, **SIZES)
        trainer = elman.Trainer(own, loss="symbols", reduction=reduction, exchange=watched, part=part)
        [event] = trainer.run([batch])
        return event.loss

    assert together(2, task) == [pytest.approx(alone.loss, rel=1e-6)] * 2
    assert len(seen) == 2
    running = np.arange(9)[:, None] < np.asarray(batch.lengths)
    mass = (np.asarray(batch.weights) * running).sum()
    gradient = alone.gradient.flat
    for flat in seen:  # scaled where it lies
        assert flat.dtype == np.float32
        assert np.linalg.norm(flat[:-2] - gradient) <= 1e-6 * np.linalg.norm(gradient)
        assert flat[-1] == pytest.approx(mass)
        assert flat[-2] == pytest.approx(alone.loss * (mass if reduction == "mean" else 1), rel=1e-6)


@pytest.mark.parametrize("optimizer", [elman.LazyAdam(0.05), elman.SGD(0.1), elman.Adagrad(0.1)])
def test_rows_that_others_met_are_updated_too(optimizer: elman.Optimizer) -> None:
    """Optimizers that leave alone what does not occur leave alone what occurs nowhere."""
    rng = np.random.default_rng(1)
    batches = [elman.Batch(inputs=rng.integers(0, 300, (3, 4)), targets=rng.integers(0, 300, (3, 4))) for _ in range(6)]
    loss = elman.SampledCrossEntropy(negatives=7, popularity=np.ones(300))

    def learned(embedding: int | None, **share: Any) -> Array:
        network = elman.Network(300, 300, symbols=True, embedding=embedding, hidden=5, dtype="float64", seed=2)
        trainer = elman.Trainer(network, loss=loss, optimizer=optimizer, **share)
        assert len(list(trainer.run(batches))) == 6
        return network.parameters.flat

    for embedding in (4, None):
        alone = learned(embedding)
        for found in together(2, lambda e=embedding, **share: learned(e, **share)):
            np.testing.assert_allclose(found, alone, rtol=0, atol=1e-13)


def test_fit_is_the_same_fit() -> None:
    """Validations are those of rank 0."""
    rng = np.random.default_rng(0)
    sequences = [rng.standard_normal((n, 2)) for n in rng.integers(1, 8, 60)]
    labels = [int(one.sum() > 0) for one in sequences]

    def fitted(**share: Any) -> tuple[elman.Fitted, Array]:
        network = elman.Network(2, 2, hidden=5, readout="last", dtype="float64", seed=0)
        trainer = elman.Trainer(network, loss="symbols", optimizer=elman.Adam(0.02), **share)
        return trainer.fit(sequences, labels, batch=7, epochs=12, every=5, patience=3), network.parameters.flat

    alone, parameters = fitted()
    for found, flat in together(2, fitted):
        assert found.updates == alone.updates
        assert found.update == alone.update
        assert [v.loss for v in found.validations] == pytest.approx([v.loss for v in alone.validations], rel=1e-10)
        np.testing.assert_allclose(flat, parameters, rtol=0, atol=1e-12)


def test_the_clock_of_rank_0_ends_a_fit_of_all() -> None:
    """After the same update, of the one as of the others."""
    sequences = [np.full((3, 1), one) for one in np.linspace(-1, 1, 20)]

    def updates(**share: Any) -> tuple[int, int]:
        network = elman.Network(1, 1, hidden=3, readout="last", seed=0)
        trainer = elman.Trainer(network, loss="squared", **share)
        minutes = 0.001 if trainer.part[0] == 0 else None
        fitted = trainer.fit(sequences, np.ones(20), epochs=1 << 30, patience=0, minutes=minutes)
        assert fitted.interrupted
        return fitted.updates, trainer.updates

    found = together(2, updates)
    assert len({one for both in found for one in both}) == 1


def test_what_is_not_finite_is_so_everywhere() -> None:
    """Each process ends with the error, after the same update."""

    def task(**share: Any) -> int:
        network = elman.Network(1, 1, hidden=3, readout="last", seed=0)
        trainer = elman.Trainer(network, loss="squared", optimizer=elman.SGD(1.0), **share)
        calm = elman.Batch(inputs=np.zeros((2, 4, 1)), targets=np.zeros((4, 1)))
        wild = elman.Batch(inputs=np.zeros((2, 4, 1)), targets=np.array([[0], [0], [0], [3e38]]))
        with pytest.raises(elman.NotFiniteError, match="update 2: the loss"):
            list(trainer.run([calm, wild]))
        return trainer.updates

    assert together(2, task) == [1, 1]


def test_an_exchange_that_fails_leaves_the_last_whole_update() -> None:
    """Its error comes out, and the update was not applied."""
    network = elman.Network(6, 5, symbols=True, **SIZES)
    calls: list[Array] = []

    def exchange(flat: Array) -> None:
        if len(calls) == 2:
            raise ConnectionError("gone")
        calls.append(network.parameters.flat.copy())

    trainer = elman.Trainer(network, loss="symbols", exchange=exchange)
    plan = elman.Plan(examples=examples(12), rows=np.arange(12).reshape(4, 3))
    with pytest.raises(ConnectionError, match="gone"):
        next(trainer.run([plan]))
    assert trainer.updates == len(calls) == 2
    left = network.parameters.flat.copy()
    assert not np.array_equal(calls[1], left)
    with pytest.raises(ConnectionError, match="gone"):
        next(trainer.run([plan]))
    np.testing.assert_array_equal(network.parameters.flat, left)


def test_a_share_is_one_of_some() -> None:
    """Wrong ones are refused before anything is learned."""
    network = elman.Network(2, 1, **SIZES)
    with pytest.raises(elman.ConfigError, match="exchange: expected a function"):
        elman.Trainer(network, exchange=3)  # type: ignore[arg-type]
    for part in ((2, 2), (-1, 2), (0, 0), (0.0, 2), 1):
        with pytest.raises(elman.ConfigError, match="part: expected this process's number"):
            elman.Trainer(network, exchange=print, part=part)  # type: ignore[arg-type]
    with pytest.raises(elman.ConfigError, match="without an exchange"):
        elman.Trainer(network, part=(0, 2))
