"""Settings: what can be set for a task. Each is a field: its type, its default, its line of help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import NoneType
from typing import Any, Self, get_args, get_type_hints

import numpy as np

from elman.errors import ConfigError, choose, whole
from elman.network import Architecture
from elman.spelling import called, plain
from elman.training import SGD

KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a name", NoneType: "nothing"}

# Settings that mean the same in all tasks that have them: they are the network's.
NETWORK = ("cell", "hidden", "layers", "embedding", "tied", "dropout", "output_dropout", "weight_dropout", "dtype")


def setting(default: Any, text: str, value: str = "NAME") -> Any:
    """A field of Settings: its default, the line that the command line shows for it, and how that calls a text."""
    return field(default=default, metadata={"help": text, "value": value})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be set for any task. Tasks add their own; every default is the best known."""

    seed: int = setting(0, "where random numbers start: the same seed, machine and threads give the same model")
    steps: int | None = setting(1000, "updates of the weights, counted from the first one")
    recipe: str = setting("best", "a named set of settings; other options override it")

    @classmethod
    def of(cls, recipes: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> Self:
        """Defaults, then the recipe's settings, then the given ones."""
        known = [f.name for f in fields(cls)]
        for name in given:
            choose("setting", name, known)
        recipe = given.get("recipe", "best")
        if not isinstance(recipe, str):
            raise ConfigError(f"recipe: expected a name; found {plain(recipe)}")
        choose("recipe", recipe, recipes)
        values = {name: value.item() if isinstance(value, np.generic) else value for name, value in given.items()}
        settings = replace(cls(), **{**recipes[recipe], **values})
        settings.check()
        return settings

    def refuse_changes(self, names: Iterable[str], wanted: Mapping[str, Any]) -> None:
        """A ConfigError where one of these settings, which a model keeps, is wanted otherwise."""
        for name in names:
            if name in wanted and (known := getattr(self, name)) != (found := wanted[name]):
                raise ConfigError(f"{called(name)}: expected {plain(known)}, as the model has it; found {plain(found)}")

    def check(self) -> None:
        """A ConfigError where a value has the wrong type or is out of range; tasks go on from here."""
        for name, kind in get_type_hints(type(self)).items():
            value = getattr(self, name)
            kinds = get_args(kind) or (kind,)
            fits = isinstance(value, kinds) or (float in kinds and isinstance(value, int))
            if not fits or (isinstance(value, bool) and bool not in kinds):
                wanted = " or ".join(KINDS[k] for k in kinds)
                raise ConfigError(f"{name}: expected {wanted}; found {plain(value)}")
        whole("seed", self.seed, 0, (1 << 63) - 1)
        if self.steps is not None:
            whole("steps", self.steps, 0, 1 << 40)
        self._check_learning()

    def _check_learning(self) -> None:
        """What the network and the optimizer would refuse, before data is read; None is left open."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        Architecture(inputs=1, outputs=1, symbols=True, **{name: given[name] for name in NETWORK if name in given})
        SGD(given.get("rate", 0.0))
