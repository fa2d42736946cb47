"""Networks as ONNX: its operators LSTM, GRU and RNN, with what is around them, in float32.

Of the graph, T steps, B rows, L layers, D directions, H hidden units, I inputs and O outputs:

    inputs   x (T, B, I) float32, or (T, B) int64 symbols
             lengths (B,) int64, the steps of each row; not given, or -1: all
             h_0, c_0 (L·D, B, H), the states at the first step; not given: the network's own
    outputs  y (T, B, O), linear, 0 after a row's end; with a readout (B, O)
             h_n, c_n (L·D, B, H), the states after each row's last step

T and B are free. The feed-forward contrast "none" reads no state, so it has no input of that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from elman.errors import ConfigError
from elman.interop.graph import Graph
from elman.interop.leaving import ABOUT, Leaving
from elman.network import CELLS, Network
from elman.network.checks import Array

ACTIVATIONS = {"tanh": "Tanh", "relu": "Relu", "sigmoid": "Sigmoid"}
# Cell -> operator, the places of ONNX's gates among elman's, attributes. PyTorch's n = tanh(a + r·(U h + d)) needs
# linear_before_reset; without it, the answers are wrong and nothing says so.
OPERATORS: dict[str, tuple[str, list[int], dict[str, Any]]] = {
    "rnn": ("RNN", [0], {}),
    "lstm": ("LSTM", [0, 3, 1, 2], {}),  # i f g o -> i o f c
    "gru": ("GRU", [1, 0, 2], {"linear_before_reset": 1}),  # r z n -> z r h
}


def contents(leaving: Leaving) -> bytes:
    """The contents of an ONNX file."""
    network = leaving.network
    a, graph = network.architecture, Graph()
    if a.cell not in (*OPERATORS, "none"):
        raise ConfigError(f"onnx: expected one of the cells {', '.join(OPERATORS)} or none; found {a.cell!r}")
    if a.terms:
        raise ConfigError(f"onnx: expected a network without terms; found {a.terms}")
    _Operators(graph, network).write()
    depth = a.layers * a.directions
    states = dict.fromkeys(a.states, (np.float32, (depth, "B", a.hidden)))
    inputs: dict[str, Any] = {"x": (np.int64, ("T", "B")) if a.symbols else (np.float32, ("T", "B", a.inputs))}
    inputs["lengths"] = (np.int64, ("B",))
    if CELLS[a.cell].recurrent:
        inputs |= {f"{name}_0": kind for name, kind in states.items()}
    y = ("T", "B", a.outputs) if a.per_step else ("B", a.outputs)
    outputs = {"y": (np.float32, y), **{f"{name}_n": kind for name, kind in states.items()}}
    about = json.dumps(leaving.to_json(), allow_nan=False)
    data: bytes = graph.model(leaving.name, inputs, outputs, {ABOUT: about}).SerializeToString()
    return data


class _Operators:
    """Writes the operators of a network into a graph."""

    def __init__(self, graph: Graph, network: Network) -> None:
        self.graph, self.network, self.a = graph, network, network.architecture

    def write(self) -> None:
        """All of them, from the inputs to the outputs."""
        self._shapes()
        below = self._read()
        finals: list[dict[str, str]] = []
        for layer in range(self.a.layers):
            below, final = (self._layer if CELLS[self.a.cell].recurrent else self._dense)(layer, below)
            finals.append(final)
        for name in self.a.states:
            self.graph.node("Concat", [final[name] for final in finals], f"{name}_n", axis=0)
        if self.a.per_step:
            self.graph.node("Where", [self.running, self._head(below), self._numbers(0)], "y")
        else:
            self._head(self._readout(below, finals[-1]["h"]), "y")

    # --- constants ---

    def _whole(self, *values: int) -> str:
        name = "whole_" + "_".join(map(str, values)).replace("-", "minus")
        return self._once(name, lambda: np.array(values, np.int64))

    def _numbers(self, value: float) -> str:
        return self._once(f"number_{value}".replace("-", "minus"), lambda: np.array(value, np.float32))

    def _once(self, name: str, values: Callable[[], Array]) -> str:
        known = self.__dict__.setdefault("_known", set())
        if name not in known:
            known.add(name)
            self.graph.constant(name, values())
        return name

    def _parameter(self, name: str) -> Array:
        return self.network.parameters[name].astype(np.float32)

    # --- before the layers ---

    def _shapes(self) -> None:
        """Names of T (1,), of B (1,), of the lengths (B,), and of which steps are running (T, B, 1)."""
        node, whole = self.graph.node, self._whole
        shape = node("Shape", ["x"])
        self.steps = node("Slice", [shape, whole(0), whole(1)], "steps")
        self.rows = node("Slice", [shape, whole(1), whole(2)], "rows")
        self.graph.constant("lengths", np.array([-1]))
        none = node("Less", ["lengths", whole(0)])
        given = node("Where", [none, self.steps, "lengths"])
        self.lengths = node("Expand", [given, self.rows], "ends")
        self.scalar_steps = node("Squeeze", [self.steps, whole(0)])
        zero, one = (self._once(f"scalar_{n}", lambda n=n: np.array(n)) for n in (0, 1))  # type: ignore[misc]
        self.times = node("Unsqueeze", [node("Range", [zero, self.scalar_steps, one]), whole(1, 2)], "times")
        self.until = node("Unsqueeze", [self.lengths, whole(0, 2)], "until")  # (1, B, 1)
        self.running = node("Less", [self.times, self.until], "running")

    def _read(self) -> str:
        """What the first layer reads, (T, B, ·)."""
        if not self.a.symbols:
            return "x"
        if self.a.embedding is not None:
            table = self.graph.constant("embedding", self._parameter("embedding.weight"))
            return self.graph.node("Gather", [table, "x"])
        ends = self.graph.constant("off_on", np.array([0, 1], np.float32))
        return self.graph.node("OneHot", ["x", self._whole(self.a.inputs), ends], axis=-1)

    def _initial(self, name: str, layer: int) -> str:
        """A layer's states at the first step, (D, B, H)."""
        node, whole, d = self.graph.node, self._whole, self.a.directions
        if layer == 0:
            depth = self.a.layers * d
            first = np.full((depth, 1, self.a.hidden), 0, np.float32)
            first[...] = self._parameter(f"initial_{name}")[:, None] if self.a.initial == "learned" else self.a.initial
            self.graph.constant(f"{name}_0", first)
            shape = node("Concat", [whole(depth), self.rows, whole(self.a.hidden)], axis=0)
            node("Expand", [f"{name}_0", shape], f"{name}_first")
        if self.a.layers == 1:
            return f"{name}_first"
        return node("Slice", [f"{name}_first", whole(layer * d), whole((layer + 1) * d), whole(0)])

    # --- layers ---

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"][: self.a.directions]

    def _layer(self, layer: int, below: str) -> tuple[str, dict[str, str]]:
        """A recurrent layer: the name of its outputs (T, B, D·H), and of its last states (D, B, H)."""
        operator, order, attributes = OPERATORS[self.a.cell]
        node = self.graph.node

        def gates(*names: str) -> Array:
            """Parameters in the order of ONNX's gates, side by side; a direction after the other."""
            return np.stack([np.concatenate([self._ordered(n + s, order) for n in names]) for s in suffixes])

        suffixes = self._suffixes(layer)
        weights = [self.graph.constant(f"{n}_l{layer}", gates(f"weight_{n}")) for n in ("ih", "hh")]
        bias = self.graph.constant(f"bias_l{layer}", gates("bias_ih", "bias_hh")) if self.a.bias else ""
        ends = node("Cast", [self.lengths], to=6)  # int32, as the operators want them
        states = [self._initial(name, layer) for name in self.a.states]
        if self.a.nonlinearity:
            attributes = {**attributes, "activations": [ACTIVATIONS[self.a.nonlinearity]] * self.a.directions}
        last = {name: f"{name}_last_l{layer}" for name in self.a.states}
        inputs = [below, *weights, bias, ends, *states]
        direction = "bidirectional" if self.a.bidirectional else "forward"
        outputs = (f"outputs_l{layer}", *last.values())
        y = node(operator, inputs, *outputs, hidden_size=self.a.hidden, direction=direction, **attributes)
        beside = node("Transpose", [y], perm=[0, 2, 1, 3])  # (T, D, B, H) -> (T, B, D, H)
        return node("Reshape", [beside, self._whole(0, 0, self.a.reads)]), last

    def _ordered(self, name: str, order: list[int]) -> Array:
        gates = np.split(self._parameter(name), len(order))
        return np.concatenate([gates[place] for place in order])

    def _dense(self, layer: int, below: str) -> tuple[str, dict[str, str]]:
        """A layer without recurrence: the same. Its last state is its output at a row's last step, or at its first."""
        node, outputs, last = self.graph.node, [], []
        for suffix in self._suffixes(layer):
            weight = self.graph.constant(f"ih{suffix}", self._parameter(f"weight_ih{suffix}").T)
            total = node("MatMul", [below, weight])
            if self.a.bias:
                bias = self.graph.constant(f"bias{suffix}", self._parameter(f"bias_ih{suffix}"))
                total = node("Add", [total, bias])
            outputs.append(node(ACTIVATIONS[str(self.a.nonlinearity)], [total]))
            end = self._whole(0) if suffix.endswith("reverse") else node("Sub", [self.until, self._whole(1)])
            chosen = node("Where", [node("Equal", [self.times, end]), outputs[-1], self._numbers(0)])
            last.append(node("ReduceSum", [chosen, self._whole(0)], keepdims=1))
        beside = node("Concat", outputs, axis=-1) if len(outputs) > 1 else outputs[0]
        return beside, {"h": node("Concat", last, axis=0)}

    # --- after the layers ---

    def _readout(self, outputs: str, last: str) -> str:
        """The one vector of each row, (B, D·H)."""
        node, whole = self.graph.node, self._whole
        if self.a.readout == "last":
            beside = node("Transpose", [last], perm=[1, 0, 2])
            return node("Reshape", [beside, whole(0, self.a.reads)])
        if self.a.readout == "max":
            return node("ReduceMax", [self._running_or_lowest(outputs)], axes=[0], keepdims=0)
        held = node("Where", [self.running, outputs, self._numbers(0)])
        if self.a.readout == "mean":
            share = node("Cast", [node("Squeeze", [self.until, whole(0)])], to=1)  # (B, 1) in float32
            return node("Div", [node("ReduceSum", [held, whole(0)], keepdims=0), share])
        if self.a.readout != "attention":
            raise ConfigError(f"onnx: expected another readout; found {self.a.readout!r}")
        v = self.graph.constant("attention", self._parameter("attention.weight").T)
        scores = self._running_or_lowest(node("MatMul", [outputs, v]))
        weighed = node("Mul", [node("Softmax", [scores], axis=0), held])
        return node("ReduceSum", [weighed, whole(0)], keepdims=0)

    def _running_or_lowest(self, values: str) -> str:
        """What is no maximum, and has no weight, after a row's end."""
        lowest = self._numbers(float(np.finfo(np.float32).min))
        return self.graph.node("Where", [self.running, values, lowest])

    def _head(self, read: str, *name: str) -> str:
        weight = self.graph.constant("head", self.network.state_dict("head")["weight"].astype(np.float32).T)
        if not self.a.bias:
            return self.graph.node("MatMul", [read, weight], *name)
        bias = self.graph.constant("head_bias", self._parameter("head.bias"))
        return self.graph.node("Add", [self.graph.node("MatMul", [read, weight]), bias], *name)
