"""What is as good without a recurrent network: linear models of scikit-learn, and where it is installed, of aeon."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError
from elman.tasks.labelled import timeseries
from elman.tasks.labelled.answers import Answers, Baseline, flat
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Examples, Inputs
from elman.tasks.labelled.measures import Numbers

SUMMARY = "means, deviations, least, largest, first and last values"
STEP = "each step alone"
ITERATIONS = 1000


def baselines(
    answers: Answers, learned: Examples, scored: Examples, symbols: int | None, seed: int
) -> Iterator[Baseline]:
    """What answers to what is scored, after what is learned.

    Args:
        answers: what is said.
        learned: what models learn from.
        scored: what they answer to.
        symbols: of the inputs; None where these are numbers.
        seed: of models that draw.

    Raises:
        ConfigError: scikit-learn is not installed.
    """
    yield linear(answers, learned, scored, symbols, seed)
    if not learned.per_step and symbols is None:
        yield from timeseries.baselines(answers, learned, scored, seed)


def summaries(inputs: list[Inputs], symbols: int | None) -> Numbers:
    """(N, S) of each sequence: statistics of each input, and the length; of symbols, the share of each."""
    if symbols is not None:
        shares = [np.bincount(one, minlength=symbols) / len(one) for one in inputs]
        return np.column_stack([shares, [len(one) for one in inputs]])
    return np.array([[*_statistics(one.astype(np.float64)), len(one)] for one in inputs])


def _statistics(x: NDArray[np.float64]) -> Numbers:
    return np.concatenate([x.mean(0), x.std(0), x.min(0), x.max(0), x[0], x[-1]])


def linear(answers: Answers, learned: Examples, scored: Examples, symbols: int | None, seed: int) -> Baseline:
    """Logistic or ridge regression on a summary of each sequence, or on each step alone."""
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression, RidgeCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler
    except ImportError:
        raise ConfigError(
            "baselines: expected scikit-learn; it is not installed", "pip install 'elman[sklearn]'"
        ) from None
    classes, per_step = isinstance(answers, Classes), learned.per_step
    name = f"{'logistic' if classes else 'ridge'} regression on {STEP if per_step else SUMMARY}"
    one_hot = per_step and symbols is not None
    model: Any = make_pipeline(
        OneHotEncoder(handle_unknown="ignore") if one_hot else StandardScaler(),
        LogisticRegression(max_iter=ITERATIONS, random_state=seed) if classes else RidgeCV(np.logspace(-3, 3, 13)),
    )
    known, asked = (_read(one.inputs, symbols, per_step=per_step) for one in (learned, scored))
    values = flat(learned.values)
    there = ~answers.missing(values)
    targets = answers.targets(values[there])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what it has by then is a fair baseline
        model.fit(known[there], targets)
    if not classes:
        return Baseline(name, np.asarray(model.predict(asked), np.float64).reshape(len(asked), 1))
    found = np.full((len(asked), answers.outputs), -np.inf)
    found[:, model.classes_] = model.predict_log_proba(asked)
    return Baseline(name, found)


def _read(inputs: list[Inputs], symbols: int | None, *, per_step: bool) -> Numbers:
    """(M, S) of each sequence, or of each step."""
    if not per_step:
        return summaries(inputs, symbols)
    found = flat(inputs).astype(np.float64)
    return found if symbols is None else found[:, None]
