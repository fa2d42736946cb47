"""SequenceRegressor: a number for each sequence, as an estimator of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.estimators.estimator import SequenceEstimator
from elman.estimators.scikit import RegressorMixin, checking
from elman.estimators.targets import one_each
from elman.tasks.labelled.classify import Classify


class SequenceRegressor(RegressorMixin, SequenceEstimator):  # type: ignore[misc]
    """A number for each sequence: the task `classify` with a target, as an estimator of scikit-learn.

    `X`, parameters and `model_` are those of `SequenceClassifier`. Targets are scaled by what is learned from.

    Args:
        loss: "squared", "huber" (outliers count less), or "pinball" (for the median).
    """

    _task = Classify

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
        loss: str = "squared",
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
        self.loss = loss
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
            y: (N,) the number of each.
            groups: (N,) of whom or what each is: no group is both learned and held out.

        Raises:
            DataError: X or y is none of these.
            ConfigError: a parameter is wrong.
        """
        steps = self._steps(X, fitting=True)
        given = one_each(self, steps, y)
        with checking("y"):
            targets = given.astype(np.float64)
        self._learn(steps, {"targets": targets[:, None]}, groups, target="y")
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """(N,) a number for each."""
        outputs = self._outputs(self._steps(X))
        told = self._codec.answers.told(outputs)
        return np.array([one["output"] for one in told], np.float64)
