"""What `elman score` says of forecasts: from rolling origins, beside what needs no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from elman.errors import DataError, whole
from elman.network import Network
from elman.tasks.capabilities.reports import Report
from elman.tasks.series import baselines, windows
from elman.tasks.series.anomalies import anomalies
from elman.tasks.series.calibration import GRID
from elman.tasks.series.codec import AT_ONCE, Codec
from elman.tasks.series.measures import Actual, overall
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Values
from elman.tasks.series.reading import Read

ORIGINS = 10  # of each series, where nobody said how many
LEVELS = (80.0, 90.0, 95.0)
CLEARLY = 0.05  # of the error of the model, from which a smaller one of a baseline is worth a warning
COLUMNS = ("RMSE", "MAE", "sMAPE", "MASE", "OWA", "MSIS", "CRPS")
MOST = 100_000


@dataclass
class SeriesReport(Report):
    """Figures of all origins together, and of each series."""

    figures: dict[str, Any]
    listed: list[dict[str, Any]]
    has_rows: bool = False
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        known: Codec,
        network: Network,
        read: Read,
        log: str,
        origins: int | None = None,
        step: int | None = None,
        **wanted: Any,
    ) -> Self:
        """Of the last origins of each series, `step` apart.

        Raises:
            ConfigError: there are no such numbers.
            DataError: no series is long enough.
        """
        count = ORIGINS if origins is None else origins
        whole("origins", count, 1, MOST)
        apart = 1 if step is None else step
        whole("step", apart, 1, MOST)
        panel, horizon = read.panel, known.horizon
        ends = panel.lengths[:, None] - horizon - apart * np.arange(count)
        there = ends >= np.minimum(panel.lengths // 2, 2)[:, None].clip(1)
        rows = np.repeat(np.arange(len(panel)), count).reshape(ends.shape)
        chosen = Origins(rows[there], ends[there])
        if not len(chosen):
            longest = int(panel.lengths.argmax())
            raise DataError(
                f"{panel.ids[longest]!r}: expected more than {horizon} steps, the horizon of the model; found "
                f"{panel.lengths[longest]} in the longest series"
            )
        first = panel.lengths.copy()
        np.minimum.at(first, chosen.rows, chosen.ends)
        codec = known.on(panel, first, log)
        season = (*codec.beginning.seasons, 1)[0]
        actual = Actual.of(panel, chosen, horizon, season)
        found = _model(codec, network, chosen, actual)
        simple = found.pop("simple")
        made = found.pop("made")
        listed = _each(panel.ids, chosen, actual, made) if "each" in wanted else []
        if "anomalies" in wanted:
            listed += anomalies(known.on(panel, panel.lengths, log), network)
        beside = {"simple forecast": simple, **baselines.made(panel, chosen, season, horizon, baselines.SIMPLE)}
        if "baselines" in wanted:
            beside |= baselines.made(panel, chosen, season, horizon, baselines.fitted())
        others = {name: actual.points(values) for name, values in beside.items()}
        for one in (found, *others.values()):
            one["OWA"] = overall(one, others["Naive2"])
        notes = [f"{len(chosen):,} origins of {len(panel):,} series, {horizon} steps after each"]
        notes += known.unknown(panel)
        if known.calibration.lost:
            notes.append(known.calibration.lost)
        late = sum(1 for name, end in zip(panel.ids, first, strict=True) if _seen(known, panel, name, int(end)))
        if late:
            notes.append(f"of {late:,} series, some of these steps were known in training: these figures are too good")
        figures = {"origins": len(chosen), "series": len(panel), "horizon": horizon, **found, "baselines": others}
        return cls(figures, listed, has_rows="each" in wanted or "anomalies" in wanted, notes=notes)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Of each series; or what is unexpected."""
        yield from self.listed

    def result(self) -> dict[str, Any]:
        """All of them; None where there is no such figure."""
        return {**_plain(self.figures), "warnings": _beaten(self.figures)}

    def lines(self) -> Iterator[str]:
        """A table: the model, and under it what needs none."""
        width = max(map(len, self.figures["baselines"])) + 2
        yield " " * width + "".join(f"{name:>10}" for name in COLUMNS)
        for name, found in {"model": self.figures, **self.figures["baselines"]}.items():
            yield f"{name:{width}}" + "".join(f"{_short(found.get(column)):>10}" for column in COLUMNS)
        shares = ", ".join(f"{share:.1%} in {level}" for level, share in self.figures["coverage"].items())
        yield f"values inside of the model's intervals: {shares}"


