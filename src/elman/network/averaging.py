"""Networks averaged: one network whose outputs are the mean of those of several, side by side in it.

The units of each read their own alone: weights between two networks are zeros. So whatever runs a network runs this.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from elman.errors import ConfigError
from elman.network.architecture import CELLS, SCORED, Architecture
from elman.network.checks import Array
from elman.network.network import Network


def averaged(networks: Sequence[Network]) -> Network:
    """A network of K·H hidden units whose outputs are the mean of the outputs of K networks of H.

    Raises:
        ConfigError: there are fewer than two, they are not of one architecture, or it has tied weights, terms, or a
            readout whose weights come from all units: then there is no such network.
    """
    if len(networks) < 2:
        raise ConfigError(f"networks: expected two or more; found {len(networks)}")
    one = networks[0].architecture
    for number, network in enumerate(networks):
        if network.architecture != one:
            what = f"{one.arguments()}, as of the first; found {network.architecture.arguments()}"
            raise ConfigError(f"networks[{number}]: expected the architecture {what}")
    _check(one)
    wide = one.embedding and one.embedding * len(networks)
    many = Network.of(Architecture(**{**vars(one), "hidden": one.hidden * len(networks), "embedding": wide}))
    for name, array in many.parameters.items():
        array[...] = _joined(name, [network.parameters[name] for network in networks], one)
    return many


def _check(a: Architecture) -> None:
    scored = a.readout in SCORED and f"the readout {a.readout!r}"
    for name, found in (("tied", a.tied and "a tied head"), ("terms", a.terms and "terms"), ("readout", scored)):
        if found:
            raise ConfigError(f"{name}: expected a network whose mean with others is a network; found {found}")


def _joined(name: str, arrays: Sequence[Array], a: Architecture) -> Array:
    """The parameter of this name of the network that holds all."""
    kind, gates = name.partition("_l")[0], len(CELLS[a.cell].gates)
    if name == "head.bias":
        return np.asarray(np.mean(arrays, axis=0))
    if name == "head.weight":  # (O, D·H): the columns of each direction side by side
        parts = [one.reshape(a.outputs, a.directions, a.hidden) / len(arrays) for one in arrays]
        return np.concatenate(parts, axis=2).reshape(a.outputs, -1)
    if name == "embedding.weight" or name.startswith("initial_"):
        return np.concatenate(arrays, axis=1)
    parts = [one.reshape(gates, a.hidden, -1) for one in arrays]
    if kind == "weight_hh" or (kind == "weight_ih" and a.embedding is not None and name.startswith("weight_ih_l0")):
        return _diagonal(parts, 1)
    if kind == "weight_ih" and not name.startswith("weight_ih_l0"):
        return _diagonal(parts, a.directions)
    return np.concatenate(parts, axis=1).reshape(gates * a.hidden * len(arrays), *arrays[0].shape[1:])


def _diagonal(parts: Sequence[Array], directions: int) -> Array:
    """Of each (G, H, D·I), (G·K·H, D·K·I) with zeros between two networks."""
    gates, hidden, _ = parts[0].shape
    blocks = [one.reshape(gates, hidden, directions, -1) for one in parts]
    count, width = len(parts), blocks[0].shape[-1]
    found = np.zeros((gates, count, hidden, directions, count, width), parts[0].dtype)
    for number, block in enumerate(blocks):
        found[:, number, :, :, number] = block
    return found.reshape(gates * count * hidden, directions * count * width)
