"""Cells and architectures: facts, no arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, NamedTuple

import numpy as np

from elman._engine import Architecture as EngineArchitecture
from elman._engine import cells, readouts
from elman.errors import ConfigError, choose, in_range, whole
from elman.keywords import keywords
from elman.spelling import spelled

LATER = ("tied", "terms")  # fields that came later; where they are not in use, files are without them
# Sizes beyond these are slips of the keyboard; they keep every product of sizes far from overflow.
LARGEST = 1 << 20


class Cell(NamedTuple):
    """Facts about one recurrence, as the engine's table of cells tells them."""

    name: str  #: "lstm"
    nonlinearities: tuple[str, ...]  #: empty where the cell leaves no choice
    gates: tuple[str, ...]  #: in the order of the row blocks of every weight
    states: tuple[str, ...]  #: ("h",), or ("h", "c")
    recurrent: bool  #: whether it reads its own state; if not, it is a contrast


def _table() -> dict[str, Cell]:
    table: dict[str, Cell] = {}
    for cell in cells():
        known = table[cell.name].nonlinearities if cell.name in table else ()
        choice = (cell.nonlinearity,) if cell.nonlinearity else ()
        table[cell.name] = Cell(cell.name, known + choice, tuple(cell.gates), tuple(cell.states), cell.recurrent)
    return table


CELLS: dict[str, Cell] = _table()
READOUTS: tuple[str, ...] = ("steps", *(readout.name for readout in readouts()))
SCORED: tuple[str, ...] = tuple(readout.name for readout in readouts() if readout.scored)  # by a weight that is learned


ALWAYS = ("inputs", "outputs", "cell", "hidden")  # is shown of an architecture


