"""Sequences with what they are to teach: inputs, targets, and how much each counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elman.errors import ShapeError
from elman.network.architecture import Architecture
from elman.network.checks import Array, array, as_array, within
from elman.network.losses import Loss
from elman.network.ragged import inputs_of, lengths_of, listed, numbers, padded, symbols
from elman.spelling import counted
from elman.training.batches import Batch

Values = Sequence[Array] | Array  # of each sequence: an array (T_i, …) of its steps, or with a readout one answer


class Names(NamedTuple):
    """What messages of errors call sequences, targets and weights."""

    sequences: str = "sequences"
    targets: str = "targets"
    weights: str = "weights"


NAMES = Names()


@dataclass(frozen=True)
class Sequences:
    """N checked sequences. Memory is shared with what was given, where that has the network's types already."""

    inputs: Sequence[Array]
    lengths: NDArray[np.int32]
    targets: Values
    weights: Values | None
    classes: NDArray[np.int32] | None  # (N,) targets that are one symbol for each

    @classmethod
    def of(
        cls,
        a: Architecture,
        loss: Loss,
        sequences: Iterable[ArrayLike],
        targets: Iterable[ArrayLike],
        weights: Iterable[ArrayLike] | None = None,
        *,
        names: Names = NAMES,
    ) -> Self:
        """Checks all of it, for such a network and such a loss.

        Args:
            a: the network's architecture.
            loss: what compares answers and targets.
            sequences: arrays (T_i, I), or (T_i,) symbols.
            targets: for a network that answers every step, arrays (T_i, O), or (T_i,) symbols. With a readout, (N, O)
                or (N,) symbols. Where O is 1, that axis may be missing.
            weights: how much each step counts, arrays (T_i,), or each sequence (N,). Where it is 0, the target may be
                anything.
            names: what they are called.

        Raises:
            ShapeError: something is wrong; it names the sequence, and the step.
        """
        inputs = inputs_of(a, sequences, names.sequences)
        lengths = lengths_of(names.sequences, inputs)
        each = None if weights is None else _weights(a, names.weights, lengths, weights)
        given = _as_many(names.targets, targets, lengths)
        width = loss.width(given[0], a.outputs)
        if a.per_step:
            answers: Values = [
                _target(a, loss, f"{names.targets}[{i}]", one, width, length, None if each is None else each[i])
                for i, (one, length) in enumerate(zip(given, lengths.tolist(), strict=True))
            ]
        else:
            answers = _target(a, loss, names.targets, given, width, None, None if each is None else np.asarray(each))
        classes = answers if loss.symbols and isinstance(answers, np.ndarray) else None
        return cls(inputs, lengths, answers, each, classes)

    def __len__(self) -> int:
        return len(self.inputs)

    def joined(self, others: Self) -> Self:
        """These, and behind them others for the same network and loss."""
        targets = _behind(self.targets, others.targets)
        weights = self.weights if others.weights is None else others.weights
        if weights is not None:
            dtype = weights[0].dtype
            weights = _behind(self._weighted(dtype), others._weighted(dtype))
        return type(self)(
            [*self.inputs, *others.inputs],
            np.concatenate([self.lengths, others.lengths]),
            targets,
            weights,
            targets if isinstance(targets, np.ndarray) and self.classes is not None else None,
        )

    def _weighted(self, dtype: np.dtype[Any]) -> Values:
        """The weights; 1, where there are none."""
        if self.weights is not None:
            return self.weights
        if isinstance(self.targets, np.ndarray):
            return np.ones(len(self), dtype)
        return [np.ones(length, dtype) for length in self.lengths.tolist()]

    def batch(self, rows: NDArray[np.integer[Any]]) -> Batch:
        """Some of them side by side."""
        return Batch(
            inputs=padded([self.inputs[row] for row in rows]),
            targets=_beside(self.targets, rows),
            lengths=self.lengths[rows],
            weights=None if self.weights is None else _beside(self.weights, rows),
        )

    def counts(self, loss: Loss, rows: Iterable[int]) -> bool:
        """Whether any target of some of them has a weight above 0, of its own and of its class."""
        for row in rows:
            weight = 1.0 if self.weights is None else self.weights[row]
            if np.any(weight * loss.mass(np.asarray(self.targets[row])) > 0):
                return True
        return False

    def fingerprint(self, more: bytes = b"") -> int:
        """By which they are known again: a checksum of all of it."""
        found = crc32(self.lengths.tobytes(), crc32(more))
        for values in (self.inputs, self.targets, self.weights if self.weights is not None else ()):
            for one in [values] if isinstance(values, np.ndarray) else values:
                found = crc32(np.ascontiguousarray(one).data, found)
        return found


