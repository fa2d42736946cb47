"""Choice: from logits to the symbol that is written next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import in_range, whole
from elman.network.architecture import LARGEST
from elman.network.checks import Array

Mask = NDArray[np.bool_]  # (B, V)
HOTTEST = 1e30  # within what float32 holds; all symbols are as probable long before

Uniform = NDArray[np.float64]  # (B,) in [0, 1)


@dataclass(frozen=True)
class Choice:
    """How a symbol is drawn from the softmax of logits / temperature, and what is cut off before.

    Args:
        temperature: below 1 bolder, above 1 wilder; 0 is greedy: always the most probable symbol.
        top_k: only the k most probable symbols (Fan, Lewis and Dauphin, 2018).
        top_p: only the most probable symbols that together just reach this probability (Holtzman et al., 2020).
        min_p: only symbols at least this fraction as probable as the most probable one (Nguyen et al., 2024).

    All three cuts go by the probabilities at this temperature, top_p by what top_k leaves of them; symbols as probable
    as the last one that stays do so too. A ConfigError tells of a number that makes no sense.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        in_range("temperature", self.temperature, 0, HOTTEST)
        if self.top_k is not None:
            whole("top_k", self.top_k, 1, LARGEST)
        in_range("top_p", self.top_p, 0, 1, low_in=False)
        in_range("min_p", self.min_p, 0, 1, high_in=False)

    @property
    def cuts(self) -> bool:
        """Whether anything is cut off; if not, the engine can draw."""
        return self.top_k is not None or self.top_p < 1 or self.min_p > 0

    def idle(self) -> dict[str, str]:
        """Numbers that change nothing beside the others, and why."""
        if self.temperature > 0:
            return {}
        why = "at temperature 0 the most probable symbol is taken"
        return {name: why for name in ("top_k", "top_p", "min_p") if getattr(self, name) != getattr(Choice, name)}

    def weights(self, logits: Array, allowed: Mask | None = None) -> Array:
        """(B, V) probabilities up to a factor, 0 for what is not allowed or cut off; the largest of a row is 1."""
        if allowed is not None:
            logits = np.where(allowed, logits, -np.inf)
        largest = logits.max(-1, keepdims=True)
        temperature = float(logits.dtype.type(self.temperature))
        if temperature == 0:
            certain: Array = (np.arange(logits.shape[-1]) == logits.argmax(-1)[:, None]).astype(logits.dtype)
            return certain
        limits: Any = np.finfo(logits.dtype)
        with np.errstate(over="ignore"):  # a tiny temperature leaves -inf, which is as good as certain
            weights: Array = np.exp((logits - largest) * logits.dtype.type(min(1 / temperature, limits.max)))
        if self.cuts:
            weights[weights < self._least(weights)[:, None]] = 0
        return weights

    def _least(self, weights: Array) -> Array:
        """(B,) the least weight of each row that is not cut off."""
        least = np.full(len(weights), self.min_p, weights.dtype)
        if self.top_k is None and self.top_p == 1:
            return least
        ordered = np.sort(weights, -1)[:, ::-1][:, : self.top_k]
        last = np.full(len(weights), ordered.shape[1] - 1)
        if self.top_p < 1:
            sums = ordered.cumsum(-1, dtype=np.float64)
            last = (sums < self.top_p * sums[:, -1:]).sum(-1)
        uncut: Array = np.maximum(least, ordered[np.arange(len(ordered)), last])
        return uncut

    def draw(self, logits: Array, uniform: Uniform, allowed: Mask | None = None) -> NDArray[np.int32]:
        """(B,) symbols drawn by inversion, as the engine does: the same numbers, the same symbols.

        Args:
            logits: (B, V).
            uniform: (B,) numbers in [0, 1).
            allowed: (B, V), at least one symbol of each row.
        """
        weights = self.weights(logits, allowed)
        sums = weights.cumsum(-1, dtype=np.float64)
        beyond = sums > (uniform * sums[:, -1])[:, None]
        best = weights.argmax(-1)  # where rounding leaves none
        drawn: NDArray[np.int32] = np.where(beyond[:, -1], beyond.argmax(-1), best).astype(np.int32)
        return drawn
