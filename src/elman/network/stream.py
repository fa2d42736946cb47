"""Stream: a network that reads, and writes, one step at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elman.errors import ShapeError, in_range
from elman.network import initial
from elman.network.architecture import SCORED, Architecture
from elman.network.arrays import Parameters, Reading, State
from elman.network.checks import ALL, Array, array, indices
from elman.network.engine import connect
from elman.network.terms import Term, held_terms

READ = ("readout", "steps", "logsumexp")  # of a Reading, in the engine's order


class Stream:
    """A network that reads one step at a time; `state` is what it remembers.

    It runs with the parameters that the network had when the stream was opened: they are packed once.

    With a readout, each answer is that of the steps so far, since the stream was opened: what `forward` says of them.
    What was read of them is `reading`. It is no part of the state: a stream that is opened with another's state begins
    with nothing read.
    """

    def __init__(self, architecture: Architecture, parameters: Parameters, state: State) -> None:
        if architecture.bidirectional:
            raise ShapeError("stream: a bidirectional network reads from both ends; it cannot take one step at a time")
        self._architecture, self._parameters, self._state = architecture, copy(parameters), state
        self._rows = state.h.shape[1]
        self._reading = _nothing_read(architecture, self._rows, parameters.flat.dtype)
        self._connect()

    def _connect(self) -> None:
        """The engine, and the arrays that it is handed at every step."""
        self._engine = connect(self._architecture)
        self._engine.pack(self._parameters.flat)
        self._states = list(self._state.values())
        self._read = [self._reading.get(name) for name in READ]
        a, self._flat = self._architecture, self._parameters.flat
        self._dtype = np.dtype(np.int32) if a.symbols else self._flat.dtype
        self._shape = (self._rows,) if a.symbols else (self._rows, a.inputs)
        self._answers = (self._rows, a.outputs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(Network({self._architecture.arguments()}), rows={self._rows})"

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("_architecture", "_parameters", "_state", "_rows", "_reading")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._connect()

    @property
    def state(self) -> State:
        """What it remembers; its arrays may be written to."""
        return self._state

    @property
    def reading(self) -> Reading:
        """What a readout has read so far; where `steps` are set to 0, a row begins anew."""
        return self._reading

    def step(self, x: ArrayLike, terms: Sequence[Term] = ()) -> Array:
        """One step: x (B, I), or (B,) symbols; returns y (B, O), linear.

        `terms` are those of `Network.forward`, with rows (B,).
        """
        # A step of a small network takes a microsecond; so does a check in NumPy. What has the right type and shape is
        # left to the engine, which looks at its numbers.
        right = type(x) is np.ndarray and x.dtype is self._dtype and x.shape == self._shape and x.flags.c_contiguous
        given: Array = x if right else self._checked(x, self._rows)  # type: ignore[assignment]
        a, y = self._architecture, np.empty(self._answers, self._flat.dtype)
        dense, symbols = (None, given) if a.symbols else (given, None)
        extra = held_terms(a, terms, (self._rows,), ALL) if terms or a.terms else []
        if not self._engine.step(self._flat, dense, symbols, self._rows, self._states, *self._read, extra, y):
            self._checked(x, self._rows)  # which says what is wrong
        return y

    def step_from(self, state: State, x: ArrayLike) -> tuple[Array, State]:
        """One step of other rows, as many as there are: x (B, I), or (B,) symbols; y (B, O), and the state then.

        What the stream itself remembers stays as it is, and `state` too; with a readout, nothing was read before.
        Threads may ask at the same time: one after the other is answered.

        Args:
            state: of these rows, before the step.
            x: what they read.
        """
        a = self._architecture
        if a.terms:
            raise ShapeError("step_from: expected a network without terms")
        given = self._checked(x, None)
        rows, dtype = len(given), self._flat.dtype
        given_states = initial.given("state", state, a, rows, dtype)
        after = State(**{name: values.copy() for name, values in zip(a.states, given_states, strict=True)})
        read = _nothing_read(a, rows, dtype)
        dense, symbols = (None, given) if a.symbols else (given, None)
        y = np.empty((rows, a.outputs), dtype)
        reading = [read.get(name) for name in READ]
        self._engine.step(self._flat, dense, symbols, rows, list(after.values()), *reading, [], y)
        return y, after

    def _checked(self, x: ArrayLike, rows: int | None) -> Array:
        """x of so many rows, or of any number of them."""
        a = self._architecture
        if a.symbols:
            return indices("x", x, (rows,), 0, a.inputs - 1)
        return array("x", x, self._dtype, (rows, a.inputs))

    def sample(self, x: ArrayLike, uniform: ArrayLike, temperature: float = 1.0) -> NDArray[np.int32]:
        """Reads symbols x (B,), draws from the softmax of y / temperature, reads what it drew, and so on: (T, B).

        Each symbol is drawn by inversion, by its number of `uniform` (T, B) in [0, 1): the same numbers, the same
        symbols. A temperature of 0 takes the most probable one. For networks whose outputs are their input symbols.
        """
        a = self._architecture
        if not a.symbols or a.outputs > a.inputs:
            raise ShapeError("sample: expected a network that reads the symbols it gives: symbols, outputs <= inputs")
        if a.terms:
            raise ShapeError("sample: expected a network without terms, which would follow from what is drawn")
        if not a.per_step:
            raise ShapeError(f"sample: expected readout 'steps'; found {a.readout!r}, which is no next symbol")
        in_range("temperature", temperature, 0, math.inf, high_in=False)
        numbers = array("uniform", uniform, np.float64, (None, self._rows))
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < 1):
            raise ShapeError(f"uniform: expected numbers in [0, 1); found {numbers.min()} to {numbers.max()}")
        first = indices("x", x, (self._rows,), 0, a.inputs - 1)
        drawn = np.empty(numbers.shape, np.int32)
        self._engine.sample(self._parameters.flat, first, temperature, numbers, self._states, drawn)
        return drawn


def _nothing_read(a: Architecture, rows: int, dtype: np.dtype[Any]) -> Reading:
    if a.per_step:
        return Reading()
    read = {"readout": np.zeros((rows, a.reads), dtype), "steps": np.zeros(rows, np.int64)}
    return Reading(**read, **({"logsumexp": np.zeros(rows, dtype)} if a.readout in SCORED else {}))
