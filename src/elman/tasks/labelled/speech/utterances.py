"""Utterances: where in a stream of frames something is said, and where in a take.

A stream is cut where it is quiet, so that a network hears in it what it has learned from: takes of one word, with as
much around them. What is cut out depends on the frames alone, however they come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman.tasks.labelled.speech.frames import Energies
from elman.tasks.labelled.speech.recordings import SILENCE, UNKNOWN

ON, OFF = 2.3, 1.4  # nats above the noise, with which an utterance begins, and below which it may end (10 and 6 dB)
FALL = 4.6  # nats below its loudest frame, below which it may end, too (20 dB): a room sounds on, and so do fans
RANGE = 6.9  # nats below its loudest frame, up to which a word is taken to be there (30 dB)
FAINTEST = -13.0  # nats: noise is taken for no less
ROOM = -5.0  # nats: noise is taken for no more when a stream begins
RISE = 0.5  # nats per second that noise may become louder while nothing else tells
BEGIN, END, LONGEST = 30.0, 300.0, 2500.0  # milliseconds: loud before it begins, quiet before it ends, and at most
STEADY, HELD = 0.5, 1000.0  # nats that a steady sound may become louder or fainter; milliseconds, and it is noise
SMOOTH = 5  # frames, of whose mean loudness noise is the least
PIECE = 1000.0  # milliseconds of the takes that long recordings of silence become, about
WIDEST = 500.0  # milliseconds: the margins of takes are taken for no more


class Margins(NamedTuple):
    """How many frames of a take stand before the word, and behind it."""

    before: int
    behind: int


class Utterance(NamedTuple):
    """What is said."""

    first: int  # frame of the stream where the word begins
    last: int  # where it ends
    energies: Energies  # with margins


def loudness(energies: Energies) -> NDArray[np.float64]:
    """(T,) of each frame: the logarithm of its mean energy."""
    found: NDArray[np.float64] = np.log(np.exp(energies.astype(np.float64)).mean(axis=1))
    return found


def edges(loud: NDArray[np.float64], least: float = -np.inf) -> tuple[int, int]:
    """The first and the last frame of a word, by the loudness of its frames and those around, at least this loud."""
    there = np.flatnonzero(loud >= max(loud.max() - RANGE, min(least, loud.max())))
    return int(there[0]), int(there[-1])


def margins(takes: Sequence[Energies], shift: float) -> Margins:
    """The usual margins of takes: medians."""
    found = [(first, len(loud) - 1 - last) for loud in map(loudness, takes) for first, last in [edges(loud)]]
    most = int(WIDEST / shift)
    before, behind = np.minimum(np.median(found, axis=0), most).astype(int).tolist()
    return Margins(before, behind)


def cut(energies: Energies, around: Margins) -> Energies:
    """A take (T, B) with no more around the word than these margins."""
    first, last = edges(loudness(energies))
    return energies[max(0, first - around.before) : last + around.behind + 1]


def takes_of(energies: Energies, label: str, shift: float) -> list[Energies]:
    """A recording as takes: of other words, its utterances; of silence, pieces of a second; else it is one take.

    Args:
        energies: (T, B) of the whole recording.
        label: of what is in it.
        shift: milliseconds from frame to frame.
    """
    long = len(energies) * shift > LONGEST
    if long and label == UNKNOWN:
        most = int(WIDEST / shift) // 5
        utterances = Utterances(Margins(most, most), shift)
        return [one.energies for one in (*utterances.push(energies), *utterances.finish())]
    if long and label == SILENCE:
        return np.array_split(energies, round(len(energies) * shift / PIECE))
    return [energies]


class Utterances:
    """Cuts a stream.

    Args:
        around: the margins that utterances get.
        shift: milliseconds from frame to frame.
    """

    def __init__(self, around: Margins, shift: float) -> None:
        self._around = around
        self._begin, self._longest = max(1, round(BEGIN / shift)), round(LONGEST / shift)
        self._end = max(round(END / shift), around.behind + 1)
        self._steadily = round(HELD / shift)
        self._rise = RISE * shift / 1000
        self._kept = around.before + self._begin + SMOOTH  # rows that are kept while nothing is said
        self._rows: list[Energies] = []
        self._loud: list[float] = []
        self._base = 0  # the frame that the first row is
        self._noise = ROOM
        self._level, self._held = -np.inf, 0  # of a steady sound, and how many frames it has lasted
        self._start: int | None = None  # the frame where something begins that is being said
        self._loudest = 0.0  # of its frames
        self._run = 0  # frames that are loud where nothing is said, or quiet where something is

    def push(self, energies: Energies) -> Iterator[Utterance]:
        """More frames (T, B); the utterances that end with them."""
        for row, loud in zip(energies, loudness(energies).tolist(), strict=True):
            self._rows.append(row)
            self._loud.append(loud)
            recent = self._loud[-SMOOTH:]
            level = sum(recent) / len(recent)
            self._noise = max(FAINTEST, min(level, self._noise + self._rise))
            if abs(level - self._level) < STEADY:
                self._held += 1
            else:
                self._level, self._held = level, 0
            found = self._quiet(loud) if self._start is None else self._speaking(loud)
            if found is not None:
                yield found

    def finish(self) -> Iterator[Utterance]:
        """The one that the end of the stream ends."""
        if self._start is not None:
            yield self._cut()

    def _quiet(self, loud: float) -> Utterance | None:
        self._run = self._run + 1 if loud > self._noise + ON else 0
        if self._run == self._begin:
            self._start, self._run = self._base + len(self._rows) - self._begin, 0
            self._loudest = max(self._loud[-self._begin :])
        elif (many := len(self._rows) - self._kept) > 0:
            del self._rows[:many], self._loud[:many]
            self._base += many
        return None

    def _speaking(self, loud: float) -> Utterance | None:
        assert self._start is not None
        self._loudest = max(self._loudest, loud)
        self._run = 0 if loud > max(self._noise + OFF, self._loudest - FALL) else self._run + 1
        if self._run == self._end:
            found = self._cut()
            self._noise = float(np.mean(self._loud[-SMOOTH:]))  # what sounds on is no word: it falls with it
            return found
        if self._held >= self._end and self._loudest > self._level + ON:  # after a word, louder noise
            self._noise = self._level
            return self._cut()
        if self._held >= self._steadily:  # no word: louder noise
            self._noise = self._level
            self._start, self._run = None, 0
        elif self._base + len(self._rows) - self._start >= self._longest:  # the same, which is not steady
            self._noise = float(np.mean(self._loud[-self._longest // 2 :]))
            self._start, self._run = None, 0
        return None

    def _cut(self) -> Utterance:
        assert self._start is not None
        start = self._start - self._base
        first, last = (start + one for one in edges(np.array(self._loud[start:]), self._noise + OFF))
        before, behind = self._around
        energies = np.array(self._rows[max(0, first - before) : last + behind + 1])
        self._start, self._run = None, 0
        return Utterance(self._base + first, self._base + last, energies)
