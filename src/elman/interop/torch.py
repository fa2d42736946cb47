"""Networks as modules of PyTorch (the extra `torch`), and their `state_dict` as a file.

A file is written by `torch.save` and read with `weights_only`: it holds tensors, and nothing in it is executed.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from elman.errors import ConfigError
from elman.interop.leaving import Leaving
from elman.interop.needed import needed
from elman.interop.tensors import tensors_of
from elman.network import Architecture, Network
from elman.network.checks import Array
from elman.spelling import spelled

MODULES = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}


def contents(leaving: Leaving) -> bytes:
    """The contents of a file: the `state_dict` of `to_torch(network)`."""
    torch = needed("torch", "torch")
    file = io.BytesIO()
    torch.save(to_torch(leaving.network).state_dict(), file)
    return file.getvalue()


def read(path: Path) -> tuple[dict[str, Array], None]:
    """The tensors of a file; a ConfigError where it holds anything else."""
    torch = needed("torch", "torch")
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # of many kinds, for a file that is damaged, or would execute something
        raise _no_tensors(path, "another file, a whole module, or a damaged one") from None
    if not isinstance(tensors, dict):
        raise _no_tensors(path, f"a {type(tensors).__name__}")
    if others := [str(name) for name, values in tensors.items() if not isinstance(values, torch.Tensor)]:
        raise _no_tensors(path, f"what is no tensor: {', '.join(others):.200}")
    half = torch.bfloat16  # which NumPy does not have
    return {str(n): (v.float() if v.dtype == half else v).numpy() for n, v in tensors.items()}, None


def _no_tensors(path: Path, found: str) -> ConfigError:
    return ConfigError(
        f"{path}: expected a state_dict of tensors, as torch.save writes it; found {found}",
        "torch.save(model.state_dict(), FILE) writes one",
    )


KNOWN = "an lstm, a gru, or an rnn of tanh or relu"


def foreign(a: Architecture) -> str:
    """What kind of network it is, where PyTorch has no module for it; else empty."""
    if a.cell in MODULES and a.nonlinearity != "sigmoid":
        return ""
    return f"{a.cell} of {a.nonlinearity}" if a.nonlinearity else a.cell


def to_torch(network: Network) -> Any:
    """A `torch.nn.Module` that answers as the network does, with its parameters: to go on with in PyTorch.

    `module(x, state=None, lengths=None)` returns what `Network.forward` returns, as tensors; shapes are the same, and
    the state is a dict of its names. Its parts are `torch.nn.LSTM`, `GRU` or `RNN` as `recurrent`, `Linear` as `head`,
    and, where the network has them, `Embedding` as `embedding`, `Linear` as `attention`, and `initial_h`, `initial_c`.
    Dropout between layers comes along; noise and other dropout do not.

    Raises:
        ConfigError: PyTorch has no such cell ("none", or a sigmoid as nonlinearity), or is not installed.
    """
    from elman.interop.torch_module import Recurrent  # which imports PyTorch

    a = network.architecture
    if kind := foreign(a):
        raise ConfigError(f"torch: expected {KNOWN}; found {kind}", f"ONNX has it: {spelled('to', 'onnx')}")
    torch = needed("torch", "torch")
    module = Recurrent(a, getattr(torch.nn, MODULES[a.cell]))
    module.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in tensors_of(network).items()})
    return module
