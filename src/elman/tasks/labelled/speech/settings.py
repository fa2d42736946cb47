"""What can be set for the task `speech`; what is left open is chosen from the recordings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from elman.errors import choose, in_range, whole
from elman.network import READOUTS
from elman.tasks.labelled.settings import LearningSettings
from elman.tasks.labelled.speech.recordings import pattern
from elman.tasks.settings import setting

POOLED = tuple(name for name in READOUTS if name != "steps")
MOST = 16000  # hertz: speech has little above half of it


@dataclass(frozen=True, kw_only=True)
class SpeechSettings(LearningSettings):
    """The settings of `speech`."""

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
    noise: float = setting(0.0, "the share of takes that are learned with noise; 0: none")
    mask: int = setting(8, "at most so many bands, and frames, of a take are hidden when it is learned; 0: none")

    silence: float = setting(1.0, "so many times as many takes of silence are made as a word has; 0: none")
    threshold: float = setting(0.5, "in a stream, how probable a word must be to be told")

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
        in_range("noise", self.noise, 0, 1)
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
    if s.validate:
        chosen["every"] = epoch * -(-RARE // epoch)
    return replace(s, **{name: value for name, value in chosen.items() if getattr(s, name) is None})


EPOCHS, LEAST_EPOCHS, UPDATES = 60, 20, 1200  # so often at most, and at least; between, about so many updates
RARE = 15  # updates: validations come no more often, unless they are asked for
