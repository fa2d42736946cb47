"""The task `classify`: one label, or one number, for each sequence of one's own data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from elman.errors import choose
from elman.network import READOUTS
from elman.tables import Columns
from elman.tasks.labelled.settings import LabelledSettings
from elman.tasks.labelled.tabled import Tabled
from elman.tasks.settings import setting

POOLED = tuple(name for name in READOUTS if name != "steps")


@dataclass(frozen=True, kw_only=True)
class ClassifySettings(LabelledSettings):
    """The settings of `classify`."""

    text: str | None = setting(None, "a column of text: each row is a sequence of characters")
    readout: str = setting("last", f"which states an answer is made from: {', '.join(POOLED)}")

    @property
    def columns(self) -> Columns:
        """With a column of text."""
        return replace(super().columns, text=self.text)

    def check(self) -> None:
        """A ConfigError where a value is wrong."""
        super().check()
        choose("readout", self.readout, POOLED)


class Classify(Tabled):
    """To say of which class a sequence is, or which number belongs to it."""

    name = "classify"
    summary = "to predict the class of a sequence, or a number: from CSV, Parquet, JSON lines, .ts or .npz"
    settings_type = ClassifySettings
    learns_frames = (
        "`elman.SequenceClassifier().fit([frame, …], labels)` takes a frame for each sequence, and for numbers "
        "`elman.SequenceRegressor()`"
    )
    settings: ClassifySettings

    @property
    def readout(self) -> str:
        """As it is set."""
        return self.settings.readout
