"""Where a required string goes: where the model is likely to begin it."""

from __future__ import annotations

import math
from collections import deque
from copy import copy

import numpy as np

from elman.network.checks import Array
from elman.tasks.text.writing.automata import Product, State
from elman.tasks.text.writing.demands import Required


class Placing:
    """The place of each required string of a text, chosen as it is written.

    What counts is how probable the string's first character is. The first 1/e of all places are watched; then the first
    that is as good as nine in ten of them is taken, or as fewer and fewer of them, the less room there is left (after
    the secretary problem, where it must be better than all; Dynkin, 1963). Where none is, the string comes when there
    is just room enough for it, as its demand sees to.
    """

    def __init__(self, product: Product) -> None:
        self._product = product
        demands = enumerate(product.demands)
        self._strings = {i: demand.symbols for i, demand in demands if isinstance(demand, Required)}
        places = product.room(product.start) - sum(map(len, self._strings.values()))
        self._places, self._watch = places, places / math.e
        self._watched: dict[int, list[float]] = {i: [] for i in self._strings}
        self._place = 0
        self._rest: deque[int] = deque()  # of a string that has begun

    def copy(self) -> Placing:
        """As it is now, for a text that may be taken back to here."""
        other = copy(self)
        other._watched = {i: list(chances) for i, chances in self._watched.items()}
        other._rest = deque(self._rest)
        return other

    def symbol(self, state: State, logits: Array) -> int | None:
        """The symbol (of logits (V,)) that must come in this state, if it is one of a string's."""
        self._place += 1
        if not self._rest:
            self._begin(state, logits)
        return self._rest.popleft() if self._rest else None

    def _begin(self, state: State, logits: Array) -> None:
        pending = [i for i in self._strings if not self._product.demands[i].done(state[i])]
        if not pending:
            return
        every = np.logaddexp.reduce(logits)
        for i in pending:
            chance = math.exp(logits[self._strings[i][0]] - every)
            if self._place <= self._watch:
                self._watched[i].append(chance)
            elif chance >= self._good(i) and self._fits(state, self._strings[i]):
                self._rest.extend(self._strings[i])
                return

    def _good(self, string: int) -> float:
        watched = sorted(self._watched[string])
        if not watched:
            return 0.0
        left = max(self._places - self._place, 0) / (self._places - self._watch)
        return watched[int(0.9 * left * len(watched))]

    def _fits(self, state: State, string: list[int]) -> bool:
        after: State | None = state
        for symbol in string:
            if after is None:
                return False
            after = self._product.after(after, symbol)
        return after is not None and self._product.live(after)
