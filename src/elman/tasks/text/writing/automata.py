"""Demands on a text as automata, and their product, which knows what can still be fulfilled."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from elman.tasks.text.alphabet import END

State = tuple[Any, ...]  # of a product: one of each demand
PATIENCE = 20_000  # steps of a search, and some for each symbol of the shortest way that there may be
SOME = 4
REMEMBERED = 1 << 16  # states whose masks are kept


class Demand(Protocol):
    """What a text must be, read symbol by symbol.

    Symbols of the same label are alike to it; the label of END does not count. `need`, `room` and `towards` make the
    search for a way to the end short.
    """

    name: str
    labels: NDArray[np.int32]  # (V,)

    @property
    def start(self) -> Hashable:
        """The state before the first symbol."""

    def step(self, state: Any, label: int) -> Hashable | None:
        """The state after a symbol; None if it may not come here."""

    def done(self, state: Any) -> bool:
        """Whether the text may end here."""

    def need(self, state: Any) -> float:
        """At least so many symbols must come until it may end; infinite if it never may."""

    def room(self, state: Any) -> float:
        """At most so many symbols may come."""

    def towards(self, state: Any) -> int | None:
        """A label that brings the end nearer, if it matters which."""


class Product:
    """Several demands at once.

    A state is live if there is a way from it to a state in which all demands are done. Only symbols that lead to live
    states are allowed; so there are no dead ends, whatever is drawn. A state that is dead without the last demand is
    dead, so that demands with many states (rhymes) come last, and the first, unless it is alone, must count symbols (as
    Lines and Length do) or always be done: then no way leads in a circle.
    """

    def __init__(self, demands: Sequence[Demand]) -> None:
        self.demands = tuple(demands)
        self._relaxed = Product(demands[:-1]) if len(demands) > 1 else None
        labels = np.stack([demand.labels for demand in demands])  # (demands, V)
        kinds, kind_of = np.unique(labels[:, END + 1 :], axis=1, return_inverse=True)
        self._kinds: list[tuple[int, ...]] = list(map(tuple, kinds.T.tolist()))
        self._kind_of = np.concatenate([[len(self._kinds)], kind_of.reshape(-1)])  # END is of a kind of its own
        self._filler = self._kinds[0]  # the kind that last led on
        self._with_label: list[dict[int, list[tuple[int, ...]]]] = [defaultdict(list) for _ in self.demands]
        for kind in self._kinds:
            for by_label, label in zip(self._with_label, kind, strict=True):
                by_label[label].append(kind)
        self._live: set[State] = set()
        self._dead: set[State] = set()
        self._masks: dict[State, NDArray[np.bool_]] = {}

    @property
    def start(self) -> State:
        """Before the first symbol."""
        return tuple(demand.start for demand in self.demands)

    def done(self, state: State) -> bool:
        """Whether the text may end here."""
        return all(demand.done(s) for demand, s in zip(self.demands, state, strict=True))

    def room(self, state: State) -> float:
        """At most so many symbols may come."""
        return min(demand.room(s) for demand, s in zip(self.demands, state, strict=True))

    def after(self, state: State, symbol: int) -> State | None:
        """The state after a symbol; None if it may not come. After END nothing changes any more."""
        return state if symbol == END else self._step(state, self._kinds[self._kind_of[symbol]])

    def allowed(self, state: State, end: bool) -> NDArray[np.bool_]:
        """(V,) the symbols that may come.

        Args:
            state: a live one.
            end: whether the text may end as soon as all is done, or only where nothing else can come.
        """
        mask = self._masks.get(state)
        if mask is None:
            following = [self._step(state, kind) for kind in self._kinds]
            ways = [after is not None and self.live(after) for after in following]
            mask = np.array([*ways, self.done(state)])
            if len(self._masks) >= REMEMBERED:
                self._masks.clear()
            self._masks[state] = mask
        if not end and mask[:-1].any():
            mask = np.append(mask[:-1], False)
        allowed: NDArray[np.bool_] = mask[self._kind_of]
        return allowed

    def live(self, state: State) -> bool:
        """Whether a way from here to the end is found: a search in depth that remembers what it finds.

        After PATIENCE it gives up, and takes the state for dead. Nothing that is allowed rests on that: what is
        live has a way to the end, all of whose states are known to be live.
        """
        if self._is_live(state):
            return True
        if self._is_dead(state):
            return False
        way = [(state, self._kinds_from(state))]
        steps, patience = 0, PATIENCE + SOME * self._need(state)
        while way and steps < patience:
            here, kinds = way[-1]
            for kind in kinds:
                steps += 1
                after = self._step(here, kind)
                if after is None or self._is_dead(after):
                    continue
                if self._is_live(after):
                    self._filler = kind
                    self._live.update(passed for passed, _ in way)
                    return True
                way.append((after, self._kinds_from(after)))
                break
            else:
                self._dead.add(here)
                way.pop()
        self._dead.add(state)
        return False

    def _kinds_from(self, state: State) -> Iterator[tuple[int, ...]]:
        """All kinds of symbols: what the demands ask for, what last led on, the others."""
        for i in (*range(1, len(state)), 0):
            label = self.demands[i].towards(state[i])
            if label is not None:
                yield from self._with_label[i].get(label, ())
        yield self._filler
        yield from self._kinds

    def _is_live(self, state: State) -> bool:
        return state in self._live or self.done(state)

    def _is_dead(self, state: State) -> bool:
        if state in self._dead:
            return True
        need = self._need(state)
        if need == math.inf or need > self.room(state):
            return True
        return self._relaxed is not None and not self._relaxed.live(state[:-1])

    def _need(self, state: State) -> float:
        return max(demand.need(s) for demand, s in zip(self.demands, state, strict=True))

    def _step(self, state: State, kind: tuple[int, ...]) -> State | None:
        after = []
        for demand, s, label in zip(self.demands, state, kind, strict=True):
            following = demand.step(s, label)
            if following is None:
                return None
            after.append(following)
        return tuple(after)
