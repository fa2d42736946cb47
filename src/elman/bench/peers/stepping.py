"""Streams that are drawn in Python, a symbol at a time."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from elman.bench.problems import Streaming
from elman.bench.race import Run, Runner

# A symbol -> the logits (V,) of the next one; it keeps the states.
Step = Callable[[int], NDArray[np.float32]]


def stepping(p: Streaming, fresh: Callable[[], Step]) -> Runner:
    """Goes step by step; `fresh` gives a step that begins with states of zero, off the clock."""

    def run(count: int) -> Run:
        step = fresh()
        drawn = [0]
        began = perf_counter()
        for uniform in p.uniform[:count]:
            drawn.append(draw(step(drawn[-1]), uniform))
        return Run(perf_counter() - began, {"symbols": np.array(drawn[1:])})

    return run


def draw(logits: NDArray[np.float32], uniform: float) -> int:
    """The first symbol at which the cumulated softmax exceeds a number."""
    sums = np.exp(logits - logits.max()).cumsum()
    return int(sums.searchsorted(uniform * sums[-1], side="right"))
