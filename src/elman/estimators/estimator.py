"""What the estimators share: sequences in, a model of a task inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.estimators.frames import framed, holds_words
from elman.estimators.scikit import (
    BaseEstimator,
    check_array,
    check_consistent_length,
    check_is_fitted,
    check_random_state,
    checking,
    validate_data,
)
from elman.estimators.steps import Steps, symbolic
from elman.models import Model, Training
from elman.models.run import complete
from elman.network import Network
from elman.tables import Feature
from elman.tables.memory import in_memory
from elman.tables.words import listed
from elman.tasks.labelled.tabled import Tabled

BESIDE = ("random_state", "minutes")  # parameters that are no settings of the task
MOST = (1 << 31) - 1


class SequenceEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Learns a task of labels or numbers from sequences in memory; parameters are settings of the task."""

    _task: ClassVar[type[Tabled]]
    _rows_are_series: ClassVar[bool] = True  # else a row of a table is one step
    random_state: Any
    minutes: float | None
    model_: Model

    def _learn(self, steps: Steps, answers: Mapping[str, Any], groups: Iterable[Any] | None, **settings: Any) -> None:
        """Trains a model.

        Args:
            steps: what it reads.
            answers: `labels` and `classes`, or `targets`, as `in_memory` takes them.
            groups: (N,) of whom or what a sequence is.
            settings: of the task, beside those that are parameters.
        """
        given = {name: value for name, value in self.get_params().items() if name not in BESIDE}
        kind = self._task
        chosen = kind.settings_type.of(kind.recipes, {**given, **settings, "seed": self._seed()})
        features, values = steps.features()
        table = in_memory(
            "data", features, values, steps.lengths, chosen.columns, groups=_groups(groups, steps), **answers
        )
        # The frames between here and whoever called `fit`, whom warnings are about.
        model = complete(Training(kind.on_table(table, chosen)), self.minutes, None)
        learned = model.task
        assert isinstance(learned, Tabled)
        # What it learned from is not kept: an estimator is pickled, and sent to other processes.
        self.model_ = replace(model, task=kind(learned.known, learned.settings, learned.fingerprint()))

    def _seed(self) -> int:
        given = self.random_state
        if given is None or isinstance(given, np.random.RandomState):
            return int(check_random_state(given).randint(MOST))
        return given  # type: ignore[no-any-return]  # the settings check it

    def _steps(self, X: Any, fitting: bool = False) -> Steps:
        """The sequences of any X that is taken; checked."""
        if fitting:
            for name in ("n_features_in_", "feature_names_in_"):  # of a fit before this, to a table
                if hasattr(self, name):
                    delattr(self, name)
        else:
            check_is_fitted(self)
        if not isinstance(X, np.ndarray) and len(getattr(X, "shape", ())) == 1:
            X = list(X)  # a column of a data frame, such as one of texts
        with checking("X"):
            return self._known(self._laid_out(X, fitting), fitting)

    def _laid_out(self, X: Any, fitting: bool) -> Steps:
        """The sequences, one behind the other."""
        # As scikit-learn has it, lists of lists of numbers are a table, if all have one length: of series, here.
        if _is_list(X) and not (self._rows_are_series and _rectangular(X)):
            return Steps.listed(X, () if fitting else self._features)
        if holds_words(X):
            return self._framed(X, fitting)
        least = {"dtype": np.float64, "ensure_all_finite": "allow-nan", "ensure_min_samples": 2 if fitting else 1}
        if getattr(X, "ndim", 2) == 3:
            values = check_array(X, allow_nd=True, **least)
            count, steps, width = values.shape
            return Steps(values.reshape(-1, width), np.full(count, steps), "array")
        if fitting or hasattr(self, "n_features_in_"):
            values = validate_data(self, X, reset=fitting, **least)
        else:
            values = check_array(X, **least)
        count, width = values.shape
        if self._rows_are_series:
            return Steps(values.reshape(-1, 1), np.full(count, width), "table")
        named = tuple(Feature(name, "number") for name in getattr(self, "feature_names_in_", ()))
        return Steps(values, np.ones(count, np.int64), "table", named)

    def _framed(self, X: Any, fitting: bool) -> Steps:
        """The steps of a table with strings, a row for each."""
        if self._rows_are_series:
            raise DataError(
                "X: expected a table of numbers, whose rows are series; found one with strings",
                "in a list of data frames, one for each sequence, columns of strings are categories",
            )
        validate_data(self, X, reset=fitting, skip_check_array=True)
        features, [values] = framed([X], () if fitting else self._features)
        return Steps(values, np.ones(len(values), np.int64), "table", features)

    def _known(self, steps: Steps, fitting: bool) -> Steps:
        """The same; a DataError where the model learned from others."""
        if fitting:
            return steps
        if steps.known == self._features and steps.form == "table":
            return steps
        if symbolic(self._features) and steps.form != "list":
            names = listed([one.name for one in self._features])
            raise DataError(f"X: expected a data frame with the columns {names}, as in training; found numbers")
        encode = self._codec.encode()
        if steps.symbols != encode.of_symbols:
            wanted, found = ("strings", "numbers")[:: 1 if encode.of_symbols else -1]
            raise DataError(f"X: expected sequences of {wanted}, as in training; found {found}")
        if not steps.symbols and steps.values.shape[1] != encode.width:
            raise DataError(f"X: expected {encode.width} features, as in training; found {steps.values.shape[1]}")
        return steps

    @property
    def _features(self) -> tuple[Feature, ...]:
        """As the model knows them: one more category is unknown."""
        found: tuple[Feature, ...] = self._codec.features
        return found

    @property
    def _codec(self) -> Any:
        task = self.model_.task
        assert isinstance(task, Tabled)
        return task.known

    def _outputs(self, steps: Steps) -> NDArray[Any]:
        """What the network says: (N, K), or with an answer for each step (R, K)."""
        encode = self._codec.encode()
        inputs = encode.names(steps.values.tolist()) if steps.symbols else encode(steps.values)
        found = _exact(self.model_.network).outputs(steps.apart(inputs))
        return found if isinstance(found, np.ndarray) else np.concatenate(found)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags


def _exact(network: Network) -> Network:
    """The same in float64: in float32, what is said of a sequence depends in the last digits on those beside it."""
    found = Network.of(replace(network.architecture, dtype="float64"))
    found.parameters.flat = network.parameters.flat
    return found


def _is_list(given: Any) -> bool:
    """Whether it is a list of sequences, or an array of objects that is one; else an array of numbers."""
    if isinstance(given, list | tuple):
        return True
    return isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype.kind in "OU"


def _rectangular(given: Any) -> bool:
    """Whether these are lists of as many numbers each."""
    plain = all(isinstance(one, list | tuple) and not any(map(np.ndim, one)) for one in given)
    numbers = plain and not any(isinstance(step, str) for one in given for step in one)
    return numbers and len(given) > 0 and len({len(one) for one in given}) == 1


def _groups(groups: Iterable[Any] | None, steps: Steps) -> NDArray[np.int64] | None:
    if groups is None:
        return None
    with checking("groups"):
        given = np.asarray(list(groups))
        check_consistent_length(given, steps.lengths)
        found: NDArray[np.int64] = np.unique(given, return_inverse=True)[1].astype(np.int64)
    return found
