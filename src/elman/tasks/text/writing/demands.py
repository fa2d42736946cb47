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
BARRED, SPACE = -1, -2  # the labels of characters that never come in a line, and of those that only part words
# Whatever some program takes for the end of a line.
LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
Place = tuple[int, int, int, bool]
COMMA, STOP = "，", "。"  # what Chinese verses end with, in turn


def labels_of(alphabet: Alphabet, label: dict[str, int], others: Iterable[int]) -> Labels:
    """(V,) the labels of some characters, and those of the `others` where they are not among them."""
    pairs = zip(alphabet.characters, others, strict=True)
    return np.array([0, *(label.get(character, other) for character, other in pairs)], np.int32)


def punctuated(alphabet: Alphabet) -> bool:
    """Whether verses end with ， and 。 in turn, rather than with a new line."""
    return COMMA in alphabet.characters and STOP in alphabet.characters


def parted(alphabet: Alphabet) -> bool:
    """Whether words are parted by spaces: not in Chinese, Japanese or Thai."""
    without = sum("\u0e00" <= c <= "\u0eff" or "\u3040" <= c <= "\u9fff" for c in alphabet.characters)
    return " " in alphabet.characters and 2 * without < len(alphabet.characters)


def line_ends(alphabet: Alphabet) -> str:
    """The characters that end a line."""
    return COMMA + STOP if punctuated(alphabet) else "\n"


class Lines:
    """So many lines of so many characters (or bytes), each beginning with its character of an acrostic if there is one.

    Chinese verses end with ， and 。 in turn, and every second one with a new line as well if the alphabet has it; only
    letters count and come in them. In other alphabets a new line ends each line; after the last one it may be left out.
    Spaces part words: none comes at the beginning or the end of a line, or behind another.

    A state is (line, characters in it, characters of the mark behind it, whether a space was the last of them).
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
        spaces = [one and alphabet.shown(symbol).isspace() for symbol, one in enumerate(inside, END + 1)]
        others = (BARRED if not one else SPACE if space else 0 for one, space in zip(inside, spaces, strict=True))
        self.labels = labels_of(alphabet, named, others)
        self._label = self.labels.tolist()
        self._marks = [[named[character] for character in mark] for mark in marks]
        self._first = [[named[character] for character in characters] for characters in first]
        by_label = [
            (named.get(c), one, space) for c, one, space in zip(alphabet.characters, inside, spaces, strict=True)
        ]
        self._outside = {BARRED, *(label for label, one, _ in by_label if label and not one)}
        self._spaces = {SPACE, *(label for label, _, space in by_label if label and space)}
        self._least = [max(least, len(characters)) for characters in first]
        self._least_from = _totals([size + len(mark) for size, mark in zip(self._least, marks, strict=True)])
        self._most_from = _totals([most + len(mark) for mark in marks])

    @property
    def start(self) -> Place:
        """At the beginning of the first line."""
        return (0, 0, 0, False)

    def step(self, state: Place, symbol: int) -> Place | None:
        """One character more in the line, or in the mark behind it."""
        line, inside, behind, spaced = state
        if line == self.lines:
            return None
        label, mark, first = self._label[symbol], self._marks[line], self._first[line]
        if label == mark[behind] and inside >= self._least[line] and not spaced:
            return (line, inside, behind + 1, False) if behind + 1 < len(mark) else (line + 1, 0, 0, False)
        if behind or inside == self._most or label in self._outside:
            return None
        if inside < len(first):
            return (line, inside + 1, 0, False) if label == first[inside] else None
        space = label in self._spaces
        if space and (spaced or inside == 0 or inside + 1 == self._most):
            return None
        return (line, inside + 1, 0, space)

    def apart(self, state: Place) -> Sequence[int]:
        """None."""
        return ()

    def done(self, state: Place) -> bool:
        """After the last line, with or without the new line behind it."""
        line, inside, _, spaced = state
        if line == self.lines:
            return True
        return not self._chinese and line == self.lines - 1 and inside >= self._least[line] and not spaced

    def need(self, state: Place) -> float:
        """If all lines to come are as short as can be."""
        line, inside, _, spaced = state
        if line == self.lines:
            return 0
        least = max(self._least[line], inside + spaced)
        return self._rest(state, least) + self._least_from[line + 1] - (not self._chinese)

    def room(self, state: Place) -> float:
        """If all lines to come are as long as can be."""
        line = state[0]
        return 0 if line == self.lines else self._rest(state, self._most) + self._most_from[line + 1]

    def towards(self, state: Place) -> int | None:
        """The mark behind the line, or what it must begin with."""
        line, inside, behind, spaced = state
        if line == self.lines or spaced:
            return None
        if inside >= self._least[line]:
            return self._marks[line][behind]
        return self._first[line][inside] if inside < len(self._first[line]) else None

    def _rest(self, state: Place, size: int) -> int:
        """What is to come of the line and its mark, if the line is of this size."""
        line, inside, behind, _ = state
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

    def step(self, state: int, symbol: int) -> int | None:
        """One more."""
        return state + 1 if state < self._most else None

    def apart(self, state: int) -> Sequence[int]:
        """None."""
        return ()

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
        self._label = self.labels.tolist()
        self._matcher = Matcher.of([[label[c] for c in text] for text in texts], len(label) + 1)

    @property
    def start(self) -> int:
        """Nothing of any."""
        return 0

    def step(self, state: int, symbol: int) -> int | None:
        """Anything but the last character of one of them."""
        after = self._matcher.follow[state][self._label[symbol]]
        return None if self._matcher.found[after] else after

    def apart(self, state: int) -> Sequence[int]:
        """None."""
        return ()

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
        self._label = self.labels.tolist()
        self._string = [label[character] for character in text]
        self._matcher = Matcher.of([self._string], len(label) + 1)

    @property
    def start(self) -> int:
        """Nothing of it."""
        return 0

    def step(self, state: int, symbol: int) -> int:
        """Whatever comes, until it is there; then it stays there."""
        return state if self.done(state) else self._matcher.follow[state][self._label[symbol]]

    def apart(self, state: int) -> Sequence[int]:
        """None."""
        return ()

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
