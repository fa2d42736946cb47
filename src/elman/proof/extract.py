"""The automaton that a network is, as far as questions to it can tell: L* (Angluin, 1987) for Mealy machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from elman.proof.automaton import Mealy
from elman.proof.search import Words, all_words, find, long_words
from elman.telling import so_far

MOST_STATES = 40
FEW = 64  # symbols that are endings from the beginning, of many: others come with words that are answered differently


def learned(ask: Callable[[Words], Words], symbols: int, tests: Sequence[Words] | None = None) -> tuple[Mealy, float]:
    """A machine that answers as `ask` (words (T, N) -> answers (T, N)) does, and its agreement on random long words.

    `tests` are the words that are tried, from short to long, the agreement being that on the last of them; default: all
    short words and random long ones.

    Two beginnings are one state while no ending is known that tells them apart; a word that the machine answers
    differently gives new endings (Maler and Pnueli, 1995). It stops at MOST_STATES states: what needs more is no small
    machine, and the agreement says so.
    """
    endings: list[tuple[int, ...]] = [(x,) for x in range(0, symbols, max(1, symbols // FEW))]
    if tests is None:
        tests = [all_words(symbols), long_words(symbols, np.random.default_rng(1))]
    while True:
        machine = _machine(ask, symbols, endings)
        so_far("states of the automaton found", machine.states)

        def differs(words: Words, machine: Mealy = machine) -> NDArray[np.bool_]:
            found: NDArray[np.bool_] = ask(words) != machine.run(words)
            return found

        word = find(differs, tests) if machine.states < MOST_STATES else None
        if word is None:
            break
        endings += [tuple(word[n:]) for n in range(len(word)) if tuple(word[n:]) not in endings]
    words = tests[-1]
    return machine, float((ask(words) == machine.run(words)).all(axis=0).mean())


def _machine(ask: Callable[[Words], Words], symbols: int, endings: list[tuple[int, ...]]) -> Mealy:
    """The machine of the beginnings that the endings tell apart."""
    states: dict[tuple[int, ...], int] = {}  # rows, and the number of the state
    beginnings: list[tuple[int, ...]] = []

    def state(word: tuple[int, ...]) -> int:
        row = _row(ask, word, endings)
        if row not in states and len(states) < MOST_STATES:
            states[row] = len(states)
            beginnings.append(word)
        return states.get(row, 0)

    state(())
    following = tuple(tuple(state((*word, x)) for x in range(symbols)) for word in beginnings)
    output = tuple(tuple(int(ask(np.array([[*word, x]]).T)[-1, 0]) for x in range(symbols)) for word in beginnings)
    return Mealy(following, output)


def _row(ask: Callable[[Words], Words], word: tuple[int, ...], endings: list[tuple[int, ...]]) -> tuple[int, ...]:
    """The answers to the last symbols of the word with each ending; endings that are short are filled up."""
    longest = max(map(len, endings))
    words = np.zeros((len(word) + longest, len(endings)), np.int64)
    for n, ending in enumerate(endings):
        words[: len(word) + len(ending), n] = (*word, *ending)
    lasts = [len(word) + len(ending) - 1 for ending in endings]
    return tuple(ask(words)[lasts, range(len(endings))].tolist())
