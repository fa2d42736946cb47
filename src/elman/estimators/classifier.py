"""SequenceClassifier: a class for each sequence, as an estimator of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.estimators.estimator import SequenceEstimator
from elman.estimators.scikit import ClassifierMixin, check_classification_targets, checking
from elman.estimators.targets import one_each
from elman.tasks.labelled.classify import Classify
from elman.tasks.labelled.measures import softmax


class SequenceClassifier(ClassifierMixin, SequenceEstimator):  # type: ignore[misc]
    """A class for each sequence: the task `classify`, as an estimator of scikit-learn.

    Sequences `X` are a list of arrays (T_i, F), each of its own length, or of data frames, whose columns of strings are
    categories; or an array (N, T, F). Or they are a list of
    lists of strings, or of strings, whose steps are symbols. Or they are a table (N, T): each row is a series of T
    steps with one number each. NaN is a missing value. Numbers are scaled by what is learned from.

    What is None is chosen from the data, as the task does it; `model_.task.settings` tells what was chosen.

    Args:
        cell: "gru", "lstm", "rnn" (Elman, 1990), or "none", the feed-forward contrast.
        layers: recurrent layers.
        hidden: units of each layer and direction.
        bidirectional: read each sequence from both ends.
        readout: what an answer rests on: "last", the last step of each direction, "mean", "max" or "attention".
        embedding: numbers that stand for a symbol.
        dropout: between layers.
        output_dropout: of what the readout gives.
        smoothing: the share of all classes alike in what is aimed at. With it probabilities are less sharp.
        batch: sequences of an update.
        rate: of Adam, at the beginning; it falls as a cosine.
        clip: the longest gradient that is taken as it is.
        epochs: how often all is read at most.
        validate: the share that is held out, on which the best network is chosen; 0: none. None is 0.1, or 0 of
            fewer than 100 sequences.
        every: updates between two validations.
        patience: validations without a better one, after which it stops; 0: never.
        minutes: an upper bound on the training.
        random_state: a seed, whole number. None or a RandomState: one is drawn.

    After `fit`, `classes_` (K,) are the classes and `model_` is the `Model`: `model_.save(path)` writes it for the
    command line and `elman.load`. `n_features_in_` is there where X was a table.
    """

    _task = Classify
    classes_: NDArray[Any]

    def __init__(
        self,
        *,
        cell: str = "gru",
        layers: int = 1,
        hidden: int | None = None,
        bidirectional: bool = True,
        readout: str = "last",
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
        self.readout = readout
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
            y: (N,) the class of each: numbers or strings.
            groups: (N,) of whom or what each is: no group is both learned and held out.

        Raises:
            DataError: X is none of these, or y has one class only.
            ConfigError: a parameter is wrong.
        """
        steps = self._steps(X, fitting=True)
        given = one_each(self, steps, y)
        with checking("y"):
            check_classification_targets(given)
            classes, labels = np.unique(given, return_inverse=True)
        answers = {"labels": labels.astype(np.int64), "classes": tuple(map(str, classes.tolist()))}
        self._learn(steps, answers, groups)
        self.classes_ = classes
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """(N, K) probabilities, in the order of `classes_`."""
        return softmax(self._outputs(self._steps(X)))

    def predict(self, X: Any) -> NDArray[Any]:
        """(N,) the likeliest class of each."""
        best = self._outputs(self._steps(X)).argmax(axis=1)
        found: NDArray[Any] = self.classes_[best]
        return found
