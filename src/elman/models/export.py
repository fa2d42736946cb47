"""What a model is to be shipped as: how large it is, and what shorter numbers cost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from elman.errors import ConfigError, DataError
from elman.models.model import Model
from elman.network.file import TRAINING, check_writable, write_whole
from elman.network.packing import forms
from elman.tasks import Task

WORSE = 0.005  # the share by which the score with int8 may be worse
METADATA = "__metadata__"  # what safetensors calls it
MEASURED = {"int8"}  # forms that are not written unless it is known what they cost


def export(model: Model, path: Path, dtype: str | None, data: Sequence[Any] = ()) -> dict[str, Any]:
    """As `Model.export`."""
    check_writable(path)
    small = model.exported(dtype)
    report: dict[str, Any] = {"before": None, "after": None, "reason": None}
    if small.network is not model.network:
        try:
            task, report["before"], report["after"] = _measured(model, small, data)
        except (ConfigError, DataError) as error:
            if data or small.stored in MEASURED:
                raise ConfigError(
                    f"{small.stored}: expected data that tells what it costs; found none: {error}",
                    "name a file that it is measured on, or take float16",
                ) from None
            report["reason"] = str(error)
        else:
            if small.stored in MEASURED:
                _check_cost(small, task, report)
    elif data:
        raise ConfigError(f"data: expected with float16 or int8 only; found {data[0]!r}")
    contents = small.encoded(path)
    write_whole(path, contents)
    return {"bytes": len(contents), **report}


def _measured(model: Model, small: Model, data: Sequence[Any]) -> tuple[Task, dict[str, Any], dict[str, Any]]:
    """The metrics of both, and whose they are; those of the small model stay with it, if they are of its own data."""
    if data:
        task = model.task
        before, after = (task.score_on(network, data) for network in (model.network, small.network))
    else:
        task = model.task.again([]) if model.task.data else model.task
        before, after = (task.score(network) for network in (model.network, small.network))
        small.metrics = after
    task.cost(after)  # a ConfigError where nothing could be measured
    return task, before, after


def _check_cost(small: Model, task: Task, report: dict[str, Any]) -> None:
    before, after = report["before"], report["after"]
    if task.cost(after) > task.cost(before) * (1 + WORSE):
        raise ConfigError(
            f"{small.stored}: expected a score at most {WORSE:.1%} worse; found {task.cost_told(after)}, where it was "
            f"{task.cost_told(before)}",
            "float16 keeps more",
        )


def held(contents: bytes) -> dict[str, int]:
    """The bytes of the parts of a file."""
    front = 8 + int.from_bytes(contents[:8], "little")
    holds = {"network": 0, "training": 0, "header": front}
    for name, tensor in json.loads(contents[8:front]).items():
        if name != METADATA:
            begin, end = tensor["data_offsets"]
            holds["training" if name.startswith(TRAINING) else "network"] += end - begin
    return holds


def sizes(model: Model) -> dict[str, Any]:
    """Bytes of what its file `holds`, and of what `export` would make of it."""
    exported = {form: len(model.exported(form).encoded()) for form in forms(model.network.architecture.dtype)}
    return {"holds": held(model.encoded()), "exported": exported}
