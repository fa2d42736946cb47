"""How good probabilities of classes are: what scikit-learn measures by these names, from one table of counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Labels = NDArray[np.int64]

Judged = NDArray[np.void]  # (N,) of JUDGED
JUDGED = np.dtype(
    [
        ("answer", np.int64),  # the likeliest class
        ("confidence", np.float64),  # its probability
        ("chance", np.float64),  # the probability of the label; 0 where there is none, or it is not known
        ("second", np.float64),  # of two classes, the probability of the second; else NaN
    ]
)
TOLD = 100  # classes, of each of which something is told
BINS = 15  # of confidence, as in Guo et al. (2017)
LEAST = float(np.finfo(np.float64).tiny)  # a probability is taken for no less than this


def softmax(logits: NDArray[np.floating[Any]]) -> Numbers:
    """(N, K) probabilities."""
    exponentials: Numbers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials


def judged(probabilities: Numbers, labels: Labels) -> Judged:
    """What is measured of N answers (N,), so that the probabilities (N, K) themselves need not be kept.

    Args:
        probabilities: of the K classes that a network knows.
        labels: (N,) of classes, -1 where there is none. Those from K on are of classes that it does not know.
    """
    count, known = probabilities.shape
    found = np.zeros(count, JUDGED)
    found["answer"] = probabilities.argmax(axis=1)
    found["confidence"] = probabilities.max(axis=1)
    learned = np.flatnonzero((labels >= 0) & (labels < known))
    found["chance"][learned] = probabilities[learned, labels[learned]]
    found["second"] = probabilities[:, 1] if known == 2 else np.nan
    return found


def measures(found: Judged, labels: Labels, names: list[str], known: int, unit: str = "sequences") -> dict[str, Any]:
    """Of answers, against the labels.

    Args:
        found: (N,) N above 0.
        labels: (N,) from 0 on. Those from `known` on are of classes that a network does not know: all its answers are
            wrong.
        names: of all classes.
        known: how many of them a network knows.
        unit: what N counts: sequences, or steps.

    Returns:
        N, `accuracy balanced_accuracy macro_f1 auc log_loss ece`, and what `_by_class` has. The log loss is in nats,
        and over the known classes only, as is the area under the ROC curve of two classes, which is None where there
        are more, or where one of them is not there.
    """
    answers, learned = found["answer"], labels < known
    chances = found["chance"][learned]
    return {
        unit: len(labels),
        **agreement(answers, labels),
        "auc": auc(found["second"][learned], labels[learned] == 1) if known == 2 else None,
        "log_loss": float(-np.log(np.maximum(chances, LEAST)).mean()) if chances.size else None,
        "ece": _calibration(found["confidence"], answers == labels),
        **_by_class(names, labels, answers, unit),
    }


def auc(scores: Numbers, positive: NDArray[np.bool_]) -> float | None:
    """The area under the ROC curve: how likely a positive one has a higher score than a negative one; ties are half.

    None where all are positive, or none is.
    """
    count = int(positive.sum())
    if count in (0, len(scores)):
        return None
    _, place, often = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(often) - (often - 1) / 2)[place]  # from 1 on; of equal ones, their mean
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(scores) - count)))


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
    """What is told of each class, in the order of `names`: `classes`, with precision, recall, F1 and count.

    Of up to TOLD classes the matrix `confusion` is there, with a row for each true class and a column for each answer.
    Of more, `classes` has those that are there most often, and `classes_left_out` says how many are not.
    """
    figures = _figures(answers, labels, len(names))
    kept = np.sort(np.argsort(-figures[0], kind="stable")[:TOLD])
    rows = zip(kept.tolist(), *(np.nan_to_num(one[kept]).tolist() for one in figures), strict=True)
    classes = {names[number]: {unit: n, "precision": p, "recall": r, "f1": f} for number, n, r, p, f in rows}
    if len(names) > TOLD:
        return {"classes": classes, "classes_left_out": len(names) - TOLD}
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (labels, answers), 1)
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
