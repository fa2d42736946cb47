"""The task `add`: binary addition. The carry lives in the hidden state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from elman.proof import Mealy
from elman.tasks.arithmetic.digits import Definition
from elman.tasks.arithmetic.pairs import Pairs
from elman.tasks.arithmetic.settings import TUTORIAL

# What `functions.define("a + b", 2, "least")` derives: the states are the carry. Written down, it costs no time.
DEFINITION = Definition(2, "least", 2, Mealy(((0, 0, 0, 1), (0, 1, 1, 1)), ((0, 1, 1, 0), (1, 0, 0, 1))))


class Add(Pairs):
    """a + b."""

    name = "add"
    summary = "binary addition, bit by bit from the right: the carry lives in the hidden state"
    sign = "+"
    baseline = "a XOR b, without carry"
    remembers = "carry"
    named = ("no carry", "carry")
    tries = (
        ("87 + 45: carries here and there", (87, 45)),
        ("255 + 1: one long carry", (255, 1)),
        ("170 + 85: none at all", (170, 85)),
        ("2³² − 1 + 1: longer than in training", (2**32 - 1, 1)),
    )
    recipes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "best": {},
        # Operands below 128, so that 8 steps hold the sum. Not every seed ends exact (`python -m benchmarks seeds`);
        # 0 does not.
        "tutorial": {**TUTORIAL, "seed": 1, "bits": 7, "scale": 1.0, "rate": 0.1},
    }

    @property
    def definition(self) -> Definition:
        """A full adder: its states are the carry."""
        return DEFINITION

    def answer(self, a: Any, b: Any) -> Any:
        """The sum."""
        return a + b