@keywords
@dataclass(frozen=True, kw_only=True)
class Architecture:
    """What a network is made of: the arguments of `Network`, but for the seed. Every value is checked here, once."""

    inputs: int
    outputs: int
    cell: str = "lstm"
    nonlinearity: str | None = None  # rnn and none: tanh unless said otherwise
    hidden: int = 16
    layers: int = 1
    bidirectional: bool = False
    bias: bool = True
    symbols: bool = False
    embedding: int | None = None
    tied: bool = False  # the head's weights are the embedding's
    dropout: float = 0.0  # between layers
    noise: float = 0.0  # on the states
    output_dropout: float = 0.0  # of what the head reads
    weight_dropout: float = 0.0  # of the recurrent weights
    readout: str = "steps"  # what the head reads: each step, or one vector of a whole sequence
    initial: float | Literal["learned"] = 0.0
    terms: int = 0  # extra logits that come from outside
    dtype: str = "float32"

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.generic):
                object.__setattr__(self, name, value.item())  # a model file holds Python's numbers
        for name in ("inputs", "outputs", "hidden"):
            whole(name, getattr(self, name), 1, LARGEST)
        whole("layers", self.layers, 1, 1000)
        for name in ("bidirectional", "bias", "symbols", "tied"):
            if not isinstance(getattr(self, name), bool):
                raise ConfigError(f"{name}: expected true or false; found {getattr(self, name)!r}")
        choose("cell", self.cell, CELLS)
        choices = CELLS[self.cell].nonlinearities
        if choices:
            object.__setattr__(self, "nonlinearity", choose("nonlinearity", self.nonlinearity or "tanh", choices))
        elif self.nonlinearity is not None:
            raise ConfigError(f"nonlinearity: a {self.cell} has no choice of it; found {self.nonlinearity!r}")
        if self.embedding is not None:
            whole("embedding", self.embedding, 1, LARGEST)
            if not self.symbols:
                raise ConfigError("embedding: expected symbols=True, found dense inputs", "pass symbols=True")
        if self.tied:
            self._check_tied()
        whole("terms", self.terms, 0, 1000)
        choose("readout", self.readout, READOUTS)
        choose("dtype", self.dtype, ("float32", "float64"))
        for name in ("dropout", "output_dropout", "weight_dropout"):
            in_range(name, getattr(self, name), 0, 1, high_in=False)
        in_range("noise", self.noise, 0, 10)
        if self.initial != "learned":
            if isinstance(self.initial, bool) or not isinstance(self.initial, int | float):
                raise ConfigError(f"initial: expected a number or 'learned'; found {self.initial!r}")
            in_range("initial", self.initial, -1e6, 1e6)

    def _check_tied(self) -> None:
        if self.embedding != self.reads:
            raise ConfigError(
                f"tied: expected an embedding as wide as what the head reads, {self.reads}; found {self.embedding}",
                f"{spelled('embedding', self.reads)}, or {spelled('tied', False)}",
            )
        if self.outputs > self.inputs:
            raise ConfigError(f"tied: expected no more outputs than inputs, {self.inputs}; found {self.outputs}")

    @property
    def directions(self) -> int:
        """1, or 2 where the network is bidirectional."""
        return 2 if self.bidirectional else 1

    @property
    def states(self) -> tuple[str, ...]:
        """The names of its states: ("h",), or ("h", "c") for an LSTM."""
        return CELLS[self.cell].states

    @property
    def per_step(self) -> bool:
        """Whether the head answers every step; else, with a readout, every sequence once."""
        return self.readout == "steps"

    def answers(self, steps: int, rows: int) -> tuple[int, ...]:
        """The shape of its answers: (T, B), or with a readout (B,)."""
        return (steps, rows) if self.per_step else (rows,)

    @property
    def reads(self) -> int:
        """How many numbers the head reads (D·H)."""
        return self.directions * self.hidden

    def idle(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = {}
        if self.dropout and self.layers == 1:
            found["dropout"] = "it falls between layers, and there is one"
        if self.weight_dropout and not CELLS[self.cell].recurrent:
            found["weight_dropout"] = f"the cell {self.cell!r} has no recurrent weights"
        return found

    def arguments(self) -> str:
        """Those of `Network` that make it, without the usual ones: for people."""
        shown = [one for one in fields(self) if one.name in ALWAYS or getattr(self, one.name) != one.default]
        return ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in shown)

    def to_json(self) -> dict[str, Any]:
        """All fields, as JSON has them; a network that does not use a later one is written as it always was."""
        return {name: value for name, value in asdict(self).items() if value or name not in LATER}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Architecture:
        """From `to_json`; unknown or missing fields are refused.

        But for later ones: files of before have no such fields, and mean what they always did.
        """
        known = {f.name for f in fields(cls)}
        if set(data) | {"readout", *LATER} != known:
            odd = sorted(set(data) ^ known)
            raise ConfigError(f"architecture: expected the fields {sorted(known)}; {odd} are missing or unknown")
        return cls(**data)

    @property
    def size(self) -> int:
        """The number of parameters, without making any."""
        gates, h, width = len(CELLS[self.cell].gates), self.hidden, self.reads
        total = (self.embedding or 0) * self.inputs + self.outputs * ((0 if self.tied else width) + self.bias)
        if self.readout in SCORED:
            total += width
        total += self.terms * (width + 1)
        for layer in range(self.layers):
            inputs = width if layer else self.embedding or self.inputs
            recurrent = h + self.bias if CELLS[self.cell].recurrent else 0
            total += self.directions * gates * h * (inputs + self.bias + recurrent)
        if self.initial == "learned":
            total += self.layers * self.directions * h * len(self.states)
        return total

    def engine(self) -> EngineArchitecture:
        """The same for the engine."""
        learned = self.initial == "learned"
        return EngineArchitecture(
            inputs=self.inputs,
            outputs=self.outputs,
            symbols=self.symbols,
            embedding=self.embedding or 0,
            tied=self.tied,
            cell=self.cell,
            nonlinearity=self.nonlinearity or "",
            hidden=self.hidden,
            layers=self.layers,
            bidirectional=self.bidirectional,
            bias=self.bias,
            dropout=self.dropout,
            noise=self.noise,
            output_dropout=self.output_dropout,
            weight_dropout=self.weight_dropout,
            readout=self.readout,
            learned_initial=learned,
            initial=0.0 if learned else float(self.initial),
            terms=self.terms,
        )
