"""Models of time series of the package aeon, where it is installed: MiniRocket, and the nearest neighbour by DTW."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.tasks.labelled.answers import Answers, Baseline, Flat
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Examples, Inputs

MINIROCKET = "MiniRocket"  # Dempster, Schmidt and Webb (2021)
DTW = "the nearest neighbour by dynamic time warping"
KERNEL = 9  # steps of the kernels of MiniRocket: shorter sequences are padded up to there
MOST = 20_000  # sequences that MiniRocket learns from: it makes 10,000 numbers of each
CELLS = 1e10  # numbers that dynamic time warping compares at most: about a minute


def baselines(answers: Answers, learned: Examples, scored: Examples, seed: int) -> Iterator[Baseline]:
    """What each answers to what is scored, after what is learned; nothing where aeon is not installed."""
    kind, role = ("classification", "Classifier") if isinstance(answers, Classes) else ("regression", "Regressor")
    try:
        kernels = getattr(import_module(f"aeon.{kind}.convolution_based"), f"MiniRocket{role}")
        neighbours = getattr(import_module(f"aeon.{kind}.distance_based"), f"KNeighborsTimeSeries{role}")
    except ImportError:
        return
    targets = answers.targets(np.asarray(learned.values))
    yield _kernels(answers, kernels(random_state=seed), learned, targets, scored)
    yield _neighbours(answers, neighbours(n_neighbors=1, distance="dtw"), learned, targets, scored)


def _kernels(answers: Answers, model: Any, learned: Examples, targets: Flat, scored: Examples) -> Baseline:
    """MiniRocket, whose sequences have one length."""
    if len(learned.inputs) > MOST:
        return Baseline(MINIROCKET, None, why=f"it learns from {MOST:,} sequences at most, for its memory")
    longest = max(KERNEL, *(len(one) for one in [*learned.inputs, *scored.inputs]))
    return _answered(
        answers, MINIROCKET, model, padded(learned.inputs, longest), targets, padded(scored.inputs, longest)
    )


def _neighbours(answers: Answers, model: Any, learned: Examples, targets: Flat, scored: Examples) -> Baseline:
    """The nearest neighbour; lengths may differ."""
    known, asked = (sum(map(len, one.inputs)) for one in (learned, scored))
    if (cells := known * asked * learned.inputs[0].shape[1]) > CELLS:
        return Baseline(DTW, None, why=f"it would compare {cells:.1g} numbers; {CELLS:.1g} are the most")
    lists = [[np.ascontiguousarray(one.T, np.float64) for one in part.inputs] for part in (learned, scored)]
    return _answered(answers, DTW, model, lists[0], targets, lists[1])


def padded(inputs: Sequence[Inputs], length: int) -> NDArray[np.float64]:
    """(N, I, length), with 0 behind the end of a sequence: the mean of the training part."""
    found = np.zeros((len(inputs), inputs[0].shape[1], length))
    for place, one in enumerate(inputs):
        found[place, :, : len(one)] = one.T
    return found


def _answered(answers: Answers, name: str, model: Any, known: Any, targets: Flat, asked: Any) -> Baseline:
    """The answers of a model of aeon as outputs of a network that has no doubt."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its dependencies, about each other
        model.fit(known, targets.reshape(-1))
        found = np.asarray(model.predict(asked))
    if not isinstance(answers, Classes):
        return Baseline(name, found.astype(np.float64).reshape(-1, 1))
    y = np.full((len(found), answers.outputs), -np.inf)
    y[np.arange(len(found)), found.astype(np.int64)] = 0
    return Baseline(name, y, certain=True)
