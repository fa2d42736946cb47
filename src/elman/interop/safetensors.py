"""Networks as a plain file of tensors, with the names that a module of PyTorch has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from elman.errors import ConfigError
from elman.interop.leaving import ABOUT, Leaving
from elman.interop.tensors import tensors_of
from elman.network.checks import Array


def contents(leaving: Leaving) -> bytes:
    """The contents of a file."""
    tensors = {name: np.ascontiguousarray(values) for name, values in tensors_of(leaving.network).items()}
    return save(tensors, metadata={ABOUT: json.dumps(leaving.to_json(), allow_nan=False)})


def read(path: Path) -> tuple[dict[str, Array], dict[str, Any] | None]:
    """The tensors of a file, and what was said of them, if elman wrote it; a ConfigError where it is none."""
    try:
        with safe_open(path, framework="numpy") as file:
            said = (file.metadata() or {}).get(ABOUT)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return tensors, None if said is None else json.loads(said)
    except (SafetensorError, OSError, TypeError, KeyError, AttributeError, ValueError):
        raise ConfigError(
            f"{path}: expected a file of safetensors, of PyTorch (.pt, .pth, .bin) or of ONNX (.onnx); found another, "
            "or a damaged one",
            "of safetensors, numbers must be of a type that NumPy has; bfloat16 is none",
        ) from None
