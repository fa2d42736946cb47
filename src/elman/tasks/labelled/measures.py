"""How good probabilities of classes are: what scikit-learn measures by these names, from one table of counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Labels = NDArray[np.int64]

TOLD = 100  # classes, of each of which something is told
BINS = 15  # of confidence, as in Guo et al. (2017)
LEAST = float(np.finfo(np.float64).tiny)  # a probability is taken for no less than this


def softmax(logits: NDArray[np.floating[Any]]) -> Numbers:
    """(N, K) probabilities."""
    exponentials: Numbers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials


def measures(probabilities: Numbers, labels: Labels, names: list[str], unit: str = "sequences") -> dict[str, Any]:
    """Of answers, against the labels.

    Args:
        probabilities: (N, K), N above 0, of the K classes that a network knows.
        labels: (N,) from 0 on. Those from K on are of classes that it does not know: all its answers are wrong.
        names: of all classes.
        unit: what N counts: sequences, or steps.

    Returns:
        N, `accuracy balanced_accuracy macro_f1 log_loss ece`, `classes`, with precision, recall, F1 and count of each,
        and the matrix `confusion`, with a row for each true class and a column for each answer, in the order of
        `names`. The log loss is in nats, and over the known classes only.
    """
    count, known = probabilities.shape
    answers = probabilities.argmax(axis=1)
    learned = labels < known
    chances = probabilities[learned, labels[learned]]
    return {
        unit: count,
        **agreement(answers, labels),
        "log_loss": float(-np.log(np.maximum(chances, LEAST)).mean()) if chances.size else None,
        "ece": _calibration(probabilities.max(axis=1), answers == labels),
        **_by_class(names, labels, answers, unit),
    }


def agreement(answers: Labels, labels: Labels) -> dict[str, float]:
    """How often N answers (N,) are the labels (N,).

    The balanced accuracy is the mean recall of the classes that are there; macro F1 the mean F1 of those that are there
    or were answered.
    """
    true, recall, _, f1 = _figures(answers, labels, int(max(answers.max(), labels.max())) + 1)
    return {
        "accuracy": float((answers == labels).mean()),
        "balanced_accuracy": float(recall[true > 0].mean()),
        "macro_f1": float(f1[~np.isnan(f1)].mean()),
    }


def _figures(answers: Labels, labels: Labels, classes: int) -> tuple[Labels, Numbers, Numbers, Numbers]:
    """Of each class: count, recall, precision, and F1, which is NaN where it is not there and was not answered."""
    true, answered = (np.bincount(found, minlength=classes) for found in (labels, answers))
    right = np.bincount(labels[labels == answers], minlength=classes)
    met = true + answered
    f1 = np.where(met > 0, 2 * right / np.maximum(met, 1), np.nan)
    return true, right / np.maximum(true, 1), right / np.maximum(answered, 1), f1


def _by_class(names: list[str], labels: Labels, answers: Labels, unit: str) -> dict[str, Any]:
    """What is told of each class, unless there are too many."""
    if len(names) > TOLD:
        return {}
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (labels, answers), 1)
    figures = [np.nan_to_num(one).tolist() for one in _figures(answers, labels, len(names))]
    rows = zip(names, *figures, strict=True)
    classes = {name: {unit: n, "precision": p, "recall": r, "f1": f} for name, n, r, p, f in rows}
    return {"classes": classes, "confusion": confusion.tolist()}


def _calibration(confidence: Numbers, right: NDArray[np.bool_]) -> float:
    """The expected calibration error: how far confidence and accuracy are apart, in bins of like confidence."""
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def commonest(counts: Labels, labels: Labels) -> dict[str, float]:
    """Of who always answers with how often each class was there in the training part (Laplace's rule)."""
    shares = (counts + 1) / (counts.sum() + len(counts))
    known = labels[labels < len(counts)]
    return {
        **agreement(np.full(len(labels), counts.argmax()), labels),
        "log_loss": float(-np.log(shares[known]).mean()) if known.size else 0.0,
    }
