"""Logistic regression on a summary of each sequence: what needs no recurrent network."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError
from elman.tasks.classify.codec import Examples, Inputs
from elman.tasks.classify.measures import Numbers

LOGISTIC = "logistic regression on means, deviations, least, largest, first and last values"
ITERATIONS = 1000


def summaries(inputs: list[Inputs], symbols: int | None) -> Numbers:
    """(N, S) of each sequence: statistics of each input, and the length; of symbols, the share of each."""
    if symbols is not None:
        shares = [np.bincount(one, minlength=symbols) / len(one) for one in inputs]
        return np.column_stack([shares, [len(one) for one in inputs]])
    return np.array([[*_statistics(one.astype(np.float64)), len(one)] for one in inputs])


def _statistics(x: NDArray[np.float64]) -> Numbers:
    return np.concatenate([x.mean(0), x.std(0), x.min(0), x.max(0), x[0], x[-1]])


def logistic(learned: Examples, scored: Examples, classes: int, symbols: int | None, seed: int) -> Numbers:
    """(N, K) probabilities of the sequences that are scored, after those that are learned.

    Raises:
        ConfigError: scikit-learn is not installed.
    """
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise ConfigError(
            "baselines: expected scikit-learn; it is not installed", "pip install 'elman[sklearn]'"
        ) from None
    model: Any = make_pipeline(StandardScaler(), LogisticRegression(max_iter=ITERATIONS, random_state=seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what it has by then is a fair baseline
        model.fit(summaries(learned.inputs, symbols), learned.labels)
    found = np.zeros((len(scored.inputs), classes))
    found[:, model.classes_] = model.predict_proba(summaries(scored.inputs, symbols))
    return found
