"""Model files, and files of networks: one safetensors file that holds everything needed to use one again.

The tensors are the parameters, with PyTorch's names and shapes; under `training.`, what a resumed run needs; under
`task.`, what a task needs beside the network. The metadata holds one entry, `elman`: a JSON object with the keys of
`ModelHeader` or `NetworkHeader`, and with a checksum of itself and of every tensor, so that any damage is found and
named. Nothing in a file is ever executed.

Format 2 (2026):
    {"format": 2, "header": {...}, "tensors": {name: checksum}, "implied": {name: value}, "checksum": of all that}

The header's field `stored` says how numbers became tensors (`packing`). `implied` are the vectors of a training that
need no tensor: those that equal the parameters, all of them one after the other ("parameters"), and those of zeros
("zeros").
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialized

from elman.errors import ConfigError, ElmanError, ModelFileError, remedy, similar
from elman.network.architecture import Architecture
from elman.network.arrays import Parameters
from elman.network.checks import Array
from elman.network.packing import forms, pack
from elman.network.tensors import TASK, TRAINING, check_finite, check_intact, checksum, parameters_of, training_of
from elman.spelling import address, either
from elman.version import __version__

FORMAT = 2
SHOWN = 4  # models of a folder, in a hint
TYPES = ("float32", "float64", "float16", "int8", "int32", "int64")  # of tensors


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a file says of a network, beside the numbers."""

    version: str  # of the elman that wrote it
    architecture: dict[str, Any]
    stored: str  # the form of the parameters: one of `packing.forms`


@dataclass(frozen=True, kw_only=True)
class ModelHeader(Header):
    """Of the network of a model: what the model is."""

    task: str
    codec: dict[str, Any]
    training: dict[str, Any]  # settings, updates done, seconds
    metrics: dict[str, Any]
    data: str  # the fingerprint of what it was trained on
    sources: list[str]  # where that was: paths from the file's own folder
    seed: int


@dataclass(frozen=True, kw_only=True)
class NetworkHeader(Header):
    """Of a network without a task."""

    trainer: dict[str, Any]  # settings of the trainer whose state is there too; none: {}


class Contents(NamedTuple):
    """A file's header and network; what a resumed run needs, what the task holds (without `training.`, `task.`)."""

    header: ModelHeader | NetworkHeader
    architecture: Architecture
    parameters: Parameters
    training: dict[str, Array]
    task: dict[str, Array]


def path_of(path: str | PathLike[str]) -> Path:
    """As a Path; a ConfigError where it is none."""
    if not isinstance(path, str | PathLike):
        raise ConfigError(f"path: expected the name of a file; found {path!r:.60}")
    if elsewhere := address(os.fspath(path)):
        hint = "elman.import_model fetches a model from elsewhere"
        raise ConfigError(f"path: expected a file; found an address, {elsewhere}…", hint)
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise ConfigError(f"path: expected the name of a file; found {path!r:.60}") from None
    return Path(path)


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, allow_nan=False).encode()


# --- writing ---


def check_writable(path: Path) -> None:
    """A ModelFileError where no model could be written to this path; to be asked before hours of training."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path}: cannot be written: {getattr(error, 'strerror', error)}") from None
    if mode is not None and not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise ModelFileError(f"{path}: expected the path of a file to write; found {what}", "name a file in it")
    folder = _meant(path).parent
    if not folder.is_dir():
        found = "a file" if folder.exists() else "none"
        raise ModelFileError(f"{path}: expected a folder {folder}; found {found}", "make the folder first")
    try:
        import tempfile  # and all kinds of archives, which only writing needs

        with tempfile.TemporaryFile(dir=folder):
            pass
        if mode is not None and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written: {error.strerror}", remedy(error)) from None


def encode(
    where: object,
    header: Header,
    parameters: Parameters,
    training: Mapping[str, Array],
    task: Mapping[str, Array] | None = None,
) -> bytes:
    """The contents of a file; a ModelFileError, which begins with `where`, if a number is not finite."""
    for name, view in parameters.items():
        check_finite(where, name, view)
    tensors = pack(parameters, header.stored)
    implied = {}
    for name, array in training.items():
        check_finite(where, TRAINING + name, array)
        value = _implied(array, parameters.flat)
        if value is None:
            tensors[TRAINING + name] = np.ascontiguousarray(array)
        else:
            implied[TRAINING + name] = value
    for name, array in (task or {}).items():
        check_finite(where, TASK + name, array)
        tensors[TASK + name] = np.ascontiguousarray(array)
    body: dict[str, Any] = {
        "format": FORMAT,
        "header": vars(header),
        "tensors": {name: checksum(array.tobytes()) for name, array in tensors.items()},
        "implied": implied,
    }
    body["checksum"] = checksum(_canonical(body))
    return serialized(tensors, metadata={"elman": _canonical(body).decode()})


def _implied(array: Array, flat: Array) -> str | None:
    """What a vector of a training is, bit for bit, that needs no tensor of its own."""
    if array.shape != flat.shape or array.dtype != flat.dtype:
        return None
    data = array.tobytes()
    return "parameters" if data == flat.tobytes() else "zeros" if not any(data) else None


def save(
    path: str | PathLike[str],
    architecture: Architecture,
    parameters: Parameters,
    trainer: Mapping[str, Any] | None = None,
    training: Mapping[str, Array] | None = None,
) -> None:
    """Writes a network without a task, and the state of its trainer, if it is to go on, at once or not at all."""
    file = path_of(path)
    check_writable(file)
    header = NetworkHeader(
        version=__version__,
        architecture=architecture.to_json(),
        stored=architecture.dtype,
        trainer=dict(trainer or {}),
    )
    write_whole(file, encode(file, header, parameters, training or {}))


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file at once or not at all: temporary file, fsync, rename. Links stay; what they name is written."""
    try:
        _replace(_meant(path), data)
    except OSError as error:
        raise ModelFileError(
            f"{path}: not written: {error.strerror}; what was there before is untouched", remedy(error)
        ) from None


