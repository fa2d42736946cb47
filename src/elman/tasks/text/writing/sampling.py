"""Texts written by a network: one as it comes, or many at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError, ShapeError, choose, whole
from elman.network import Network, State
from elman.tasks.text.alphabet import END, Alphabet, Symbols
from elman.tasks.text.writing.automata import Product
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.form import Form
from elman.tasks.text.writing.placing import Placing
from elman.telling import so_far

UNKNOWN = ("error", "skip")

LENGTH = 500  # characters, where nothing else says how many
MOST = (1 << 31) - 1
READ = 1024  # symbols of a prompt at a time, so that memory does not grow with it
PIECE = 0.03  # seconds of writing between two pieces of a text, about
LEAST_ROWS = 4  # from so many rows on, the engine's sums do not depend on how many there are


@dataclass(frozen=True)
class Sampling:
    """What is to be written, and how; a ConfigError tells of what makes no sense.

    Prompt, stop string and form are as people write them; what is written is the alphabet's text (`Alphabet`).

    Args:
        prompt: what stands before it; "" for a text from its beginning.
        length: at most so many characters (default: 500, or what the form asks for).
        choice: how each symbol is drawn.
        stop: the text ends before this string.
        form: what the text is held to.
        documents: whether the model may end a text, as one of many short texts does; otherwise it goes on to `length`,
            or to where the form ends.
        seed: text i of any number of texts is a function of seed and i.
        unknown: characters of the prompt that the model has not seen are an "error", or it is to "skip" them.
    """

    prompt: str = ""
    length: int | None = None
    choice: Choice = field(default_factory=Choice)
    stop: str | None = None
    form: Form = field(default_factory=Form)
    documents: bool = False
    seed: int = 0
    unknown: str = "error"

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise DataError(f"prompt: expected a str; found {self.prompt!r:.60}")
        if not isinstance(self.stop, str | None):
            raise ConfigError(f"stop: expected a str; found {self.stop!r:.60}")
        if not isinstance(self.form, Form):
            raise ConfigError(f"form: expected an elman.Form; found {self.form!r:.60}", 'elman.Form("4x20-40")')
        if self.length is not None:
            whole("length", self.length, 1, MOST)
        whole("seed", self.seed, 0, (1 << 63) - 1)
        choose("unknown", self.unknown, UNKNOWN)
        if self.stop == "":
            raise ConfigError("stop: expected a string; found an empty one")
        if self.stop is not None and (self.form.lines is not None or self.form.require):
            raise ConfigError(
                f"stop: expected none beside lines or required strings; found {self.stop!r}",
                "leave it out: they say where a text may end",
            )
        if self.length is not None and self.form.lines is not None:
            raise ConfigError(
                f"length: expected none beside the form {self.form.lines}; found {self.length}",
                "leave it out: the form says how long a text is",
            )

    def product(self, alphabet: Alphabet) -> Product | None:
        """The form's demands on a text in this alphabet."""
        return self.form.product(alphabet, self.length or LENGTH) if self.form else None

    def symbols(self, product: Product | None) -> int:
        """At most so many are written, and END after the last line of a form."""
        if product is None or self.form.lines is None:
            return self.length or LENGTH
        return int(product.room(product.start)) + 1

    def start(self, network: Network, alphabet: Alphabet) -> tuple[State | None, int]:
        """The state after all symbols of the prompt but the last, None for the initial one, and the last."""
        prompt = alphabet.from_unicode(self.prompt)
        if self.unknown == "skip":
            known = alphabet.symbols(prompt)
            known = known[known >= 0]
        else:
            known = alphabet.encode(prompt, "prompt", "leave them out, or skip them (unknown: skip)")
        symbols = np.insert(known, 0, END)
        return read(network, symbols[:-1]), int(symbols[-1])

    def end(self, alphabet: Alphabet) -> str:
        """What a text ends before, in the alphabet; "" if nothing. A DataError where that is never written."""
        end = alphabet.from_unicode(self.stop or "")
        alphabet.encode(end, "stop", "a text never ends before them")
        return end


def stream(network: Network, alphabet: Alphabet, sampling: Sampling) -> Iterator[str]:
    """One text, in pieces as they come; together they are `sample`'s first."""
    return _pieces(_Rows(network, alphabet, sampling, 1), _Text(alphabet, sampling))


def sample(network: Network, alphabet: Alphabet, sampling: Sampling, count: int = 1) -> list[str]:
    """So many texts, written at once as one batch.

    Text i is the same for any `count` that is at least 4; with fewer rows the engine adds up in another order, so
    that a text can part ways where a number falls on the border of two symbols (within about 1e-7).
    """
    whole("count", count, 1, 1 << 20)
    rows = _Rows(network, alphabet, sampling, count)
    texts = [_Text(alphabet, sampling) for _ in range(count)]
    pieces: list[list[str]] = [[] for _ in range(count)]
    done = 0
    for index, symbols in rows.blocks():
        done += len(symbols)
        so_far("characters of each text written", done)
        for row, column in zip(index, symbols.T, strict=True):
            pieces[row].append(texts[row].take(column))
        rows.keep([row for row in index if not texts[row].ended])
    return ["".join([*given, text.rest()]) for given, text in zip(pieces, texts, strict=True)]


def read(network: Network, symbols: Symbols) -> State | None:
    """The state after these symbols; None, the initial one, where there are none."""
    state = None
    for first in range(0, len(symbols), READ):
        _, state = network.forward(symbols[first : first + READ, None], state)
    return state


def repeated(state: State | None, rows: int) -> State | None:
    """The state of one row for each of many."""
    return None if state is None else State(**{name: np.repeat(array, rows, 1) for name, array in state.items()})


