"""Asking a task for a capability."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from elman.errors import ConfigError
from elman.spelling import option
from elman.tasks import TASKS, Task
from elman.tasks.capabilities.learns_from_data import LearnsFromData
from elman.tasks.capabilities.reports import Reports

C = TypeVar("C", bound=Task)


def having(*capabilities: type[Task]) -> list[str]:
    """The names of the tasks that have one of these capabilities. All tasks are imported."""
    return [name for name, kind in TASKS.items() if issubclass(kind, capabilities)]


def kind_having(capability: type[C], where: str) -> type[C]:
    """The first task that has it, for what needs no model; a ConfigError where there is none."""
    for kind in TASKS.values():
        if issubclass(kind, capability):
            return kind
    raise ConfigError(f"{where}: expected a task that can do this; found none")


def asked(task: Task, capability: type[C], where: str, *others: type[Task]) -> C:
    """The task, if it has this capability; else a ConfigError that names those which do, or have one of the others."""
    if isinstance(task, capability):
        return task
    names = having(capability, *others)
    hint = ""
    if names:
        files = f" {kind.data}" if issubclass(kind := TASKS[names[0]], LearnsFromData) else ""
        hint = f"`elman train {names[0]}{files} --out MODEL` makes one"
    raise ConfigError(f"{where}: expected {_model_of(names)}; found one of {task.name!r}", hint)


def _model_of(names: list[str]) -> str:
    """What is expected where only these tasks fit."""
    if not names:
        return "another model"
    return f"a model of {'the task' if len(names) == 1 else 'one of the tasks'} {', '.join(map(repr, names))}"


def check_wanted(task: Task, wanted: Iterable[str]) -> None:
    """A ConfigError where something is wanted of a report that its task does not have; it names those which do."""
    for name in wanted:
        _refuse_others(task, option(name, True), partial(_has_wish, name=name))


def check_ways(task: Task, ways: Mapping[str, Any]) -> None:
    """A ConfigError where files are to be read in a way that their task does not have; it names those which do."""
    for name, value in ways.items():
        shown = option(name, value if isinstance(value, bool) else True)
        _refuse_others(task, shown, partial(_has_way, name=name))


def _refuse_others(task: Task, shown: str, fits: Callable[[type[Task]], bool]) -> None:
    """A ConfigError where this does not fit the task; `shown` is the option that asks for it."""
    if not fits(type(task)):
        names = [name for name, kind in TASKS.items() if fits(kind)]
        raise ConfigError(f"{shown}: expected {_model_of(names)}; found one of {task.name!r}")


def _has_wish(kind: type[Task], name: str) -> bool:
    return issubclass(kind, Reports) and name in kind.wants


def _has_way(kind: type[Task], name: str) -> bool:
    return name in kind.ways
