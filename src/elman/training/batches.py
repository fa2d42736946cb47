"""What a trainer takes, and the events that it gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elman.keywords import keywords
from elman.network.terms import Term


@keywords
@dataclass(frozen=True, kw_only=True)
class Batch:
    """Sequences side by side: inputs (T, B, I) or (T, B) symbols, targets, lengths (B,), weights (T, B).

    Targets and weights are those of `Network.loss_and_gradient`: with a readout, without the axis of steps.
    `carry`: begin with the state in which the update before ended. `terms`: extra logits, as many as the network has.
    """

    inputs: ArrayLike
    targets: ArrayLike
    lengths: ArrayLike | None = None
    weights: ArrayLike | None = None
    carry: bool = False
    terms: Sequence[Term] = ()


@keywords
@dataclass(frozen=True, kw_only=True)
class Plan:
    """Many updates over one array of examples, for one call of the engine.

    Update u reads the columns rows[u] (U, B), `steps` steps from starts[u] on (default: all), and begins with the
    final state of the update before where carry[u]. Without `carry`, no state is kept: what follows cannot carry on.
    A network with a readout reads the steps of the window alone; it cannot carry.
    `noise` is how much there is, in these updates, of the noise that the architecture has on its states.
    """

    examples: Batch
    rows: NDArray[np.integer[Any]]
    starts: NDArray[np.integer[Any]] | None = None
    steps: int | None = None
    carry: NDArray[np.bool_] | None = None
    noise: float = 1.0

    def part(self, first: int, last: int) -> Plan:
        """Its updates from `first` to before `last`: a plan in parts is the same training."""
        some = slice(first, last)
        starts = None if self.starts is None else self.starts[some]
        carry = None if self.carry is None else self.carry[some]
        return replace(self, rows=self.rows[some], starts=starts, carry=carry)


@dataclass(frozen=True)
class Progress:
    """An event of training: some updates are done."""

    update: int  #: the number of updates done so far, from the very first
    losses: NDArray[np.float64]  #: of the updates since the event before
    rate: float  #: of the last one
    seconds: float  #: that those updates took
    validation: float | None = None  #: how wrong it was after the last of them, where that was looked at
    accuracy: float | None = None  #: the share of right symbols, looked at beside it

    @property
    def loss(self) -> float:
        """The mean of the losses; NaN where there are none."""
        return float(self.losses.mean()) if len(self.losses) else math.nan
