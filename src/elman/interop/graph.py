"""An ONNX graph in the making, by the package onnx (the extra `onnx`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from elman.interop.needed import needed
from elman.network.checks import Array

OPSET, IR = 17, 8  # what any ONNX Runtime of the last years reads

Tensors = Mapping[str, tuple[Any, Sequence[int | str]]]  # name -> type and shape; a word stands for any size


class Graph:
    """Operators and constants, each named by its first output."""

    def __init__(self) -> None:
        self._onnx = needed("onnx", "onnx")
        # Numbers of the types that there are inputs and outputs of.
        self.kinds: dict[Any, int] = {np.float32: self._onnx.TensorProto.FLOAT, np.int64: self._onnx.TensorProto.INT64}
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, values: Array) -> str:
        """An array that is part of the model; of an input's name, what it is where it is not given."""
        array = np.ascontiguousarray(values)
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def node(self, operator: str, inputs: Sequence[str], *outputs: str, **attributes: Any) -> str:
        """An operator; returns the name of its first output, which is made up where none is given."""
        outputs = outputs or (f"{operator.lower()}_{len(self._nodes)}",)
        self._nodes.append(self._onnx.helper.make_node(operator, list(inputs), outputs, **attributes))
        return outputs[0]

    def model(self, name: str, inputs: Tensors, outputs: Tensors, metadata: Mapping[str, str] | None = None) -> Any:
        """The whole as a ModelProto, checked by onnx."""
        helper = self._onnx.helper
        described = [
            [helper.make_tensor_value_info(one, self.kinds[kind], shape) for one, (kind, shape) in tensors.items()]
            for tensors in (inputs, outputs)
        ]
        graph = helper.make_graph(self._nodes, name, *described, self._constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR, producer_name="elman")
        helper.set_model_props(model, dict(metadata or {}))
        self._onnx.checker.check_model(model, full_check=True)
        return model
