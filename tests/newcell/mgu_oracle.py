"""The equations of the cell that tests/test_cell_change.py adds, as the scalar loops that tests/naive.py asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping

import naive
from naive import Array, Units, Vector


def mgu(x: Vector, previous: Units, weights: Mapping[str, Array], nonlinearity: str) -> tuple[Units, Units]:
    """The minimal gated unit: n = tanh(a_n + f*u_n) and h' = (1-f)*h + f*n, the weights in the order f, n."""
    a_f, a_n = naive.gate_sums(weights, "ih", x, 2)
    u_f, u_n = naive.gate_sums(weights, "hh", previous["h"], 2)
    units = range(len(a_f))
    f = [naive.sigmoid(a_f[j] + u_f[j]) for j in units]
    n = [math.tanh(a_n[j] + f[j] * u_n[j]) for j in units]
    h = [(1.0 - f[j]) * previous["h"][j] + f[j] * n[j] for j in units]
    return {"h": h}, {"forget": f, "new": n}


naive.CELLS["mgu"] = mgu
