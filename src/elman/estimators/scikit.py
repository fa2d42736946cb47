"""What of scikit-learn the estimators stand on: the one file that imports it for them."""

from collections.abc import Iterator
from contextlib import contextmanager

from elman.errors import ConfigError, DataError, ElmanError

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import (
        assert_all_finite,
        check_array,
        check_consistent_length,
        check_is_fitted,
        column_or_1d,
        validate_data,
    )
except ImportError:
    raise ConfigError(
        "estimators: expected scikit-learn 1.6 or newer; it is not installed", "pip install 'elman[sklearn]'"
    ) from None


class WrongTypeError(DataError, TypeError):
    """Where scikit-learn has a TypeError."""


@contextmanager
def checking(where: str) -> Iterator[None]:
    """What scikit-learn and NumPy refuse within, as an error of elman that says what was given."""
    try:
        yield
    except ElmanError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        kind = WrongTypeError if isinstance(error, TypeError) else DataError
        raise kind(f"{where}: {error}") from None


__all__ = [
    "BaseEstimator",
    "ClassifierMixin",
    "RegressorMixin",
    "assert_all_finite",
    "check_array",
    "check_classification_targets",
    "check_consistent_length",
    "check_is_fitted",
    "check_random_state",
    "checking",
    "column_or_1d",
    "validate_data",
]
