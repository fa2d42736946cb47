"""What can be set for the task `series`; what is left open is chosen from the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from elman.errors import ConfigError, choose, in_range, whole
from elman.network import CELLS
from elman.spelling import option
from elman.tasks.series.reading import LISTS, Layout
from elman.tasks.series.transforms import TRANSFORMS
from elman.tasks.settings import Settings, setting

LONGEST = 10_000  # steps of a horizon
AUTO = "auto"


@dataclass(frozen=True, kw_only=True)
class SeriesSettings(Settings):
    """The settings of forecasts."""

    horizon: int | None = setting(None, "how many steps ahead are learned [default: a season, or 12]")
    target: str | None = setting(None, "the column of values [default: y, or the only one; or each column is a series]")
    id: str | None = setting(None, "the column that says which series a row is of [default: id or unique_id]")
    time: str | None = setting(
        None, "the column of dates or numbers [default: ds, date, time …; or the order of the rows]"
    )
    known: str | None = setting(None, "columns of numbers that are known in advance, separated by commas")
    past: str | None = setting(None, "columns of numbers that are known up to the present only, separated by commas")
    static: str | None = setting(None, "columns with one value for each series, separated by commas: numbers or words")
    calendar: bool = setting(False, "also read the date: time of day, day of the week, of the month, of the year")
    holidays: str | None = setting(None, "also read the holidays of a country, or of a part of it: DE, DE-BY")
    season: str | None = setting(
        None, "how many steps a season has; of two seasons, separated by a comma; 1: none [default: by the dates]"
    )
    transform: str = setting(AUTO, "none, sqrt, log1p, or auto: what was better for each series")
    encoding: str = setting("utf-8", "of CSV and JSON: the encoding, as Python names it")
    delimiter: str | None = setting(None, "of CSV: the character between columns [default: the one that is found]", "C")
    table: str | None = setting(None, "of a database: the table, or a SELECT [default: the only table]")
    steps: int | None = setting(
        None, "stop after this update, counted from the first one [default: more for more data]"
    )
    cell: str = setting("gru", "gru, lstm, rnn, or none: a feed-forward network, to compare")
    layers: int = setting(1, "layers")
    hidden: int | None = setting(None, "hidden units of each layer [default: more for more data]")
    dropout: float = setting(0.0, "dropout between layers")
    output_dropout: float = setting(0.2, "dropout of what the last layer gives")
    batch: int | None = setting(None, "places from which an update predicts [default: more where there are more]")
    rate: float = setting(0.005, "learning rate of Adam; it falls along a cosine")
    clip: float = setting(1.0, "the greatest length of a gradient; longer ones are scaled down to it")
    every: int | None = setting(None, "updates between two validations [default: a twentieth of all]")
    patience: int = setting(6, "stop after this many validations without a better result; 0: never")
    dtype: str = setting("float32", "float32 or float64")

    def check(self) -> None:
        """A ConfigError where a value is wrong; the network and the trainer check the rest."""
        super().check()
        choose("cell", self.cell, CELLS)
        choose("transform", self.transform, (AUTO, *TRANSFORMS))
        for name in ("batch", "every"):
            if getattr(self, name) is not None:
                whole(name, getattr(self, name), 1, 1 << 40)
        if self.horizon is not None:
            whole("horizon", self.horizon, 1, LONGEST)
        whole("patience", self.patience, 0, 1 << 40)
        in_range("clip", self.clip, 0, 1e6, low_in=False)
        _ = self.seasons
        layout = self.layout
        once = [name for name in (self.target, self.id, self.time, *layout.beside) if name is not None]
        for name in LISTS:
            twice = [one for one in getattr(layout, name) if once.count(one) > 1]
            if twice:
                raise ConfigError(f"{name}: expected columns that nothing else is; found {twice[0]!r} named twice")

    @property
    def layout(self) -> Layout:
        """What is known of the columns."""
        names = {
            role: tuple(name.strip() for name in given.split(",")) for role in LISTS if (given := getattr(self, role))
        }
        return Layout(self.target, self.id, self.time, **names)

    @classmethod
    def of(cls, recipes: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> Self:
        """With lists of names, too."""
        joined = {
            role: ",".join(names)
            for role in LISTS
            if isinstance(names := given.get(role), list | tuple) and all(isinstance(name, str) for name in names)
        }
        return super().of(recipes, {**given, **joined})

    @property
    def seasons(self) -> tuple[int, ...] | None:
        """Steps of seasons, the shortest first; None where they were not given."""
        if self.season is None:
            return None
        words = self.season.split(",")
        if not all(word.strip().isdecimal() and 0 < int(word) <= LONGEST for word in words) or len(words) > 2:
            raise ConfigError(
                f"season: expected a whole number from 1, or two with a comma between them; found {self.season!r}"
            )
        return tuple(sorted({int(word) for word in words} - {1}))


def suited(settings: SeriesSettings, origins: int) -> SeriesSettings:
    """The settings with what was left open, for so many origins to learn from."""
    batch = settings.batch or min(256, max(16, 1 << round((max(origins, 1).bit_length()) / 2)))
    steps = min(MOST, max(LEAST, EPOCHS * origins // batch)) if settings.steps is None else settings.steps
    chosen: dict[str, Any] = {
        "batch": min(batch, max(1, origins)),
        "steps": steps,
        "hidden": 16 if origins < FEW else 64,
        "every": max(1, steps // 20),
    }
    return replace(settings, **{name: value for name, value in chosen.items() if getattr(settings, name) is None})


FEW = 2000  # origins: with fewer, a small network
MOST, LEAST, EPOCHS = 1500, 400, 20  # updates, and how often each origin is read


def told(given: SeriesSettings, chosen: SeriesSettings) -> str:
    """What was chosen, as the command line takes it."""
    names = [name for name in vars(given) if getattr(given, name) is None and getattr(chosen, name) is not None]
    return " ".join(option(name, getattr(chosen, name)) for name in names)
