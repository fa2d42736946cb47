"""The demands that a text can be held to: lines, length, strings that must or must not occur.

Strings are as people write them; of a model of bytes, each is the bytes of its UTF-8.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from elman.tasks.text.alphabet import END, Alphabet

Labels = NDArray[np.int32]
BARRED = -1  # the label of characters that never come in a line
# Whatever some program takes for the end of a line.
LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
COMMA, STOP = "，", "。"  # what Chinese verses end with, in turn


def labels_of(alphabet: Alphabet, label: dict[str, int], others: Iterable[int]) -> Labels:
    """(V,) the labels of some characters, and those of the `others` where they are not among them."""
    pairs = zip(alphabet.characters, others, strict=True)
    return np.array([0, *(label.get(character, other) for character, other in pairs)], np.int32)


def punctuated(alphabet: Alphabet) -> bool:
    """Whether verses end with ， and 。 in turn, rather than with a new line."""
    return COMMA in alphabet.characters and STOP in alphabet.characters


def line_ends(alphabet: Alphabet) -> str:
    """The characters that end a line."""
    return COMMA + STOP if punctuated(alphabet) else "\n"


class Lines:
    """So many lines of so many characters (or bytes), each beginning with its character of an acrostic if there is one.

    Chinese verses end with ， and 。 in turn, and every second one with a new line as well if the alphabet has it; only
    letters count and come in them. In other alphabets a new line ends each line; after the last one it may be left out.

    A state is (line, characters in it, characters of the mark behind it).
    """

    def __init__(self, alphabet: Alphabet, lines: int, least: int, most: int, acrostic: str = "") -> None:
        self.name = f"form {lines}x{least}" + (f"-{most}" if most > least else "")
        self.name += " of bytes" if alphabet.kind == "bytes" else ""
        if acrostic:
            self.name += f" with the acrostic {acrostic!r}"
        self.lines, self._most = lines, most
        self._chinese = punctuated(alphabet)
        if self._chinese:
            second = STOP + "\n" * ("\n" in alphabet.characters)
            marks = [(COMMA, second)[line % 2] for line in range(lines)]
            marks[-1] = marks[-1].rstrip("\n") if lines % 2 == 0 else STOP
            inside = [character.isalpha() for character in alphabet.characters]
        else:
            marks = ["\n"] * lines
            inside = [alphabet.shown(symbol) not in LINE_BREAKS for symbol in range(END + 1, len(alphabet))]
        first = [alphabet.from_unicode(character) for character in acrostic] + [""] * (lines - len(acrostic))
        named = {character: label for label, character in enumerate(sorted(set("".join([*marks, *first]))), 1)}
        self.labels = labels_of(alphabet, named, (0 if one else BARRED for one in inside))
        self._marks = [[named[character] for character in mark] for mark in marks]
        self._first = [[named[character] for character in characters] for characters in first]
        barred = [c for c, one in zip(alphabet.characters, inside, strict=True) if not one]
        self._outside = {BARRED, *(named[c] for c in barred if c in named)}
        self._least = [max(least, len(characters)) for characters in first]
        self._least_from = _totals([size + len(mark) for size, mark in zip(self._least, marks, strict=True)])
        self._most_from = _totals([most + len(mark) for mark in marks])

    @property
    def start(self) -> tuple[int, int, int]:
        """At the beginning of the first line."""
        return (0, 0, 0)

    def step(self, state: tuple[int, int, int], label: int) -> tuple[int, int, int] | None:
        """One character more in the line, or in the mark behind it."""
        line, inside, behind = state
        if line == self.lines:
            return None
        mark, first = self._marks[line], self._first[line]
        if label == mark[behind] and inside >= self._least[line]:
            return (line, inside, behind + 1) if behind + 1 < len(mark) else (line + 1, 0, 0)
        if behind or inside == self._most or label in self._outside:
            return None
        if inside < len(first) and label != first[inside]:
            return None
        return (line, inside + 1, 0)

    def done(self, state: tuple[int, int, int]) -> bool:
        """After the last line, with or without the new line behind it."""
        line, inside, _ = state
        return line == self.lines or (not self._chinese and line == self.lines - 1 and inside >= self._least[line])

    def need(self, state: tuple[int, int, int]) -> float:
        """If all lines to come are as short as can be."""
        line = state[0]
        if line == self.lines:
            return 0
        return self._rest(state, self._least[line]) + self._least_from[line + 1] - (not self._chinese)

    def room(self, state: tuple[int, int, int]) -> float:
        """If all lines to come are as long as can be."""
        line = state[0]
        return 0 if line == self.lines else self._rest(state, self._most) + self._most_from[line + 1]

    def towards(self, state: tuple[int, int, int]) -> int | None:
        """The mark behind the line, or what it must begin with."""
        line, inside, behind = state
        if line == self.lines:
            return None
        if inside >= self._least[line]:
            return self._marks[line][behind]
        return self._first[line][inside] if inside < len(self._first[line]) else None

    def _rest(self, state: tuple[int, int, int], size: int) -> int:
        """What is to come of the line and its mark, if the line is of this size."""
        line, inside, behind = state
        return len(self._marks[line]) - behind + (0 if behind else max(size - inside, 0))


def _totals(sizes: Sequence[int]) -> list[int]:
    """What they add up to from each one on, and 0."""
    return [*accumulate(reversed(sizes), initial=0)][::-1]


class Length:
    """At most so many symbols; a state is how many have come."""

    def __init__(self, alphabet: Alphabet, most: int) -> None:
        self.name = f"length {most}"
        self.labels: Labels = np.zeros(len(alphabet), np.int32)
        self._most = most

    @property
    def start(self) -> int:
        """None yet."""
        return 0

    def step(self, state: int, label: int) -> int | None:
        """One more."""
        return state + 1 if state < self._most else None

    def done(self, state: int) -> bool:
        """Any length up to the limit will do."""
        return True

    def need(self, state: int) -> float:
        """None."""
        return 0

    def room(self, state: int) -> float:
        """What is left of it."""
        return self._most - state

    def towards(self, state: int) -> int | None:
        """Any symbol will do."""
        return None


@dataclass(frozen=True)
class Matcher:
    """Finds strings in a text as it comes (Aho and Corasick, 1975): `follow[state][label]`, `found[state]`."""

    follow: list[list[int]]
    found: list[bool]

    @classmethod
    def of(cls, strings: Sequence[Sequence[int]], labels: int) -> Matcher:
        """Of strings of labels 1 to `labels` - 1."""
        tree: list[dict[int, int]] = [{}]
        found = [False]
        for string in strings:
            state = 0
            for label in string:
                if label not in tree[state]:
                    tree[state][label] = len(tree)
                    tree.append({})
                    found.append(False)
                state = tree[state][label]
            found[state] = True
        follow = [[0] * labels for _ in tree]
        shorter = [0] * len(tree)  # the longest proper suffix of a state that is a state
        queue = deque([0])
        while queue:
            state = queue.popleft()
            found[state] |= found[shorter[state]]
            for label in range(labels):
                fallback = follow[shorter[state]][label] if state else 0
                after = tree[state].get(label)
                follow[state][label] = fallback if after is None else after
                if after is not None:
                    shorter[after] = fallback
                    queue.append(after)
        return cls(follow, found)


def _labelled(alphabet: Alphabet, texts: Iterable[str]) -> tuple[Labels, dict[str, int]]:
    label = {character: i for i, character in enumerate(sorted(set("".join(texts))), 1)}
    return labels_of(alphabet, label, [0] * (len(alphabet) - 1)), label


class Forbidden:
    """None of some strings; a state is that of their matcher."""

    def __init__(self, alphabet: Alphabet, strings: Sequence[str]) -> None:
        self.name = f"forbidden {', '.join(map(repr, strings))}"
        texts = [alphabet.from_unicode(string) for string in strings]
        self.labels, label = _labelled(alphabet, texts)
        self._matcher = Matcher.of([[label[c] for c in text] for text in texts], len(label) + 1)

    @property
    def start(self) -> int:
        """Nothing of any."""
        return 0

    def step(self, state: int, label: int) -> int | None:
        """Anything but the last character of one of them."""
        after = self._matcher.follow[state][label]
        return None if self._matcher.found[after] else after

    def done(self, state: int) -> bool:
        """Always."""
        return True

    def need(self, state: int) -> float:
        """None."""
        return 0

    def room(self, state: int) -> float:
        """As much as you like."""
        return math.inf

    def towards(self, state: int) -> int | None:
        """Any symbol will do."""
        return None


class Required:
    """A string that must occur; a state is how much of it has just been written, all of it once it has occurred."""

    def __init__(self, alphabet: Alphabet, string: str) -> None:
        self.name = f"required {string!r}"
        text = alphabet.from_unicode(string)
        self.symbols = alphabet.encode(text, "required").tolist()
        self.labels, label = _labelled(alphabet, [text])
        self._string = [label[character] for character in text]
        self._matcher = Matcher.of([self._string], len(label) + 1)

    @property
    def start(self) -> int:
        """Nothing of it."""
        return 0

    def step(self, state: int, label: int) -> int:
        """Whatever comes, until it is there; then it stays there."""
        return state if self.done(state) else self._matcher.follow[state][label]

    def done(self, state: int) -> bool:
        """If it has occurred."""
        return state == len(self.symbols)

    def need(self, state: int) -> float:
        """The rest of it."""
        return len(self.symbols) - state

    def room(self, state: int) -> float:
        """As much as you like."""
        return math.inf

    def towards(self, state: int) -> int | None:
        """Its next character."""
        return None if self.done(state) else self._string[state]
