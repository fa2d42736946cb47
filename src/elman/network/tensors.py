"""Tensors of a file: none is used before it is found to be whole, finite, and of the right network."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from elman.errors import ModelFileError
from elman.network.architecture import Architecture
from elman.network.arrays import Parameters
from elman.network.checks import Array
from elman.network.engine import connect, zeros
from elman.network.packing import SCALE, layout, unpack

TRAINING, TASK = "training.", "task."  # names of tensors that are not of the network begin so


def checksum(data: bytes) -> str:
    """A short fingerprint of some bytes."""
    return blake2b(data, digest_size=16).hexdigest()


def parameters_of(
    path: Path, architecture: Architecture, form: str, tensors: dict[str, Array], known: Mapping[str, str]
) -> Parameters:
    """The parameters of such a network, out of the tensors of a file."""
    # Sizes first: a header that asks for more than the file holds must not allocate it.
    held = sum(array.size for name, array in tensors.items() if not name.endswith(SCALE))
    wanted = architecture.size
    if wanted != held:
        raise ModelFileError(f"{path}: field 'architecture': expected a network of {held} parameters; found {wanted}")
    parameters = zeros(architecture, connect(architecture))
    expected = layout(parameters, form)
    odd = sorted(set(expected) ^ set(tensors))
    if odd:
        raise ModelFileError(f"{path}: tensors {', '.join(odd)}: missing, or not of this architecture")
    for name, (dtype, shape) in expected.items():
        found = tensors[name]
        if found.shape != shape or found.dtype != dtype:
            raise ModelFileError(
                f"{path}: tensor {name!r}: expected {dtype} {shape}; found {found.dtype} {found.shape}"
            )
        check_intact(path, name, found, known[name])
        check_finite(path, name, found)
    for name, array in unpack(tensors, parameters, form).items():
        check_finite(path, name, array)
        parameters[name][...] = array
    return parameters


def training_of(
    path: Path, flat: Array, state: dict[str, Array], known: Mapping[str, str], implied: Any
) -> dict[str, Array]:
    """What a resumed run needs, the vectors that are implied among it."""
    for name, found in state.items():
        check_intact(path, name, found, known[name])
    values = {"parameters": flat, "zeros": np.zeros_like(flat)}
    pairs = list(implied.items()) if isinstance(implied, dict) else [("", implied)]
    if not all(n.startswith(TRAINING) and isinstance(v, str) and v in values for n, v in pairs):
        raise ModelFileError(f"{path}: field 'implied': expected vectors of a training; found others")
    twice = sorted({name for name, _ in pairs} & set(state))
    if twice:
        raise ModelFileError(f"{path}: field 'implied': {', '.join(twice)}: implied, and a tensor too")
    state |= {name: values[value].copy() for name, value in pairs}
    return {name.removeprefix(TRAINING): array for name, array in state.items()}


def check_finite(where: object, name: str, array: Array) -> None:
    """A ModelFileError where a number is none."""
    if not np.isfinite(array).all():
        raise ModelFileError(f"{where}: tensor {name!r}: expected finite numbers; found infinities or NaN")


def check_intact(path: Path, name: str, array: Array, claimed: str) -> None:
    """A ModelFileError where the numbers are not those that were written."""
    if checksum(np.ascontiguousarray(array).tobytes()) != claimed:
        raise ModelFileError(f"{path}: tensor {name!r}: its numbers are damaged", "make or fetch the file again")
