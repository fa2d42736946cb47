"""The networks that the tests of the engine run over: every cell of its table, with every option.

All sizes differ, so that no axis can be mistaken for another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import elman

Array = NDArray[np.float64]

STEPS, ROWS, INPUTS, HIDDEN, OUTPUTS, EMBEDDING = 4, 3, 6, 5, 2, 7
LENGTHS = np.array([2, 4, 1])
SCALE = 0.8  # of the weights: gates work in their whole range, gradients neither vanish nor explode

KINDS = [(cell.name, f) for cell in elman.CELLS.values() for f in cell.nonlinearities or (None,)]
READS: dict[str, dict[str, Any]] = {
    "dense": {},
    "one-hot": {"symbols": True},
    "embedding": {"symbols": True, "embedding": EMBEDDING},
}


def tied(bidirectional: bool) -> dict[str, Any]:
    """Options of a network whose head has the embedding's weights."""
    return {"symbols": True, "embedding": HIDDEN * (1 + bidirectional), "tied": True}


BEGINS = {"constant": 0.3, "learned": "learned", "given": 0.0}


# Every loss, and those with options again with other ones.
LOSSES: dict[str, elman.Loss] = {
    "bits": elman.BinaryCrossEntropy(),
    "symbols": elman.CrossEntropy(),
    "symbols, weighted": elman.CrossEntropy(class_weights=(0.5, 3)),
    "symbols, smoothed": elman.CrossEntropy(smoothing=0.1),
    "symbols, both": elman.CrossEntropy(class_weights=(2, 0.3), smoothing=0.4),
    "squared": elman.SquaredError(),
    "squared_sigmoid": elman.SquaredErrorOfSigmoid(),
    "huber": elman.Huber(delta=0.4),
    "pinball": elman.Pinball(levels=(0.2, 0.7)),
}


# Those of one right answer beside negatives that are drawn, for so many outputs.
MANY = 40
POPULARITY = tuple(float(1 + (j * 7) % 11) for j in range(MANY))
RANKINGS: dict[str, elman.Ranking] = {
    **{
        f"sampled_symbols, {correction}": elman.SampledCrossEntropy(
            negatives=17, popularity=POPULARITY, alpha=0.7, uniform=0.2, correction=correction
        )
        for correction in ("refined", "logq", "none")
    },
    "bpr_max": elman.BPRMax(negatives=11, popularity=POPULARITY, regulariser=0.3),
    "top1_max": elman.TOP1Max(negatives=90),
}


class Case(NamedTuple):
    """A network and what it is run on; the last two are arguments of `forward`, None where it is to do without."""

    network: elman.Network
    x: NDArray[Any]
    state: elman.State | None
    lengths: NDArray[np.int64] | None


@dataclass(frozen=True)
class Instance:
    """A choice of everything, of which `build` makes a case with random numbers."""

    cell: str
    nonlinearity: str | None
    layers: int
    bidirectional: bool
    bias: bool
    reads: str
    begins: str
    ragged: bool
    readout: str = "steps"

    def __str__(self) -> str:
        """The name of its tests."""
        words = [
            f"{self.cell}-{self.nonlinearity}" if self.nonlinearity else self.cell,
            f"{self.layers}-layers",
            "bidirectional" if self.bidirectional else "forwards",
            "biases" if self.bias else "no-biases",
            self.reads,
            self.begins,
            "ragged" if self.ragged else "full",
            self.readout,
        ]
        return "-".join(words)

    def build(self, rng: np.random.Generator, **more: Any) -> Case:
        """A case; `more` are options of the network."""
        network = random_network(
            rng,
            cell=self.cell,
            nonlinearity=self.nonlinearity,
            layers=self.layers,
            bidirectional=self.bidirectional,
            bias=self.bias,
            initial=BEGINS[self.begins],
            readout=self.readout,
            **(tied(self.bidirectional) if self.reads == "tied" else READS[self.reads]),
            **more,
        )
        x = random_inputs(rng, network, STEPS, ROWS)
        state = random_state(rng, network, ROWS) if self.begins == "given" else None
        return Case(network, x, state, LENGTHS if self.ragged else None)


# Everything that is random in training, at once.
NOISES: dict[str, Any] = {"noise": 0.3, "dropout": 0.4, "output_dropout": 0.3, "weight_dropout": 0.2}

