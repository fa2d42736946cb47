"""Models averaged: several that learned the same, with different seeds, in one file."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from elman.errors import ConfigError
from elman.models.model import Model
from elman.models.restore import kind_of
from elman.network.averaging import averaged
from elman.spelling import either, plain
from elman.tasks.asking import asked
from elman.tasks.capabilities.calibrates import Calibrates
from elman.tasks.capabilities.graded import Graded
from elman.tasks.task import Task

WIDER = ("hidden", "embedding")  # what of its settings a network has K times as much of


def average(models: Sequence[Model], names: Sequence[str] | None = None) -> Model:
    """One model that answers with the mean of the outputs of several: of labels, of the logarithms of probabilities.

    It is as large as all of them, and stores zeros beside: K times as much, of K models. It is not scored yet, and its
    training does not go on.

    Args:
        models: two or more of one task, that learned from the same data, with the same part of it held out, or none.
        names: of the models, for messages; default: `models[0]` and so on.

    Raises:
        ConfigError: they are not; one is there twice; or their networks have no such mean.
        DataError: what its answers need beside the network is learned on what was held out, and that data has moved.
    """
    if len(models) < 2:
        raise ConfigError(f"models: expected two or more; found {len(models)}")
    first = models[0]
    asked(first.task, Graded, "average")
    wheres = names or [f"models[{number}]" for number in range(len(models))]
    for number, (where, model) in enumerate(zip(wheres, models, strict=True)):
        if model.task.name != first.task.name:
            raise ConfigError(f"{where}: expected a model of {first.task.name!r}; found one of {model.task.name!r}")
        if _learned(model.task) != _learned(first.task):
            hint = f"{either('validate=0', '`--validate 0`')}, with different seeds, learns from all of it each time"
            hint *= hasattr(first.task.settings, "validate")  # else the same part is held out, whatever the seed
            raise ConfigError(
                f"{where}: expected a model that learned from the same data as {wheres[0]}, with the same part held "
                "out; found another",
                hint,
            )
        _check_network(where, model, wheres[0], first)
        for before, other in zip(wheres, models[:number], strict=False):
            if np.array_equal(model.network.parameters.flat, other.network.parameters.flat):
                expected = f"{where}: expected another network than that of {before}; found the same"
                raise ConfigError(expected, "name each model once; each has a seed of its own")
    task, network = copy(first.task), averaged([model.network for model in models])
    wide = {name: getattr(network.architecture, name) for name in WIDER if hasattr(task.settings, name)}
    task.settings = replace(task.settings, **wide)
    if isinstance(task, Calibrates):
        task = task.calibrated(network)
    updates, seconds = sum(model.updates for model in models), sum(model.seconds for model in models)
    return kind_of(task)(task, network, updates=updates, seconds=seconds)


def _check_network(where: str, model: Model, like: str, first: Model) -> None:
    """A ConfigError where a network has another architecture than the first; it names what is different."""
    wanted, found = (vars(one.network.architecture) for one in (first, model))
    different = [name for name in wanted if wanted[name] != found[name]]
    if different:
        expected, instead = (", ".join(f"{n} {plain(one[n])}" for n in different) for one in (wanted, found))
        larger, smaller = sorted((wanted["hidden"], found["hidden"]), reverse=True)
        hint = "if one of them is an average itself: name the models that it was made of in its place"
        raise ConfigError(
            f"{where}: expected a network as that of {like}, {expected}; found {instead}",
            hint if different == ["hidden"] and larger % smaller == 0 else "",
        )


def _learned(task: Task) -> tuple[Any, ...]:
    """From what: the codec, without what was learned of one network; the data; and how much of it was held out."""
    codec = task.uncalibrated().codec() if isinstance(task, Calibrates) else task.codec()
    return codec, task.fingerprint(), getattr(task.settings, "validate", None)
