"""Listening: which words are said in a stream of samples, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from elman.network import Network
from elman.tasks.capabilities.listens import Listening
from elman.tasks.labelled.measures import softmax
from elman.tasks.labelled.speech.audio import in_memory
from elman.tasks.labelled.speech.codec import SpeechCodec
from elman.tasks.labelled.speech.hearing import Ear
from elman.tasks.labelled.speech.recordings import SILENCE, UNKNOWN
from elman.tasks.labelled.speech.utterances import Utterance


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
        self._known, self._network = known, network
        self._threshold, self._refractory, self._deaf = threshold, refractory, 0.0
        self._ear = Ear(known.encoding, known.margins, rate)

    def feed(self, samples: ArrayLike) -> list[dict[str, Any]]:
        """More samples; the words that end with them."""
        return list(self._told(self._ear.feed(in_memory("samples", samples))))

    def finish(self) -> list[dict[str, Any]]:
        """The word that the end of the stream ends, if there is one."""
        return list(self._told(self._ear.finish()))

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