# One in three of all combinations of options: with the sum of their indices divisible by three, any four of the six
# options still meet in all their combinations, in every cell (test_gradcheck.py counts them).
OPTIONS: list[tuple[Any, ...]] = [(1, 2), (False, True), (True, False), tuple(READS), tuple(BEGINS), (False, True)]
INSTANCES = [
    Instance(cell, nonlinearity, *(option for _, option in choice))
    for cell, nonlinearity in KINDS
    for choice in product(*map(enumerate, OPTIONS))
    if sum(index for index, _ in choice) % 3 == 0
]

# Every readout in every cell, with one or two layers, in one or both directions, with and without biases; of the other
# options each, by turns.
READOUTS = ["last", "mean", "max", "attention"]
INSTANCES += [
    Instance(
        *kind,
        layers,
        bidirectional,
        bias,
        reads=list(READS)[(n + turn) % len(READS)],
        begins=list(BEGINS)[turn % len(BEGINS)],
        ragged=bidirectional or bias != n % 2,
        readout=readout,
    )
    for kind in KINDS
    for turn, (layers, bidirectional, bias) in enumerate(product(*OPTIONS[:3]))
    for n, readout in enumerate(READOUTS)
]

# Every cell with a head that has the embedding's weights; of the other options each, by turns.
TIED = [
    Instance(
        *kind,
        1 + n % 2,
        bidirectional=n % 3 == 1,
        bias=n % 4 > 0,
        reads="tied",
        begins=list(BEGINS)[n % len(BEGINS)],
        ragged=n % 2 == 0,
        readout=["steps", "steps", "mean"][n % 3],
    )
    for n, kind in enumerate(KINDS)
]


def random_network(
    rng: np.random.Generator, inputs: int = INPUTS, outputs: int = OUTPUTS, **options: Any
) -> elman.Network:
    """A network, in float64 unless said otherwise, whose parameters are all random, biases and initial states too."""
    options = {"hidden": HIDDEN, "dtype": "float64", **options}
    network = elman.Network.of(elman.Architecture(inputs=inputs, outputs=outputs, **options))
    network.initialise(rng, SCALE)
    return network


def random_inputs(rng: np.random.Generator, network: elman.Network, steps: int, rows: int) -> NDArray[Any]:
    """Normal numbers (T, B, I), or symbols (T, B)."""
    inputs = network.architecture.inputs
    if network.architecture.symbols:
        return rng.integers(inputs, size=(steps, rows))
    return rng.standard_normal((steps, rows, inputs))


def answers(network: elman.Network, steps: int = STEPS, rows: int = ROWS) -> tuple[int, ...]:
    """The shape of the answers: (T, B), or with a readout (B,)."""
    return (steps, rows) if network.architecture.per_step else (rows,)


def random_answers(rng: np.random.Generator, network: elman.Network, steps: int = STEPS, rows: int = ROWS) -> Array:
    """Targets, or cotangents of y, of normal numbers."""
    return rng.standard_normal((*answers(network, steps, rows), network.architecture.outputs))


def random_targets(rng: np.random.Generator, loss: elman.Loss, shape: tuple[int, ...]) -> NDArray[Any]:
    """Symbols of this shape, or numbers from 0 to 1 for each output."""
    return rng.integers(OUTPUTS, size=shape) if loss.symbols else rng.uniform(0, 1, (*shape, OUTPUTS))


def random_state(rng: np.random.Generator, network: elman.Network, rows: int) -> elman.State:
    """States, or cotangents of states, of normal numbers."""
    return elman.State(**{name: rng.standard_normal(zero.shape) for name, zero in network.new_state(rows).items()})


def inner(a: Mapping[str, Array], b: Mapping[str, Array]) -> float:
    """The sum of the products of all numbers with those of the same name."""
    return sum(float(np.vdot(a[name], b[name])) for name in a)


def assert_close(found: Mapping[str, Array], wanted: Mapping[str, Array], tolerance: float) -> None:
    """The same names, and numbers that are as close as the tolerance, which is both relative and absolute."""
    assert set(found) == set(wanted)
    for name in found:
        np.testing.assert_allclose(found[name], wanted[name], rtol=tolerance, atol=tolerance, err_msg=name)
