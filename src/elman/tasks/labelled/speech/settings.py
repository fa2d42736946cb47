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
BESIDE = ("other", "noise")  # settings that name recordings beside those of the words
SHARE = 0.3  # of takes, that noise which is named is mixed into
MOST = 16000  # hertz: speech has little above half of it


@dataclass(frozen=True, kw_only=True)
class SpeechSettings(LearningSettings):
    """The settings of `speech`."""

    other: str | None = setting(None, "a folder of other words; they are learned as _unknown_")
    name: str | None = setting(
        None, "what file names say: {label}_{speaker}_{take}; else folders are named after words"
    )
    sampling: int | None = setting(None, "hertz; all is read so; else the lowest rate that there is, at most 16,000")
    bands: int = setting(40, "of the mel scale, whose energies are read")
    cepstra: int = setting(13, "of these energies that are kept: how many coefficients of their cosine transform")
    shift: float = setting(10.0, "milliseconds from one frame to the next")
    readout: str = setting("last", f"what answers rest on: {', '.join(POOLED)}")
    speed: float = setting(0.1, "learned also faster or slower, by chance up to this share; 0: as it is")
    warp: float = setting(0.1, "learned also as of longer or shorter vocal tracts, up to this share; 0: as it is")
    edges: int = setting(10, "at most so many frames of quiet are learned more or less at each end of a take; 0: none")
    noise: str | None = setting(None, "a folder of noise; it is mixed into takes, and learned as _silence_")
    noise_share: float | None = setting(None, f"of takes are learned with noise; else {SHARE} with --noise, 0 without")
    mask: int = setting(8, "at most so many bands, and frames, of a take are hidden when it is learned; 0: none")

    silence: float = setting(1.0, "so many times as many takes of silence are made as a word has; 0: none")
    threshold: float = setting(0.5, "in a stream, how probable a word must be to be told")

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
        for name in ("speed", "warp"):
            in_range(name, getattr(self, name), 0, 0.5)


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
