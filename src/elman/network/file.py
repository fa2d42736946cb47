"""Model files: one safetensors file that holds everything needed to use a model again.

The tensors are the parameters, with PyTorch's names and shapes, and, under `training.`, what a resumed run needs. The
metadata holds one entry, `elman`: a JSON object with the keys of `Header`, and with a checksum of itself and of every
tensor, so that any damage is found and named. Nothing in a file is ever executed.

Format 1 (2026): {"format": 1, "header": {...}, "tensors": {name: checksum}, "checksum": of all that}
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from elman.errors import ConfigError, ElmanError, ModelFileError
from elman.network.architecture import Architecture
from elman.network.checks import Array
from elman.network.network import Network

FORMAT = 1
TRAINING = "training."


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a model file says of its model, beside the numbers."""

    version: str  # of the elman that wrote it
    task: str
    codec: dict[str, Any]
    architecture: dict[str, Any]
    training: dict[str, Any]  # settings, updates done, seconds
    metrics: dict[str, Any]
    data: str  # the fingerprint of what it was trained on
    seed: int


@dataclass(frozen=True)
class Contents:
    """A file's header, network and what a resumed run needs (tensor names without `training.`)."""

    header: Header
    network: Network
    training: dict[str, Array] = field(default_factory=dict)


def checksum(data: bytes) -> str:
    """A short fingerprint of some bytes."""
    return blake2b(data, digest_size=16).hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, allow_nan=False).encode()


# --- writing ---


def check_writable(path: Path) -> None:
    """A ModelFileError where no model could be written to this path; to be asked before hours of training."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path}: cannot be written: {error}") from None
    if mode is not None and not stat.S_ISREG(mode):
        what = "a directory" if stat.S_ISDIR(mode) else "no regular file"
        raise ModelFileError(f"{path}: expected the path of a file to write; found {what}", "name a file in it")
    folder = path.parent
    if not folder.is_dir():
        raise ModelFileError(f"{path}: expected a folder {folder}; found none", "make the folder first")
    try:
        import tempfile  # and all kinds of archives, which only writing needs

        with tempfile.TemporaryFile(dir=folder):
            pass
        if mode is not None and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written: {error.strerror}") from None


def encode(where: object, header: Header, network: Network, training: Mapping[str, Array] | None = None) -> bytes:
    """The contents of a model file; a ModelFileError, which begins with `where`, if a parameter is not finite."""
    for name, view in network.parameters.items():
        _finite(where, name, view)
    tensors = {name: np.ascontiguousarray(array) for name, array in network.parameters.items()}
    tensors |= {TRAINING + name: np.ascontiguousarray(array) for name, array in (training or {}).items()}
    body: dict[str, Any] = {
        "format": FORMAT,
        "header": vars(header),
        "tensors": {name: checksum(array.tobytes()) for name, array in tensors.items()},
    }
    body["checksum"] = checksum(_canonical(body))
    return save(tensors, metadata={"elman": _canonical(body).decode()})


def write(path: Path, header: Header, network: Network, training: Mapping[str, Array] | None = None) -> None:
    """Writes a model file at once or not at all."""
    check_writable(path)
    write_whole(path, encode(path, header, network, training))


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file at once or not at all: temporary file, fsync, rename."""
    try:
        _replace(path, data)
    except OSError as error:
        raise ModelFileError(
            f"{path}: not written: {error.strerror}; what was there before is untouched", "is the disk full?"
        ) from None


def _replace(path: Path, data: bytes) -> None:
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:64]}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# --- reading ---


