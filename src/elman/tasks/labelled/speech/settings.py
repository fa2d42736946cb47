"""What can be set for the task `speech`; what is left open is chosen from the recordings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from elman.errors import choose, in_range, whole
from elman.network import READOUTS
from elman.tasks.labelled.settings import LearningSettings
from elman.tasks.labelled.speech.recordings import pattern
from elman.tasks.settings import setting

POOLED = tuple(name for name in READOUTS if name != "steps")
VARIED = ("speed", "warp", "edges", "noise_share", "tilt", "gain", "mask")  # settings by which each epoch differs
BESIDE = ("other", "noise")  # settings that name recordings beside those of the words
SHARE = 0.3  # of takes, that noise which is named is mixed into
MOST = 16000  # hertz: speech has little above half of it


@dataclass(frozen=True, kw_only=True)
class SpeechSettings(LearningSettings):
    """The settings of `speech`."""

    other: str | None = setting(None, "a folder of other words; they are learned as _unknown_")
    name: str | None = setting(
        None, "how files are named: {label}_{speaker}_{take} [default: folders are named after words]"
    )
    sampling: int | None = setting(
        None, "samples per second at which all is read [default: the lowest rate of a file, at most 16,000]"
    )
    bands: int = setting(40, "bands of the mel scale, whose energies are read")
    cepstra: int = setting(13, "how many coefficients of the cosine transform of these energies are kept")
    shift: float = setting(10.0, "milliseconds from one frame to the next")
    readout: str = setting("last", f"which states an answer is made from: {', '.join(POOLED)}")
    speed: float = setting(0.1, "takes are also learned faster or slower, by a random share up to this; 0: as they are")
    warp: float = setting(
        0.1, "takes are also learned as if from longer or shorter vocal tracts, up to this share; 0: as they are"
    )
    edges: int = setting(
        10, "takes are also learned with more or less quiet at each end, up to this many frames; 0: as they are"
    )
    noise: str | None = setting(None, "a folder of noise; it is mixed into takes, and learned as _silence_")
    noise_share: float | None = setting(
        None, f"the share of takes that are learned with noise [default: {SHARE} with --noise, 0 without]"
    )
    tilt: float = setting(
        0.0,
        "takes are also learned as from another microphone, with high bands louder or fainter, up to this in decibels",
    )
    gain: float = setting(0.0, "takes are also learned fainter, by up to this in decibels")
    mask: int = setting(8, "up to this many bands, and frames, of a take are hidden when it is learned; 0: none")

    silence: float = setting(1.0, "takes of silence that are made, for each take of one word; 0: none")
    threshold: float = setting(0.5, "in a stream, how probable a word must be to be reported")

    @classmethod
    def of(cls, recipes: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> Self:
        """Folders may be paths, too."""
        folders = {name: os.fspath(given[name]) for name in BESIDE if isinstance(given.get(name), os.PathLike)}
        return super().of(recipes, {**given, **folders})

    def check(self) -> None:
        """A ConfigError where a value is wrong; the network and the trainer check the rest."""
        super().check()
        pattern(self.name)
        choose("readout", self.readout, POOLED)
        if self.sampling is not None:
            whole("sampling", self.sampling, 4000, 192_000)
        whole("bands", self.bands, 4, 128)
        whole("cepstra", self.cepstra, 1, self.bands)
        whole("edges", self.edges, 0, 100)
        whole("mask", self.mask, 0, 64)
        in_range("shift", self.shift, 2, 50)
        in_range("silence", self.silence, 0, 100)
        in_range("threshold", self.threshold, 0, 1)
        if self.noise_share is not None:
            in_range("noise_share", self.noise_share, 0, 1)
        for name, most in (("speed", 0.5), ("warp", 0.5), ("tilt", 60), ("gain", 60)):
            in_range(name, getattr(self, name), 0, most)


def suited(settings: SpeechSettings, rate: int, epoch: int) -> SpeechSettings:
    """The settings with what was left open.

    Args:
        settings: as they were given.
        rate: samples per second of what is read.
        epoch: updates in which all takes are read.
    """
    s = settings
    epochs = max(LEAST_EPOCHS, min(EPOCHS, -(-UPDATES // epoch))) if s.epochs is None else s.epochs
    chosen: dict[str, Any] = {
        "sampling": rate,
        "hidden": 64,
        "output_dropout": 0.3,
        "smoothing": 0.1,
        "epochs": epochs,
        "steps": epochs * epoch,
    }
    if s.noise is not None:
        chosen["noise_share"] = SHARE
    if s.validate:
        chosen["every"] = epoch * -(-RARE // epoch)
    return replace(s, **{name: value for name, value in chosen.items() if getattr(s, name) is None})


EPOCHS, LEAST_EPOCHS, UPDATES = 60, 20, 1200  # so often at most, and at least; between, about so many updates
RARE = 15  # updates: validations come no more often, unless they are asked for