def _pieces(rows: _Rows, text: _Text) -> Iterator[str]:
    for _, symbols in rows.blocks():
        if piece := text.take(symbols[:, 0]):
            yield piece
        if text.ended:
            break
    if rest := text.rest():
        yield rest


class _Text:
    """A text as it comes: gives out what cannot be the beginning of what ends it."""

    def __init__(self, alphabet: Alphabet, sampling: Sampling) -> None:
        self.ended = False
        self._alphabet = alphabet
        self._stop = sampling.end(alphabet)
        self._lines = sampling.form.lines is not None
        self._held = ""

    def take(self, symbols: Symbols) -> str:
        """The text as far as it is certain."""
        if self.ended:
            return ""
        ends = np.flatnonzero(symbols == END)
        self.ended = ends.size > 0
        self._held += self._alphabet.decode(symbols[: ends[0] if self.ended else len(symbols)].tolist())
        if self._stop and self._stop in self._held:
            self._held = self._held[: self._held.index(self._stop)]
            self.ended = True
        certain = 0 if self.ended else len(self._held) - self._doubtful()
        given, self._held = self._held[:certain], self._held[certain:]
        return given

    def _doubtful(self) -> int:
        """How many characters at the end may turn out not to belong to the text."""
        if self._lines:
            return int(self._held.endswith("\n"))
        sizes = range(min(len(self._stop) - 1, len(self._held)), 0, -1)
        return next((size for size in sizes if self._stop.startswith(self._held[-size:])), 0)

    def rest(self) -> str:
        """What was held back, if nothing more comes; lines end without the last new line."""
        return self._held.removesuffix("\n") if self._lines else self._held


class _Rows:
    """The rows of a batch, each a text that is being written."""

    def __init__(self, network: Network, alphabet: Alphabet, sampling: Sampling, count: int) -> None:
        check_network(network, alphabet)
        self._product = sampling.product(alphabet)
        self._left = sampling.symbols(self._product)
        state, symbol = sampling.start(network, alphabet)
        self._sampling, self._choice = sampling, sampling.choice
        silenced = not sampling.documents and self._product is None and network.architecture.bias
        self._network = _without_end(network) if silenced else network
        self._allowed = None
        if not sampling.documents and not silenced:
            self._allowed = np.arange(len(alphabet)) != END
        self._index = list(range(count))
        self._draws = [np.random.default_rng([sampling.seed, i]) for i in range(count)]
        self._stream = self._network.stream(repeated(state, count), count)
        self._last = np.full(count, symbol, np.int32)
        if self._product is not None:
            self._states = [self._product.start] * count
            self._placings = [Placing(self._product) for _ in range(count)]

    def blocks(self) -> Iterator[tuple[list[int], NDArray[np.int32]]]:
        """The texts that are still written (B,) and their next symbols (T, B), until there are none or no more."""
        steps = 1
        while self._left and self._index:
            steps = min(steps, self._left)
            begin = time.perf_counter()
            symbols = self._write(steps)
            self._left -= steps
            yield self._index, symbols
            pace = PIECE / max(time.perf_counter() - begin, 1e-6)
            steps = max(1, int(steps * min(pace, 4)))

    def keep(self, index: list[int]) -> None:
        """Goes on with these texts alone, once they are half of all."""
        if LEAST_ROWS <= len(index) <= len(self._index) // 2 or not index:
            kept = [self._index.index(i) for i in index]
            self._index, self._draws = index, [self._draws[row] for row in kept]
            if not index:
                return
            state = State(**{name: array[:, kept] for name, array in self._stream.state.items()})
            self._stream = self._network.stream(state, len(kept))
            self._last = self._last[kept]
            if self._product is not None:
                self._states = [self._states[row] for row in kept]
                self._placings = [self._placings[row] for row in kept]

    def _write(self, steps: int) -> NDArray[np.int32]:
        """(T, B) symbols; which does not depend on how many are written at a time."""
        uniform = np.stack([draws.random(steps) for draws in self._draws], 1)
        if self._product is None and self._allowed is None and not self._choice.cuts:
            symbols = self._stream.sample(self._last, uniform, self._choice.temperature)
        else:
            symbols = np.stack([self._step(numbers) for numbers in uniform])
        self._last = symbols[-1]
        return symbols

    def _step(self, uniform: NDArray[np.float64]) -> NDArray[np.int32]:
        logits = self._stream.step(self._last)
        allowed = self._allowed
        if self._product is not None:
            end = self._sampling.documents
            allowed = np.stack([self._product.allowed(state, end) for state in self._states])
            for row, placing in enumerate(self._placings):
                symbol = placing.symbol(self._states[row], logits[row])
                if symbol is not None:
                    allowed[row] = np.arange(logits.shape[1]) == symbol
        self._last = self._choice.draw(logits, uniform, allowed)
        if self._product is not None:
            for row, symbol in enumerate(self._last.tolist()):
                after = self._product.after(self._states[row], symbol)
                assert after is not None  # it was allowed
                self._states[row] = after
        return self._last


def check_network(network: Network, alphabet: Alphabet) -> None:
    """A ShapeError where the network does not read and write the symbols of the alphabet."""
    a = network.architecture
    if not a.symbols or a.inputs != len(alphabet) or a.outputs != len(alphabet):
        raise ShapeError(
            f"network: expected one that reads and writes {len(alphabet)} symbols; "
            f"found {a.inputs} {'symbols' if a.symbols else 'numbers'} in, {a.outputs} out"
        )


def _without_end(network: Network) -> Network:
    """The network with a head that never says END."""
    silent = Network.of(network.architecture)
    silent.parameters.flat[...] = network.parameters.flat
    silent.parameters["head.bias"][END] = -np.inf
    return silent
