"""Rhymes at the ends of lines: pypinyin knows the finals of Chinese characters, the CMU dictionary English words."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from elman.errors import ConfigError
from elman.tasks.text.alphabet import Alphabet
from elman.tasks.text.writing.demands import Labels, labels_of, line_ends

BREAK, SILENT = 0, -1  # the labels of what ends a line, and of a new line behind that
FREE = "-"  # in a scheme: a line that rhymes with none
Rhymed = tuple[Any, ...]  # what lines before have ended with, as far as the next ones must know; () at first
MISSING = "pip install 'elman[text]'"


class Endings(Protocol):
    """What lines end with, read symbol by symbol, and what rhymes."""

    labels: Labels

    @property
    def start(self) -> Any:
        """At the beginning of a line."""

    def step(self, end: Any, symbol: int, label: int, before: Rhymed) -> Any:
        """The line's end so far, after one more symbol, and its label."""

    def apart(self, before: Rhymed) -> Sequence[int]:
        """Symbols that are not like others of their label, where the rhyme is this one."""

    def joined(self, before: Rhymed, end: Any) -> Rhymed | None:
        """The rhyme with this line's end; None if it does not rhyme."""

    def need(self, end: Any, before: Rhymed) -> float:
        """At least so many symbols must come until the line may end."""

    def towards(self, end: Any, before: Rhymed) -> int | None:
        """The label of the next one on the shortest way there; None if the line may end."""


