"""Demands on a text as automata, and their product, which knows what can still be fulfilled."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
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

    Symbols of the same label are alike to it, but for those that a state sets `apart`; the label of END does not count.
    `need`, `room` and `towards` make the search for a way to the end short.
    """

    name: str
    labels: NDArray[np.int32]  # (V,)

    @property
    def start(self) -> Hashable:
        """The state before the first symbol."""

    def step(self, state: Any, symbol: int) -> Hashable | None:
        """The state after a symbol; None if it may not come here."""

    def apart(self, state: Any) -> Sequence[int]:
        """Symbols that are not like others of their label in this state, or after it."""

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
        self._kind_of = np.concatenate([[kinds.shape[1]], kind_of.reshape(-1)])  # END is of a kind of its own
        order = np.argsort(self._kind_of, kind="stable")
        self._of_kind = [group.tolist() for group in np.split(order, np.cumsum(np.bincount(self._kind_of))[:-1])]
        self._filler: list[int] = self._of_kind[0]  # the kind that last led on
        self._with_label: list[dict[int, list[list[int]]]] = [defaultdict(list) for _ in self.demands]
        for kind in self._of_kind[:-1]:
            for by_label, label in zip(self._with_label, labels[:, kind[0]].tolist(), strict=True):
                by_label[label].append(kind)
        self._live: set[State] = set()
        self._dead: set[State] = set()
        self._masks: dict[State, tuple[NDArray[np.bool_], dict[int, bool]]] = {}  # by kind, and of symbols apart

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
        return state if symbol == END else self._step(state, symbol)

    def allowed(self, state: State, end: bool) -> NDArray[np.bool_]:
        """(V,) the symbols that may come.

        Args:
            state: a live one.
            end: whether the text may end as soon as all is done, or only where nothing else can come.
        """
        if state not in self._masks:
            if len(self._masks) >= REMEMBERED:
                self._masks.clear()
            self._masks[state] = self._ways(state)
        ways, apart = self._masks[state]
        allowed: NDArray[np.bool_] = ways[self._kind_of]
        for symbol, way in apart.items():
            allowed[symbol] = way
        allowed[END] &= end or not allowed[END + 1 :].any()
        return allowed

    def _ways(self, state: State) -> tuple[NDArray[np.bool_], dict[int, bool]]:
        """Which kinds of symbols lead on, END among them, and which of those that are apart."""
        apart = self._apart(state)
        ways = [self._leads_on(state, some) for some in self._alike(self._of_kind[:-1], apart)]
        return np.array([*ways, self.done(state)]), {symbol: self._leads_on(state, symbol) for symbol in apart}

    def _leads_on(self, state: State, symbol: int | None) -> bool:
        after = None if symbol is None else self._step(state, symbol)
        return after is not None and self.live(after)

    def _apart(self, state: State) -> set[int]:
        return {symbol for demand, s in zip(self.demands, state, strict=True) for symbol in demand.apart(s)}

    @staticmethod
    def _alike(kinds: Iterable[list[int]], apart: Collection[int]) -> Iterator[int | None]:
        """For each kind, one of those that are alike; None if all of them are apart."""
        for kind in kinds:
            yield next((symbol for symbol in kind if symbol not in apart), None)

    def live(self, state: State) -> bool:
        """Whether a way from here to the end is found: a search in depth that remembers what it finds.

        After PATIENCE it gives up, and takes the state for dead. Nothing that is allowed rests on that: what is
        live has a way to the end, all of whose states are known to be live.
        """
        if self._is_live(state):
            return True
        if self._is_dead(state):
            return False
        way = [(state, self._symbols_from(state))]
        steps, patience = 0, PATIENCE + SOME * self._need(state)
        while way and steps < patience:
            here, symbols = way[-1]
            for symbol in symbols:
                steps += 1
                after = self._step(here, symbol)
                if after is None or self._is_dead(after):
                    continue
                if self._is_live(after):
                    self._filler = self._of_kind[self._kind_of[symbol]]
                    self._live.update(passed for passed, _ in way)
                    return True
                way.append((after, self._symbols_from(after)))
                break
            else:
                self._dead.add(here)
                way.pop()
        self._dead.add(state)
        return False

    def _symbols_from(self, state: State) -> Iterator[int]:
        """One of each kind: what the demands ask for, what last led on, the others; and those that are apart."""
        apart = self._apart(state)
        yield from (symbol for symbol in self._alike(self._kinds_from(state), apart) if symbol is not None)
        yield from apart

    def _kinds_from(self, state: State) -> Iterator[list[int]]:
        for i in (*range(1, len(state)), 0):
            label = self.demands[i].towards(state[i])
            if label is not None:
                yield from self._with_label[i].get(label, ())
        yield self._filler
        yield from self._of_kind[:-1]

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

    def _step(self, state: State, symbol: int) -> State | None:
        after = []
        for demand, s in zip(self.demands, state, strict=True):
            following = demand.step(s, symbol)
            if following is None:
                return None
            after.append(following)
        return tuple(after)
