"""The task `tag`: one label, or one number, for each step of the sequences of one's own data."""

from __future__ import annotations

from dataclasses import dataclass

from elman.tables import Each
from elman.tasks.labelled.settings import LabelledSettings
from elman.tasks.labelled.tabled import Tabled


@dataclass(frozen=True, kw_only=True)
class TagSettings(LabelledSettings):
    """The settings of `tag`."""

    @property
    def per(self) -> Each:
        """Step."""
        return "step"


class Tag(Tabled):
    """To say of which class each step is, or which number belongs to it."""

    name = "tag"
    summary = "to predict the class of each step of a sequence, or a number, such as the tag of each word"
    settings_type = TagSettings
    learns_frames = "`elman.SequenceTagger().fit([frame, …], labels)` takes a frame for each sequence"
    settings: TagSettings

    @property
    def readout(self) -> str:
        """Every step."""
        return "steps"