def _behind(some: Values, others: Values) -> Values:
    if isinstance(some, np.ndarray) and isinstance(others, np.ndarray):
        return np.concatenate([some, others])
    return [*some, *others]


def _beside(values: Values, rows: NDArray[np.integer[Any]]) -> Array:
    return values[rows] if isinstance(values, np.ndarray) else padded([values[row] for row in rows])


def _as_many(where: str, values: Iterable[Any], lengths: NDArray[np.int32]) -> list[Any]:
    given = listed(where, values)
    if len(given) != len(lengths):
        raise ShapeError(f"{where}: expected {len(lengths):,}, one for each sequence; found {len(given):,}")
    return given


def _of_sequences(a: Architecture, where: str, given: ArrayLike) -> Array:
    """An array with one target for each sequence; the error for those of steps says what the readout has to do."""
    try:
        return as_array(where, given)
    except ShapeError as error:
        error.hint = f"the readout {a.readout!r} has one answer for each sequence; 'steps' has one for each step"
        raise


def _of_steps(where: str, given: ArrayLike, length: int) -> Array:
    """An array of as many steps as the sequence has."""
    found = as_array(where, given)
    if found.ndim == 0:
        raise ShapeError(
            f"{where}: expected an array of {counted(length, 'step')}, as its sequence has; found {given!r:.60}"
        )
    if len(found) != length:
        raise ShapeError(f"{where}: expected {counted(length, 'step')}, as its sequence has; found {len(found):,}")
    return found


def _weights(a: Architecture, where: str, lengths: NDArray[np.int32], weights: Iterable[ArrayLike]) -> Values:
    """As they are given; that of a sequence, for each of its steps."""
    given = _as_many(where, weights, lengths)
    if not a.per_step:
        return _not_below_0(where, array(where, given, a.dtype, (len(given),)))
    found = []
    for i, (one, length) in enumerate(zip(given, lengths.tolist(), strict=True)):
        place = f"{where}[{i}]"
        steps = np.full(length, one) if np.ndim(one) == 0 else _of_steps(place, one, length)
        found.append(_not_below_0(place, array(place, steps, a.dtype, (length,))))
    return found


def _not_below_0(where: str, found: Array) -> Array:
    if (found < 0).any():
        first = int((found < 0).argmax())
        raise ShapeError(f"{where}[{first}]: expected none below 0; found {found[first]}")
    return found


def _target(
    a: Architecture, loss: Loss, where: str, given: ArrayLike, width: int, length: int | None, weight: Array | None
) -> Array:
    """Targets (T, width), or (T,) symbols, of so many steps, or of sequences; 0 where their weight is."""
    found = _of_sequences(a, where, given) if length is None else _of_steps(where, given, length)
    if weight is not None and not weight.all():
        found = found.copy()
        found[weight == 0] = 0
    if loss.symbols:
        return symbols(where, found, a.outputs)
    targets = numbers(where, found, a.dtype, width, "steps" if a.per_step else "sequences")
    if loss.bounds is not None:
        within(where, targets, *loss.bounds)
    return targets
