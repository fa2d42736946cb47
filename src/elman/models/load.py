"""Model files to models."""

from __future__ import annotations

import math
from os import PathLike
from pathlib import Path

import numpy as np

from elman.errors import ConfigError, ModelFileError, in_range, whole
from elman.models.model import Model
from elman.network.file import Contents, read
from elman.tasks import TASKS
from elman.training import MOMENTS


def load(path: str | PathLike[str], task: str | None = None) -> Model:
    """Reads a model file; with `task`, one of that task. A ModelFileError says what is wrong with it."""
    contents = read(Path(path))
    header = contents.header
    if header.task not in TASKS:
        raise ModelFileError(
            f"{path}: field 'task': expected one of {', '.join(TASKS)}; found {header.task!r}",
            "a newer elman may know it",
        )
    if task is not None and header.task != task:
        raise ModelFileError(f"{path}: expected a model of the task {task!r}; found one of {header.task!r}")
    try:
        return _model(contents)
    except ConfigError as error:
        raise ModelFileError(f"{path}: field 'training': {error}") from None


def _model(contents: Contents) -> Model:
    header, training = contents.header, contents.header.training
    if set(training) != {"settings", "updates", "seconds"} or not isinstance(training["settings"], dict):
        raise ConfigError("expected settings, updates and seconds")
    whole("updates", training["updates"], 0, 1 << 60)
    in_range("seconds", training["seconds"], 0, math.inf, high_in=False)
    task = TASKS[header.task](**training["settings"])
    # What follows from the settings must be what the file says.
    made = {"architecture": task.architecture().to_json(), "codec": task.codec(), "data": task.fingerprint()}
    for name, expected in {**made, "seed": task.settings.seed}.items():
        found = getattr(header, name)
        if found != expected:
            if isinstance(expected, dict):
                name = next(key for key in expected if found.get(key) != expected[key])
                found, expected = found.get(name), expected[name]
            raise ConfigError(f"{name}: expected {expected!r} for these settings; found {found!r}")
    _check_resumable(contents)
    return Model(
        task,
        contents.network,
        header.metrics,
        training["updates"],
        float(training["seconds"]),
        contents.training,
        header.version,
    )


def _check_resumable(contents: Contents) -> None:
    """A ConfigError where the tensors are not what a trainer of this network would keep."""
    a, tensors, flat = contents.network.architecture, contents.training, contents.network.parameters.flat
    carried = [f"carried.{name}" for name in a.states]
    rows = tensors[carried[0]].shape[1:2] if carried[0] in tensors else ()
    shapes = dict.fromkeys(MOMENTS, flat.shape)
    shapes |= dict.fromkeys(carried, (a.layers * a.directions, *rows, a.hidden))
    for name, found in tensors.items():
        if name not in shapes:
            raise ConfigError(f"tensor 'training.{name}': unknown")
        if found.shape != shapes[name] or found.dtype != flat.dtype:
            raise ConfigError(
                f"tensor 'training.{name}': expected {flat.dtype} {shapes[name]}; found {found.dtype} {found.shape}"
            )
        if not np.isfinite(found).all():
            raise ConfigError(f"tensor 'training.{name}': expected finite numbers; found infinities or NaN")
    if any(name in tensors for name in carried) and not all(name in tensors for name in carried):
        raise ConfigError(f"tensors {', '.join(carried)}: some are missing")
