"""Metrics of ranks: recall, reciprocal rank and NDCG at some lengths of the list, in constant memory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman._engine import log_sum_exp

AT = (1, 5, 10, 20)
MAIN = 20  # the length by which models are compared


def rank(scores: NDArray[Any], target: int) -> int:
    """Of the target among all items, from 1; items of the same score stand before it."""
    return int((scores >= scores[target]).sum())


class Metrics:
    """Of predictions with one right answer each, as they come. So the hit rate is the recall.

    Beside them stand, of the lists of 20: `coverage`, the share of the items that are in one; `distinct`, the share of
    the lists that were not there before; `popularity`, the mean share of the events that the items of a list have.
    """

    def __init__(self, popularity: NDArray[np.float64]) -> None:
        self.count, self.nats = 0, 0.0
        self._sums = {f"{name}@{k}": 0.0 for k in AT for name in ("recall", "mrr", "ndcg")}
        self._shown = np.zeros(len(popularity), bool)
        self._lists: set[int] = set()
        self._shares, self._popular = popularity / max(popularity.sum(), 1), 0.0

    def add(self, scores: NDArray[Any], target: int) -> int:
        """One prediction (V,) and its answer; returns the rank."""
        found, k = rank(scores, target), min(MAIN, len(scores))
        self.count += 1
        for at in AT:
            if found <= at:
                self._sums[f"recall@{at}"] += 1
                self._sums[f"mrr@{at}"] += 1 / found
                self._sums[f"ndcg@{at}"] += 1 / math.log2(1 + found)
        top = np.argpartition(-scores, k - 1)[:k]
        self._shown[top] = True
        self._lists.add(hash(np.sort(top).tobytes()))
        self._popular += float(self._shares[top].mean())
        return found

    def add_chances(self, logits: NDArray[Any], target: int) -> int:
        """The same of logits, of which the log-loss is known, too."""
        self.nats += log_sum_exp(logits) - float(logits[target])
        return self.add(logits, target)

    def result(self) -> dict[str, Any]:
        """All figures; none but the count where there are no predictions."""
        if not self.count:
            return {"predictions": 0}
        return {
            "predictions": self.count,
            **{name: round(total / self.count, 6) for name, total in self._sums.items()},
            "coverage@20": round(float(self._shown.mean()), 6),
            "distinct@20": round(len(self._lists) / self.count, 6),
            "popularity@20": round(self._popular / self.count, 6),
        }
