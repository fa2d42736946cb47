"""Networks as named tensors, as a module of PyTorch has them: `recurrent.weight_ih_l0`, `head.weight` …

The names before the dot are the parts of a network (`Network.state_dict`). Learned initial states are `initial_h` and
`initial_c`. What others wrote has other names before the dot: its parts are found by their shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from elman.errors import ConfigError, ShapeError
from elman.network import Architecture, Network
from elman.network.checks import Array
from elman.network.parts import PARTS, state_dict, take

Tensors = Mapping[str, Array]


def tensors_of(network: Network) -> dict[str, Array]:
    """All parameters of a network by these names, as views."""
    found = {
        f"{part}.{name}": values
        for part in PARTS
        for name, values in state_dict(network.architecture, network.parameters, part).items()
    }
    return found | {name: values for name, values in network.parameters.items() if name.startswith("initial")}


def network_of(where: object, tensors: Tensors, about: Mapping[str, Any] | None, options: Mapping[str, Any]) -> Network:
    """The network that has these tensors.

    Args:
        where: they come from, for errors.
        tensors: in float32, float64 or float16.
        about: what `Leaving.to_json` said of it; None: nobody did.
        options: what shapes do not tell, as the constructor of `Network` takes it.

    Raises:
        ConfigError: they are not those of a network, or not of this one.
    """
    wide = {
        name: values.astype(np.float32) if values.dtype == np.float16 else values for name, values in tensors.items()
    }
    known = about.get("architecture") if about is not None else None
    if known is None:
        try:
            return _found(wide, options)
        except (ConfigError, ShapeError) as error:
            raise type(error)(f"{where}: {error}", error.hint) from None
    if options:
        raise ConfigError(f"{where}: expected no {', '.join(options)}: the file says what its network is")
    network = Network.of(Architecture.from_json(known))
    names = set(tensors_of(network))
    if names != set(wide):
        raise ConfigError(f"{where}: tensors {', '.join(sorted(names ^ set(wide)))}: missing, or not of this network")
    for part in PARTS:
        given = _of(wide, part)
        if given:
            take(network.architecture, network.parameters, part, _typed(given, network))
    for name in network.architecture.states if network.architecture.initial == "learned" else ():
        network.parameters[f"initial_{name}"][...] = wide[f"initial_{name}"]
    if any(not np.array_equal(values, wide[name]) for name, values in tensors_of(network).items()):
        raise ConfigError(f"{where}: expected a head with the embedding's weights, which are tied; found another head")
    return network


def _found(tensors: Tensors, options: Mapping[str, Any]) -> Network:
    """By the shapes: one recurrent module, a head, perhaps an embedding or attention; nothing may be left over."""
    modules = {name.rpartition(".")[0] for name in tensors}
    recurrent = [name for name in modules if _name(name, "weight_hh_l0") in tensors]
    body = _of(tensors, _one("recurrent module", "weight_hh_l0", recurrent, tensors))
    hidden = body["weight_hh_l0"].shape[1] * (2 if "weight_ih_l0_reverse" in body else 1)
    others = {name: _of(tensors, name) for name in sorted(modules - set(recurrent))}
    weights = {name: given["weight"].shape for name, given in others.items() if "weight" in given}
    embeddings = [
        name
        for name, shape in weights.items()
        if shape[1:] == body["weight_ih_l0"].shape[1:] and "bias" not in others[name] and shape[1:] != (hidden,)
    ]
    if not embeddings and options.get("symbols"):
        embeddings = [name for name in weights if "emb" in name]
    heads = [name for name, shape in weights.items() if shape[1:] == (hidden,) and name not in embeddings]
    scoring = [name for name in heads if len(heads) == 2 and weights[name][0] == 1 and "bias" not in others[name]]
    heads = [name for name in heads if name not in scoring[:1]]
    head = dict(others[_one("head", f"weight (any, {hidden})", heads, tensors)])
    used = {*recurrent, *heads, *embeddings, *scoring[:1]}
    if used != modules:
        left = ", ".join(sorted(name for name in tensors if name.rpartition(".")[0] not in used))
        raise ConfigError(f"expected recurrent layers, a head, an embedding or attention; found {left} as well")
    _with_biases(body, head)
    embedding = others[_one("embedding", "weight", embeddings, tensors)] if embeddings else None
    return Network.from_state_dict(body, head, embedding, others[scoring[0]] if scoring else None, **options)


def _with_biases(body: dict[str, Array], head: dict[str, Array]) -> None:
    """An elman network has biases everywhere or nowhere: those that are missing are zero."""
    if "bias" in head and "bias_ih_l0" not in body:
        for name in [name for name in body if name.startswith("weight")]:
            body[name.replace("weight", "bias")] = np.zeros(body[name].shape[:1], body[name].dtype)
    elif "bias" not in head and "bias_ih_l0" in body:
        head["bias"] = np.zeros(head["weight"].shape[:1], head["weight"].dtype)


def _typed(given: Tensors, network: Network) -> dict[str, Array]:
    """In the type of the network: a file may hold fewer bits."""
    return {name: values.astype(network.dtype) for name, values in given.items()}


def _name(module: str, name: str) -> str:
    return f"{module}.{name}" if module else name


def _of(tensors: Tensors, module: str) -> dict[str, Array]:
    """The tensors of a module, without its name."""
    return {name.rpartition(".")[2]: values for name, values in tensors.items() if name.rpartition(".")[0] == module}


def _one(what: str, sign: str, found: Iterable[str], tensors: Tensors) -> str:
    names = sorted(found)
    if len(names) != 1:
        there = [f"{name} {values.shape}" for name, values in tensors.items()]
        seen = ", ".join(names) or f"none among {', '.join(there) or 'no tensors'}"
        raise ConfigError(f"expected one {what}, with {sign}; found {seen:.300}")
    return names[0]
