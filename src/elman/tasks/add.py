"""The task `add`: binary addition. The carry lives in the hidden state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from elman.tasks.arithmetic import TUTORIAL, Arithmetic
from elman.tasks.digits import Definition
from elman.tasks.functions import define


class Add(Arithmetic):
    """a + b."""

    name = "add"
    summary = "binary addition, bit by bit from the right: the carry lives in the hidden state"
    sign = "+"
    baseline = "a XOR b, without carry"
    remembers = "carry"
    named = ("no carry", "carry")
    recipes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "best": {},
        # Operands below 128, so that 8 steps hold the sum. Not every seed ends exact (`python -m benchmarks seeds`);
        # 0 does not.
        "tutorial": {**TUTORIAL, "seed": 1, "bits": 7, "scale": 1.0, "rate": 0.1},
    }

    @property
    def definition(self) -> Definition:
        """A full adder: its states are the carry."""
        return define("a + b", 2, "least")

    def answer(self, a: Any, b: Any) -> Any:
        """The sum."""
        return a + b
