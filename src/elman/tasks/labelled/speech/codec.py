"""Codec: from recordings to what a network reads, and from its outputs to words, as the training part had them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from elman.errors import ConfigError
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Examples, Inputs
from elman.tasks.labelled.speech.audio import heard, resampled
from elman.tasks.labelled.speech.frames import Frames
from elman.tasks.labelled.speech.reading import read
from elman.tasks.labelled.speech.recordings import recordings
from elman.tasks.labelled.speech.settings import SpeechSettings
from elman.tasks.labelled.speech.utterances import Margins

KIND = "speech"
FIELDS = ("kind", "answers", "frames", "margins", "speakers")
TOGETHER = 64  # recordings that are read before they are answered for


@dataclass(frozen=True)
class SpeechCodec:
    """How recordings become inputs, and outputs words.

    Args:
        answers: the words.
        encoding: of the samples.
        margins: how much stands around the words in the takes, so that as much is heard around those of a stream.
        speakers: that are learned from, where they are known.
    """

    answers: Classes
    encoding: Frames
    margins: Margins
    speakers: tuple[str, ...] = ()

    def read(self, files: Sequence[str], settings: SpeechSettings) -> Examples:
        """Recordings with their words, and whatever speakers."""
        found = read(files, settings.name, self.encoding, or_folders=True)
        known = self.answers.names
        names = [*known, *sorted({one for one in found.labels if one not in known})]
        numbers = {name: number for number, name in enumerate(names)}
        return Examples(
            found.places,
            [self.encoding.encoded(one) for one in found.energies],
            np.array([numbers[one] for one in found.labels], np.int64),
            names,
            found.notes,
            found.speakers,
        )

    def unlabelled(
        self, files: Sequence[str], settings: SpeechSettings
    ) -> Iterator[tuple[list[str], list[Inputs], list[str]]]:
        """Names and inputs of recordings, some at a time; with the last of them, what is to be said."""
        found, skipped = recordings(files)
        for first in range(0, len(found), TOGETHER):
            some = found[first : first + TOGETHER]
            yield [one.place for one in some], [self.encoded(one.place, *self.samples(one)) for one in some], []
        yield [], [], skipped

    @staticmethod
    def samples(one: Any) -> tuple[Any, int]:
        """Of a recording (N,), and how many there are per second."""
        with one.open() as file:
            found = heard(one.place, file)
        return found.samples, found.rate

    def encoded(self, place: str, samples: Any, rate: int) -> Inputs:
        """Samples (N,) at a rate, as a network reads them."""
        return self.encoding.encoded(self.encoding.energies(place, resampled(samples, rate, self.encoding.rate)))

    def to_json(self) -> dict[str, Any]:
        """What a model file keeps."""
        return {
            "kind": KIND,
            "answers": self.answers.to_json(),
            "frames": self.encoding.to_json(),
            "margins": list(self.margins),
            "speakers": list(self.speakers),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """From that; a ConfigError where it is not."""
        if set(found) != set(FIELDS) or found["kind"] != KIND:
            raise ConfigError(f"codec: expected the fields {', '.join(FIELDS)}; found {', '.join(found)}")
        try:
            answers, frames = Classes.from_json(found["answers"]), Frames.from_json(found["frames"])
            return cls(answers, frames, Margins(*map(int, found["margins"])), tuple(map(str, found["speakers"])))
        except (TypeError, ValueError, KeyError) as error:
            raise ConfigError(f"codec: expected words and frames; found others: {error}") from None