def _beaten(figures: dict[str, Any]) -> list[str]:
    """That what needs no network is better, if it is so by more than chance easily has it."""
    errors = {name: found["MAE"] for name, found in figures["baselines"].items() if np.isfinite(found["MAE"])}
    best = min(errors, key=errors.__getitem__, default=None)
    if best is None or not errors[best] < (1 - CLEARLY) * figures["MAE"]:
        return []
    less = 1 - errors[best] / figures["MAE"]
    return [f"{best} is better than the model here: its MAE is {less:.0%} smaller"]


def _model(codec: Codec, network: Network, chosen: Origins, actual: Actual) -> dict[str, Any]:
    """Of the network's forecasts."""
    means, simple = [], []
    edges: dict[float, list[tuple[Values, Values]]] = {level: [] for level in LEVELS}
    crps, counts = [], []
    for first in range(0, len(chosen), AT_ONCE):
        part = chosen.part(slice(first, first + AT_ONCE))
        seen = codec.seen(codec.panel, part)
        answers = codec.answers(network, seen.inputs)
        median = codec.calibration.share * answers[:, :, 1]
        means.append(windows.values(seen, median))
        simple.append(windows.values(seen, np.zeros_like(median)))
        for level in LEVELS:
            low, high = (windows.values(seen, edge) for edge in codec.calibration.interval(answers, level))
            edges[level].append(windows.whole(low, high, means[-1], seen.counts))
        quantiles = windows.values(seen, codec.calibration.quantile(answers, GRID[5:-5]))
        some = Actual(actual.values[first : first + AT_ONCE], actual.scale[first : first + AT_ONCE])
        if np.isfinite(some.values).any():
            crps.append(some.ranked(quantiles, GRID[5:-5])["CRPS"])
            counts.append(np.isfinite(some.values).sum())
    made = np.concatenate(means)
    joined = {level: tuple(np.concatenate(one) for one in zip(*pairs, strict=True)) for level, pairs in edges.items()}
    return {
        **actual.points(made),
        **actual.interval(*joined[95.0]),
        "CRPS": float(np.average(crps, weights=counts)) if crps else float("nan"),
        "coverage": {f"{level:g} %": actual.covered(*joined[level]) for level in LEVELS},
        "horizons": actual.horizons(made),
        "simple": np.concatenate(simple),
        "made": made,
    }


def _each(ids: tuple[str, ...], chosen: Origins, actual: Actual, made: Values) -> list[dict[str, Any]]:
    rows = []
    for number in np.unique(chosen.rows):
        part = chosen.rows == number
        some = Actual(actual.values[part], actual.scale[part])
        rows.append({"unique_id": ids[number], "origins": int(part.sum()), **_plain(some.points(made[part]))})
    return rows


def _seen(known: Codec, panel: Any, name: str, end: int) -> bool:
    """Whether the model was fitted to what comes behind this place of a series."""
    number = known.panel.numbers.get(name)
    if number is None:
        return False
    first = panel.times(panel.numbers[name], end, end + 1)[0]
    return bool(first <= known.panel.last(number))


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    """With None for NaN, as JSON has none."""
    plain: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            plain[name] = _plain(value)
        elif isinstance(value, list):
            plain[name] = [_plain(one) for one in value]
        else:
            plain[name] = None if isinstance(value, float) and not np.isfinite(value) else value
    return plain


def _short(value: Any) -> str:
    return "" if value is None or not np.isfinite(value) else f"{value:.4g}"
