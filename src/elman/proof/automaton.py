"""Mealy machines: finite automata that answer each input symbol with an output symbol (G. H. Mealy, 1955)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

S = TypeVar("S", bound=Hashable)


class TooManyStates(Exception):  # noqa: N818 (an answer, not an error)
    """More states were found than asked for; `growth[n]` is how many there are after words of at most n symbols."""

    def __init__(self, growth: list[int]) -> None:
        super().__init__(f"more than {growth[-1] - 1} states")
        self.growth = growth


@dataclass(frozen=True)
class Mealy:
    """A machine whose states and symbols are numbered; it starts in state 0.

    `next[q][x]` is the state after symbol x in state q, `output[q][x]` the symbol that it answers.
    """

    next: tuple[tuple[int, ...], ...]
    output: tuple[tuple[int, ...], ...]

    @property
    def states(self) -> int:
        """How many states it has."""
        return len(self.next)

    @property
    def symbols(self) -> int:
        """How many input symbols it reads."""
        return len(self.next[0])

    def run(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """The answers (T, N) to N words of T symbols (T, N)."""
        following, outputs = np.array(self.next), np.array(self.output)
        state = np.zeros(words.shape[1], np.int64)
        answers = np.empty(words.shape, np.int64)
        for t, symbols in enumerate(words):
            places = state * self.symbols + symbols  # `take` by these is twice as fast as a pair of indices
            answers[t], state = outputs.take(places), following.take(places)
        return answers

    def minimised(self) -> Mealy:
        """The machine with the fewest states that answers alike, states in order of discovery.

        States are one class if they answer alike; classes split while states of one class go to different classes
        (E. F. Moore, 1956).
        """
        group = _numbered(self.output)
        while (
            finer := _numbered([(g, *(group[to] for to in row)) for g, row in zip(group, self.next, strict=True)])
        ) != group:
            group = finer
        member = {g: q for q, g in enumerate(group)}

        def step(g: int, x: int) -> tuple[int, int]:
            return self.output[member[g]][x], group[self.next[member[g]][x]]

        return explore(group[0], self.symbols, step)

    def difference(self, other: Mealy) -> list[int] | None:
        """A shortest word that the two answer differently; None where there is none."""
        words: dict[tuple[int, int], list[int]] = {(0, 0): []}
        queue = [(0, 0)]
        for p, q in queue:
            for x in range(self.symbols):
                word = [*words[p, q], x]
                if self.output[p][x] != other.output[q][x]:
                    return word
                pair = self.next[p][x], other.next[q][x]
                if pair not in words:
                    words[pair] = word
                    queue.append(pair)
        return None

    def edges(self, inputs: Sequence[str], outputs: Sequence[str]) -> dict[tuple[int, int], list[str]]:
        """For each pair of states the symbols that lead from one to the other: `"01→1"`."""
        found: dict[tuple[int, int], list[str]] = {}
        for q in range(self.states):
            for x, (to, answer) in enumerate(zip(self.next[q], self.output[q], strict=True)):
                found.setdefault((q, to), []).append(f"{inputs[x]}→{outputs[answer]}")
        return found

    def dot(self, inputs: Sequence[str], outputs: Sequence[str]) -> str:
        """The machine in Graphviz's language; `dot -Tsvg` draws it."""
        lines = ["digraph {", "  rankdir=LR;", "  node [shape=circle];", '  start [shape=point, label=""];']
        lines += [f'  q{q} [label="{q}"];' for q in range(self.states)]
        lines.append("  start -> q0;")
        for (q, to), labels in self.edges(inputs, outputs).items():
            lines.append(f'  q{q} -> q{to} [label="{shortened(labels)}"];')
        return "\n".join([*lines, "}", ""])


def shortened(labels: Sequence[str], most: int = 8) -> str:
    """Labels line by line, the first few of many."""
    shown = list(labels) if len(labels) <= most else [*labels[: most - 1], f"… {len(labels) - most + 1} more"]
    return "\\n".join(shown)


def explore(start: S, symbols: int, step: Callable[[S, int], tuple[int, S]], limit: int = 1 << 16) -> Mealy:
    """The machine of all states that can be reached; `step` gives the output and the next state.

    States are numbered as they are met, breadth first. Raises TooManyStates beyond `limit`.
    """
    number = {start: 0}
    states = [start]
    growth = [1]
    following: list[tuple[int, ...]] = []
    output: list[tuple[int, ...]] = []
    for state in states:
        if len(following) == growth[-1]:
            growth.append(len(states))
        answers, targets = zip(*(step(state, x) for x in range(symbols)), strict=True)
        for target in targets:
            if target not in number:
                number[target] = len(states)
                states.append(target)
        if len(states) > limit:
            raise TooManyStates([*growth, len(states)])
        following.append(tuple(number[target] for target in targets))
        output.append(answers)
    return Mealy(tuple(following), tuple(output))


def _numbered(keys: Sequence[Hashable]) -> list[int]:
    """Equal keys get equal numbers, in order of appearance."""
    numbers = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    return [numbers[key] for key in keys]
