"""Losses of one right answer beside others: many that are drawn, so that an update need not look at all outputs."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman._engine import Correction, LossKind
from elman.errors import ConfigError, choose, in_range, whole
from elman.keywords import keywords
from elman.network.loss import Loss, Numbers, numbers

CORRECTIONS = {"refined": Correction.negatives, "logq": Correction.all, "none": Correction.none}


@dataclass(frozen=True)
class Ranking(Loss):
    """One right answer, the positive, beside others, the negatives: many of them, drawn anew in each update.

    What an update costs follows from the number of negatives, and not from that of outputs. They are drawn for all its
    rows and steps together, and follow from its noise key: in training from the seed and the number of the update, so
    that the same seed gives the same bits. Where the loss is only read (`Network.losses`, validation), every output but
    the positive is a negative, once.

    Args:
        negatives: how many are drawn, K. What is drawn c times counts c times, where it is the positive it does not.
        popularity: how often each of the outputs occurs, from 0 on; default: all alike.
        alpha: the chance to be drawn goes with popularity^alpha …
        uniform: … but for this share of it, which all have alike.
    """

    symbols = True
    negatives: int = 2048
    popularity: Numbers | None = None  # kept as a tuple
    alpha: float = 0.5
    uniform: float = 0.1

    def __post_init__(self) -> None:
        whole("negatives", self.negatives, 1, 1 << 24)
        in_range("alpha", self.alpha, 0, 10)
        in_range("uniform", self.uniform, 0, 1)
        if self.popularity is not None:
            object.__setattr__(self, "popularity", numbers("popularity", self.popularity))
            known = np.array(self.popularity)
            if not (np.isfinite(known).all() and (known >= 0).all() and known.any()):
                raise ConfigError("popularity: expected numbers from 0 on, and not all 0; found others")

    def chances(self, outputs: int) -> NDArray[np.float64]:
        """The chance of each output to be the one that is drawn (O,)."""
        if self.popularity is None:
            return np.full(outputs, 1 / outputs)
        if len(self.popularity) != outputs:
            raise ConfigError(f"popularity: expected one for each of {outputs} outputs; found {len(self.popularity)}")
        popular: NDArray[np.float64] = np.array(self.popularity, np.float64)
        popular[popular > 0] = (popular[popular > 0] / popular.max()) ** self.alpha  # not of 0: 0 ** 0 is 1
        found: NDArray[np.float64] = (1 - self.uniform) * popular / popular.sum() + self.uniform / outputs
        return found

    @abstractmethod
    def options(self, outputs: int) -> dict[str, Any]:
        """The number of negatives, and the chances, cumulated."""
        return {"negatives": self.negatives, "cumulative": self.chances(outputs).cumsum()}


@keywords
@dataclass(frozen=True)
class SampledCrossEntropy(Ranking):
    """Softmax cross-entropy against negatives: log(e^p + ∑ⱼ e^(yⱼ+oⱼ)) - p. Its name is "sampled_symbols".

    p is the logit of the positive, yⱼ those of the negatives. What is drawn often would be held down more than it
    should; offsets oⱼ = -log K qⱼ, with the chance qⱼ of j to be drawn, make up for that (Bengio and Senécal, 2008).

    Args:
        negatives: as in `Ranking`, and so `popularity`, `alpha` and `uniform`.
        correction: "refined": of the negatives alone, for the positive is not drawn. The sum is then right on average,
            and the gradient that of Khrylchenko et al. (2025), whose weight of an answer is the chance to be wrong with
            it. "logq": of the positive too, as is usual. "none": oⱼ = 0.
    """

    name = "sampled_symbols"
    kind = LossKind.sampled_symbols
    correction: str = "refined"

    def __post_init__(self) -> None:
        super().__post_init__()
        choose("correction", self.correction, CORRECTIONS)

    def options(self, outputs: int) -> dict[str, Any]:
        """And the correction."""
        if self.correction == "logq" and not (self.chances(outputs) > 0).all():
            raise ConfigError(
                "popularity: expected none that is 0, for each positive is corrected by its chance; found some",
                "uniform=0.1, or correction='refined'",
            )
        return {**super().options(outputs), "correction": CORRECTIONS[self.correction]}


@keywords
@dataclass(frozen=True)
class BPRMax(Ranking):
    """-log ∑ⱼ sⱼ σ(p-yⱼ) + λ ∑ⱼ sⱼ yⱼ² with s = softmax(y) over the negatives. Its name is "bpr_max".

    Bayesian personalized ranking (Rendle et al., 2009), most of all against the highest negatives (Hidasi and
    Karatzoglou, 2018). p is the logit of the positive.

    Args:
        negatives: as in `Ranking`, and so `popularity`, `alpha` and `uniform`.
        regulariser: λ, from 0 on, which keeps the logits of negatives near 0.
    """

    name = "bpr_max"
    kind = LossKind.bpr_max
    regulariser: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        in_range("regulariser", self.regulariser, 0, math.inf, high_in=False)

    def options(self, outputs: int) -> dict[str, Any]:
        """And λ."""
        return {**super().options(outputs), "regulariser": self.regulariser}


@keywords
@dataclass(frozen=True)
class TOP1Max(Ranking):
    """∑ⱼ sⱼ (σ(yⱼ-p) + σ(yⱼ²)) with s = softmax(y) over the negatives. Its name is "top1_max".

    p is the logit of the positive (Hidasi and Karatzoglou, 2018).

    Args:
        negatives: as in `Ranking`, and so `popularity`, `alpha` and `uniform`.
    """

    name = "top1_max"
    kind = LossKind.top1_max

    def options(self, outputs: int) -> dict[str, Any]:
        """Negatives and chances alone."""
        return super().options(outputs)
