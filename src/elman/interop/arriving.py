"""`import_model`: networks that other tools, or other machines, made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

from elman.errors import ConfigError, ModelFileError
from elman.interop.fetching import fetched
from elman.interop.tensors import Tensors, network_of
from elman.lazy import fetch
from elman.models.model import Model
from elman.models.restore import restore_any
from elman.network import Network
from elman.network.architecture import SCORED

Reader = Callable[[Path], tuple[Tensors, dict[str, Any] | None]]
# Endings of files -> where the function is that reads them; all others are safetensors.
READERS = {
    ".onnx": "elman.interop.onnx_reading:read",
    ".pt": "elman.interop.torch:read",
    ".pth": "elman.interop.torch:read",
    ".bin": "elman.interop.torch:read",
}
SAFETENSORS = "elman.interop.safetensors:read"


class Arrived(NamedTuple):
    """What came, and where its file is."""

    model: Model | Network
    path: Path
    ours: bool  # whether it is a file of elman
    assumed: Sequence[str] = ()  # the options of a network that nothing told, neither its file nor who asked


def import_model(source: str | PathLike[str], *, sha256: str | None = None, **options: Any) -> Model | Network:
    """A model of elman, or the network that another tool made, from a file here or elsewhere.

    Args:
        source: a path; an address (`https://…`, with `sha256`; the extra `data`); or a file of a repository of Hugging
            Face, hf://owner/name/file or hf://owner/name@revision/file (the extra `hub`). The file is one of elman; a
            `state_dict` in safetensors, or of PyTorch (.pt, .pth, .bin); or ONNX with the operators LSTM, GRU or RNN.
            Nothing in it is executed.
        sha256: of the file, hexadecimal.
        options: of a network that elman did not write: what shapes do not tell, as the constructor of `Network` takes
            it: `nonlinearity`, `symbols`, `readout`, `initial` …

    Raises:
        ConfigError: the file holds no network of elman's kinds, an option is wrong, or a package is not installed.
        DataError: the file cannot be fetched, or is another one than the checksum says.
        ModelFileError: there is no such file, or a model file is damaged.
    """
    return arrived(source, sha256, options).model


def arrived(source: str | PathLike[str], sha256: str | None, options: Mapping[str, Any]) -> Arrived:
    """The same, and the file that it came from."""
    path = fetched(fspath(source), sha256)
    if not path.is_file():
        found = "expected a file; found a folder" if path.is_dir() else "no such file"
        raise ModelFileError(f"{path}: {found}", "a file elsewhere is named https://… or hf://owner/name/file")
    if path.suffix not in READERS and _is_ours(path):
        if options:
            raise ConfigError(f"{path}: expected no {', '.join(options)}: it is a file of elman, which says all of it")
        return Arrived(restore_any(path), path, ours=True)
    module, _, function = READERS.get(path.suffix, SAFETENSORS).partition(":")
    read: Reader = fetch(module, function)
    tensors, about = read(path)
    if about is not None and "architecture" in about:
        return Arrived(network_of(path, tensors, about, options), path, ours=False)
    known = {name: value for name, value in (about or {}).items() if value is not None} | dict(options)
    network = network_of(path, tensors, None, known)
    return Arrived(network, path, ours=False, assumed=[name for name in _untold(network) if name not in known])


def _untold(network: Network) -> list[str]:
    """The options of a network that its tensors do not tell."""
    a = network.architecture
    nonlinearity, readout = a.cell == "rnn", a.readout not in SCORED
    return ["nonlinearity"] * nonlinearity + ["readout"] * readout + ["symbols"] * (not a.embedding)


def _is_ours(path: Path) -> bool:
    """Whether it is a file that `save` wrote: safetensors whose metadata have the entry `elman`."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        try:
            return "elman" in json.loads(file.read(min(size, 1 << 26))).get("__metadata__", {})
        except (ValueError, RecursionError, AttributeError):
            return False
