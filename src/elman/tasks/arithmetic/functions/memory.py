"""What expressions turned out to be, so that none is worked out twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from elman.tasks.arithmetic.functions.meaning import Meaning, Missing
from elman.tasks.arithmetic.functions.numbers import Number
from elman.tasks.arithmetic.functions.reading import Atom, Reader
from elman.tasks.arithmetic.functions.tables import Budget

Outcome = Number | int | None
Asked = Callable[[Meaning], Outcome]
WORK = 1000  # to work out an expression once, as a budget counts it


@dataclass
class Node:
    """What is asked next, after the same answers to the same questions; or, in the end, the outcome."""

    atom: Atom | None = None
    place: int | None = None  # of the atom among all, once it has one
    branches: dict[int, Node] = field(default_factory=dict)
    outcome: Outcome = None
    done: bool = False

    def after(self, trail: Sequence[tuple[Atom, int]]) -> Node:
        """The node behind questions and their answers."""
        node = self
        for atom, value in trail:
            node.atom = atom
            node = node.branches.setdefault(value, Node())
        return node


class Memory:
    """An expression, and what it was: what it asks for depends on nothing but the answers that it got before."""

    def __init__(self, ask: Asked) -> None:
        self.ask, self.root = ask, Node()

    def outcome(self, reader: Reader, places: Mapping[Atom, int], values: Sequence[int], budget: Budget) -> Outcome:
        """What it is with these values of atoms; raises Missing."""
        node = self.root
        while node.atom is not None:
            if node.place is None:
                if node.atom not in places:
                    raise Missing(node.atom)
                node.place = places[node.atom]
            node = node.branches.setdefault(values[node.place], Node())
        if node.done:
            return node.outcome
        budget.spend(WORK)
        meaning = Meaning(reader, places, values)
        try:
            outcome = self.ask(meaning)
        except Missing as request:
            self.root.after(meaning.trail).atom = request.atom
            raise
        node = self.root.after(meaning.trail)
        node.outcome, node.done = outcome, True
        return outcome
