"""One network on many processes: each reads its rows of every batch, and what they find is added up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any
from zlib import crc32

import numpy as np

from elman.errors import ConfigError
from elman.network.checks import Array

Exchange = Callable[[Array], object]  # adds up, in place, the arrays (n,) that all processes call it with


@dataclass(frozen=True)
class Share:
    """What this process has in each update: of the rows, and of what is decided.

    Args:
        exchange: how processes add up their arrays; None: there are no others.
        rank: the number of this process, from 0.
        size: how many they are.
    """

    exchange: Exchange | None
    rank: int
    size: int

    @classmethod
    def of(cls, exchange: Exchange | None, part: tuple[int, int]) -> Share:
        """As a trainer has them; a ConfigError where they are none."""
        if exchange is not None and not callable(exchange):
            raise ConfigError(f"exchange: expected a function of an array; found {exchange!r:.60}")
        if (
            not isinstance(part, tuple)
            or len(part) != 2
            or not all(isinstance(one, Integral) and not isinstance(one, bool) for one in part)
            or not 0 <= part[0] < part[1]
        ):
            raise ConfigError(f"part: expected this process's number from 0, and how many they are; found {part!r:.60}")
        if exchange is None and part != (0, 1):
            raise ConfigError(f"part: expected (0, 1), all, without an exchange; found {part}")
        return cls(exchange, int(part[0]), int(part[1]))

    def rows(self, count: int) -> tuple[int, int]:
        """This process's of so many rows: the first, and the one after the last."""
        return self.rank * count // self.size, (self.rank + 1) * count // self.size

    def own(self, states: Sequence[Array]) -> list[Array]:
        """Of states (L D, B, H) those of this process's rows."""
        return [np.ascontiguousarray(one[:, slice(*self.rows(one.shape[1]))]) for one in states]

    def whole(self, states: Sequence[Array], rows: int) -> list[Array]:
        """The states of all `rows`, from those of each process's own; called by all of them at once."""
        if not states:
            return []
        parts, _, hidden = states[0].shape
        flat = np.zeros(len(states) * parts * rows * hidden, states[0].dtype)
        found = flat.reshape(len(states), parts, rows, hidden)
        first, last = self.rows(rows)
        for to, one in zip(found, states, strict=True):
            to[:, first:last] = one
        self._add(flat)
        return [one.copy() for one in found]

    def sums(self, *values: float) -> tuple[float, ...]:
        """The sums over all processes; called by all of them at once."""
        if self.exchange is None:
            return values
        flat = np.array(values, np.float64)
        self.exchange(flat)
        return tuple(flat.tolist())

    def decided(self, *values: float) -> tuple[float, ...]:
        """Of rank 0, whatever the others found; called by all of them at once."""
        return self.sums(*(values if self.rank == 0 else [0.0] * len(values)))

    def check(self, about: str, flat: Array) -> None:
        """A ConfigError on all processes, where what `about` tells, or an array, is not the same on one of them."""
        mine = float(crc32(flat.tobytes(), crc32(about.encode())))
        [first] = self.decided(mine)
        [others] = self.sums(float(mine != first))
        if others:
            raise ConfigError(
                f"expected that all {self.size} processes begin with what rank 0 does; found {others:.0f} that do not",
                "give all of them the same command, files and version of elman, and machines with one instruction set",
            )

    def engine(self, flat: Array, rows: int) -> tuple[int, int, Array, Any]:
        """As the engine takes it, over an array (P + 2,)."""
        return *self.rows(rows), flat, lambda: self._add(flat)

    def _add(self, flat: Array) -> None:
        if self.exchange is not None:
            self.exchange(flat)
