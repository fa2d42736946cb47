"""The names of devices: what they are is asked when one is used."""

from __future__ import annotations

from typing import Any

from elman.errors import ConfigError, choose
from elman.interop.needed import needed

ENGINE = "cpu"  # elman's own
DEVICES = ("cuda", "torch-cpu")  # PyTorch's


def check_device(device: str) -> Any:
    """The module torch; a ConfigError where that, or the device, is not there."""
    choose("device", device, DEVICES)
    torch = needed("torch", "torch")
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            f"device: expected a GPU for PyTorch {torch.__version__}; it finds none",
            "`python -m torch.utils.collect_env` tells what it finds; without --device, the CPU trains",
        )
    return torch
