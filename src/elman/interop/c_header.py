"""What every header in C has of a network: its numbers, and one step of each of its layers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any

import numpy as np

from elman.interop import c_code
from elman.interop.leaving import Leaving
from elman.network import CELLS
from elman.network.checks import Array
from elman.network.packing import SCALE, pack

WIDTH = 118


class Header:
    """The parts of a header. `@` stands for the network's name, `^` for the same in capitals."""

    def __init__(self, leaving: Leaving) -> None:
        self.leaving, self.a = leaving, leaving.network.architecture
        self.int8 = leaving.form == "int8"
        self.tensors = pack(leaving.network.parameters, leaving.form)
        self.functions = c_code.USES.get(self.a.cell, (str(self.a.nonlinearity),))
        self.recurrent = CELLS[self.a.cell].recurrent
        self.gated = len(CELLS[self.a.cell].gates) * self.a.hidden

    def beginning(self, sizes: Mapping[str, int]) -> Iterator[str]:
        """What is said, sizes, numbers, and what layers call."""
        yield self._comment()
        yield "#ifndef ^_H\n#define ^_H\n\n#include <math.h>" + "\n#include <stdint.h>" * self.int8 + "\n"
        a = self.a
        known = {"INPUTS": a.inputs, "OUTPUTS": a.outputs, "HIDDEN": a.hidden, "LAYERS": a.layers, **sizes}
        yield "enum { " + ", ".join(f"^_{name} = {size}" for name, size in known.items()) + " };\n"
        yield from self._numbers()
        yield c_code.PRODUCTS["int8" if self.int8 else "float32"]
        yield from (c_code.NONLINEARITIES[name] for name in self.functions)

    # --- what it says ---

    def usage(self) -> list[str]:
        """What to call, and when: lines for people."""
        x = "the number of a symbol, 0 to ^_INPUTS - 1" if self.a.symbols else "^_INPUTS numbers"
        return [
            "  @_state s;",
            "  @_begin(&s);           before the first step of a sequence",
            f"  @_step(&s, x, y);      x: {x}; y: ^_OUTPUTS numbers; 0: no answer is wanted",
            "",
            "What the head gives is linear: a sigmoid or softmax belongs to the loss.",
        ]

    def _comment(self) -> str:
        leaving = self.leaving
        weights = sum(array.nbytes for array in self.tensors.values())
        begin = f"@: a network as C99, made by elman. {weights:,} bytes of numbers."
        lines = [begin, "", *self.usage(), "What is below is JSON."]
        said: dict[str, Any] = {"about": leaving.to_json()}
        if leaving.certificate is not None:
            lines += ["The certificate is about the model file with this SHA-256; docs/export.md says what holds here."]
            said["certificate"] = leaving.certificate
        text = json.dumps(said, allow_nan=False).replace("*/", "*\\/").replace("/*", "\\/*")
        told = "/* " + "\n".join([lines[0], *(f"   {line}".rstrip() for line in lines[1:])])
        return told + "\n\n" + text.replace("@", "\0").replace("^", "\1") + " */"

    # --- numbers ---

    def _numbers(self) -> Iterator[str]:
        """Every parameter but for initial states, which are where a sequence begins."""
        for name, array in self.tensors.items():
            if not name.startswith("initial") and (self.recurrent or "_hh_" not in name):
                kind = "int8_t" if array.dtype == np.int8 else "float"
                yield f"static const {kind} @_{word(name)}[{array.size}] = {values(array)};\n"

    def first(self, name: str) -> Array:
        """The initial values of a state: (1,), or (L·D·H,) where they are learned."""
        learned = self.a.initial == "learned"
        found: Array = self.leaving.network.parameters[f"initial_{name}"] if learned else np.array([self.a.initial])
        return found.ravel()

    # --- functions ---

    def product(self, sums: str, name: str, v: str, rows: str, columns: str) -> str:
        """Adds a matrix times a vector."""
        scale = f"@_{word(name + SCALE)}, " if self.int8 else ""
        return f"@_add({sums}, @_{word(name)}, {scale}{v}, {rows}, {columns});"

    def layer(self, layer: int, side: str = "") -> str:
        """One step of a layer: `x` in, the states before and after."""
        lines = [f"float a[{self.gated}]" + f", u[{self.gated}]" * self.recurrent + ";"]
        weights = {"a": "ih", "u": "hh"} if self.recurrent else {"a": "ih"}
        for sums, kind in weights.items():
            first = f"@_bias_{kind}_l{layer}{side}[j]" if self.a.bias else "0.0f"
            lines.append(f"for (int j = 0; j < {self.gated}; ++j) {sums}[j] = {first};")
        one_hot = layer == 0 and self.a.symbols and self.a.embedding is None
        weight = f"weight_ih_l{layer}{side}"
        columns = str(self.a.reads if layer else self.a.embedding or "^_INPUTS")
        if one_hot:
            value = f"@_{weight}[j * ^_INPUTS + x]"
            value = f"@_{word(weight + SCALE)}[j] * (float){value}" if self.int8 else value
            lines.append(f"for (int j = 0; j < {self.gated}; ++j) a[j] += {value};")
        else:
            lines.append(self.product("a", weight, "x", str(self.gated), columns))
        if self.recurrent:
            lines.append(self.product("u", f"weight_hh_l{layer}{side}", "h", str(self.gated), "^_HIDDEN"))
        unit = c_code.CELLS[self.a.cell].replace("FUNCTION", str(self.a.nonlinearity))
        lines.append("for (int j = 0; j < ^_HIDDEN; ++j) {\n" + indent(unit, "  ") + "\n}")
        takes = ", ".join(["int x" if one_hot else "const float *x", *(f"float *{name}" for name in self.a.states)])
        return f"static inline void @_layer_{layer}{side}({takes}) {{\n" + indent("\n".join(lines), "  ") + "\n}\n"

    def head(self, read: str) -> str:
        """What the head says of a vector (D·H,): `y`."""
        a = self.a
        first = "@_head_bias[j]" if a.bias else "0.0f"
        lines = f"for (int j = 0; j < ^_OUTPUTS; ++j) y[j] = {first};\n"
        weight = "embedding.weight" if a.tied else "head.weight"
        return lines + self.product("y", weight, read, "^_OUTPUTS", str(a.reads))


def word(name: str) -> str:
    """The name of a parameter in C."""
    return name.replace(".", "_")


def values(array: Array) -> str:
    """An array's numbers in braces, exactly: float32 in hexadecimal, of which C99 rounds nothing."""
    flat = array.ravel()
    words = (
        [str(v) for v in flat] if array.dtype.kind == "i" else [_hexadecimal(float(v)) for v in flat.astype(np.float32)]
    )
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) + 2 > WIDTH:
            lines.append(line)
            line = ""
        line += f" {word},"
    return "{\n " + "\n ".join([*lines, line]) + "\n}"


def _hexadecimal(value: float) -> str:
    """0x1.8p+0f for 1.5."""
    mantissa, _, exponent = value.hex().partition("p")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}p{exponent}f"
