"""Networks as C that are given whole sequences: in both directions, if they read so."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

import numpy as np

from elman.interop.c_header import Header, values
from elman.interop.leaving import Leaving
from elman.tasks.capabilities.stands_alone import Alone

# Of a sequence of top outputs (T, READS), the one vector that the head reads; the last outputs are states.
READOUTS = {
    "last": "",
    "mean": """\
for (int j = 0; j < ^_READS; ++j) {
  w->read[j] = 0.0f;
  for (int t = 0; t < steps; ++t) w->read[j] += w->above[t][j] / (float)steps;
}
""",
    "max": """\
for (int j = 0; j < ^_READS; ++j) {
  w->read[j] = w->above[0][j];
  for (int t = 1; t < steps; ++t)
    if (w->above[t][j] > w->read[j]) w->read[j] = w->above[t][j];
}
""",
}


class Whole(Header):
    """The parts of a header of a network that answers to whole sequences, and of what stands around it."""

    def __init__(self, leaving: Leaving, alone: Alone) -> None:
        super().__init__(leaving)
        self.alone = alone
        self.sides = ("", "_reverse")[: self.a.directions]
        self.stored = self.a.layers > 1 or self.a.readout != "last"  # whether outputs of each step are needed

    def parts(self) -> Iterator[str]:
        """All of them."""
        yield from self.beginning({"READS": self.a.reads, "STEPS": self.alone.steps})
        for name, table in self.alone.tables.items():
            kind = "float" if table.dtype == np.float32 else "int"
            yield f"static const {kind} @_{name}[{table.size}] = {values(table)};\n"
        yield self._work()
        yield from (self.layer(layer, side) for layer in range(self.a.layers) for side in self.sides)
        yield self._answer()
        yield self.alone.code
        yield "#endif"

    def usage(self) -> list[str]:
        """As the task says it."""
        return list(self.alone.usage)

    def _work(self) -> str:
        """What is remembered while it answers."""
        lines = [f"float {', '.join(f'{name}[^_HIDDEN]' for name in self.a.states)}, read[^_READS];"]
        if self.stored:
            lines.append("float above[^_STEPS][^_READS];")
        if self.a.layers > 1:
            lines.append("float below[^_STEPS][^_READS];")
        return "typedef struct {\n" + indent("\n".join(lines), "  ") + "\n} @_work;\n"

    def _answer(self) -> str:
        lines = []
        for layer in range(self.a.layers):
            if layer:
                every = "for (int t = 0; t < steps; ++t)\n  for (int j = 0; j < ^_READS; ++j)"
                lines.append(f"{every} w->below[t][j] = w->above[t][j];")
            lines += [self._direction(layer, number) for number in range(len(self.sides))]
        lines.append(READOUTS[self.a.readout].rstrip())
        lines.append(self.head("w->read"))
        body = indent("\n".join(line for line in lines if line), "  ")
        return f"static inline void @_answer(@_work *w, const float *x, int steps, float *y) {{\n{body}\n}}\n"

    def _initial(self, name: str, row: int) -> str:
        """A state before a sequence."""
        first, hidden = self.first(name), self.a.hidden
        first = first[row * hidden : (row + 1) * hidden] if first.size > 1 else first
        value = "first[j]" if first.size > 1 else "first[0]"
        table = f"static const float first[{first.size}] = {values(first)};"
        return f"{{\n  {table}\n  for (int j = 0; j < ^_HIDDEN; ++j) w->{name}[j] = {value};\n}}"

    def _direction(self, layer: int, number: int) -> str:
        """One direction of a layer reads the whole sequence."""
        a, side = self.a, self.sides[number]
        lines = [self._initial(name, layer * a.directions + number) for name in a.states]
        order = "int t = steps - 1; t >= 0; --t" if number else "int t = 0; t < steps; ++t"
        below = "w->below[t]" if layer else "x + t * ^_INPUTS"
        states = ", ".join(f"w->{name}" for name in a.states)
        lines.append(f"for ({order}) {{\n  @_layer_{layer}{side}({below}, {states});")
        place = f"{number} * ^_HIDDEN + j" if number else "j"
        if self.stored:
            lines.append(f"  for (int j = 0; j < ^_HIDDEN; ++j) w->above[t][{place}] = w->h[j];")
        lines.append("}")
        if layer == a.layers - 1 and a.readout == "last":
            lines.append(f"for (int j = 0; j < ^_HIDDEN; ++j) w->read[{place}] = w->h[j];")
        return "\n".join(lines)
