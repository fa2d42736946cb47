"""`export`: a network as a file of another tool."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any

from elman.errors import ConfigError, choose
from elman.lazy import fetch
from elman.models.model import Model
from elman.network import Network
from elman.network.file import check_writable, path_of, write_whole
from elman.proof.certificate import encoded
from elman.proof.checking import checker
from elman.spelling import called, either, spelled
from elman.tasks.capabilities.calibrates import Calibrates
from elman.tasks.capabilities.provable import Provable
from elman.tasks.capabilities.stands_alone import Alone, StandsAlone
from elman.version import __version__

# Where the function is that makes the contents of a file from what leaves: `module:function`.
FORMATS = {
    "c": "elman.interop.c:contents",
    "onnx": "elman.interop.onnx:contents",
    "safetensors": "elman.interop.safetensors:contents",
    "torch": "elman.interop.torch:contents",
}
ABOUT = "elman.about"  # the key of what a file's metadata say of its network


@dataclass(frozen=True)
class Leaving:
    """A network that leaves, and what its file says of it."""

    name: str  #: the file's, without its ending
    network: Network
    form: str  #: in which its numbers are to stand, where the format has it: float32, or int8
    about: dict[str, Any] = field(default_factory=dict)  #: of a model, for JSON: task, codec, metrics, symbols
    certificate: Mapping[str, Any] | None = None  #: that it is right at every length
    alone: Alone | None = None  #: of "c": what stands around the network

    def to_json(self) -> dict[str, Any]:
        """All that is said of it: what is needed to use it, and nothing of the machine that it was made on."""
        return {"version": __version__, "architecture": self.network.architecture.to_json(), **self.about}


def contents(to: str, leaving: Leaving) -> bytes:
    """The contents of a file of this format."""
    module, _, function = FORMATS[to].partition(":")
    write: Callable[[Leaving], bytes] = fetch(module, function)
    return write(leaving)


def export(
    model: Model | Network,
    path: str | PathLike[str],
    to: str,
    *,
    dtype: str | None = None,
    data: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    certificate: Mapping[str, Any] | None = None,
    file: bytes | None = None,
) -> int:
    """Writes a network as a file of another tool, at once or not at all; docs/export.md tells what is in it.

    Args:
        model: of a task, or a network without one.
        path: of the file.
        to: "c": a header in C99; "onnx": the operators of ONNX, which ONNX Runtime and others run (the extra `onnx`);
            "torch": the `state_dict` of `to_torch(network)` (the extra `torch`); "safetensors": the same tensors,
            without PyTorch.
        dtype: of "c": "int8", numbers of one byte, which is refused where the score is more than 0.5 % worse. A model
            whose own file is in int8 needs none.
        data: what that score is measured on, as `Model.export` takes it.
        certificate: of "c": that the model is right at every length, as `Model.prove` finds it; it is checked here, and
            stands in the file.
        file: the contents of the model's file, which the certificate is about; default: what `Model.save` writes.

    Returns:
        The bytes of the file.

    Raises:
        ConfigError: there is no such format, it cannot have this network or these options, int8 costs too much, the
            certificate is rejected, or a package is not installed.
        ModelFileError: the file cannot be written.
    """
    out = path_of(path)
    check_writable(out)
    made = exported(model, out.stem, to, dtype=dtype, data=data, certificate=certificate, file=file)
    if line := lost(model):
        warnings.warn(line, stacklevel=2)
    write_whole(out, made)
    return len(made)


def exported(
    model: Model | Network,
    name: str,
    to: str,
    *,
    dtype: str | None = None,
    data: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    certificate: Mapping[str, Any] | None = None,
    file: bytes | None = None,
) -> bytes:
    """The contents of the file that `export` writes, whose name, without its ending, is this one."""
    choose("to", to, FORMATS)
    if to != "c" and (dtype is not None or certificate is not None):
        what = either("dtype", "--int8") if dtype is not None else called("certificate")
        raise ConfigError(f"{what}: expected beside it {spelled('to', 'c')}; found {spelled('to', to)}")
    if not isinstance(model, Model | Network):
        raise ConfigError(f"model: expected a Model or a Network; found {model!r:.60}")
    leaving = _network(name, model, dtype) if isinstance(model, Network) else _model(name, model, to, dtype, data)
    if certificate is not None:
        leaving = replace(leaving, certificate=_checked(model, certificate, file))
    return contents(to, leaving)


def lost(model: Model | Network) -> str:
    """What is to be known of the network without the rest of its model; "" where nothing is lost."""
    return model.task.lost() if isinstance(model, Model) and isinstance(model.task, Calibrates) else ""


def _network(name: str, network: Network, dtype: str | None) -> Leaving:
    if dtype is not None:
        raise ConfigError(f"dtype: expected a model of a task, whose score tells what {dtype} costs; found a network")
    return Leaving(name, network, network.architecture.dtype)


def _model(
    name: str, model: Model, to: str, dtype: str | None, data: str | PathLike[str] | Sequence[str | PathLike[str]]
) -> Leaving:
    if dtype not in (None, "int8"):
        raise ConfigError(f"dtype: expected 'int8', or none; found {dtype!r}")
    small, _ = model.measured(dtype, data)
    about: dict[str, Any] = {"task": small.task.name, "codec": small.task.codec(), "metrics": small.metrics}
    if symbols := small.task.symbols():
        about["symbols"] = symbols
    alone = small.task.alone() if to == "c" and isinstance(small.task, StandsAlone) else None
    return Leaving(name, small.network, small.form, about, alone=alone)


def _checked(model: Model | Network, certificate: Mapping[str, Any], file: bytes | None) -> Mapping[str, Any]:
    """The certificate, if it is accepted of this model."""
    if isinstance(model, Network) or not isinstance(model.task, Provable):
        raise ConfigError("certificate: expected a model that can be proved; found another one")
    if model.network.architecture.dtype != "float32":
        raise ConfigError("certificate: expected a network in float32, as the file computes; found float64")
    program = checker()
    model.task.confirm()
    try:
        program.check(model.encoded() if file is None else file, encoded(dict(certificate)))
    except program.Rejected as error:
        raise ConfigError(f"certificate: expected one of this model; found one that is rejected: {error}") from None
    return certificate
