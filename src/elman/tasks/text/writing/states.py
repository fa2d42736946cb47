"""States of a network that writes: what reading a prompt leaves, for one row or for many."""

from __future__ import annotations

import numpy as np

from elman.errors import ShapeError
from elman.network import Network, State
from elman.tasks.text.alphabet import Alphabet, Symbols

READ = 1024  # symbols of a prompt at a time, so that memory does not grow with it


def read(network: Network, symbols: Symbols) -> State | None:
    """The state after these symbols; None, the initial one, where there are none."""
    state = None
    for first in range(0, len(symbols), READ):
        _, state = network.forward(symbols[first : first + READ, None], state)
    return state


def repeated(state: State | None, rows: int) -> State | None:
    """The state of one row for each of many."""
    return None if state is None else State(**{name: np.repeat(array, rows, 1) for name, array in state.items()})


def check_network(network: Network, alphabet: Alphabet) -> None:
    """A ShapeError where the network does not read and write the symbols of the alphabet."""
    a = network.architecture
    if not a.symbols or a.inputs != len(alphabet) or a.outputs != len(alphabet):
        raise ShapeError(
            f"network: expected one that reads and writes {len(alphabet)} symbols; "
            f"found {a.inputs} {'symbols' if a.symbols else 'numbers'} in, {a.outputs} out"
        )
