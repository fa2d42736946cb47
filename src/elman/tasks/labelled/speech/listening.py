"""Listening: which words are said in a stream of samples, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from elman.errors import DataError
from elman.network import Network
from elman.tasks.capabilities.listens import Listening
from elman.tasks.labelled.measures import softmax
from elman.tasks.labelled.speech.audio import Samples, libraries
from elman.tasks.labelled.speech.codec import SpeechCodec
from elman.tasks.labelled.speech.recordings import SILENCE, UNKNOWN
from elman.tasks.labelled.speech.utterances import Utterance, Utterances

BLOCK = (
    10.0  # milliseconds of samples that are resampled at once: as they come, so that pieces of any size are the same
)


class Stream(Listening):
    """One stream.

    Args:
        known: the codec of the model.
        network: that answers.
        rate: samples per second that will be fed, in hertz.
        threshold: how probable a word must be to be told.
        refractory: seconds after a word that nothing is told.
    """

    def __init__(self, known: SpeechCodec, network: Network, rate: int, threshold: float, refractory: float) -> None:
        self._known, self._network, self._rate = known, network, rate
        self._threshold, self._refractory, self._deaf = threshold, refractory, 0.0
        self._bank, self._read = known.encoding.bank(), 0
        self._utterances = Utterances(known.margins, known.encoding.shift)
        self._rest: Samples = np.zeros(0, np.float32)
        self._block = round(rate * BLOCK / 1000)
        self._resampler: Any = None
        if rate != known.encoding.rate:
            _, soxr = libraries()
            self._resampler = soxr.ResampleStream(rate, known.encoding.rate, 1, dtype="float32")

    def feed(self, samples: ArrayLike) -> list[dict[str, Any]]:
        """More samples; the words that end with them."""
        found = np.asarray(samples, np.float32)
        if found.ndim != 1 or not np.isfinite(found).all():
            raise DataError(f"samples: expected finite numbers (N,) from -1 to 1; found shape {found.shape}")
        self._accept(found)
        return list(self._told(self._utterances.push(self._frames())))

    def finish(self) -> list[dict[str, Any]]:
        """The word that the end of the stream ends, if there is one."""
        if self._resampler is not None:
            self._bank.accept_waveform(self._known.encoding.rate, self._resampler.resample_chunk(self._rest, last=True))
        self._bank.input_finished()
        return [*self._told(self._utterances.push(self._frames())), *self._told(self._utterances.finish())]

    def _accept(self, samples: Samples) -> None:
        rate = self._known.encoding.rate
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
        return np.array(new, np.float32).reshape(len(new), self._known.encoding.bands)

    def _told(self, utterances: Iterable[Utterance]) -> Iterator[dict[str, Any]]:
        seconds = self._known.encoding.shift / 1000
        for one in utterances:
            [chances] = softmax(np.asarray(self._network.outputs([self._known.encoding.encoded(one.energies)])))
            best = int(np.argmax(chances))
            word, score, begin = self._known.answers.names[best], float(chances[best]), one.first * seconds
            known = word not in (UNKNOWN, SILENCE) and score >= self._threshold and begin >= self._deaf
            end = (one.last + 1) * seconds
            if known:
                self._deaf = end + self._refractory
            yield {"time": round(end, 3), "word": word if known else None, "score": score, "nearest": word}
