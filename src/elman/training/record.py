"""What a fit has done so far: all that one which goes on needs beside the trainer; and what comes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from numpy.typing import NDArray

from elman.errors import ConfigError, in_range, whole
from elman.network.checks import Array

# Parameters (P,). While updates are made, the network has those of the last update, and the best are kept here; after
# that it has the best, and those to go on with are kept here.
BEST, LATEST = "best", "latest"
KEPT = (BEST, LATEST)
FIELDS = ("data", "updates", "seconds", "validations")


class Validation(NamedTuple):
    """How wrong a network was on what was held out."""

    update: int  #: after so many updates
    loss: float  #: the mean, over weights as in training
    accuracy: float | None  #: the share of right symbols, also over weights; None for losses of numbers


@dataclass
class Record:
    """The state of a fit."""

    data: int | None = None  # the fingerprint of what it learns from; None: there was none yet
    updates: int = 0
    seconds: float = 0.0
    validations: list[Validation] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)

    @property
    def best(self) -> Validation | None:
        """The validation that was best; None where there was none."""
        return min(self.validations, key=lambda one: one.loss, default=None)

    @property
    def waited(self) -> int:
        """How many validations there were after the best one."""
        best = self.best
        return len(self.validations) - 1 - self.validations.index(best) if best else 0

    def to_json(self) -> dict[str, Any]:
        """All but the arrays."""
        return {**{name: getattr(self, name) for name in FIELDS}, "validations": [[*v] for v in self.validations]}

    @classmethod
    def from_json(cls, stored: Any) -> Self:
        """From `to_json`; a ConfigError where it is not."""
        if not isinstance(stored, dict) or set(stored) != set(FIELDS):
            raise ConfigError(f"fit: expected the fields {', '.join(FIELDS)}; found {stored!r:.60}")
        whole("fit: data", stored["data"], 0, (1 << 32) - 1)
        whole("fit: updates", stored["updates"], 0, 1 << 60)
        in_range("fit: seconds", stored["seconds"], 0, math.inf, high_in=False)
        if not isinstance(stored["validations"], list):
            raise ConfigError(f"fit: validations: expected a list; found {stored['validations']!r:.60}")
        for one in stored["validations"]:
            if not isinstance(one, list) or len(one) != 3:
                raise ConfigError(f"fit: validations: expected an update, a loss and an accuracy; found {one!r:.60}")
            whole("fit: validations", one[0], 0, 1 << 60)
            for number in one[1:] if one[2] is not None else one[1:2]:
                in_range("fit: validations", number, -math.inf, math.inf, low_in=False, high_in=False)
        return cls(**{**stored, "validations": [Validation(*one) for one in stored["validations"]]})


@dataclass(frozen=True)
class Fitted:
    """What `Trainer.fit` did."""

    update: int  #: the network is as after so many: those of the best validation, or all
    updates: int  #: that were made, from the very first
    validations: tuple[Validation, ...]  #: one after another
    seconds: float  #: that the updates took, without validations
    held_out: NDArray[Any]  #: the numbers of the sequences that were held out
    interrupted: bool  #: by Ctrl-C or the clock, before it was over

    @property
    def validation(self) -> Validation | None:
        """That of the network as it is; None where nothing was held out."""
        return next((one for one in self.validations if one.update == self.update), None)
