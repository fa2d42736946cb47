"""A trainer as a file holds it: its settings as JSON, and the arrays that a run which goes on needs.

JSON has no mappings that keep their order, no tuples and no objects of Python. An object of settings (an optimizer, a
schedule) is {"kind": its class, field: value}, a mapping {"pairs": [[key, value], …]}, and every list a tuple.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from elman.errors import ConfigError, choose
from elman.network.architecture import Architecture
from elman.network.checks import Array

AVERAGE = "average"  # an array (P,) too, of trainers that keep one
MOMENTS = ("first", "second")  # the arrays (P,) that optimizers keep, by their names in Trainer and in files
CARRIED = "carried."  # before the name of a state

Kinds = Mapping[str, type[Any]]  # the classes of objects, by name


def as_json(where: str, value: object, kinds: Kinds) -> Any:
    """A setting as JSON; a ConfigError where it is an object of another class, which nobody could make again."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple):
        return [as_json(where, one, kinds) for one in value]
    if isinstance(value, Mapping):
        return {"pairs": [[key, as_json(where, one, kinds)] for key, one in value.items()]}
    if not is_dataclass(value):
        return value
    kind = type(value)
    if kinds.get(kind.__name__) is not kind:
        raise ConfigError(
            f"{where}: expected one of {', '.join(kinds)}, which a file can hold; found {kind.__qualname__}",
            "pickle keeps a trainer with any",
        )
    stored = {one.name: as_json(where, getattr(value, one.name), kinds) for one in fields(value)}
    return {"kind": kind.__name__, **stored}


def from_json(where: str, value: Any, kinds: Kinds) -> Any:
    """What `as_json` made JSON of; a ConfigError where it did not."""
    if isinstance(value, list):
        return tuple(from_json(where, one, kinds) for one in value)
    if not isinstance(value, dict):
        return value
    if set(value) == {"pairs"}:
        pairs = from_json(where, value["pairs"], kinds)
        if not isinstance(pairs, tuple) or not all(isinstance(p, tuple) and len(p) == 2 for p in pairs):
            raise ConfigError(f"{where}: expected pairs; found {pairs!r:.60}")
        if not all(isinstance(key, str) for key, _ in pairs):
            raise ConfigError(f"{where}: expected names; found {pairs!r:.60}")
        return dict(pairs)
    stored = {name: from_json(where, one, kinds) for name, one in value.items()}
    kind = kinds[choose(f"{where}: kind", stored.pop("kind", None), kinds)]
    try:
        return kind(**stored)
    except TypeError as error:  # a field is missing
        raise ConfigError(f"{where}: {error}") from None


def check_arrays(
    architecture: Architecture, flat: Array, arrays: Mapping[str, Array], more: Sequence[str] = ()
) -> None:
    """A ConfigError where arrays are not what a trainer of this network would keep, and `more` like its parameters."""
    carried = [CARRIED + name for name in architecture.states]
    rows = arrays[carried[0]].shape[1:2] if carried[0] in arrays else ()
    shapes = dict.fromkeys((*MOMENTS, AVERAGE, *more), flat.shape)
    shapes |= dict.fromkeys(carried, (architecture.layers * architecture.directions, *rows, architecture.hidden))
    for name, found in arrays.items():
        if name not in shapes:
            raise ConfigError(f"tensor 'training.{name}': unknown")
        if found.shape != shapes[name] or found.dtype != flat.dtype:
            raise ConfigError(
                f"tensor 'training.{name}': expected {flat.dtype} {shapes[name]}; found {found.dtype} {found.shape}"
            )
        if not np.isfinite(found).all():
            raise ConfigError(f"tensor 'training.{name}': expected finite numbers; found infinities or NaN")
    if any(name in arrays for name in carried) and not all(name in arrays for name in carried):
        raise ConfigError(f"tensors {', '.join(carried)}: some are missing")
