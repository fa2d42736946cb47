"""Networks as C: one header in C99, without a heap and without any file beside it.

A program includes it, holds a state of fixed size, and gives it steps one by one. With a readout, answers are those of
the steps so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import indent

from elman.errors import ConfigError
from elman.interop import c_code
from elman.interop.c_header import Header, values, word
from elman.interop.c_whole import READOUTS, Whole
from elman.interop.leaving import Leaving
from elman.network.packing import SCALE
from elman.spelling import spelled


def contents(leaving: Leaving) -> bytes:
    """The contents of a header."""
    a, alone = leaving.network.architecture, leaving.alone
    if a.cell not in c_code.CELLS:
        raise ConfigError(f"c: expected one of the cells {', '.join(c_code.CELLS)}; found {a.cell!r}")
    if a.terms:
        raise ConfigError(f"c: expected a network without terms; found {a.terms}")
    if a.bidirectional and alone is None:
        raise ConfigError(
            "c: expected a network that reads forwards; found one that reads from both ends",
            "a program that is given steps one by one cannot run it; ONNX can: it is given whole sequences",
        )
    readouts = ("steps", "last", *c_code.READOUTS) if alone is None else tuple(READOUTS)
    if a.readout not in readouts:
        raise ConfigError(
            f"c: expected one of the readouts {', '.join(readouts)}; found {a.readout!r}",
            f"{spelled('readout', readouts[0])} trains such a network; ONNX can have any",
        )
    name = re.sub(r"\W", "_", leaving.name, flags=re.ASCII)
    name = name if re.match("[A-Za-z]", name) else f"network_{name}"
    header = Steps(leaving) if alone is None else Whole(leaving, alone)
    text = "\n".join(header.parts())
    return text.replace("@", name).replace("^", name.upper()).replace("\0", "@").replace("\1", "^").encode("ascii")


class Steps(Header):
    """The parts of a header of a network that is given steps one by one."""

    def parts(self) -> Iterator[str]:
        """All of them."""
        yield from self.beginning({})
        yield self._state()
        yield self._begin()
        yield from (self.layer(layer) for layer in range(self.a.layers))
        yield self._step()
        yield "#endif"

    def _state(self) -> str:
        arrays = ", ".join(f"{name}[^_LAYERS][^_HIDDEN]" for name in self.a.states)
        return f"typedef struct {{\n  float {arrays};\n{c_code.READOUT_STATE.get(self.a.readout, '')}}} @_state;\n"

    def _begin(self) -> str:
        lines = []
        for name in self.a.states:
            learned = self.a.initial == "learned"
            first = self.first(name)
            lines.append(f"static const float {name}[{first.size}] = {values(first)};")
            place = f"{name}[layer * ^_HIDDEN + j]" if learned else f"{name}[0]"
            lines.append("for (int layer = 0; layer < ^_LAYERS; ++layer)")
            lines.append(f"  for (int j = 0; j < ^_HIDDEN; ++j) s->{name}[layer][j] = {place};")
        if self.a.readout in c_code.READOUTS:
            lines.append("for (int j = 0; j < ^_HIDDEN; ++j) s->read[j] = 0.0f;")
            lines.append("s->steps = 0;")
        if self.a.readout == "attention":
            lines.append("s->log_sum = 0.0f;")
        return "static inline void @_begin(@_state *s) {\n" + indent("\n".join(lines), "  ") + "\n}\n"

    def _step(self) -> str:
        a, lines, below = self.a, [], "x"
        if a.embedding is not None:
            value = f"@_embedding_weight[x * {a.embedding} + j]"
            value = f"@_{word('embedding.weight' + SCALE)}[x] * (float){value}" if self.int8 else value
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
        body += "  if (!y) return;\n" + indent(self.head(read), "  ") + "\n"
        takes = "int x" if a.symbols else "const float *x"
        return f"static inline void @_step(@_state *s, {takes}, float *y) {{\n{body}}}\n"

    def _readout(self) -> str:
        text = c_code.READOUTS[self.a.readout]
        scale = f"@_{word('attention.weight' + SCALE)}[0] * (float)" if self.int8 else ""
        return text.replace("@_attention[j]", f"{scale}@_attention_weight[j]")
