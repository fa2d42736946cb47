"""The picture of any network: its gates and states, by name, while one impulse goes through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from elman.network.architecture import CELLS, Architecture
from elman.network.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from elman.network.checks import Array

STEPS, IMPULSE = 12, 1  # of the input, and the one at which it is not 0
MOST = 64  # units
COLUMNS = 3  # panels beside each other
CALLED = {"h": "hidden state", "c": "cell state", "cell": "candidate", "new": "candidate"}  # others are gates


def picture(network: Network) -> Figure:
    """A panel for each state and gate of the last layer, forwards: units over the steps."""
    from matplotlib.figure import Figure

    a = network.architecture
    trace, cell = network.trace(_impulse(a)), CELLS[a.cell]
    names = [*cell.states, *(cell.gates if len(cell.gates) > 1 else ())]  # one gate alone is the state that it makes
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(1 + 3.4 * columns, 0.7 + 2.7 * rows), layout="constrained")
    title = f"{a.cell}: one impulse, at step {IMPULSE + 1}"
    title += f"; layer {a.layers - 1}" * (a.layers > 1) + ", forwards" * a.bidirectional
    title += f"; the first {MOST} of {a.hidden:,} units" * (a.hidden > MOST)
    figure.suptitle(title, fontsize="medium")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for name, axes in zip(names, panels, strict=False):
        _units(axes, CALLED.get(name, f"{name} gate"), trace[name][-a.directions, -STEPS:, 0, :MOST].T)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    return figure


def _impulse(a: Architecture) -> Array:
    """(T, 1, I): the first input is 1 at one step; or (T, 1), where steps are symbols."""
    if a.symbols:
        found = np.zeros((STEPS, 1), np.int32)
        found[IMPULSE] = min(1, a.inputs - 1)
        return found
    inputs = np.zeros((STEPS, 1, a.inputs), a.dtype)
    inputs[IMPULSE, 0, 0] = 1
    return inputs


def _units(axes: Any, name: str, values: Array) -> None:
    """Values (H, T): blue below 0, red above, on a scale of at least -1 to 1; of what is never below 0, from 0 on."""
    most = max(1.0, float(np.abs(values).max()))
    signed = bool((values < 0).any())
    image = axes.imshow(
        values, aspect="auto", interpolation="nearest", cmap="RdBu_r" if signed else "cividis",
        vmin=-most if signed else 0, vmax=most, extent=(0.5, values.shape[1] + 0.5, len(values) - 0.5, -0.5),
    )  # fmt: skip
    axes.set_title(name, fontsize="small")
    axes.set_xlabel("step", fontsize="small")
    axes.set_ylabel("unit", fontsize="small")
    axes.tick_params(labelsize="small")
    axes.figure.colorbar(image, ax=axes, pad=0.02).ax.tick_params(labelsize="small")
