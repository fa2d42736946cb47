"""`export`: a network as a file of another tool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from elman.errors import ConfigError, choose
from elman.lazy import fetch
from elman.models.model import Model
from elman.network import Network
from elman.network.file import check_writable, path_of, write_whole
from elman.version import __version__

# Where the function is that makes the contents of a file from what leaves: `module:function`.
FORMATS = {"onnx": "elman.interop.onnx:contents"}


@dataclass(frozen=True)
class Leaving:
    """A network that leaves, and what its file says of it."""

    name: str  #: the file's, without its ending
    network: Network
    about: dict[str, Any] = field(default_factory=dict)  #: of a model: task, codec and metrics, as JSON has them

    def to_json(self) -> dict[str, Any]:
        """All that is said of it: what is needed to use it, and nothing of the machine that it was made on."""
        return {"version": __version__, "architecture": self.network.architecture.to_json(), **self.about}


def export(model: Model | Network, path: str | PathLike[str], to: str) -> int:
    """Writes a network as a file of another tool, at once or not at all; docs/export.md tells what is in it.

    Args:
        model: of a task, or a network without one.
        path: of the file.
        to: "onnx": the operators of ONNX, which ONNX Runtime and others run (the extra `onnx`).

    Returns:
        The bytes of the file.

    Raises:
        ConfigError: there is no such format, it cannot have this network, or a package is not installed.
        ModelFileError: the file cannot be written.
    """
    file = path_of(path)
    module, _, function = FORMATS[choose("to", to, FORMATS)].partition(":")
    check_writable(file)
    contents: Callable[[Leaving], bytes] = fetch(module, function)
    data = contents(_leaving(file.stem, model))
    write_whole(file, data)
    return len(data)


def _leaving(name: str, model: Model | Network) -> Leaving:
    if isinstance(model, Network):
        return Leaving(name, model)
    if not isinstance(model, Model):
        raise ConfigError(f"model: expected a Model or a Network; found {model!r:.60}")
    about = {"task": model.task.name, "codec": model.task.codec(), "metrics": model.metrics}
    return Leaving(name, model.network, about)
