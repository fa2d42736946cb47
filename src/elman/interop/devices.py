"""The names of devices: what they are is asked when one is used."""

from __future__ import annotations

from typing import Any

from elman.errors import ConfigError, choose
from elman.interop.needed import needed
from elman.spelling import called, either, spelled

ENGINE = "cpu"  # elman's own
DEVICES = ("cuda", "torch-cpu")  # PyTorch's


def check_device(device: str, others: tuple[str, ...] = ()) -> Any:
    """The module torch; a ConfigError where that, or the device, is not there. `others` may be named, too."""
    where = called("device")
    try:
        choose(where, device, (*others, *DEVICES))
    except ConfigError as error:
        error.hint = error.hint or f"{spelled('device', 'cuda')} is a GPU, by PyTorch; {without()}"
        raise
    torch = needed("torch", "torch", where)
    if device == "cuda" and not torch.cuda.is_available():
        built = "; this PyTorch is built without CUDA: install one with it" * (torch.version.cuda is None)
        raise ConfigError(
            f"{where}: expected a GPU for PyTorch {torch.__version__}; it finds none",
            f"{without()}; `python -m torch.utils.collect_env` tells what it finds{built}",
        )
    return torch


def without() -> str:
    """What always works."""
    return either("without `to_device`, the CPU trains", "without --device, the CPU trains")
