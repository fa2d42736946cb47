"""Hearing: utterances of a stream of samples, in pieces of any size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from elman.errors import ConfigError
from elman.tasks.labelled.speech.audio import Samples, libraries
from elman.tasks.labelled.speech.frames import Frames
from elman.tasks.labelled.speech.utterances import Margins, Utterance, Utterances

# Milliseconds of samples that are resampled at once: as they come, so that pieces of any size are the same.
BLOCK = 10.0


class Ear:
    """Hears one stream, from its beginning.

    Args:
        frames: that are made of it.
        around: the margins that utterances get.
        rate: samples per second that will be fed, in hertz.
    """

    def __init__(self, frames: Frames, around: Margins, rate: int) -> None:
        self._encoding = frames
        self._bank, self._read = frames.bank(), 0
        self._utterances = Utterances(around, frames.shift)
        self._rest: Samples = np.zeros(0, np.float32)
        self._block = round(rate * BLOCK / 1000)
        self._over = False
        self._resampler: Any = None
        if rate != frames.rate:
            _, soxr = libraries()
            self._resampler = soxr.ResampleStream(rate, frames.rate, 1, dtype="float32")

    def feed(self, samples: Samples) -> Iterator[Utterance]:
        """The utterances that end with these samples (N,), N may be 0; a ConfigError where the stream is over."""
        self._go_on()
        self._accept(samples)
        return self._utterances.push(self._frames())

    def finish(self) -> Iterator[Utterance]:
        """Those that the end of the stream ends; nothing can be fed any more."""
        self._go_on()
        self._over = True
        if self._resampler is not None:
            self._bank.accept_waveform(self._encoding.rate, self._resampler.resample_chunk(self._rest, last=True))
        self._bank.input_finished()
        yield from self._utterances.push(self._frames())
        yield from self._utterances.finish()

    def _go_on(self) -> None:
        if self._over:
            raise ConfigError(
                "stream: expected nothing after `finish`; found more", "a new stream hears from its beginning"
            )

    def _accept(self, samples: Samples) -> None:
        rate = self._encoding.rate
        if self._resampler is None:
            self._bank.accept_waveform(rate, samples)
            return
        waiting = np.concatenate([self._rest, samples])
        last = len(waiting) - len(waiting) % self._block
        for first in range(0, last, self._block):
            piece = self._resampler.resample_chunk(waiting[first : first + self._block])
            if len(piece):
                self._bank.accept_waveform(rate, piece)
        self._rest = waiting[last:]

    def _frames(self) -> Any:
        """(T, B) those that are new; the filter bank forgets them."""
        ready = self._bank.num_frames_ready
        new = [self._bank.get_frame(number).copy() for number in range(self._read, ready)]
        self._bank.pop(ready - self._read)
        self._read = ready
        return np.array(new, np.float32).reshape(len(new), self._encoding.bands)