def read(path: Path) -> Contents:
    """Reads a model file; everything is checked before anything is used."""
    tensors, text = _open(path)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise ModelFileError(f"{path}: metadata 'elman': expected JSON; it is damaged") from None
    header = _header(path, body)
    known = body["tensors"]
    if not isinstance(known, dict) or set(known) != set(tensors):
        odd = sorted(set(known if isinstance(known, dict) else ()) ^ set(tensors))
        raise ModelFileError(f"{path}: tensors {', '.join(odd)}: missing, or not announced by the header")
    try:
        architecture = Architecture.from_json(header.architecture)
    except (ConfigError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{path}: field 'architecture': {error}") from None
    return Contents(header, *_arrays(path, architecture, tensors, known))


def _open(path: Path) -> tuple[dict[str, Array], str]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            what = "a directory" if path.is_dir() else "no regular file"
            raise ModelFileError(f"{path}: expected a model file; found {what}")
        size, memory = path.stat().st_size, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if size > memory:  # safetensors would panic
            raise ModelFileError(f"{path}: expected a model that fits into {memory:,} bytes of memory; found {size:,}")
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get("elman")
            if text is None:
                raise ModelFileError(
                    f"{path}: expected an elman model; found a safetensors file of something else",
                    "models are made by `elman train TASK --out FILE`",
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            for name, found in tensors.items():
                if found.dtype not in (np.float32, np.float64):
                    raise ModelFileError(f"{path}: tensor {name!r}: expected float32 or float64; found {found.dtype}")
            return tensors, text
    except ElmanError:
        raise
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file", "models are made by `elman train TASK --out FILE`") from None
    except (SafetensorError, UnicodeError) as error:
        size = path.stat().st_size
        what = "an empty file" if size == 0 else f"{size} bytes that are none, or damaged ({error})"
        raise ModelFileError(f"{path}: expected a safetensors file; found {what}") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelFileError(f"{path}: cannot be read: {error}") from None


def _header(path: Path, body: Any) -> Header:
    if not isinstance(body, dict) or not isinstance(body.get("format"), int):
        raise ModelFileError(f"{path}: field 'format': missing; the header is damaged")
    if body["format"] != FORMAT:
        raise ModelFileError(
            f"{path}: field 'format': expected {FORMAT}; found {body['format']}", "another version of elman wrote it"
        )
    claimed = body.pop("checksum", None)
    try:
        intact = claimed == checksum(_canonical(body))
    except (ValueError, RecursionError):
        intact = False
    if not intact or set(body) != {"format", "header", "tensors"}:
        raise ModelFileError(f"{path}: field 'checksum': the header is damaged")
    try:
        header = Header(**body["header"])
    except TypeError as error:
        raise ModelFileError(f"{path}: header: {error}") from None
    kinds = {"version": str, "task": str, "data": str, "seed": int}
    for name, value in vars(header).items():
        kind = kinds.get(name, dict)
        if not isinstance(value, kind):
            raise ModelFileError(f"{path}: field {name!r}: expected {kind.__name__}; found {type(value).__name__}")
    return header


def _arrays(
    path: Path, architecture: Architecture, tensors: dict[str, Array], known: Mapping[str, str]
) -> tuple[Network, dict[str, Array]]:
    # Sizes first: a header that asks for more than the file holds must not allocate it.
    held = sum(array.size for name, array in tensors.items() if not name.startswith(TRAINING))
    wanted = architecture.size
    if wanted != held:
        raise ModelFileError(f"{path}: field 'architecture': expected a network of {held} parameters; found {wanted}")
    network = Network.of(architecture)
    training = {name.removeprefix(TRAINING): tensors.pop(name) for name in list(tensors) if name.startswith(TRAINING)}
    odd = sorted(set(network.parameters) ^ set(tensors))
    if odd:
        raise ModelFileError(f"{path}: tensors {', '.join(odd)}: missing, or not of this architecture")
    for name, view in network.parameters.items():
        found = tensors[name]
        if found.shape != view.shape or found.dtype != view.dtype:
            raise ModelFileError(
                f"{path}: tensor {name!r}: expected {view.dtype} {view.shape}; found {found.dtype} {found.shape}"
            )
        _intact(path, name, found, known[name])
        _finite(path, name, found)
        view[...] = found
    for name, found in training.items():
        _intact(path, TRAINING + name, found, known[TRAINING + name])
    return network, training


def _finite(where: object, name: str, array: Array) -> None:
    if not np.isfinite(array).all():
        raise ModelFileError(f"{where}: tensor {name!r}: expected finite numbers; found infinities or NaN")


def _intact(path: Path, name: str, array: Array, claimed: str) -> None:
    if checksum(np.ascontiguousarray(array).tobytes()) != claimed:
        raise ModelFileError(f"{path}: tensor {name!r}: its numbers are damaged", "make or fetch the file again")
