"""SequenceTagger: a label for each step, as an estimator of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.estimators.estimator import SequenceEstimator
from elman.estimators.scikit import checking
from elman.estimators.targets import of_steps
from elman.tasks.labelled.measures import softmax
from elman.tasks.labelled.tag import Tag


class SequenceTagger(SequenceEstimator):
    """A label for each step: the task `tag`, as an estimator of scikit-learn.

    `X` and parameters are those of `SequenceClassifier`; there is no readout, as each step is answered. `y` is a list
    of the labels of each sequence, (T_i,), or an array (N, T). A table (N, F) has one step in each row, and y is (N,).

    What scikit-learn calls a classifier has one label for each sequence, so it takes this for an estimator of neither
    kind: folds are not stratified. `score` is the share of steps whose label is right.
    """

    _task = Tag
    _rows_are_series = False
    classes_: NDArray[Any]

    def __init__(
        self,
        *,
        cell: str = "gru",
        layers: int = 1,
        hidden: int | None = None,
        bidirectional: bool = True,
        embedding: int | None = None,
        dropout: float = 0.0,
        output_dropout: float | None = None,
        smoothing: float | None = None,
        batch: int | None = None,
        rate: float = 0.005,
        clip: float = 1.0,
        epochs: int | None = None,
        validate: float | None = None,
        every: int | None = None,
        patience: int = 20,
        minutes: float | None = None,
        random_state: Any = 0,
    ) -> None:
        self.cell = cell
        self.layers = layers
        self.hidden = hidden
        self.bidirectional = bidirectional
        self.embedding = embedding
        self.dropout = dropout
        self.output_dropout = output_dropout
        self.smoothing = smoothing
        self.batch = batch
        self.rate = rate
        self.clip = clip
        self.epochs = epochs
        self.validate = validate
        self.every = every
        self.patience = patience
        self.minutes = minutes
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, groups: Iterable[Any] | None = None) -> Self:
        """Learns from N sequences.

        Args:
            X: the sequences.
            y: the labels of the steps of each: numbers or strings.
            groups: (N,) of whom or what each is: no group is both learned and held out.

        Raises:
            DataError: X or y is none of these, or y has one class only.
            ConfigError: a parameter is wrong.
        """
        steps = self._steps(X, fitting=True)
        given = of_steps(self, steps, y)
        with checking("y"):
            classes, labels = np.unique(given, return_inverse=True)
        answers = {"labels": labels.astype(np.int64), "classes": tuple(map(str, classes.tolist()))}
        self._learn(steps, answers, groups)
        self.classes_ = classes
        return self

    def predict_proba(self, X: Any) -> Any:
        """Probabilities of all classes for each step: a list of (T_i, K), or an array as X is one."""
        steps = self._steps(X)
        return steps.like(softmax(self._outputs(steps)))

    def predict(self, X: Any) -> Any:
        """The likeliest label of each step: a list of (T_i,), or an array as X is one."""
        steps = self._steps(X)
        best = self._outputs(steps).argmax(axis=1)
        return steps.like(self.classes_[best])

    def score(self, X: Any, y: Any) -> float:
        """The share of steps whose label is right."""
        steps = self._steps(X)
        best = self._outputs(steps).argmax(axis=1)
        return float(np.mean(self.classes_[best] == of_steps(self, steps, y)))
