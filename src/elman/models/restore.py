"""Model files to models: what `load` does."""

from __future__ import annotations

import math
import os
from os import PathLike
from pathlib import Path
from typing import Any

from elman.errors import ConfigError, ModelFileError, in_range, whole
from elman.files.names import with_path
from elman.models.model import CURRENT, Model, Validation
from elman.network import Network
from elman.network.file import Contents, ModelHeader, NetworkHeader, load, path_of
from elman.spelling import plain
from elman.tasks import TASKS, Task
from elman.tasks.capabilities.holds_arrays import HoldsArrays
from elman.tasks.capabilities.learns_from_data import LearnsFromData
from elman.tasks.table import Table
from elman.training import check_arrays

TRAINING_FIELDS = {"settings", "updates", "seconds", "validations"}
# Of tasks whose models can do more than every model can: the class of these.
KINDS: Table[Model] = Table(
    {
        "series": "elman.models.series:SeriesModel",
        "sessions": "elman.models.sessions:SessionsModel",
        "speech": "elman.models.speech:SpeechModel",
        "text": "elman.models.text:TextModel",
    }
)


def restore(path: str | PathLike[str], task: str | None = None) -> Model:
    """Reads a model file; with `task`, one of that task. A ModelFileError says what is wrong with it."""
    path = path_of(path)
    return model_of(load(path), path, task)


def restore_any(path: str | PathLike[str]) -> Model | Network:
    """Reads a file of a model, or of a network without a task; a ModelFileError says what is wrong with it."""
    path = path_of(path)
    contents = load(path)
    if isinstance(contents.header, ModelHeader):
        return model_of(contents, path)
    network = Network.of(contents.architecture)
    network.parameters.flat = contents.parameters.flat
    return network


def model_of(contents: Contents, path: Path, task: str | None = None) -> Model:
    """The model that a file holds; the errors of `restore`."""
    header = contents.header
    if isinstance(header, NetworkHeader):
        raise ModelFileError(
            f"{path}: expected a model of a task; found a network without a task",
            "`elman.Network.load` reads it" + ", and `elman.Trainer.load` goes on training it" * bool(header.trainer),
        )
    if header.task not in TASKS:
        raise ModelFileError(
            f"{path}: field 'task': expected one of {', '.join(TASKS)}; found {header.task!r}",
            "a newer elman may know it",
        )
    if task is not None and header.task != task:
        raise ModelFileError(f"{path}: expected a model of the task {task!r}; found one of {header.task!r}")
    try:
        return _model(contents, header, os.path.realpath(path.parent))
    except ConfigError as error:
        raise ModelFileError(f"{path}: field 'training': {error}") from None


def _model(contents: Contents, header: ModelHeader, folder: str) -> Model:
    training, network = header.training, Network.of(contents.architecture)
    network.parameters.flat = contents.parameters.flat
    if set(training) != TRAINING_FIELDS or not isinstance(training["settings"], dict):
        raise ConfigError(f"expected {', '.join(sorted(TRAINING_FIELDS))}")
    whole("updates", training["updates"], 0, 1 << 60)
    in_range("seconds", training["seconds"], 0, math.inf, high_in=False)
    task = TASKS[header.task].restored(training["settings"], header.codec, header.data)
    if isinstance(task, HoldsArrays):
        task.take(contents.task)
    elif contents.task:
        raise ConfigError(f"expected no tensors of the task {task.name!r}; found {', '.join(contents.task)}")
    # What follows from the task must be what the file says.
    architecture, found = task.architecture().to_json(), contents.architecture.to_json()
    for name, expected in {**architecture, "seed": task.settings.seed}.items():
        value = header.seed if name == "seed" else found[name]
        if value != expected:
            raise ConfigError(f"{name}: expected {plain(expected)} for these settings; found {plain(value)}")
    if not all(isinstance(name, str) for name in header.sources):
        raise ConfigError("sources: expected paths")
    if isinstance(task, LearnsFromData):
        task.sources = [with_path(name, lambda path: os.path.normpath(Path(folder, path))) for name in header.sources]
    check_arrays(contents.architecture, contents.parameters.flat, contents.training, [CURRENT])
    return kind_of(task)(
        task,
        network,
        metrics=header.metrics,
        updates=training["updates"],
        seconds=float(training["seconds"]),
        validations=_validations(training["validations"]),
        resumable=contents.training,
        version=header.version,
        stored=None if header.stored == contents.architecture.dtype else header.stored,
    )


def kind_of(task: Task) -> type[Model]:
    """The class of the models of a task."""
    return KINDS.get(task.name, Model)


def _validations(found: Any) -> list[Validation]:
    """A ConfigError where they are not updates, in order, and finite numbers."""
    if not isinstance(found, list):
        raise ConfigError(f"validations: expected a list; found {plain(found)}")
    last = 0
    for one in found:
        if not isinstance(one, list) or len(one) != 2:
            raise ConfigError(f"validations: expected pairs of an update and a number; found {plain(one)}")
        whole("validations: update", one[0], last, 1 << 60)
        last = one[0]
        in_range("validations: number", one[1], -math.inf, math.inf, low_in=False, high_in=False)
    return [(update, float(value)) for update, value in found]
