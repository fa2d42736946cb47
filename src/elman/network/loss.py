"""What a loss is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elman._engine import Loss32, Loss64, LossKind
from elman.errors import ConfigError
from elman.network.architecture import Architecture
from elman.network.checks import Array, as_array

Numbers = Sequence[float] | NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Loss(ABC):
    """What an answer costs."""

    name: ClassVar[str]
    kind: ClassVar[LossKind]
    symbols: ClassVar[bool] = False  # whether targets are symbols, one of them for all outputs
    gaps: ClassVar[bool] = False  # whether a target may be NaN: nobody knows it, and it costs nothing
    bounds: ClassVar[tuple[float, float] | None] = None  # between which targets lie; None: any number

    @abstractmethod
    def options(self, outputs: int) -> dict[str, Any]:
        """What the engine must know of it beside the kind; a ConfigError where that does not fit so many outputs."""

    def width(self, targets: ArrayLike, outputs: int) -> int:
        """How many numbers a target has: one for each output, or fewer, each for as many outputs side by side."""
        return outputs

    def mass(self, targets: Array) -> Array | float:
        """How much each target counts in a mean, beside its weight."""
        return 1.0

    def engine(self, architecture: Architecture) -> Any:
        """The engine's form."""
        single = architecture.dtype == "float32"
        options = self.options(architecture.outputs)
        if "of_outputs" in options:
            options["of_outputs"] = np.array(options["of_outputs"], architecture.dtype)
        return (Loss32 if single else Loss64)(self.kind, **options)


def numbers(where: str, values: Any) -> tuple[float, ...]:
    """A tuple of at least one number; a ConfigError where it is none."""
    found: Array = as_array(where, values)
    if found.ndim != 1 or found.size == 0 or found.dtype.kind not in "iuf":
        raise ConfigError(f"{where}: expected numbers, one after another; found {values!r:.60}")
    return tuple(found.tolist())
