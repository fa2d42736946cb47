"""Machines as arrays: all states that can be reached, the fewest that answer alike, and the same machine backwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError
from elman.proof import Mealy
from elman.telling import so_far

Ints = NDArray[np.int64]
MOST_STATES = 1000  # of machines that are taught
MOST_MET = 1 << 16  # states on the way to them
MOST_WORK = 1 << 25  # numbers that are computed: some seconds
PIECE = 1 << 21  # numbers that are computed at once


class WorkError(ConfigError):
    """More than may be computed."""


class Budget:
    """What may be computed for one function; counted, so that no verdict depends on how busy a machine is."""

    def __init__(self, what: str, work: int) -> None:
        self.what, self.left, self.met = what, work, 0

    def spend(self, work: int, states: int = 0) -> None:
        """A WorkError where that is too much."""
        self.left, self.met = self.left - work, max(self.met, states)
        so_far("states of the machine met", self.met)
        if self.met > MOST_MET or self.left < 0:
            raise WorkError(
                f"function: {self.what}: no machine was found within the bounds of this search; it had met "
                f"{self.met:,} states",
                "a function with less to remember; smaller numbers, fewer operands, a smaller base",
            )


@dataclass(frozen=True)
class Table:
    """Where symbols lead, `next` (Q, S), from the states (Q, W), each with the state and symbol it was met by."""

    states: Ints
    next: Ints
    parent: Ints
    by: Ints

    def word(self, q: int) -> list[int]:
        """A shortest word that leads to a state."""
        word: list[int] = []
        while q:
            word.append(int(self.by[q]))
            q = int(self.parent[q])
        return word[::-1]


def explore(start: Sequence[int], step: Callable[[Ints], Ints], budget: Budget) -> Table:
    """All states that can be reached; `step` maps states (N, W) to those that follow them (N, S, W)."""
    frontier = np.array([start], np.int64)
    number = {frontier.tobytes(): 0}
    states, following = [frontier], []
    parents, by = [0], [0]
    width, symbols, first = frontier.shape[1], 1, 0
    while len(frontier):
        fresh: list[Ints] = []
        pieces = max(1, len(frontier) * symbols * width // PIECE)
        for piece in np.array_split(frontier, pieces):
            after = step(piece)
            symbols = after.shape[1]
            budget.spend(after.size, len(number))
            rows = after.reshape(-1, width)
            where, inverse = _distinct(rows)
            ids = np.empty(len(where), np.int64)
            for n, place in enumerate(where.tolist()):
                met = len(number)
                ids[n] = number.setdefault(rows[place].tobytes(), met)
                if ids[n] == met:
                    fresh.append(rows[place])
                    parents.append(first + place // symbols)
                    by.append(place % symbols)
            following.append(ids[inverse].reshape(len(piece), symbols))
            first += len(piece)
        frontier = np.array(fresh, np.int64).reshape(-1, width)
        states.append(frontier)
    return Table(np.concatenate(states), np.concatenate(following), np.array(parents), np.array(by))


def _distinct(rows: Ints) -> tuple[Ints, Ints]:
    """Where each different row stands first, in order; and, for each row, which of these it is."""
    low, high = rows.min(axis=0), rows.max(axis=0)
    key = np.zeros(len(rows), np.int64)
    room = 1
    for column, least, size in zip(rows.T, low.tolist(), (high - low + 1).tolist(), strict=True):
        if room * size >= 1 << 62:  # number what there is so far
            key = np.unique(key, return_inverse=True)[1].reshape(-1)
            room = int(key.max()) + 1
            if room * size >= 1 << 62:
                column, size = np.unique(column, return_inverse=True)[1].reshape(-1) + least, len(rows)
        key = key * size + (column - least)
        room *= size
    _, where, inverse = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(where)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return where[order], rank[inverse.reshape(-1)]


def columns(*tables: Ints) -> tuple[Ints, Ints]:
    """Symbols (S,) that tell all others apart in tables (Q, S), and which of these each symbol is as good as."""
    rows = np.ascontiguousarray(np.concatenate(tables).T)
    _, where, inverse = np.unique(rows.view(f"V{rows[0].nbytes}").ravel(), return_index=True, return_inverse=True)
    return where, inverse.reshape(-1)


def grouped(following: Ints, group: Ints, budget: Budget) -> Ints:
    """Classes (Q,) of states: those of `group`, split until states of one class lead to the same (Moore, 1956)."""
    some = following[:, columns(following)[0]]
    group = np.unique(group, return_inverse=True)[1].reshape(-1)
    while True:
        finer = group
        for column in some.T:
            budget.spend(len(group))
            finer = np.unique(finer * (len(group) + 1) + group[column], return_inverse=True)[1].reshape(-1)
        if finer.max() == group.max():
            return group
        group = finer


def least(following: Ints, output: Ints, budget: Budget) -> tuple[Ints, Ints]:
    """The machine with the fewest states that answers alike, `output` (Q, S), states in order of discovery."""
    group = np.zeros(len(following), np.int64)
    for column in output[:, columns(output)[0]].T:
        group = np.unique(group * (int(column.max()) + 1) + column, return_inverse=True)[1].reshape(-1)
    group = grouped(following, group, budget)
    member = np.unique(group, return_index=True)[1]
    following, output = group[following[member]], output[member]
    order, place = [int(group[0])], {int(group[0]): 0}
    for q in order:
        for to in dict.fromkeys(following[q].tolist()):
            if to not in place:
                place[to] = len(order)
                order.append(to)
    rank = np.array([place[q] for q in range(len(member))])
    return rank[following[order]], output[order]


def backwards(following: Ints, value: Ints, budget: Budget) -> tuple[Ints, Ints]:
    """The machine whose value after a word is that of the given one after the word backwards: `next`, value (Q,).

    Its states are functions from the states of the given machine to values: what is to be added to them is a first
    symbol, g'(q) = g(next(q, x)) (J. Brzozowski, 1963). Different functions are different states, so that there is no
    smaller machine.
    """
    group = grouped(following, value, budget)
    member = np.unique(group, return_index=True)[1]
    following, value, start = group[following[member]], value[member], int(group[0])
    where, which = columns(following)
    some = following[:, where].T.copy()
    number, functions, table = {value.tobytes(): 0}, [value], []
    for g in functions:
        budget.spend(some.size // 16 + 20 * len(some), len(functions))
        row = []
        for after in g[some]:
            known = number.setdefault(after.tobytes(), len(functions))
            if known == len(functions):
                functions.append(after)
            row.append(known)
        table.append(row)
    return np.array(table, np.int64)[:, which], np.array([g[start] for g in functions], np.int64)


def mealy(what: str, following: Ints, output: Ints, budget: Budget) -> Mealy:
    """The least machine; a ConfigError where it is too large to be taught."""
    following, output = least(following, output, budget)
    if len(following) > MOST_STATES:
        raise ConfigError(
            f"function: {what}: its least machine has {len(following):,} states; the most that are taught are "
            f"{MOST_STATES:,}",
            "a function with less to remember",
        )
    return Mealy(tuple(map(tuple, following.tolist())), tuple(map(tuple, output.tolist())))
