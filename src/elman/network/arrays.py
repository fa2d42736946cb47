"""Named arrays: parameters, states and traces of a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from elman.errors import suggested
from elman.network.checks import Array, array

CACHE_LINE = 64  # bytes


def aligned_zeros(size: int, dtype: np.dtype[Any]) -> Array:
    """Zeros (size,) that begin with a cache line, where the engine's vectors are loaded and stored fastest."""
    memory = np.zeros(size * dtype.itemsize + CACHE_LINE, np.uint8)
    first = -memory.ctypes.data % CACHE_LINE
    return memory[first : first + size * dtype.itemsize].view(dtype)


class NoArrayError(KeyError):
    """A name that none of the arrays has. The message is made where it is read: `in` and `get` ask by this error."""

    def __str__(self) -> str:
        name, known = self.args
        hint = suggested(name, known) if isinstance(name, str) else ""
        return "; ".join(filter(None, [f"expected one of {', '.join(known)}", f"found {name!r}", hint]))


class _Named(Mapping[str, Array]):
    """A read-only mapping from names to arrays; the arrays themselves may be written to."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = dict(arrays)

    def __getitem__(self, name: str) -> Array:
        try:
            return self._arrays[name]
        except KeyError:
            raise NoArrayError(name, list(self._arrays)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Who sends a copy to another process may map large arrays into it, to be read only (joblib does).
        self._arrays = {name: np.require(values, requirements="W") for name, values in state["_arrays"].items()}

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in self.items())
        return f"{type(self).__name__}({shapes})"


class Parameters(_Named):
    """One flat vector and named views into it, with PyTorch's names, shapes and gate order.

    `flat` (P,) holds every number; writing to a view writes to it, and the other way round.
    """

    def __init__(self, tensors: Sequence[tuple[str, tuple[int, ...], int]], flat: Array) -> None:
        self._flat = flat
        self.tensors = list(tensors)
        sizes = (int(np.prod(shape)) for _, shape, _ in tensors)
        super().__init__(
            {
                name: flat[offset : offset + size].reshape(shape)
                for (name, shape, offset), size in zip(tensors, sizes, strict=True)
            }
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies, and pickles, as arrays do: with numbers of its own, which its views are views of."""
        return _with_own_numbers, (type(self), self.tensors, self._flat)

    @property
    def flat(self) -> Array:
        """All of them, one after the other (P,)."""
        return self._flat

    @flat.setter
    def flat(self, values: ArrayLike) -> None:
        self._flat[...] = array("parameters", values, self._flat.dtype, self._flat.shape)

    def like(self, flat: Array) -> Parameters:
        """The same names over another flat vector: a gradient, say."""
        return Parameters(self.tensors, flat)


def _with_own_numbers(
    kind: type[Parameters], tensors: Sequence[tuple[str, tuple[int, ...], int]], flat: Array
) -> Parameters:
    own = aligned_zeros(flat.size, flat.dtype)
    own[...] = flat
    return kind(tensors, own)


class State(_Named):
    """What crosses from one window to the next: `h` and, for an LSTM, `c`, each (layers * directions, B, H)."""

    def __init__(self, **arrays: Array) -> None:
        super().__init__(arrays)

    @property
    def h(self) -> Array:
        """The hidden state (layers * directions, B, H)."""
        return self["h"]

    @property
    def c(self) -> Array:
        """The cell state of an LSTM (layers * directions, B, H)."""
        return self["c"]


class Reading(_Named):
    """What a readout has read of each row of a stream so far.

    `readout` (B, H) is what the head reads, `steps` (B,) the number of steps it was read from and, for "attention",
    `logsumexp` (B,) the logarithm of the sum of e^score over them. In a row whose `steps` are 0, nothing is read yet,
    whatever the others hold. Empty for a network that answers every step.
    """

    def __init__(self, **arrays: Array) -> None:
        super().__init__(arrays)


class Trace(_Named):
    """Every gate and state of one run, by name, and the outputs `y` (T, B, O); with a readout, (B, O).

    With a readout there is what the head read, too: `readout` (B, D·H); and, for "attention", `attention` (T, B), how
    much of each step, zero after a row's end.

    Gates are (layers * directions, T, B, H), zero after a row's end. States are (layers * directions, T + 1, B, H):
    forwards, slot 0 is the initial state and slot t + 1 the one after step t; of a reverse direction, slot T is the
    initial state and slot t the one after step t.
    """
