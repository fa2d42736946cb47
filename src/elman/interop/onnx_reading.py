"""Networks from ONNX: files with the operators LSTM, GRU or RNN, a table before them and a product behind.

Found are operators, not names, so that what PyTorch exported is read as well. What elman has no place for is an error.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from elman.errors import ConfigError
from elman.interop.leaving import ABOUT
from elman.interop.needed import needed
from elman.interop.onnx import ACTIVATIONS, OPERATORS
from elman.network.checks import Array

CELLS = {operator: cell for cell, (operator, _, _) in OPERATORS.items()}
# Attributes with the one value that elman's cells have; others change what is computed.
FIXED = {"layout": 0, "input_forget": 0, "clip": 0.0}


def read(path: Path) -> tuple[dict[str, Array], dict[str, Any] | None]:
    """The tensors of a file by the names of `tensors_of`, and what was said of the network.

    Where elman did not write the file, only the nonlinearity is said.
    """
    onnx = needed("onnx", "onnx")
    try:
        model = onnx.load(path)
    except Exception:  # of protobuf, whose kinds are its own
        raise ConfigError(f"{path}: expected an ONNX file; found another, or a damaged one") from None
    said = {one.key: one.value for one in model.metadata_props}.get(ABOUT)
    found = _Found(path, onnx, model.graph)
    if said is None:
        found.check_begins_at_zero()
        return found.tensors(), {"nonlinearity": found.nonlinearity()}
    about = json.loads(said)
    learned = about["architecture"]["initial"] == "learned"
    return found.tensors() | (found.initial() if learned else {}), about


class _Found:
    """What a graph holds."""

    def __init__(self, path: Path, onnx: Any, graph: Any) -> None:
        self.path, self.helper = path, onnx.helper
        array = onnx.numpy_helper.to_array
        self.nodes = list(graph.node)
        self.constants: dict[str, Array] = {one.name: array(one) for one in graph.initializer}
        for node in self.nodes:
            if node.op_type == "Constant" and (value := self._attributes(node).get("value")) is not None:
                self.constants[node.output[0]] = array(value)
        self.layers = [node for node in self.nodes if node.op_type in CELLS]
        if not self.layers:
            raise ConfigError(f"{path}: expected operators {', '.join(CELLS)}; found none")
        kinds = {node.op_type for node in self.layers}
        if len(kinds) > 1:
            raise ConfigError(f"{path}: expected one kind of cells; found {', '.join(sorted(kinds))}")
        self.cell = CELLS[self.layers[0].op_type]

    def nonlinearity(self) -> str | None:
        """That of an RNN."""
        if self.cell != "rnn":
            return None
        known = {operator: name for name, operator in ACTIVATIONS.items()}
        used = {word for node in self.layers for word in self._words(node, ["Tanh"])}
        if len(used) > 1 or not used <= set(known):
            raise ConfigError(f"{self.path}: expected one of {', '.join(known)}; found {', '.join(sorted(used))}")
        return known[used.pop()]

    def tensors(self) -> dict[str, Array]:
        """All of the network's."""
        found: dict[str, Array] = {}
        for layer, node in enumerate(self.layers):
            found |= {f"recurrent.{name}_l{layer}{end}": value for (name, end), value in self._layer(node).items()}
        reads = found["recurrent.weight_hh_l0"].shape[1] * (2 if "recurrent.weight_hh_l0_reverse" in found else 1)
        first = self.nodes.index(self.layers[0])
        for node in self.nodes[:first]:
            if node.op_type == "Gather" and np.ndim(self.constants.get(node.input[0], 0)) == 2:
                found["embedding.weight"] = self.constants[node.input[0]]
        return found | self._head(self.nodes[first:], reads)

    def _layer(self, node: Any) -> dict[tuple[str, str], Array]:
        self._check(node)
        order = OPERATORS[self.cell][1]
        names = [*node.input, *[""] * (8 - len(node.input))]
        weights = {"weight_ih": self._constant(names[1]), "weight_hh": self._constant(names[2])}
        if names[3]:
            ih, hh = np.split(self._constant(names[3]), 2, axis=1)
            weights |= {"bias_ih": ih, "bias_hh": hh}
        if self.cell == "lstm" and names[7]:
            raise ConfigError(f"{self.path}: expected an LSTM without peepholes; found some")
        return {
            (name, "_reverse" if place else ""): _ordered(values[place], order)
            for name, values in weights.items()
            for place in range(len(values))
        }

    def _check(self, node: Any) -> None:
        """An error where the operator computes something that no cell of elman does."""
        given = self._attributes(node)
        wanted = {**FIXED, **OPERATORS[self.cell][2]}
        defaults = {**FIXED, "linear_before_reset": 0}
        for name, value in wanted.items():
            if given.get(name, defaults[name]) != value:
                raise ConfigError(f"{self.path}: {node.op_type}: expected {name} {value}; found {given.get(name, 0)}")
        if given.get("direction", b"forward") == b"reverse":
            raise ConfigError(
                f"{self.path}: {node.op_type}: expected direction forward or bidirectional; found reverse"
            )
        usual = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}.get(node.op_type)
        if usual is not None and (words := self._words(node, usual)) not in (usual, usual * 2):
            raise ConfigError(f"{self.path}: {node.op_type}: expected {', '.join(usual)}; found {', '.join(words)}")

    def _head(self, nodes: Sequence[Any], reads: int) -> dict[str, Array]:
        """The products behind the last layer: the head, and before it the scores of attention."""
        found: list[dict[str, Array]] = []
        for node in nodes:
            constants = [self.constants[name] for name in node.input if name in self.constants]
            if node.op_type in ("MatMul", "Gemm") and constants and constants[0].ndim == 2:
                turned = node.op_type == "Gemm" and self._attributes(node).get("transB", 0)
                weight = constants[0] if turned else constants[0].T
                found.append({"weight": weight, **({"bias": constants[1]} if len(constants) > 1 else {})})
            elif node.op_type == "Add" and found and constants and constants[0].shape == found[-1]["weight"].shape[:1]:
                found[-1]["bias"] = constants[0]
        if not 1 <= len(found) <= 2 or any(one["weight"].shape[1] != reads for one in found):
            raise ConfigError(
                f"{self.path}: expected a product behind the layers, of {reads} numbers, or two with attention; found "
                f"{', '.join(str(one['weight'].shape) for one in found) or 'none'}"
            )
        parts = {"head": found[-1], **({"attention": found[0]} if len(found) > 1 else {})}
        return {f"{part}.{name}": values for part, given in parts.items() for name, values in given.items()}

    def check_begins_at_zero(self) -> None:
        """An error where there are other numbers; those that are computed are taken to be zeros, or an input."""
        for name in {name for node in self.layers for name in node.input[5:7]} & set(self.constants):
            if self.constants[name].any():
                raise ConfigError(f"{self.path}: {name}: expected states that begin at zero; found other numbers")

    def initial(self) -> dict[str, Array]:
        """What elman's files have for states that are not given."""
        return {
            f"initial_{name}": self.constants[f"{name}_0"][:, 0] for name in ("h", "c") if f"{name}_0" in self.constants
        }

    def _constant(self, name: str) -> Array:
        if name not in self.constants:
            raise ConfigError(
                f"{self.path}: {name}: expected weights that are constants; found a computation",
                "export it with constant folding, and with its parameters",
            )
        return self.constants[name]

    def _words(self, node: Any, default: list[str]) -> list[str]:
        return [word.decode() for word in self._attributes(node).get("activations", [])] or default

    def _attributes(self, node: Any) -> dict[str, Any]:
        return {one.name: self.helper.get_attribute_value(one) for one in node.attribute}


def _ordered(values: Array, order: Sequence[int]) -> Array:
    """Blocks of gates in elman's order; `order` has their places in ONNX's."""
    gates = np.split(values, len(order))
    return np.concatenate([gates[order.index(gate)] for gate in range(len(order))])
