"""The task `subtract`: signed binary subtraction. The borrow that is left at the end is the sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from elman.tasks.arithmetic import TUTORIAL, Arithmetic
from elman.tasks.digits import Definition
from elman.tasks.functions import define


class Subtract(Arithmetic):
    """a - b, in two's complement: the last bit, the borrow, counts negative."""

    name = "subtract"
    summary = "binary subtraction: the borrow lives in the hidden state, and what is left of it is the sign"
    sign = "-"
    baseline = "a XOR b, without borrow"
    remembers = "borrow"
    named = ("no borrow", "borrow")
    recipes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "best": {},
        # The larger operand first, so that nothing is borrowed after 8 steps.
        "tutorial": {**TUTORIAL, "ordered": True, "initial": 0.1, "scale": 0.05, "rate": 0.9},
    }

    @property
    def definition(self) -> Definition:
        """A full subtractor: its states are the borrow."""
        return define("a - b", 2, "least")

    def answer(self, a: Any, b: Any) -> Any:
        """The difference."""
        return a - b
