"""How good probabilities of classes are: what scikit-learn measures by these names, from one table of counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Labels = NDArray[np.int64]

COMMONEST = "the commonest class"  # how a baseline is called
TOLD = 100  # classes, of each of which something is told
BINS = 15  # of confidence, as in Guo et al. (2017)
LEAST = float(np.finfo(np.float64).tiny)  # a probability is taken for no less than this


def softmax(logits: NDArray[np.floating[Any]]) -> Numbers:
    """(N, K) probabilities."""
    exponentials: Numbers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials


def measures(probabilities: Numbers, labels: Labels, names: list[str]) -> dict[str, Any]:
    """Of answers, against the labels.

    Args:
        probabilities: (N, K), N above 0, of the K classes that a network knows.
        labels: (N,) from 0 on. Those from K on are of classes that it does not know: all its answers are wrong.
        names: of all classes.

    Returns:
        `sequences accuracy balanced_accuracy macro_f1 log_loss ece`, `classes`, with precision, recall, F1 and count of
        each, and the matrix `confusion`, with a row for each true class and a column for each answer, in the order of
        `names`. The balanced accuracy is the mean recall of the classes that are there; macro F1 the mean F1 of those
        that are there or were answered. The log loss is in nats, and over the known classes only.
    """
    count, known = probabilities.shape
    answers = probabilities.argmax(axis=1)
    true, answered = (np.bincount(found, minlength=len(names)) for found in (labels, answers))
    right = np.bincount(labels[labels == answers], minlength=len(names))
    recall, precision = right / np.maximum(true, 1), right / np.maximum(answered, 1)
    f1 = 2 * right / np.maximum(true + answered, 1)
    learned = labels < known
    chances = probabilities[learned, labels[learned]]
    return {
        "sequences": count,
        "accuracy": float(right.sum() / count),
        "balanced_accuracy": float(recall[true > 0].mean()),
        "macro_f1": float(f1[true + answered > 0].mean()),
        "log_loss": float(-np.log(np.maximum(chances, LEAST)).mean()) if chances.size else None,
        "ece": _calibration(probabilities.max(axis=1), answers == labels),
        **_by_class(names, labels, answers, np.stack([precision, recall, f1], axis=1)),
    }


def _by_class(names: list[str], labels: Labels, answers: Labels, figures: Numbers) -> dict[str, Any]:
    """What is told of each class, unless there are too many."""
    if len(names) > TOLD:
        return {}
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (labels, answers), 1)
    rows = zip(names, confusion.sum(axis=1).tolist(), figures.tolist(), strict=True)
    classes = {name: {"sequences": n, "precision": p, "recall": r, "f1": f1} for name, n, (p, r, f1) in rows}
    return {"classes": classes, "confusion": confusion.tolist()}


def _calibration(confidence: Numbers, right: NDArray[np.bool_]) -> float:
    """The expected calibration error: how far confidence and accuracy are apart, in bins of like confidence."""
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def measured(probabilities: Numbers, labels: Labels, names: list[str], counts: tuple[int, ...]) -> dict[str, Any]:
    """The measures, and those of the commonest class beside them; `counts` of the training part."""
    baselines = {COMMONEST: commonest(np.array(counts), labels)}
    return {**measures(probabilities, labels, names), "baselines": baselines}


def commonest(counts: Labels, labels: Labels) -> dict[str, float]:
    """Of who always answers with how often each class was there in the training part (Laplace's rule)."""
    shares = (counts + 1) / (counts.sum() + len(counts))
    known = labels[labels < len(counts)]
    return {
        "accuracy": float((labels == counts.argmax()).mean()),
        "log_loss": float(-np.log(shares[known]).mean()) if known.size else 0.0,
    }
