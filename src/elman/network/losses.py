"""The losses by their names, and what is made of those of a batch."""

from __future__ import annotations

from elman._engine import LossKind

LOSSES: dict[str, LossKind] = {
    "bits": LossKind.bits,
    "symbols": LossKind.symbols,
    "squared": LossKind.squared,
    "squared_sigmoid": LossKind.squared_sigmoid,
}
REDUCTIONS = ("mean", "sum")
