"""Networks as C: one header in C99, without a heap and without any file beside it.

A program includes it, holds a state of fixed size, and gives it steps one by one. With a readout, answers are those of
the steps so far.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from textwrap import indent
from typing import Any

import numpy as np

from elman.errors import ConfigError
from elman.interop import c_code
from elman.interop.leaving import Leaving
from elman.network import CELLS
from elman.network.checks import Array
from elman.network.packing import SCALE, pack

WIDTH = 118


def contents(leaving: Leaving) -> bytes:
    """The contents of a header."""
    a = leaving.network.architecture
    if a.cell not in c_code.CELLS:
        raise ConfigError(f"c: expected one of the cells {', '.join(c_code.CELLS)}; found {a.cell!r}")
    if a.terms:
        raise ConfigError(f"c: expected a network without terms; found {a.terms}")
    if a.bidirectional:
        raise ConfigError(
            "c: expected a network that reads forwards; found one that reads from both ends",
            "a program that is given steps one by one cannot run it; ONNX can: it is given whole sequences",
        )
    if a.readout not in ("steps", "last", *c_code.READOUTS):
        raise ConfigError(f"c: expected another readout; found {a.readout!r}")
    name = re.sub(r"\W", "_", leaving.name, flags=re.ASCII)
    name = name if re.match("[A-Za-z]", name) else f"network_{name}"
    text = "\n".join(_Header(leaving).parts())
    return text.replace("@", name).replace("^", name.upper()).replace("\0", "@").replace("\1", "^").encode("ascii")


class _Header:
    """The parts of a header."""

    def __init__(self, leaving: Leaving) -> None:
        self.leaving, self.a = leaving, leaving.network.architecture
        self.int8 = leaving.form == "int8"
        self.tensors = pack(leaving.network.parameters, leaving.form)
        self.functions = c_code.USES.get(self.a.cell, (str(self.a.nonlinearity),))
        self.recurrent = CELLS[self.a.cell].recurrent
        self.gated = len(CELLS[self.a.cell].gates) * self.a.hidden

    def parts(self) -> Iterator[str]:
        """All of them."""
        yield self._comment()
        yield "#ifndef ^_H\n#define ^_H\n\n#include <math.h>" + "\n#include <stdint.h>" * self.int8 + "\n"
        a = self.a
        sizes = {"INPUTS": a.inputs, "OUTPUTS": a.outputs, "HIDDEN": a.hidden, "LAYERS": a.layers}
        yield "enum { " + ", ".join(f"^_{name} = {size}" for name, size in sizes.items()) + " };\n"
        yield from self._numbers()
        yield self._state()
        yield c_code.PRODUCTS["int8" if self.int8 else "float32"]
        yield from (c_code.NONLINEARITIES[name] for name in self.functions)
        yield self._begin()
        yield from (self._layer(layer) for layer in range(a.layers))
        yield self._step()
        yield "#endif"

    # --- what it says ---

    def _comment(self) -> str:
        a, leaving = self.a, self.leaving
        x = "the number of a symbol, 0 to ^_INPUTS - 1" if a.symbols else "^_INPUTS numbers"
        weights = sum(array.nbytes for array in self.tensors.values())
        lines = [
            f"@: a network as C99, made by elman. {weights:,} bytes of numbers.",
            "",
            "  @_state s;",
            "  @_begin(&s);           before the first step of a sequence",
            f"  @_step(&s, x, y);      x: {x}; y: ^_OUTPUTS numbers; 0: no answer is wanted",
            "",
            "What the head gives is linear: a sigmoid or softmax belongs to the loss. What is below is JSON.",
        ]
        said: dict[str, Any] = {"about": leaving.to_json()}
        if leaving.certificate is not None:
            lines += ["The certificate is about the model file with this SHA-256; docs/export.md says what holds here."]
            said["certificate"] = leaving.certificate
        text = json.dumps(said, allow_nan=False).replace("*/", "*\\/").replace("/*", "\\/*")
        told = "/* " + "\n".join([lines[0], *(f"   {line}".rstrip() for line in lines[1:])])
        return told + "\n\n" + text.replace("@", "\0").replace("^", "\1") + " */"

    # --- numbers ---

    def _numbers(self) -> Iterator[str]:
        """Every parameter but for initial states, which `begin` has."""
        for name, array in self.tensors.items():
            if not name.startswith("initial") and (self.recurrent or "_hh_" not in name):
                kind = "int8_t" if array.dtype == np.int8 else "float"
                yield f"static const {kind} @_{_word(name)}[{array.size}] = {_values(array)};\n"

    def _state(self) -> str:
        arrays = ", ".join(f"{name}[^_LAYERS][^_HIDDEN]" for name in self.a.states)
        return f"typedef struct {{\n  float {arrays};\n{c_code.READOUT_STATE.get(self.a.readout, '')}}} @_state;\n"

    # --- functions ---

    def _begin(self) -> str:
        lines = []
        for name in self.a.states:
            learned = self.a.initial == "learned"
            first: Array = self.leaving.network.parameters[f"initial_{name}"] if learned else np.array([self.a.initial])
            lines.append(f"static const float {name}[{first.size}] = {_values(first)};")
            place = f"{name}[layer * ^_HIDDEN + j]" if learned else f"{name}[0]"
            lines.append("for (int layer = 0; layer < ^_LAYERS; ++layer)")
            lines.append(f"  for (int j = 0; j < ^_HIDDEN; ++j) s->{name}[layer][j] = {place};")
        if self.a.readout in c_code.READOUTS:
            lines.append("for (int j = 0; j < ^_HIDDEN; ++j) s->read[j] = 0.0f;")
            lines.append("s->steps = 0;")
        if self.a.readout == "attention":
            lines.append("s->log_sum = 0.0f;")
        return "static inline void @_begin(@_state *s) {\n" + indent("\n".join(lines), "  ") + "\n}\n"

    def _product(self, sums: str, name: str, v: str, rows: str, columns: str) -> str:
        scale = f"@_{_word(name + SCALE)}, " if self.int8 else ""
        return f"@_add({sums}, @_{_word(name)}, {scale}{v}, {rows}, {columns});"

    def _layer(self, layer: int) -> str:
        """One step of a layer: `x` in, the states before and after."""
        lines = [f"float a[{self.gated}]" + f", u[{self.gated}]" * self.recurrent + ";"]
        sides = {"a": "ih", "u": "hh"} if self.recurrent else {"a": "ih"}
        for sums, side in sides.items():
            first = f"@_bias_{side}_l{layer}[j]" if self.a.bias else "0.0f"
            lines.append(f"for (int j = 0; j < {self.gated}; ++j) {sums}[j] = {first};")
        one_hot = layer == 0 and self.a.symbols and self.a.embedding is None
        weight, columns = f"weight_ih_l{layer}", "^_HIDDEN" if layer else str(self.a.embedding or "^_INPUTS")
        if one_hot:
            value = f"@_{weight}[j * ^_INPUTS + x]"
            value = f"@_{_word(weight + SCALE)}[j] * (float){value}" if self.int8 else value
            lines.append(f"for (int j = 0; j < {self.gated}; ++j) a[j] += {value};")
        else:
            lines.append(self._product("a", weight, "x", str(self.gated), columns))
        if self.recurrent:
            lines.append(self._product("u", f"weight_hh_l{layer}", "h", str(self.gated), "^_HIDDEN"))
        unit = c_code.CELLS[self.a.cell].replace("FUNCTION", str(self.a.nonlinearity))
        lines.append("for (int j = 0; j < ^_HIDDEN; ++j) {\n" + indent(unit, "  ") + "\n}")
        takes = ", ".join(["int x" if one_hot else "const float *x", *(f"float *{name}" for name in self.a.states)])
        return f"static inline void @_layer_{layer}({takes}) {{\n" + indent("\n".join(lines), "  ") + "\n}\n"

    def _step(self) -> str:
        a, lines, below = self.a, [], "x"
        if a.embedding is not None:
            value = f"@_embedding_weight[x * {a.embedding} + j]"
            value = f"@_{_word('embedding.weight' + SCALE)}[x] * (float){value}" if self.int8 else value
            lines += [
                f"float embedded[{a.embedding}];",
                f"for (int j = 0; j < {a.embedding}; ++j) embedded[j] = {value};",
            ]
            below = "embedded"
        for layer in range(a.layers):
            states = ", ".join(f"s->{name}[{layer}]" for name in a.states)
            lines.append(f"@_layer_{layer}({below}, {states});")
            below = f"s->h[{layer}]"
        body = indent("\n".join(lines), "  ") + "\n"
        read = below
        if a.readout in c_code.READOUTS:
            body += f"  const float *h = {below};\n" + self._readout()
            read = "s->read"
        first = "@_head_bias[j]" if a.bias else "0.0f"
        body += f"  if (!y) return;\n  for (int j = 0; j < ^_OUTPUTS; ++j) y[j] = {first};\n"
        body += (
            "  "
            + self._product("y", "embedding.weight" if a.tied else "head.weight", read, "^_OUTPUTS", "^_HIDDEN")
            + "\n"
        )
        takes = "int x" if a.symbols else "const float *x"
        return f"static inline void @_step(@_state *s, {takes}, float *y) {{\n{body}}}\n"

    def _readout(self) -> str:
        text = c_code.READOUTS[self.a.readout]
        scale = f"@_{_word('attention.weight' + SCALE)}[0] * (float)" if self.int8 else ""
        return text.replace("@_attention[j]", f"{scale}@_attention_weight[j]")


def _word(name: str) -> str:
    return name.replace(".", "_")


def _values(array: Array) -> str:
    """An array's numbers in braces, exactly: float32 in hexadecimal, of which C99 rounds nothing."""
    flat = array.ravel()
    words = (
        [str(v) for v in flat] if array.dtype == np.int8 else [_hexadecimal(float(v)) for v in flat.astype(np.float32)]
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
