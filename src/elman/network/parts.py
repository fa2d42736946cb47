"""The parts of a network that PyTorch has modules for: their parameters by its names, and what the sizes tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from elman.errors import ConfigError, ShapeError, choose
from elman.network.architecture import CELLS, SCORED, Architecture
from elman.network.arrays import Parameters
from elman.network.checks import Array, array

PARTS = ("recurrent", "embedding", *SCORED, "terms", "head")  # learned initial states have no module


def state_dict(a: Architecture, parameters: Parameters, part: str) -> dict[str, Array]:
    """The parameters of a part, as its module calls them; none where the network has no such part."""
    choose("part", part, PARTS)
    others = [f"{other}." for other in PARTS if other != "recurrent"] + ["initial"]
    if part != "recurrent":
        found = {n.removeprefix(f"{part}."): v for n, v in parameters.items() if n.startswith(f"{part}.")}
        return {"weight": parameters["embedding.weight"][: a.outputs], **found} if part == "head" and a.tied else found
    return {n: v for n, v in parameters.items() if not n.startswith(tuple(others))}


def architecture(
    recurrent: Mapping[str, Array],
    head: Mapping[str, Array] | None,
    embedding: Mapping[str, Array] | None,
    **options: Any,
) -> Architecture:
    """What the shapes of these parameters tell of a network; `options` are what they do not."""
    rows, hidden = _matrix("recurrent", recurrent, "weight_hh_l0")
    cells = {len(cell.gates): cell.name for cell in CELLS.values() if cell.recurrent}
    if hidden == 0 or rows % hidden or rows // hidden not in cells:
        wanted = ", ".join(f"{gates} ({name})" for gates, name in sorted(cells.items()))
        raise ShapeError(f"recurrent: weight_hh_l0: expected {wanted} times {hidden} rows; found {rows}")
    inputs = _matrix("recurrent", recurrent, "weight_ih_l0")[1]
    if embedding is not None:
        options = {"symbols": True, **options, "embedding": inputs}
        inputs = _matrix("embedding", embedding, "weight")[0]
    outputs = _matrix("head", head, "weight")[0]
    if options.get("tied") and embedding is not None and head is not None:
        shared = np.array_equal(_numbers("embedding: weight", embedding["weight"])[:outputs], head["weight"])
        if not shared:
            raise ConfigError(
                "tied: expected a head whose weight is that of the embedding; found another", "tied=False"
            )
    return Architecture(
        inputs=inputs,
        outputs=outputs,
        cell=cells[rows // hidden],
        hidden=hidden,
        layers=sum(f"weight_ih_l{n}" in recurrent for n in range(len(recurrent))),
        bidirectional="weight_ih_l0_reverse" in recurrent,
        bias="bias_ih_l0" in recurrent,
        dtype=str(_numbers("recurrent: weight_hh_l0", recurrent["weight_hh_l0"]).dtype),
        **options,
    )


def take(a: Architecture, parameters: Parameters, part: str, given: Mapping[str, ArrayLike]) -> None:
    """Writes a part's parameters; a ConfigError or ShapeError where they are not those of this network."""
    known = state_dict(a, parameters, part)
    if set(known) != set(given):
        raise ConfigError(f"{part}: expected {', '.join(known)}; found {', '.join(map(str, given)) or 'nothing'}")
    for name, values in known.items():
        where = f"{part}: {name}"
        values[...] = array(where, _numbers(where, given[name]), values.dtype, values.shape)


def _numbers(where: str, value: ArrayLike) -> Array:
    """As an array; a ConfigError where that cannot be, as of tensors that are not on the CPU, or in bfloat16."""
    try:
        return np.asarray(value)
    except (TypeError, RuntimeError, ValueError) as error:
        raise ConfigError(
            f"{where}: expected an array of numbers; found {type(value).__name__}: {error}",
            "`tensor.detach().cpu().float()` is one",
        ) from None


def _matrix(part: str, given: Mapping[str, ArrayLike] | None, name: str) -> tuple[int, int]:
    """The shape of a matrix among some parameters; a ConfigError or ShapeError where it is none."""
    if not isinstance(given, Mapping) or name not in given:
        found = ", ".join(map(str, given)) or "an empty one" if isinstance(given, Mapping) else f"{given!r:.60}"
        hint = "a network ends in a head: the state_dict() of a torch.nn.Linear" if part == "head" else ""
        raise ConfigError(f"{part}: expected a state_dict with {name}; found {found}", hint)
    shape = np.shape(given[name])
    if len(shape) != 2:
        raise ShapeError(f"{part}: {name}: expected shape (any, any); found {shape}")
    return shape[0], shape[1]
