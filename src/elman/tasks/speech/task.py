"""The task `speech`: which word was spoken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from elman.errors import DataError
from elman.tasks.labelled.codec import Examples, Inputs
from elman.tasks.labelled.labelled import Labelled
from elman.tasks.labelled.learner import Prepared
from elman.tasks.speech.codec import SpeechCodec
from elman.tasks.speech.preparing import prepared
from elman.tasks.speech.report import SpeechReport, by_speaker
from elman.tasks.speech.settings import SpeechSettings


class Speech(Labelled):
    """To say which word was spoken."""

    name = "speech"
    summary = "to say which word was spoken: recordings in folders, zip archives, or named in a CSV file"
    settings_type = SpeechSettings
    settings: SpeechSettings
    codec_type = SpeechCodec
    report_type = SpeechReport
    known: SpeechCodec
    data = "FOLDER"
    speed = "takes"
    shape = (*Labelled.shape, "sampling", "bands", "cepstra", "shift")

    @classmethod
    def prepared(cls, files: Sequence[str], settings: SpeechSettings, codec: SpeechCodec | None) -> Prepared:
        """Recordings as energies."""
        return prepared(files, settings, codec)

    @property
    def readout(self) -> str:
        """As it is set."""
        return self.settings.readout

    @property
    def step(self) -> dict[str, Any]:
        """A frame."""
        return {"inputs": self.known.encoding.inputs}

    def figures(self, examples: Examples, outputs: Any) -> dict[str, Any]:
        """With those of each speaker."""
        found = super().figures(examples, outputs)
        answers = np.asarray(outputs).argmax(axis=1)
        return {**found, **by_speaker(answers == examples.values, examples.groups, self.known.speakers)}

    def encoded(self, given: Sequence[Any]) -> list[Inputs]:
        """Samples (N,) from -1 to 1, at the model's rate."""
        found, rate = [], self.known.encoding.rate
        for place, one in enumerate(given):
            samples = np.asarray(one)
            if samples.ndim != 1 or samples.dtype.kind != "f" or not np.isfinite(samples).all():
                what = f"{samples.dtype} of shape {samples.shape}"
                expected = f"the names of files, or finite samples (N,), {rate:,} of them per second"
                raise DataError(f"inputs[{place}]: expected {expected}; found {what}")
            found.append(self.known.encoded(f"inputs[{place}]", samples.astype(np.float32), rate))
        return found
