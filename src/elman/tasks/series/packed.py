"""Arrays in the JSON of a model file: their bytes, compressed, in base64."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError

TYPES = ("float64", "float32", "int64", "datetime64[us]")


def packed(values: NDArray[Any]) -> dict[str, Any]:
    """As JSON has it."""
    data = base64.b64encode(zlib.compress(np.ascontiguousarray(values).tobytes(), 1)).decode()
    return {"dtype": str(values.dtype), "shape": list(values.shape), "data": data}


def unpacked(found: Mapping[str, Any]) -> NDArray[Any]:
    """The array; a ConfigError where it is none."""
    if set(found) != {"dtype", "shape", "data"} or found["dtype"] not in TYPES:
        raise ConfigError(f"codec: expected an array; found {found!r:.60}")
    try:
        data = zlib.decompress(base64.b64decode(found["data"]))
        return np.frombuffer(data, found["dtype"]).reshape(found["shape"]).copy()
    except (ValueError, TypeError, zlib.error) as error:
        raise ConfigError(f"codec: expected an array; found {error}") from None