class Rhyme:
    """Lines of the same letter of a scheme rhyme: AABB, ABAB, -A-A.

    A scheme shorter than the poem begins anew, with other rhymes. A letter that comes but once rhymes with none. A
    state is (line, characters in it, its end so far, the rhymes that lines to come must join); characters and end count
    only where the line rhymes.
    """

    def __init__(self, alphabet: Alphabet, scheme: str, lines: int, most: int, without: Sequence[str] = ()) -> None:
        self.name = f"rhyme {scheme}"
        self._most = most  # characters of a line
        self._scheme = [scheme[i % len(scheme)] + str(i // len(scheme)) for i in range(lines)]
        free = {rhyme for rhyme, times in Counter(self._scheme).items() if times == 1 or rhyme[0] == FREE}
        self._scheme = [FREE if rhyme in free else rhyme for rhyme in self._scheme]
        self._last = {rhyme: line for line, rhyme in enumerate(self._scheme)}
        times = max((n for rhyme, n in Counter(self._scheme).items() if rhyme != FREE), default=1)
        kind = Finals if _chinese(alphabet) else Words
        self._endings: Endings = kind(alphabet, times, without)
        self.labels = self._endings.labels
        self._label = self.labels.tolist()

    def binds(self, state: Any) -> bool:
        """Whether the line that is being written must rhyme."""
        line = state[0]
        return bool(line < len(self._scheme) and self._scheme[line] != FREE)

    @property
    def start(self) -> tuple[int, int, Any, tuple[tuple[str, Rhymed], ...]]:
        """At the beginning of the first line."""
        return (0, 0, self._endings.start, ())

    def step(self, state: Any, symbol: int) -> Any | None:
        """One symbol more; None for the end of a line that does not rhyme."""
        line, inside, end, rhymes = state
        label = self._label[symbol]
        if line == len(self._scheme) or label == SILENT:
            return state
        rhyme = self._scheme[line]
        before = dict(rhymes).get(rhyme, ())
        if label != BREAK:
            end = end if rhyme == FREE else self._endings.step(end, symbol, label, before)
            return state if rhyme == FREE else (line, inside + 1, end, rhymes)
        if rhyme != FREE:
            joined = self._endings.joined(before, end)
            if joined is None:
                return None
            going_on = {**dict(rhymes), rhyme: joined}
            rhymes = tuple(sorted(item for item in going_on.items() if self._last[item[0]] > line))
        return (line + 1, 0, self._endings.start, rhymes)

    def apart(self, state: Any) -> Sequence[int]:
        """Those that the rhyme of the line sets apart."""
        line, _, _, rhymes = state
        return self._endings.apart(dict(rhymes).get(self._scheme[line], ())) if line < len(self._scheme) else ()

    def done(self, state: Any) -> bool:
        """After the last line, or where it may end."""
        line, _, end, rhymes = state
        if line < len(self._scheme) - 1:
            return False
        if line == len(self._scheme) or self._scheme[line] == FREE:
            return True
        return self._endings.joined(dict(rhymes).get(self._scheme[line], ()), end) is not None

    def need(self, state: Any) -> float:
        """What the line still needs for its rhyme; infinite if that is more than the line can take."""
        line, inside, end, rhymes = state
        if line == len(self._scheme) or self._scheme[line] == FREE:
            return 0
        need = self._endings.need(end, dict(rhymes).get(self._scheme[line], ()))
        return need if need <= self._most - inside else math.inf

    def room(self, state: Any) -> float:
        """As much as you like."""
        return math.inf

    def towards(self, state: Any) -> int | None:
        """The next character of a rhyme."""
        line, _, end, rhymes = state
        if line == len(self._scheme) or self._scheme[line] == FREE:
            return None
        return self._endings.towards(end, dict(rhymes).get(self._scheme[line], ()))


def check_scheme(scheme: str, lines: int) -> None:
    """A ConfigError where it is no scheme of rhymes, or its last stanza has a line whose partner is missing."""
    letters = scheme.replace(FREE, "")
    if not letters or not letters.isalnum() or max(Counter(letters).values()) < 2:
        raise ConfigError(
            f"rhyme: expected a letter for each line, some of them twice; found {scheme!r}", "AABB, ABAB or -A-A, say"
        )
    if len(scheme) > lines:
        raise ConfigError(f"rhyme: expected at most {lines} letters, one per line; found {scheme!r}")
    whole = lines - lines % len(scheme)
    rest = scheme[: lines - whole]
    alone = [letter for letter in rest if letter != FREE and rest.count(letter) == 1 < scheme.count(letter)]
    if alone:
        raise ConfigError(
            f"rhyme {scheme}: expected lines for all of its rhymes; found {lines}, and in the last stanza, {rest}, no "
            f"other {alone[0]}",
            f"{whole} lines, or {whole + len(scheme)}; or a letter for each line, and - for one that rhymes with none",
        )


def _chinese(alphabet: Alphabet) -> bool:
    ideographs = sum("\u3400" <= character <= "\u9fff" for character in alphabet.characters)
    return 2 * ideographs > len(alphabet.characters)


# The rhymes of Chinese as it is spoken today: the eighteen of the dictionary 中華新韻 (1941), by their finals.
EIGHTEEN = """
a ia ua | o uo | e | ie ve ê | -i | er | i | ei uei | ai uai | u | v | ou iou | ao iao | an ian uan van |
en in uen vn | ang iang uang | eng ing ueng | ong iong
"""
RHYME_OF = {final: rhyme for rhyme, finals in enumerate(EIGHTEEN.split("|")) for final in finals.split()}
BUZZED = ("z", "c", "s", "zh", "ch", "sh", "r")  # initials behind which the final i is another vowel


class Finals:
    """Chinese: a line ends with its last character, and other characters of the same rhyme (`EIGHTEEN`) rhyme.

    Tones do not count, and of several readings the commonest one does. An end is (label, symbol) of the last character;
    a rhyme is its label, then the symbols that have ended lines.
    """

    NONE = 1  # the label of characters that rhyme with none
    start = (NONE, 0)

    def __init__(self, alphabet: Alphabet, times: int, without: Sequence[str]) -> None:
        rhymes = [None if character in without else _rhyme_of(character) for character in alphabet.characters]
        # Labels are the rhymes that have enough characters.
        self._count = {rhyme + 2: n for rhyme, n in Counter(rhymes).items() if rhyme is not None and n >= times}
        ends = {"\n": SILENT, **dict.fromkeys(line_ends(alphabet), BREAK)}
        labels = (self.NONE if rhyme is None else rhyme + 2 for rhyme in rhymes)
        self.labels = labels_of(alphabet, ends, (label if label in self._count else self.NONE for label in labels))

    def step(self, end: tuple[int, int], symbol: int, label: int, before: Rhymed) -> tuple[int, int]:
        """Its last character."""
        return self.start if label == self.NONE else (label, symbol)

    def apart(self, before: Rhymed) -> Sequence[int]:
        """Characters that have ended lines: none rhymes with itself."""
        return before[1:]

    def joined(self, before: Rhymed, end: tuple[int, int]) -> Rhymed | None:
        """Another character of the same rhyme, if there is one yet."""
        label, symbol = end
        if label == self.NONE or (before and (label != before[0] or symbol in before[1:])):
            return None
        return (label, *sorted((symbol, *before[1:])))

    def need(self, end: tuple[int, int], before: Rhymed) -> float:
        """One character, if the last one does not rhyme, and there is another."""
        if self.joined(before, end):
            return 0
        return 1 if not before or len(before) <= self._count[before[0]] else math.inf

    def towards(self, end: tuple[int, int], before: Rhymed) -> int | None:
        """The rhyme that it must have; of a new rhyme, any."""
        return before[0] if before and not self.joined(before, end) else None


def _rhyme_of(character: str) -> int | None:
    """The number of its rhyme; None if it is no Chinese character, or its final is none of those that rhyme."""
    try:
        from pypinyin import Style, pinyin
    except ImportError:
        raise ConfigError("rhyme: expected the package pypinyin; found none", MISSING) from None
    final, initial = (pinyin(character, style=s, errors="ignore") for s in (Style.FINALS, Style.INITIALS))
    if not final:
        return None
    return RHYME_OF.get("-i" if final[0][0] == "i" and initial[0][0] in BUZZED else final[0][0])


# Labels of what words are made of: letters are 1 to 26.
SPACE, PAUSE, OTHER = 27, 28, 29
INSIDE, PAUSED, SPACED = range(3)
UNKNOWN = "?"
VOWELS = frozenset("aeiouy")  # what has none is an abbreviation


class Words:
    """English: a line ends with a word and perhaps a pause after it; other words of the same rhyming part rhyme.

    The rhyming part is all from the last stressed vowel on, in the first pronunciation of the CMU dictionary; a word
    that sounds as another does is none but that one. Words are of two letters or more, a vowel among them, and of
    nothing but letters. An end is (word, what came after it); the
    word is UNKNOWN if it is, or can become, none that rhymes.
    """

    start = ("", SPACED)

    def __init__(self, alphabet: Alphabet, times: int, without: Sequence[str]) -> None:
        letters = {c: ord(c.lower()) - ord("a") + 1 for c in alphabet.characters if c.isascii() and c.isalpha()}
        others = {"\n": SILENT, **dict.fromkeys(" \t", SPACE), **dict.fromkeys(",.;:!?", PAUSE)}
        others |= dict.fromkeys(line_ends(alphabet), BREAK)
        self.labels = labels_of(alphabet, {**letters, **others}, [OTHER] * len(alphabet.characters))
        self._part, self._sound = _rhyming_parts({letter.lower() for letter in letters}, times, without)
        self._words: dict[str | None, list[str]] = defaultdict(list)  # in order; by rhyming part, and all by None
        for word in sorted(self._part):
            self._words[None].append(word)
            self._words[self._part[word]].append(word)
        self._known: dict[tuple[str, Rhymed], str | None] = {}

    def apart(self, before: Rhymed) -> Sequence[int]:
        """None: letters are letters."""
        return ()

    def step(self, end: tuple[str, int], symbol: int, label: int, before: Rhymed) -> tuple[str, int]:
        """One character more of the word, or after it."""
        word, after = end
        if label == OTHER:
            return (UNKNOWN, INSIDE)
        if label == PAUSE:
            return (UNKNOWN if after == SPACED else self._whole(word, before), PAUSED)
        if label == SPACE:
            return (self._whole(word, before) if word else word, SPACED)
        if after == PAUSED or (after == INSIDE and word == UNKNOWN):
            return (UNKNOWN, INSIDE)
        word = (word if after == INSIDE else "") + chr(ord("a") + label - 1)
        return (word if self._shortest(word, before) else UNKNOWN, INSIDE)

    def joined(self, before: Rhymed, end: tuple[str, int]) -> Rhymed | None:
        """Another word of the same rhyming part."""
        word = self._whole(end[0], before)
        return None if word == UNKNOWN else (*before, word)

    def need(self, end: tuple[str, int], before: Rhymed) -> float:
        """The rest of the shortest word that would do, this one or the next."""
        way = self._way(end, before)
        return math.inf if way is None else len(way)

    def towards(self, end: tuple[str, int], before: Rhymed) -> int | None:
        """The next letter of that word, or the space before it."""
        way = self._way(end, before)
        if not way:
            return None
        return SPACE if way[0] == " " else ord(way[0]) - ord("a") + 1

    def _way(self, end: tuple[str, int], before: Rhymed) -> str | None:
        """The shortest text after which the line may end; None if there is no word that rhymes."""
        word, after = end
        if self._whole(word, before) != UNKNOWN:
            return ""
        new = self._shortest("", before)
        if new is None:
            return None
        following = new if after == SPACED else " " + new
        this = self._shortest(word, before) if after == INSIDE else None
        return following if this is None or len(this) - len(word) > len(following) else this[len(word) :]

    def _whole(self, word: str, before: Rhymed) -> str:
        part = self._part.get(word)
        fits = part is not None and (not before or part == self._part[before[0]]) and self._differs(word, before)
        return word if fits else UNKNOWN

    def _differs(self, word: str, before: Rhymed) -> bool:
        return all(self._sound[word] != self._sound[other] for other in before)

    def _shortest(self, prefix: str, before: Rhymed) -> str | None:
        """The shortest word that begins so, and rhymes with those before; None if there is none."""
        key = (prefix, before)
        if key not in self._known:
            words = self._words[self._part[before[0]] if before else None]
            first, last = bisect_left(words, prefix), bisect_left(words, prefix + chr(ord("z") + 1))
            others = (word for word in words[first:last] if self._differs(word, before))
            self._known[key] = min(others, key=len, default=None)
        return self._known[key]


def _rhyming_parts(letters: set[str], times: int, without: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Of words of these letters, without these strings: the rhyming part and the sound.

    Only of those that belong to at least so many that rhyme.
    """
    try:
        import pronouncing
    except ImportError:
        raise ConfigError("rhyme: expected the package pronouncing; found none", MISSING) from None
    pronouncing.init_cmu()
    rhyming: Callable[[str], str] = pronouncing.rhyming_part
    sound: dict[str, str] = {}
    for word, phones in pronouncing.pronunciations:
        if word in sound or len(word) < 2 or not letters.issuperset(word) or VOWELS.isdisjoint(word):
            continue
        if not any(string in word for string in without):
            sound[word] = phones
    part = {phones: rhyming(phones) for phones in set(sound.values())}
    sounds = Counter(part.values())
    sound = {word: phones for word, phones in sound.items() if sounds[part[phones]] >= times}
    return {word: part[phones] for word, phones in sound.items()}, sound
