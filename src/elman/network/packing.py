"""How parameters stand in a model file: as they are, or in fewer bytes.

    float32, float64    the numbers themselves, of the network's own type
    float16             each number rounded to it
    int8                a matrix W (R, C) as whole numbers Q (R, C) from -127 to 127 and a scale for each row, s (R,):
                        W = s Q. Vectors stay float32.

A scale has 16 significant bits. Its product with a number of 7 bits fits into the 24 of float32: to load a model rounds
nothing, and to pack what was loaded gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

import numpy as np

from elman.errors import ConfigError, choose
from elman.network.arrays import Parameters
from elman.network.checks import Array

NARROW = ("float16", "int8")
SCALE = ".scale"  # behind the name of a matrix: the tensor of its scales
LEVELS = 127  # on each side of 0
SCALE_BITS = 16
LEAST_SCALE = 2.0**-100  # a row of smaller numbers is 0: no product is a subnormal number

Layout = dict[str, tuple[str, tuple[int, ...]]]  # of tensors: type and shape


def forms(dtype: str) -> tuple[str, ...]:
    """The ways in which the parameters of a network of this type can be stored."""
    return (dtype, *NARROW)


def layout(parameters: Parameters, form: str) -> Layout:
    """The tensors of a file in this form."""
    tensors: Layout = {}
    for name, view in parameters.items():
        if form == "int8":
            tensors[name] = ("int8" if view.ndim == 2 else "float32", view.shape)
            if view.ndim == 2:
                tensors[name + SCALE] = ("float32", view.shape[:1])
        else:
            tensors[name] = (form, view.shape)
    return tensors


def pack(parameters: Parameters, form: str) -> dict[str, Array]:
    """The tensors that hold parameters; a ConfigError where they cannot hold the numbers to the last bit."""
    own = str(parameters.flat.dtype)
    choose("stored", form, forms(own))
    tensors = _packed(parameters, form)
    if form == own:
        return tensors
    for name, array in unpack(tensors, parameters, form).items():
        if not np.array_equal(array, parameters[name]):
            raise ConfigError(
                f"tensor {name!r}: expected numbers that {form} can hold; found others: weights have changed since the "
                "model was exported",
                f"export it anew, or set the model's `stored` to {own!r}",
            )
    return tensors


def unpack(tensors: Mapping[str, Array], parameters: Parameters, form: str) -> dict[str, Array]:
    """The parameters that tensors of the right `layout` stand for."""
    dtype = parameters.flat.dtype
    arrays = {name: tensors[name].astype(dtype) for name in parameters}
    if form == "int8":
        for name, array in arrays.items():
            if name + SCALE in tensors:
                with np.errstate(over="ignore"):  # whoever reads a file finds the infinity
                    array *= tensors[name + SCALE].astype(dtype)[:, None]
    return arrays


def rounded(parameters: Parameters, form: str) -> Parameters:
    """The nearest numbers that this form can hold; a ConfigError where they are too large for it."""
    choose("dtype", form, forms(str(parameters.flat.dtype)))
    near = copy(parameters)
    for name, array in unpack(_packed(parameters, form), parameters, form).items():
        if not np.isfinite(array).all():
            largest = np.abs(parameters[name]).max()
            raise ConfigError(f"tensor {name!r}: expected numbers that {form} can hold; found {largest:.3g}")
        near[name][...] = array
    return near


def _packed(parameters: Parameters, form: str) -> dict[str, Array]:
    tensors: dict[str, Array] = {}
    with np.errstate(over="ignore"):  # what is too large becomes an infinity, and is found by whoever rounds
        for name, (kind, _) in layout(parameters, form).items():
            if kind == "int8":
                tensors[name], tensors[name + SCALE] = _whole_numbers(parameters[name])
            elif not name.endswith(SCALE):
                tensors[name] = parameters[name].astype(kind)
    return tensors


def _whole_numbers(matrix: Array) -> tuple[Array, Array]:
    """Q (R, C) and s (R,)."""
    matrix = matrix.astype(np.float64)
    fraction, exponent = np.frexp(np.abs(matrix).max(axis=1) / LEVELS)
    # Rounded up, so that the largest number of a row is no more than 127 scales.
    scales = np.ldexp(np.ceil(fraction * 2**SCALE_BITS) / 2**SCALE_BITS, exponent)
    scales[scales < LEAST_SCALE] = 0.0
    numbers = np.divide(matrix, scales[:, None], out=np.zeros_like(matrix), where=scales[:, None] > 0)
    return np.rint(numbers).astype(np.int8), scales.astype(np.float32)
