"""The task `subtract`: signed binary subtraction. The borrow that is left at the end is the sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from elman.proof import Mealy
from elman.tasks.arithmetic.digits import Definition
from elman.tasks.arithmetic.pairs import Pairs
from elman.tasks.arithmetic.settings import TUTORIAL

# What `functions.define("a - b", 2, "least")` derives: the states are the borrow. Written down, it costs no time.
DEFINITION = Definition(2, "least", 2, Mealy(((0, 1, 0, 0), (1, 1, 0, 1)), ((0, 1, 1, 0), (1, 0, 0, 1))))


class Subtract(Pairs):
    """a - b, in two's complement: the last bit, the borrow, counts negative."""

    name = "subtract"
    summary = "binary subtraction: the borrow lives in the hidden state; one that is left at the end is the minus sign"
    sign = "-"
    baseline = "a XOR b, without borrow"
    remembers = "borrow"
    named = ("no borrow", "borrow")
    tries = (
        ("141 - 54: borrows here and there", (141, 54)),
        ("128 - 1: one long borrow", (128, 1)),
        ("255 - 85: none at all", (255, 85)),
        ("5 - 9: what is borrowed at the end is the sign", (5, 9)),
        ("2³² − 1: longer than in training", (2**32, 1)),
    )
    recipes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "best": {},
        # The larger operand first, so that nothing is borrowed after 8 steps.
        "tutorial": {**TUTORIAL, "ordered": True, "initial": 0.1, "scale": 0.05, "rate": 0.9},
    }

    @property
    def definition(self) -> Definition:
        """A full subtractor: its states are the borrow."""
        return DEFINITION

    def answer(self, a: Any, b: Any) -> Any:
        """The difference."""
        return a - b