def reserve(path: Path) -> None:
    """Makes an empty file that `write_whole` then replaces: of two that want a name at once, one gets it.

    Raises:
        FileExistsError: something has that name.
        ModelFileError: nothing can be written there.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        raise
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written: {error.strerror}", remedy(error)) from None


def _meant(path: Path) -> Path:
    """What a link names in the end, or the path itself."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


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
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Has the new name of a file on disk, too. Windows opens no folder; its file systems log what is renamed."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- reading ---


def load(path: str | PathLike[str]) -> Contents:
    """Reads a file of a model or of a network; everything is checked before anything is used."""
    path = path_of(path)
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
    if header.stored not in forms(architecture.dtype):
        expected = ", ".join(forms(architecture.dtype))
        raise ModelFileError(f"{path}: field 'stored': expected one of {expected}; found {header.stored!r:.60}")
    state = {name: tensors.pop(name) for name in list(tensors) if name.startswith(TRAINING)}
    held = {name: tensors.pop(name) for name in list(tensors) if name.startswith(TASK)}
    parameters = parameters_of(path, architecture, header.stored, tensors, known)
    training = training_of(path, parameters.flat, state, known, body["implied"])
    for name, array in held.items():
        check_intact(path, name, array, known[name])
        check_finite(path, name, array)
    return Contents(
        header, architecture, parameters, training, {name.removeprefix(TASK): array for name, array in held.items()}
    )


def _open(path: Path) -> tuple[dict[str, Array], str]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            what = "a folder" if path.is_dir() else "no regular file"
            raise ModelFileError(f"{path}: expected a model file; found {what}", _inside(path) or _made())
        size, memory = path.stat().st_size, _memory()
        if memory is not None and size > memory:  # safetensors would panic
            raise ModelFileError(f"{path}: expected a model that fits into {memory:,} bytes of memory; found {size:,}")
        path.open("rb").close()  # safetensors says of what may not be read that it is not there
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get("elman")
            if text is None:
                raise ModelFileError(
                    f"{path}: expected an elman model; found a safetensors file of something else",
                    _made(),
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            for name, found in tensors.items():
                if str(found.dtype) not in TYPES:
                    raise ModelFileError(
                        f"{path}: tensor {name!r}: expected one of {', '.join(TYPES)}; found {found.dtype}"
                    )
            return tensors, text
    except ElmanError:
        raise
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file", similar(str(path)) or _made()) from None
    except (SafetensorError, UnicodeError):
        size = path.stat().st_size
        what = "an empty file" if size == 0 else f"{size:,} bytes of something else, or a damaged one"
        raise ModelFileError(f"{path}: expected a model of elman, a safetensors file; found {what}", _made()) from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelFileError(f"{path}: cannot be read: {error}") from None


def _memory() -> int | None:
    """Bytes of this machine; None where the system does not say it in this way, as Windows."""
    if not hasattr(os, "sysconf"):
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _header(path: Path, body: Any) -> ModelHeader | NetworkHeader:
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
    if not intact or set(body) != {"format", "header", "tensors", "implied"}:
        raise ModelFileError(f"{path}: field 'checksum': the header is damaged")
    try:
        fields = body["header"]
        header = NetworkHeader(**fields) if "trainer" in fields else ModelHeader(**fields)
    except TypeError as error:
        raise ModelFileError(f"{path}: header: {error}") from None
    kinds = {"version": str, "task": str, "data": str, "sources": list, "stored": str, "seed": int}
    for name, value in vars(header).items():
        kind = kinds.get(name, dict)
        if not isinstance(value, kind):
            raise ModelFileError(f"{path}: field {name!r}: expected {kind.__name__}; found {type(value).__name__}")
    return header


def _inside(folder: Path) -> str:
    """Which models a folder has, as far as names tell; "" where there are none."""
    names = sorted(str(path) for path in folder.glob("*.safetensors"))
    return f"models in it are {', '.join(names[:SHOWN])}{' …' * (len(names) > SHOWN)}" if names else ""


def _made() -> str:
    """Where models come from."""
    return f"models are made by {either('elman.train(task).save(path)', '`elman train TASK --out FILE`')}"
