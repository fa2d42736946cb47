"""Wrapping: lines of words end where a word does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from elman.network import Network
from elman.network.checks import Array
from elman.tasks.text.alphabet import END, Alphabet
from elman.tasks.text.writing.automata import State
from elman.tasks.text.writing.placing import Placing
from elman.tasks.text.writing.rhyme import Rhyme
from elman.tasks.text.writing.rows import Block, Rows
from elman.tasks.text.writing.sampling import Sampling

TRIES = 16  # at a line that does not end with a word
JOINED = "'’"  # beside letters and digits, what goes on with a word


@dataclass(frozen=True)
class _Mark:
    """A place to which a text can be taken back, and from which it goes on with a symbol that is read there."""

    columns: list[Array]  # of the network's state
    symbol: int
    state: State  # of the form, after that symbol
    placing: Placing
    written: int  # symbols of the line before it


class Wrapping(Rows):
    """Rows of lines of words.

    A gap between two words is a space or a new line, as there is room: where a line may not end yet, what the network
    gives to a new line goes to the space. A line that is full in the middle of a word, or one character short where a
    word is over, is cut at its last gap at which it may end. If it has none, it is written anew, with other random
    numbers; after so many TRIES it stays as it is, since forms are kept by all texts. Lines that must rhyme end with
    words of a dictionary as it is.
    """

    def __init__(self, network: Network, alphabet: Alphabet, sampling: Sampling, count: int) -> None:
        super().__init__(network, alphabet, sampling, count)
        self._space, self._new_line = alphabet.symbols(" \n").tolist()
        shown = [""] + [alphabet.shown(symbol) for symbol in range(END + 1, len(alphabet))]
        self._goes_on = np.array([one[:1].isalnum() or one in JOINED or one[:2] == "\\x" for one in shown])
        self._goes_on[END] = False
        demands = enumerate(self._product.demands if self._product else ())
        self._rhymes = [(i, demand) for i, demand in demands if isinstance(demand, Rhyme)]
        self._lines: list[list[int]] = [[] for _ in range(count)]
        self._starts = [self._mark(row, int(self._last[row]), self._states[row]) for row in range(count)]
        self._gaps: list[_Mark | None] = [None] * count
        self._tries = [0] * count
        self._ended = [False] * count

    def blocks(self) -> Iterator[Block]:
        """The lines of texts, as they are done."""
        while not all(self._ended):
            if block := self._lines_done():
                yield block

    def keep(self, index: list[int]) -> None:
        """Goes on with these texts alone, once they are half of all."""
        before = self.index
        super().keep(index)
        if self.index is not before:
            kept = [before.index(i) for i in self.index]
            self._lines, self._starts = [self._lines[row] for row in kept], [self._starts[row] for row in kept]
            self._gaps, self._tries = [self._gaps[row] for row in kept], [self._tries[row] for row in kept]
            self._ended = [self._ended[row] for row in kept]

    def _lines_done(self) -> Block:
        """One step of all rows; of those whose line, or text, is over, what they have written."""
        logits = self._stream.step(self._last)
        allowed = np.ones(logits.shape, np.bool_)
        uniform = np.zeros(len(logits))
        drawing, block = [], []
        for row in np.flatnonzero(np.logical_not(self._ended)).tolist():
            some = self._allowed_in(row, logits[row])
            if self._spoils_a_word(row, logits[row], some) and self._takes_back(row):
                block += self._line_of(row)
                continue
            drawing.append(row)
            allowed[row], uniform[row] = some, self._draws[row].random()
        last = self._choice.draw(logits, uniform, allowed)
        for row in drawing:
            self._write_one(row, int(last[row]), bool(allowed[row, self._new_line]))
            block += self._line_of(row)
        return block

    def _allowed_in(self, row: int, logits: Array) -> Array:
        """(V,) what may come; a new line that may not makes the space likelier, in place."""
        assert self._product is not None
        allowed = self._product.allowed(self._states[row], self._sampling.documents)
        if not allowed[self._new_line] and allowed[self._space]:
            logits[self._space] = np.logaddexp(logits[self._space], logits[self._new_line])
        symbol = self._placings[row].symbol(self._states[row], logits)
        return allowed if symbol is None else np.arange(len(allowed)) == symbol

    def _spoils_a_word(self, row: int, logits: Array, allowed: Array) -> bool:
        """Whether the line must end here, although its last word goes on; or must not, although the word is over.

        That is what the network finds likelier, not what is sure.
        """
        if any(demand.binds(self._states[row][i]) for i, demand in self._rhymes):
            return False
        p = np.exp(logits - logits.max())
        gaps = [self._space, self._new_line]
        single = np.count_nonzero(allowed[END + 1 :]) == 1
        if not allowed[gaps].any():  # a single symbol is one of a string that must come
            return bool(self._lines[row]) and not single and bool(p[gaps].sum() > p.sum() / 2)
        return bool(single and allowed[self._new_line] and p[self._goes_on].sum() > p.sum() / 2)

    def _takes_back(self, row: int) -> bool:
        """Ends the line at its last gap, or begins it anew; False where neither can be, or is of use."""
        gap = self._gaps[row]
        if gap is not None:
            self._go_back(row, gap)
            self._lines[row] = [*self._lines[row][: gap.written], gap.symbol]
            return True
        if self._tries[row] == TRIES or self._choice.temperature == 0:
            return False
        self._tries[row] += 1
        self._go_back(row, self._starts[row])
        self._lines[row] = []
        return True

    def _write_one(self, row: int, symbol: int, may_end: bool) -> None:
        assert self._product is not None
        before = self._states[row]
        if symbol == self._space and may_end:
            after = self._product.after(before, self._new_line)
            assert after is not None  # it was allowed
            self._gaps[row] = self._mark(row, self._new_line, after)
        after = self._product.after(before, symbol)
        assert after is not None
        self._states[row], self._last[row] = after, symbol
        self._lines[row].append(symbol)
        self._ended[row] = symbol == END

    def _line_of(self, row: int) -> Block:
        """The row's line, if it is over; then another begins."""
        line = self._lines[row]
        if not line or line[-1] not in (self._new_line, END):
            return []
        self._starts[row] = self._mark(row, int(self._last[row]), self._states[row], written=0)
        self._lines[row], self._gaps[row], self._tries[row] = [], None, 0
        return [(self.index[row], np.array(line, np.int32))]

    def _mark(self, row: int, symbol: int, state: State, written: int | None = None) -> _Mark:
        columns = [array[:, row].copy() for array in self._stream.state.values()]
        count = len(self._lines[row]) if written is None else written
        return _Mark(columns, symbol, state, self._placings[row].copy(), count)

    def _go_back(self, row: int, mark: _Mark) -> None:
        for array, column in zip(self._stream.state.values(), mark.columns, strict=True):
            array[:, row] = column
        self._last[row], self._states[row] = mark.symbol, mark.state
        self._placings[row], self._gaps[row] = mark.placing.copy(), None
