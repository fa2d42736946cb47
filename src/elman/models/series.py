"""SeriesModel: what a model of series can do beyond what every model can."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from numbers import Real
from os import PathLike
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError, whole
from elman.models.model import Model
from elman.tasks.series.answering import forecasts, validated
from elman.tasks.series.frames import from_frame, future_from_frame
from elman.tasks.series.panel import Panel
from elman.tasks.series.settings import SeriesSettings
from elman.tasks.series.task import Series

if TYPE_CHECKING:
    from elman.training import Progress

Columns = dict[str, NDArray[Any]]
NAME = "elman"  # of the column of forecasts


class SeriesModel(Model):
    """A network that learned how series go on: forecasts with intervals.

    Names of columns are those of Nixtla's libraries. Frames may be of pandas, polars or Arrow, or mappings of columns;
    what comes back is a dictionary of columns, of which `pandas.DataFrame`, `polars.DataFrame` or `pyarrow.table` make
    a frame.
    """

    task: Series

    @classmethod
    def fit(
        cls,
        df: Any,
        *,
        start: str | PathLike[str] | None = None,
        minutes: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        **settings: Any,
    ) -> Self:
        """Learns from a frame in long form, with the columns `unique_id`, `ds` and `y`; or from an array.

        Args:
            df: the frame, an index of pandas included; or an array (T,) of one series, (T, N) of several. Times with a
                time zone are read in UTC.
            start: a model file whose weights it begins with.
            minutes: an upper bound on the training.
            on_progress: called with each event.
            settings: as `elman train series --help` lists them: `horizon`, `season`, `target`, `id`, `time`, `seed` …
                `known` lists columns of numbers that are known in advance, `past` such that are known up to now,
                and `static` those with one value for each series: numbers or words.

        Raises:
            ConfigError: a setting is wrong.
            DataError: these are no series; the message names the row, and the id.
        """
        from elman.models import run  # a run makes models: it stands above them

        run.check_names(Series, settings, ("minutes", "on_progress", "start"))
        layout = SeriesSettings.of(Series.recipes, settings).layout
        panel = from_frame(df, layout)
        training = run.begin("series", [panel], start=start, minutes=minutes, **settings)
        return cast(Self, run.complete(training, minutes, on_progress))

    def predict(  # type: ignore[override]
        self, h: int | None = None, level: float | Sequence[float] = (), df: Any = None, future: Any = None
    ) -> Columns:
        """What comes next.

        Args:
            h: steps ahead; default: the horizon that was learned.
            level: of intervals, in percent: one, or several.
            df: the history of series, in place of what the model knows; series may be new to it.
            future: columns that are known in advance, if it learned from such: a row for each id and time to come.

        Returns:
            Columns `unique_id`, `ds`, `elman`, and `elman-lo-95` and `elman-hi-95` for a level of 95.

        Raises:
            DataError: of what has to be known in advance, something is missing; the message lists ids and times.
        """
        codec = self.task.known
        if df is not None:
            panel = self._read(df)
            codec = codec.on(panel, panel.lengths, self.task.settings.transform)
        if future is not None:
            codec = replace(codec, panel=future_from_frame(future, codec.panel, codec.layout))
        found: dict[str, list[Any]] = {}
        for part in forecasts(codec, self.network, h, _levels(level)):
            for name, values in part.items():
                found.setdefault(name, []).extend(values)
        return {_named(name): _array(values) for name, values in found.items()}

    def _read(self, df: Any) -> Panel:
        """The series of a frame, in the columns that the model knows; warns of what is unknown to it."""
        codec = self.task.known
        panel = from_frame(df, codec.layout, codec.panel.frequency)
        for line in codec.unknown(panel):
            warnings.warn(line, stacklevel=3)
        return panel

    def cross_validation(
        self,
        h: int | None = None,
        n_windows: int = 1,
        step_size: int = 1,
        level: float | Sequence[float] = (),
        df: Any = None,
    ) -> Columns:
        """Forecasts from rolling origins, beside what came. The network is not trained anew.

        The simple forecasts are fitted to what was known before the first origin. The network has not learned what was
        held out of its training, the last part of each series.

        Args:
            h: steps ahead; default: the horizon that was learned.
            n_windows: origins of each series; there is a warning where one is too short for so many.
            step_size: steps between two.
            level: of intervals, in percent: one, or several.
            df: series, in place of those that the model knows; of these it knows all directly after its training, and
                the last values when it comes from a file.

        Returns:
            Columns `unique_id`, `ds`, `cutoff` (the last time that was known), `y`, `elman`, and those of intervals.
        """
        whole("n_windows", n_windows, 1, 1 << 20)
        whole("step_size", step_size, 1, 1 << 20)
        codec = self.task.known
        panel = codec.panel if df is None else self._read(df)
        steps = codec.horizon if h is None else h
        whole("h", steps, 1, 1 << 20)
        short = int((panel.lengths <= steps + step_size * (n_windows - 1)).sum())
        if short:
            said = f"{short:,} of {len(panel):,} series are too short for {n_windows:,} windows: they have fewer"
            warnings.warn(said, stacklevel=2)
        log = self.task.settings.transform
        found = validated(codec, self.network, panel, steps, n_windows, step_size, _levels(level), log)
        return {_named(name): _array(values) for name, values in found.items()}

    def refit(self, df: Any) -> None:
        """Fits the simple forecasts, their weights and scales anew, to what is known by now.

        The network stays as it is. This takes a fraction of a training. Intervals have the same calibration as before.

        Args:
            df: the whole history of series, in place of what the model knows; series may be new to it.

        Raises:
            DataError: these are no series, or of another frequency; the message names the row, and the id.
        """
        codec = self.task.known
        panel = self._read(df)
        task = copy(self.task)
        task.known = codec.refitted(panel, panel.lengths, self.task.settings.transform)
        self.task = task

    def observe(self, y: float | Sequence[float] | Mapping[str, float | Sequence[float]]) -> None:
        """Takes in what came: the next value, or several. The next forecast begins behind it.

        Args:
            y: of the one series; or of some of many, by their ids. NaN is a value that is missing.

        Raises:
            DataError: there is no such series, or a value is infinite.
        """
        panel = self.task.known.panel
        if not isinstance(y, Mapping):
            if len(panel) != 1:
                raise DataError(f"y: expected values by their ids, as there are {len(panel):,} series; found {y!r:.60}")
            y = {panel.ids[0]: y}
        came = {}
        for name, values in y.items():
            if name not in panel.numbers:
                raise DataError(f"y: expected the id of a series that the model knows; found {name!r}")
            try:
                found = np.atleast_1d(np.asarray(values, np.float64))
                good = found.ndim == 1 and not np.isinf(found).any()
            except (TypeError, ValueError, OverflowError):
                good = False
            if not good:
                raise DataError(f"y: {name!r}: expected finite numbers, one after another; found {values!r:.60}")
            came[panel.numbers[name]] = found
        task = copy(self.task)
        task.known = task.known.observed(came)
        self.task = task


def _levels(given: float | Sequence[float]) -> Sequence[float]:
    found = [given] if isinstance(given, Real) else given
    if isinstance(found, str | bytes | Mapping) or not isinstance(found, Iterable) or getattr(found, "ndim", 1) != 1:
        raise ConfigError(f"level: expected percents, one or several; found {given!r:.60}")
    return cast(list[float], list(found))


def _named(name: str) -> str:
    if name == "mean":
        return NAME
    return f"{NAME}-{name}" if name.startswith(("lo-", "hi-")) else name


def _array(values: list[Any]) -> NDArray[Any]:
    """A column; dates as such."""
    if values and isinstance(values[0], np.datetime64):
        return np.array(values, "datetime64[us]")
    return np.array(values)
