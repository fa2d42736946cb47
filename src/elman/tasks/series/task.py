"""Task: series. What comes next, and how sure that is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from os import PathLike
from typing import Any, Self

import numpy as np

from elman.copies import cached_property
from elman.errors import ConfigError, DataError
from elman.files.names import whole
from elman.network import Architecture, Network
from elman.network.losses import Pinball
from elman.spelling import either, spelled
from elman.tasks.capabilities.calibrates import Calibrates
from elman.tasks.capabilities.forecasts import Forecasts
from elman.tasks.capabilities.graded import Graded
from elman.tasks.capabilities.learns_from_data import LearnsFromData, not_at_hand, paths, there_in_training
from elman.tasks.capabilities.reads_tables import ReadsTables, ways
from elman.tasks.capabilities.reports import Report, Reports
from elman.tasks.capabilities.validates import Validates, waited
from elman.tasks.series import reading
from elman.tasks.series.answering import begun, forecasts, on_files
from elman.tasks.series.calibration import LEVELS, Calibration
from elman.tasks.series.codec import Codec
from elman.tasks.series.frequency import Frequency, shown
from elman.tasks.series.future import from_file
from elman.tasks.series.learning import Learning, learn
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel
from elman.tasks.series.reading import LISTS, Layout, Read
from elman.tasks.series.repeats import repeats
from elman.tasks.series.report import SeriesReport
from elman.tasks.series.seasons import seasons_of
from elman.tasks.series.settings import SeriesSettings, suited, told
from elman.tasks.series.shown import Shown
from elman.training import Adam, Batch, Cosine, Plan, Trainer

FINAL = 0.01  # of the rate, at the end
USUAL = 12  # steps ahead, where there are no seasons and nobody said how many
MOST = 48  # steps ahead, where nobody said how many
SHAPE = ("cell", "layers", "hidden", "horizon", "season", *LISTS, "calendar", "holidays", "dtype")  # it is kept
UPDATES = 64  # of a plan


class Series(LearnsFromData, Forecasts, Calibrates, Validates, Graded, Reports, Shown, ReadsTables):
    """To say what comes next in series."""

    name = "series"
    summary = "to predict what comes next in a time series, and how sure that is"
    settings_type = SeriesSettings
    learns_frames = "`elman.SeriesModel.fit(frame)` takes data frames"
    settings: SeriesSettings
    data = "FILE"
    speed = "origins"
    wants = ("each", "baselines", "origins", "step", "anomalies")

    def __init__(self, codec: Codec, settings: SeriesSettings, fingerprint: str = "") -> None:
        self.known = codec
        self.settings = settings
        self._fingerprint = fingerprint
        self.learning: Learning | None = None  # what it learns from
        self.described: list[str] = []  # lines about that
        self._files: Sequence[str] = ()

    # --- where it comes from ---

    @classmethod
    def on(cls, data: Sequence[Any], **given: Any) -> Self:
        """From files, folders and patterns, or `-`, standard input; or from one `Panel`."""
        return cls._on(data, cls.settings_type.of(cls.recipes, given), None)

    @classmethod
    def _on(cls, data: Sequence[Any], settings: SeriesSettings, known: Codec | None) -> Self:
        read = cls._read(data, settings, settings.layout if known is None else known.layout, None)
        panel = read.panel
        seasons, without = seasons_of(panel, settings.seasons) if known is None else (known.beginning.seasons, [])
        horizon = settings.horizon or min(MOST, max(seasons, default=USUAL))
        codec, learning = learn(
            panel, read.layout, horizon, seasons, settings.transform, settings.calendar, settings.holidays
        )
        if known is not None:
            codec = replace(codec, calibration=known.calibration)
        origins = learning.seen.inputs.shape[1]
        given = replace(settings, horizon=horizon, season=",".join(map(str, seasons or (1,))))
        chosen = suited(given, origins)
        task = cls(codec, chosen)
        names = [] if isinstance(data[0], Panel) else cls._names(data)
        task.sources = [whole(name) for name in names]
        task.learning, task._files = learning, names
        task.described = [*reading.described(panel), *read.notes, *without, *begun(codec, learning)]
        if settings.seasons is None and not seasons and not without and (steps := repeats(panel)):
            again = f"values are much alike after {steps} steps: {spelled('season', str(steps))} makes them a season"
            task.described.append(again)
        if line := told(settings, chosen):
            task.described += ["chosen for this data (an option goes above):", line]
        task._fingerprint = _fingerprint(panel)
        return task

    @classmethod
    def _read(cls, data: Sequence[Any], settings: SeriesSettings, layout: Layout, wanted: Frequency | None) -> Read:
        if len(data) == 1 and isinstance(data[0], Panel):
            return Read(data[0], layout, [])
        files = cls._names(data)
        return reading.from_files(files, layout, ways(settings), wanted)

    @classmethod
    def restored(cls, settings: Mapping[str, Any], codec: Mapping[str, Any], data: str) -> Self:
        """Without its data, which is read again only where it is needed."""
        return cls(Codec.from_json(codec), cls.settings_type.of(cls.recipes, settings), data)

    def again(self, data: Sequence[Any], **changed: Any) -> Self:
        """On the same data; a DataError where it is not there any more, or another one."""
        hint = self.named_anew()
        known = self.named(data, hint)
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), **changed})
        with there_in_training("data", data, hint):
            task = self._on(known, settings, self.known)
        if task.fingerprint() != self._fingerprint:
            raise self.another(data, known)
        return task

    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """On other data, with the same horizon, seasons and network."""
        kept = {name: getattr(self.settings, name) for name in SHAPE}
        self.settings.refuse_changes(SHAPE, given)
        return self.on(data, **{**vars(self.settings), "steps": None, "batch": None, "every": None, **given, **kept})

    # --- network, trainer, updates ---

    def architecture(self) -> Architecture:
        """Pieces of values in, quantiles of all horizons out, after the last."""
        s = self.settings
        return Architecture(
            inputs=self.known.windows.inputs,
            outputs=self.known.outputs,
            cell=s.cell,
            layers=s.layers,
            hidden=s.hidden or 1,
            readout="last",
            dropout=s.dropout,
            output_dropout=s.output_dropout,
            dtype=s.dtype,
        )

    def initialise(self, network: Network) -> None:
        """As PyTorch does; but the head says what the simple forecast does, and how wrong it was, whatever it reads."""
        network.initialise(np.random.default_rng((self.settings.seed, 0)))
        head = network.state_dict("head")
        head["weight"][:] = 0
        targets = self._data.targets
        quantiles = np.zeros((self.known.horizon, len(LEVELS)))
        for horizon in range(self.known.horizon):
            there = targets[:, horizon][np.isfinite(targets[:, horizon])]
            quantiles[horizon] = np.quantile(there, LEVELS) if len(there) else [-1, 0, 1]
        quantiles[:, 1] = 0
        head["bias"][:] = quantiles.ravel()

    @property
    def _loss(self) -> Pinball:
        return Pinball(levels=LEVELS)

    def trainer(self, network: Network) -> Trainer:
        """The trainer of the settings."""
        s = self.settings
        schedule = Cosine(updates=max(1, s.steps or 1), final=FINAL)
        return Trainer(
            network, loss=self._loss, optimizer=Adam(s.rate), schedule=schedule, clip_norm=s.clip, seed=s.seed
        )

    @property
    def _data(self) -> Learning:
        if self.learning is None:
            raise not_at_hand(self)
        return self.learning

    @cached_property
    def _examples(self) -> Batch:
        data = self._data
        return Batch(inputs=data.seen.inputs, targets=data.targets)

    def plans(self, done: int) -> Iterator[Plan]:
        """Origins, all of them once before any comes again: a function of the seed and the number of the update."""
        count, batch = len(self._data.targets), self.counts
        per_epoch = max(1, count // batch)
        while done < self.goal:
            epoch, first = divmod(done, per_epoch)
            order = np.random.default_rng((self.settings.seed, 2 + epoch)).permutation(count)
            drawn = order[: per_epoch * batch].reshape(per_epoch, batch)[first : first + self.goal - done]
            for place in range(0, len(drawn), UPDATES):
                part = drawn[place : place + UPDATES]
                yield Plan(examples=self._examples, rows=part)
                done += len(part)

    @property
    def goal(self) -> int:
        """None where there is nothing to learn: series are too short, or the simple forecast is never wrong."""
        learns = self.learning is None or bool(np.isfinite(self.learning.targets).any())
        return (self.settings.steps or 0) if learns else 0

    @property
    def counts(self) -> int:
        """Origins of an update."""
        origins = 1 if self.learning is None else len(self.learning.targets)
        return max(1, min(self.settings.batch or 1, origins))

    @property
    def interval(self) -> int | None:
        """Updates between validations; None where there is nothing to validate by."""
        return self.settings.every if self.learning is None or self.learning.validates else None

    def over(self, values: Sequence[float]) -> bool:
        """As `patience` says."""
        return 0 < self.settings.patience <= waited(values)

    def calibrated(self, network: Network) -> Self:
        """With intervals by what was held out; its data are read again, where they are not at hand."""
        if self.learning is None and not self.sources:
            raise DataError(
                f"{self.name}: expected a model whose file says where its data is; found one whose data was in "
                "memory, or which was exported",
                "in Python, elman.average(models) takes models as they were trained, before they are saved",
            )
        if self.learning is None:
            return self.again([]).calibrated(network)
        learning = self.learning
        answers = self.known.answers(network, learning.calibrating.inputs)
        return self._with(Calibration.of(answers, learning.calibrating_errors, learning.blocks))

    def lost(self) -> str:
        """That forecasts take less than all of what the network adds."""
        return self.known.calibration.lost

    def uncalibrated(self) -> Self:
        """With intervals as the network says them."""
        return self._with(Calibration.none(self.known.horizon))

    def _with(self, calibration: Calibration) -> Self:
        task = copy(self)
        task.known = replace(self.known, calibration=calibration)
        return task

    # --- how well it is learned ---

    def score(self, network: Network) -> dict[str, Any]:
        """Of origins that were held out: the pinball loss of the network, and the errors of median and simple forecast.

        The median has that share of what the network adds which forecasts have: before the calibration, all of it.
        """
        data = self._data
        answers = self.known.answers(network, data.held_out.inputs) / self.known.deviations[:, None]
        wrong, share = data.held_out_targets, self.known.calibration.share
        there = np.isfinite(wrong)
        if not there.any():
            return {"origins": 0}
        gap = (wrong[:, :, None] - answers)[there]
        loss = np.maximum(np.array(LEVELS) * gap, (np.array(LEVELS) - 1) * gap).sum(axis=1)
        return {
            "origins": len(wrong),
            "pinball": float(loss.mean()),
            "error": float(np.abs(wrong - share * answers[:, :, 1])[there].mean()),
            "share": share,
            "baselines": {"simple forecast": {"error": float(np.abs(wrong[there]).mean())}},
        }

    def score_on(self, network: Network, data: Sequence[Any]) -> dict[str, Any]:
        """Of the last origins of files."""
        return self.report(network, [os.fspath(name) for name in data]).result()

    def report(self, network: Network, files: Sequence[str], **wanted: Any) -> Report:
        """Of rolling origins at the end of files; else of the data that it learned from, held out or not."""
        hint = self.named_anew()
        names = self.named(files, hint)
        with there_in_training("data", files, hint):
            read = self._read(names, self.settings, self.known.layout, self.known.panel.frequency)
        if not files and _fingerprint(read.panel) != self._fingerprint:
            raise self.another(files, names)
        return SeriesReport.of(self.known, network, read, self.settings.transform, **wanted)

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """The pinball loss, or the error of medians."""
        if "pinball" in metrics:
            return float(metrics["pinball"])
        if "MAE" in metrics:
            return float(metrics["MAE"])
        raise ConfigError(f"{self.name}: expected origins that are held out to measure by; found none")

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """With its name."""
        return f"{self.cost(metrics):.4f} {'pinball loss' if 'pinball' in metrics else 'MAE'}"

    @classmethod
    def figure(cls, metrics: Mapping[str, Any]) -> str | None:
        """The error, in the unit of the simple forecast's."""
        return "error" if "error" in metrics else ""

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Whatever the figures are: beside nothing that could be right or wrong."""
        return True

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """How much the network adds to forecasts."""
        if "baselines" not in metrics:
            right = self.learning is not None and not self.goal
            return "the simple forecast was never wrong" if right else "nothing was held out to measure it by"
        if metrics.get("share") == 0:
            return "the network did not help: the model is its simple forecast"
        simple = metrics["baselines"]["simple forecast"]["error"]
        better = 1 - metrics["error"] / simple if simple else 0.0
        size, way = f"{abs(better):.1%}", "smaller" if better > 0 else "larger"
        words = f"{size} {way} than" if float(size[:-1]) else "as large as"
        return f"errors are {words} those of the simple forecast, at {metrics['origins']:,} origins that were held out"

    # --- answers ---

    def parse(self, words: Sequence[str]) -> list[str]:
        """The names of files."""
        return list(words)

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[Any]:
        """For each input, the values of a series one after another, a list of the next ones."""
        if self.known.layout.beside or self.known.panel.calendar:
            beside = "columns beside the values" if self.known.layout.beside else "the dates of values"
            raise DataError(
                f"inputs: expected files or frames, as the model reads {beside}; found values",
                either("SeriesModel.predict(df=df, future=df)", "`elman predict MODEL FILE --future FILE`"),
            )
        values = []
        for place, one in enumerate(inputs):
            if isinstance(one, str | PathLike):
                raise DataError(f"inputs[{place}]: expected the values of a series; found the name {str(one)!r}")
            found = np.asarray(one, np.float64)
            if found.ndim != 1 or not len(found) or np.isinf(found).any():
                raise DataError(f"inputs[{place}]: expected finite numbers, one after another; found {one!r:.60}")
            values.append(found)
        ids = [f"inputs[{place}]" for place in range(len(values))]
        if not values:
            return []
        panel = Panel.of(ids, None, values, lambda number, step: f"inputs[{number}][{step}]")
        codec = self.known.on(panel, panel.lengths, self.settings.transform)
        ahead = codec.forecast(network, panel, Origins.last(panel), codec.horizon)
        return [row.tolist() for row in ahead.mean]

    def forecast_files(
        self,
        network: Network,
        files: Sequence[str],
        horizon: int | None,
        levels: Sequence[float],
        note: Callable[[str], None],
        future: str | None = None,
        refit: bool = False,
    ) -> Iterator[dict[str, list[Any]]]:
        """Columns, for some series at a time."""
        codec = self.known
        if refit and not files:
            raise DataError(
                "--refit: expected a file with the whole history; found none, and the model keeps only the last values",
                "elman predict MODEL FILE --refit",
            )
        if files:
            read = self._read(files, self.settings, codec.layout, codec.panel.frequency)
            codec = on_files(codec, read, self.settings.transform, refit, note)
        if future is not None:
            panel = from_file(future, codec.panel, codec.layout, ways(self.settings))
            codec = replace(codec, panel=panel)
        yield from forecasts(codec, network, horizon, levels, shown)

    # --- what is said and kept ---

    def files(self) -> Sequence[str]:
        """Of its data."""
        return self._files

    def introduce(self) -> list[str]:
        """What was read, what becomes of it, and what was chosen."""
        return self.described

    def codec(self) -> dict[str, Any]:
        """Series, simple forecasts and calibration."""
        return self.known.to_json()

    def fingerprint(self) -> str:
        """A checksum of the series."""
        return self._fingerprint

    @classmethod
    def _names(cls, data: Sequence[Any]) -> list[str]:
        """Of files; a ConfigError where there are none."""
        return paths(cls, data, " --target COLUMN")


def _fingerprint(panel: Panel) -> str:
    """Of what is learned from."""
    return f"series {panel.checksum:08x}"
