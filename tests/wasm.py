"""The engine as WebAssembly, run by wasmtime: its functions by name, and NumPy's arrays in its memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from wasmtime import Engine, Func, FuncType, Instance, Memory, Module, Store, ValType

from elman import Network, _engine
from elman.network import CELLS

assert _engine.__file__ is not None
FILE = Path(_engine.__file__).with_name("engine.wasm")
LOSSES = {"bits": 0, "symbols": 1, "squared": 2, "squared_sigmoid": 3, "huber": 4, "pinball": 5}

Array = NDArray[Any]


class Wasm:
    """One instance of the engine."""

    def __init__(self) -> None:
        self.store = Store(Engine())
        module = Module.from_file(self.store.engine, str(FILE))
        nothing = [
            Func(self.store, FuncType(i.type.params, [ValType.i32()]), lambda *_: 0)
            for i in module.imports
            if isinstance(i.type, FuncType)
        ]
        self.exports = Instance(self.store, module, nothing).exports(self.store)
        self("_initialize")

    def __call__(self, name: str, *arguments: float) -> Any:
        function = self.exports[name]
        assert isinstance(function, Func)
        return function(self.store, *arguments)

    @property
    def memory(self) -> Memory:
        found = self.exports["memory"]
        assert isinstance(found, Memory)
        return found

    def put(self, values: Array | bytes | None) -> int:
        """The address of a copy; 0 of nothing."""
        if values is None:
            return 0
        data = values if isinstance(values, bytes) else np.ascontiguousarray(values).tobytes()
        address: int = self("allocate", len(data) + 8)
        self.memory.write(self.store, data, address)
        return address

    def get(self, address: int, like: Array) -> Array:
        """An array of this type and shape that lies there."""
        data = self.memory.read(self.store, address, address + like.nbytes)
        return np.frombuffer(data, like.dtype).reshape(like.shape)

    def text(self, address: int) -> str:
        end = address
        while self.memory.read(self.store, end, end + 1) != b"\0":
            end += 1
        return bytes(self.memory.read(self.store, address, end)).decode()

    def told(self, name: str, *arguments: float) -> Any:
        return json.loads(self.text(self(name, *arguments)))

    def network(self, network: Network) -> int:
        """The same network: its address."""
        a = network.architecture
        cell, nonlinearity, readout = (
            self.put(f"{word or ''}\0".encode()) for word in (a.cell, a.nonlinearity, a.readout)
        )
        learned = a.initial == "learned"
        address: int = self(
            "network_new",
            *(a.inputs, a.outputs, a.symbols, a.embedding or 0, a.tied, cell, nonlinearity, a.hidden, a.layers),
            *(a.bidirectional, a.bias, a.dropout, a.noise, a.output_dropout, a.weight_dropout, readout, learned),
            *(0.0 if learned else float(a.initial), a.terms),
        )
        data = network.parameters.flat.tobytes()
        self.memory.write(self.store, data, self("network_parameters", address))
        return address

    def examples(self, x: Array, targets: Array | None = None, lengths: Sequence[int] | None = None) -> int:
        dense, symbols = (None, x) if x.dtype.kind == "i" else (x, None)
        of, kinds = (None, targets) if targets is not None and targets.dtype.kind == "i" else (targets, None)
        ends = None if lengths is None else np.array(lengths, np.int32)
        address: int = self("examples_new", *x.shape[:2], *map(self.put, (dense, symbols, of, kinds, None, ends)))
        return address

    def loss(self, name: str) -> int:
        address: int = self("loss_new", LOSSES[name], 0.0, 1.0, 0)
        return address

    def trace(self, address: int, network: Network, examples: int, steps: int, rows: int) -> dict[str, Array]:
        """As `Network.trace`."""
        a = network.architecture
        places = a.layers * a.directions
        shapes = {
            "y": (*a.answers(steps, rows), a.outputs),
            **dict.fromkeys(CELLS[a.cell].gates, (places, steps, rows, a.hidden)),
            **dict.fromkeys(a.states, (places, steps + 1, rows, a.hidden)),
        }
        if not a.per_step:
            shapes["readout"] = (rows, a.reads)
        if a.readout == "attention":
            shapes["attention"] = (steps, rows)
        arrays = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
        at = {name: self.put(values) for name, values in arrays.items()}
        gates = [*(at[name] for name in CELLS[a.cell].gates), 0, 0, 0][:4]
        others = (at["h"], at.get("c", 0), at.get("readout", 0), at.get("attention", 0))
        self("trace", address, examples, 0, 0, at["y"], *gates, *others)
        return {name: self.get(at[name], values) for name, values in arrays.items()}
