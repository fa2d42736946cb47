"""Cutting: takes of one word out of a stream in which it is said again and again."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import PurePath

import numpy as np
from numpy.typing import ArrayLike

from elman.errors import ConfigError
from elman.tasks.capabilities.records import Cutting, Take
from elman.tasks.labelled.speech.audio import Samples, in_memory, libraries, too_loud
from elman.tasks.labelled.speech.frames import Frames
from elman.tasks.labelled.speech.hearing import Ear
from elman.tasks.labelled.speech.recordings import SILENCE, UNKNOWN
from elman.tasks.labelled.speech.settings import MOST, SpeechSettings
from elman.tasks.labelled.speech.utterances import Margins, Utterance

AROUND = 100.0  # milliseconds of quiet that a take gets on each side
KEPT = 5.0  # seconds of the stream that are kept: an utterance is over before them


class Cutter(Cutting):
    """Cuts one stream, where `listen` would cut it.

    Args:
        rate: samples per second that will be fed, in hertz; takes have the same.
    """

    def __init__(self, rate: int) -> None:
        s = SpeechSettings()
        self._rate, self._shift = rate, s.shift / 1000
        self._around = round(AROUND / s.shift)
        frames = Frames(min(rate, MOST), s.bands, s.shift, s.cepstra)
        self._ear = Ear(frames, Margins(self._around, self._around), rate)
        self._samples: Samples = np.zeros(0, np.float32)
        self._base = 0  # where in the stream the first of them is

    def feed(self, samples: ArrayLike) -> list[Take]:
        """More samples; the takes that end with them."""
        more = in_memory("samples", samples)
        found = self._ear.feed(more)
        self._samples = np.concatenate([self._samples, more])
        takes = self._cut(found)
        forgotten = max(0, len(self._samples) - round(KEPT * self._rate))
        self._samples, self._base = self._samples[forgotten:], self._base + forgotten
        return takes

    def finish(self) -> list[Take]:
        """The take that the end of the stream ends, if there is one."""
        return self._cut(self._ear.finish())

    def _cut(self, utterances: Iterable[Utterance]) -> list[Take]:
        takes = []
        for one in utterances:
            first, last = (
                max(0, round(frame * self._shift * self._rate) - self._base)
                for frame in (one.first - self._around, one.last + 1 + self._around)
            )
            samples = self._samples[first:last].copy()
            takes.append(Take(samples, (self._base + first) / self._rate, too_loud(samples)))
        return takes


def path_of(word: str, speaker: str | None, number: int) -> PurePath:
    """Where a take stands in a folder of takes, as `recordings.py` reads it: word/speaker_number.wav."""
    if not word or "/" in word or "\\" in word or (word[0] in "._" and word not in (UNKNOWN, SILENCE)):
        expected = f"a name that a folder can have and that does not begin with _ or ., or {UNKNOWN}"
        raise ConfigError(f"word: expected {expected}; found {word!r}")
    if speaker is not None and (not speaker or any(letter in "/\\_" for letter in speaker) or speaker[0] == "."):
        raise ConfigError(f"speaker: expected a name without /, \\ and _; found {speaker!r}", "such as ann, or 17")
    return PurePath(word, f"{number}.wav" if speaker is None else f"{speaker}_{number}.wav")


def as_wav(samples: Samples, rate: int) -> bytes:
    """A WAV file of samples (N,), of 16 bits."""
    soundfile, _ = libraries()
    file = BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()
