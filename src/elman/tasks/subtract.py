"""The task `subtract`: signed binary subtraction. The borrow that is left at the end is the sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.tasks.arithmetic import TUTORIAL, Arithmetic
from elman.tasks.bits import decode


class Subtract(Arithmetic):
    """a - b, in two's complement: the last bit, the borrow, counts negative."""

    name = "subtract"
    summary = "binary subtraction: the borrow lives in the hidden state, and what is left of it is the sign"
    sign = "-"
    baseline = "a XOR b, without borrow"
    recipes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "best": {},
        # The larger operand first, so that nothing is borrowed after 8 steps.
        "tutorial": {**TUTORIAL, "ordered": True, "initial": 0.1, "scale": 0.05, "rate": 0.9},
    }

    def answer(self, a: Any, b: Any) -> Any:
        """The difference; its bits are those of two's complement."""
        return a - b

    def step(self, state: int, a: int, b: int) -> tuple[int, int]:
        """A full subtractor; the state is the borrow."""
        return (a - b - state) % 2, -((a - b - state) // 2)

    def read(self, bits: NDArray[np.bool_]) -> list[int]:
        """The last bit counts negative."""
        below = len(bits) - 1
        return [n - (int(borrow) << below + 1) for n, borrow in zip(decode(bits), bits[-1], strict=True)]
