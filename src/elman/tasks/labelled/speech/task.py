"""The task `speech`: which word was spoken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Self

from elman.errors import ConfigError, in_range, whole
from elman.files import STDIN
from elman.network import Network
from elman.spelling import called
from elman.tasks.capabilities.learns_from_data import paths
from elman.tasks.capabilities.listens import Listening, Listens
from elman.tasks.capabilities.records import Cutting
from elman.tasks.capabilities.stands_alone import Alone, StandsAlone
from elman.tasks.labelled.answers import Flat
from elman.tasks.labelled.codec import Examples, Inputs
from elman.tasks.labelled.labelled import Labelled
from elman.tasks.labelled.learner import Prepared
from elman.tasks.labelled.learning import Learning
from elman.tasks.labelled.report import LabelledReport, by_group
from elman.tasks.labelled.speech.alone import listener
from elman.tasks.labelled.speech.audio import HIGHEST, LOWEST, Samples, in_memory, pieces
from elman.tasks.labelled.speech.background import add
from elman.tasks.labelled.speech.codec import SpeechCodec
from elman.tasks.labelled.speech.cutting import Cutter, as_wav, path_of
from elman.tasks.labelled.speech.listening import Stream
from elman.tasks.labelled.speech.preparing import prepared
from elman.tasks.labelled.speech.recordings import pattern
from elman.tasks.labelled.speech.settings import BESIDE, SpeechSettings
from elman.tasks.labelled.speech.shown import Shown

SEEN, UNSEEN = "speakers learned from", "other speakers"


class Speech(Shown, Listens, StandsAlone):
    """To say which word was spoken."""

    name = "speech"
    summary = "to say which word was spoken: recordings in folders, in archives (ZIP or tar), or named in a CSV file"
    settings_type = SpeechSettings
    settings: SpeechSettings
    codec_type = SpeechCodec
    known: SpeechCodec
    data = "FOLDER"
    speed = "takes"
    wants = (*Labelled.wants, "background", "name")
    shape = (*Labelled.shape, "sampling", "bands", "cepstra", "shift")

    audible = "a word is heard where it is 10 dB louder than the noise before it, and 300 ms of quiet come behind it"

    @classmethod
    def prepared(cls, files: Sequence[str], settings: SpeechSettings, codec: SpeechCodec | None) -> Prepared:
        """Recordings as energies."""
        return prepared(files, settings, codec)

    @classmethod
    def _names(cls, data: Sequence[Any]) -> list[str]:
        """Folders, archives and tables; a ConfigError, which names no column, where there are none."""
        return paths(cls, data)

    @classmethod
    def restored(cls, settings: Mapping[str, Any], codec: Mapping[str, Any], data: str) -> Self:
        """Models of earlier versions had the share of takes with noise as `noise`."""
        share = settings.get("noise")
        if isinstance(share, int | float):
            settings = {**settings, "noise": None, "noise_share": share}
        return super().restored(settings, codec, data)

    # --- recordings beside those of the words: their folders are the last of the sources ---

    @classmethod
    def _of(cls, found: Prepared, files: Sequence[str]) -> Self:
        task = super()._of(found, files)
        task.sources = [*task.sources, *map(os.path.realpath, _beside(found.settings).values())]
        return task

    def again(self, data: Sequence[Any], **changed: Any) -> Self:
        """With the other words and the noise where they were, whatever the working folder is now."""
        named = _beside(self.settings)
        if not named or STDIN in self.sources:
            return super().again(data, **changed)
        own, beside = self.sources[: -len(named)], self.sources[-len(named) :]
        task = super().again(data or own, **changed, **dict(zip(named, beside, strict=True)))
        task.settings = replace(task.settings, **named)
        return task

    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """With other words and noise only if they are named anew: those of the model are other data."""
        return super().tuned(data, **{**dict.fromkeys((*BESIDE, "noise_share")), **given})

    # --- what it reads ---

    @property
    def readout(self) -> str:
        """As it is set."""
        return self.settings.readout

    @property
    def step(self) -> dict[str, Any]:
        """A frame."""
        return {"inputs": self.known.encoding.inputs}

    def figures(self, examples: Examples, found: Flat) -> dict[str, Any]:
        """With those of each speaker, and of those that were learned from and others."""
        metrics, learned = super().figures(examples, found), self.known.speakers
        if not any(examples.groups):
            return metrics
        names = [SEEN if one in learned else UNSEEN if one else "" for one in examples.groups]
        parts = by_group(self.answers, examples._replace(groups=names), found)
        speakers = by_group(self.answers, examples, found)
        for groups in (parts, speakers):
            groups.pop("", None)  # silence
        return {**metrics, "parts": parts, "groups": speakers}

    def scored(self, files: Sequence[str], own: Learning | None, group: str | None) -> Examples:
        """Groups are speakers, whether or not anybody asks for them."""
        if group is not None:
            raise ConfigError(
                "group: expected a model of a table; found one of 'speech', whose groups are the speakers"
            )
        return super().scored(files, own, group)

    def report(
        self,
        network: Network,
        files: Sequence[str],
        background: Sequence[str] = (),
        name: str | None = None,
        **wanted: Any,
    ) -> LabelledReport:
        """With what is missed so that little is heard in the background; of files that are named so."""
        task = self
        if name is not None:
            if not files:
                raise ConfigError(f"{called('name')}: expected beside files, which are named so; found none")
            pattern(name)
            task = copy(self)
            task.settings = replace(self.settings, name=name)
        report = super(Speech, task).report(network, files, **wanted)
        if background:
            add(report, self.known, network, background)
        return report

    @property
    def rate(self) -> int:
        """Of its frames."""
        return self.known.encoding.rate

    @classmethod
    def recording(cls, name: str, seconds: float) -> tuple[int, Iterator[Samples]]:
        """As soundfile reads it."""
        return pieces(name, seconds)

    @classmethod
    def cutting(cls, rate: int) -> Cutting:
        """Where it is quiet."""
        whole("rate", rate, LOWEST, HIGHEST)
        return Cutter(rate)

    @classmethod
    def place(cls, word: str, speaker: str | None, number: int) -> PurePath:
        """In the folder of the word."""
        return path_of(word, speaker, number)

    @classmethod
    def file(cls, samples: Samples, rate: int) -> bytes:
        """As WAV."""
        return as_wav(samples, rate)

    def with_threshold(self, threshold: float) -> Self:
        """Its settings have it."""
        in_range("threshold", threshold, 0, 1)
        task = copy(self)
        task.settings = replace(self.settings, threshold=threshold)
        return task

    def listening(
        self, network: Network, rate: int | None = None, threshold: float | None = None, refractory: float = 0.2
    ) -> Listening:
        """Utterances are cut out, and answered for like takes."""
        if rate is not None:
            whole("rate", rate, LOWEST, HIGHEST)
        if threshold is None:
            threshold = self.settings.threshold
        in_range("threshold", threshold, 0, 1)
        in_range("refractory", refractory, 0, 3600)
        return Stream(self.known, network, rate or self.rate, threshold, refractory)

    def alone(self) -> Alone:
        """A listener, at the rate of its frames."""
        return listener(self.known, self.settings.threshold)

    def encoded(self, given: Sequence[Any]) -> list[Inputs]:
        """Samples (N,) from -1 to 1, at the model's rate."""
        expected = f"the names of files, or samples (N,), {self.rate:,} of them per second"
        places = [f"inputs[{number}]" for number in range(len(given))]
        each = [in_memory(place, one, expected) for place, one in zip(places, given, strict=True)]
        return [self.known.encoded(place, one, self.rate) for place, one in zip(places, each, strict=True)]


def _beside(settings: SpeechSettings) -> dict[str, Any]:
    """The settings that name recordings beside those of the words, as far as they do."""
    return {name: getattr(settings, name) for name in BESIDE if getattr(settings, name) is not None}
