"""Codec: from series to what a network reads, and from what it says to forecasts with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError
from elman.network import Network
from elman.tasks.series import windows
from elman.tasks.series.beginning import Beginning
from elman.tasks.series.calendar import Calendar
from elman.tasks.series.calibration import LEVELS, Calibration
from elman.tasks.series.exogenous import Exogenous
from elman.tasks.series.fitting import fit
from elman.tasks.series.frequency import Frequency
from elman.tasks.series.origins import Origins
from elman.tasks.series.packed import packed, unpacked
from elman.tasks.series.panel import Counts, Panel, Values
from elman.tasks.series.reading import Layout
from elman.tasks.series.static import Static, Trait
from elman.tasks.series.transforms import TRANSFORMS
from elman.tasks.series.windows import Seen, Windows

KIND = "series"
FIELDS = (
    "kind",
    "layout",
    "horizon",
    "frequency",
    "windows",
    "panel",
    "beginning",
    "scale",
    "deviations",
    "calibration",
)
AT_ONCE = 4096  # origins that a network answers at a time
HELD = 200  # values of a series that a model file keeps, at least


class Forecast(NamedTuple):
    """Of B origins and H steps."""

    mean: Values  # (B, H)
    intervals: dict[float, tuple[Values, Values]]  # of each level in percent: from and to, (B, H) each
    simple: Values  # (B, H) the simple forecast, without the network


@dataclass(frozen=True, eq=False)
class Codec:
    """All that forecasts need beside the network.

    Args:
        layout: which column is what.
        horizon: H.
        windows: what the network reads.
        panel: the series, or the last values of each.
        beginning: their simple forecasts.
        scale: (N,) how wrong these are, in what the network sees.
        deviations: (H,) the same for each horizon, relative to it.
        calibration: of the intervals.
    """

    layout: Layout
    horizon: int
    windows: Windows
    panel: Panel
    beginning: Beginning
    scale: Values
    deviations: Values
    calibration: Calibration

    @property
    def positive(self) -> NDArray[np.bool_]:
        """(N,) which series are forecast, or read, as roots or logarithms."""
        b = self.beginning
        size = b.weights.shape[1] // len(TRANSFORMS)
        found: NDArray[np.bool_] = (b.kinds > 0) | (b.weights[:, size:] > 0).any(axis=1)
        return found

    @property
    def outputs(self) -> int:
        """Numbers that a network says of an origin: for each horizon, the quantiles."""
        return self.horizon * len(LEVELS)

    # --- forecasts ---

    def seen(self, panel: Panel, origins: Origins) -> Seen:
        """What the network reads; panel and origins are of the codec's series, in their order."""
        made = self.beginning.forecast(panel, origins, self.horizon)
        return self.windows.read(panel, origins, made, self.beginning.kinds, self.scale)

    def answers(self, network: Network, inputs: Any) -> Values:
        """(B, H, 3) of inputs (T, B, I): the quantiles, in units of the scale."""
        count = inputs.shape[1]
        parts = [network.forward(inputs[:, first : first + AT_ONCE])[0] for first in range(0, count, AT_ONCE)]
        found: Values = np.concatenate(parts).astype(np.float64).reshape(count, self.horizon, len(LEVELS))
        return found * self.deviations[:, None]

    def forecast(
        self, network: Network, panel: Panel, origins: Origins, horizon: int, levels: Sequence[float] = ()
    ) -> Forecast:
        """From these origins. Beyond H, forecasts go on from themselves, and intervals grow as √h from the last.

        Raises:
            DataError: something is not known that should be in advance.
        """
        panel.reaches(origins.rows, origins.ends, origins.ends + horizon)
        found = self._forecast(network, panel, origins, horizon, levels)
        counts = self._counts(panel, origins)
        return found._replace(
            intervals={p: windows.whole(*edges, found.mean, counts) for p, edges in found.intervals.items()}
        )

    def _counts(self, panel: Panel, origins: Origins) -> NDArray[np.bool_]:
        """(B, 1) of which series intervals are whole numbers."""
        return panel.counts[origins.rows][:, None] & self.windows.counted

    def _forecast(
        self, network: Network, panel: Panel, origins: Origins, horizon: int, levels: Sequence[float] = ()
    ) -> Forecast:
        seen = self.seen(panel, origins)
        answers = self.answers(network, seen.inputs)
        median = self.calibration.share * answers[:, :, 1]
        found = Forecast(
            mean=windows.values(seen, median),
            intervals={p: self._interval(seen, answers, p) for p in levels},
            simple=windows.values(seen, np.zeros_like(median)),
        )
        if horizon <= self.horizon:
            return Forecast(
                found.mean[:, :horizon],
                {p: (low[:, :horizon], high[:, :horizon]) for p, (low, high) in found.intervals.items()},
                found.simple[:, :horizon],
            )
        return self._beyond(network, panel, origins, horizon, found)

    def _interval(self, seen: Seen, answers: Values, level: float) -> tuple[Values, Values]:
        low, high = self.calibration.interval(answers, level)
        return windows.values(seen, low), windows.values(seen, high)

    def _beyond(self, network: Network, panel: Panel, origins: Origins, horizon: int, found: Forecast) -> Forecast:
        """What comes behind the first H steps, by forecasts from those that went before."""
        cut = _cut(panel, origins)
        rows, means, simple = np.arange(len(origins)), [found.mean], [found.simple]
        own = replace(self, beginning=self.beginning.some(origins.rows), scale=self.scale[origins.rows])
        done = self.horizon
        while done < horizon:
            cut = cut.followed(means[-1])
            more = own._forecast(network, cut, Origins(rows, cut.lengths), self.horizon)
            means.append(more.mean)
            simple.append(more.simple)
            done += self.horizon
        mean = np.concatenate(means, axis=1)[:, :horizon]
        wider = np.sqrt(np.arange(self.horizon + 1, horizon + 1) / self.horizon)
        intervals = {}
        for level, edges in found.intervals.items():
            last = [(edge[:, -1:] - found.mean[:, -1:]) * wider for edge in edges]
            low, high = (np.concatenate([edge, mean[:, self.horizon :] + more], axis=1)
                         for edge, more in zip(edges, last, strict=True))  # fmt: skip
            # Of roots, logarithms and counts, nothing is below 0.
            above = (self.beginning.kinds[origins.rows] > 0)[:, None] | self._counts(panel, origins)
            low, high = (np.where(above, np.maximum(edge, 0), edge) for edge in (low, high))
            intervals[level] = low, high
        return Forecast(mean, intervals, np.concatenate(simple, axis=1)[:, :horizon])

    def observed(self, came: Mapping[int, Values]) -> Self:
        """With values that came behind some of the series, by their numbers."""
        return replace(self, panel=self.panel.grown(came))

    # --- other series ---

    def refitted(self, panel: Panel, upto: Counts, log: str) -> Self:
        """For these series, with simple forecasts that are fitted to `upto` (N,) values of each."""
        panel = self._as_learned(panel)
        beginning, scale = fit(panel, upto, self.horizon, self.beginning.seasons, log, self.panel)
        return replace(self, panel=panel, beginning=beginning, scale=scale)

    def unknown(self, panel: Panel) -> list[str]:
        """What of these series the model has not learned, in lines: values below 0, categories; or not before them.

        Raises:
            DataError: a column has numbers, and words were learned, or the other way round.
        """
        columns = panel.static.columns if panel.static else ()
        lines = [trait.unknown(column) for trait, column in zip(self.windows.traits, columns, strict=True)]
        known = self.panel.numbers
        below = [number for number in np.flatnonzero(~panel.above).tolist()
                 if (row := known.get(panel.ids[number])) is not None and self.positive[row]]  # fmt: skip
        if below:
            more = f", and in {len(below) - 1:,} more series" * (len(below) > 1)
            lines.append(
                f"below 0, as nothing in training: {panel.below(below[0])}{more}; simple forecasts are fitted anew "
                "there, without roots and logarithms"
            )
        lines += self._without_history(panel)
        return [line for line in lines if line]

    def _without_history(self, panel: Panel) -> list[str]:
        """That series begin behind what the model has of them, and are shorter than what forecasts read."""
        if panel.frequency.unit == "row":
            return []
        known, own = self.panel.numbers, self.panel
        short = np.flatnonzero(panel.lengths < max(self.beginning.width, self.windows.width)).tolist()
        later = [number for number in short if (row := known.get(panel.ids[number])) is not None
                 and panel.times(number, 0, 1)[0] > own.last(row)]  # fmt: skip
        if not later:
            return []
        more = f", and {len(later) - 1:,} more series" * (len(later) > 1)
        return [
            f"values begin behind those that the model has: {panel.ids[later[0]]!r}{more}; only they are read, and a "
            "forecast needs the history, too"
        ]

    def on(self, panel: Panel, upto: Counts, log: str) -> Self:
        """For other values of its series, and for other series: what is fitted to these is fitted to `upto` (N,)."""
        known = self.panel.numbers
        panel = self._as_learned(panel)
        # What had no value below 0 and has one now is fitted anew: roots and logarithms have no place for it.
        fits = [name in known and bool(above or not self.positive[known[name]])
                for name, above in zip(panel.ids, panel.above, strict=True)]  # fmt: skip
        new, old = np.flatnonzero(~np.array(fits, bool)), np.flatnonzero(fits)
        rows = np.array([known[panel.ids[number]] for number in old], np.int64)
        beginning = replace(self.beginning.some(rows), count=np.zeros(len(rows), np.int64))
        beginning = beginning.anew(panel.some(old)) if len(old) else beginning
        scale = self.scale[rows]
        if len(new):
            some = panel.some(new)
            other, sizes = fit(some, upto[new], self.horizon, self.beginning.seasons, log, self.panel)
            beginning, scale = (beginning.beside(other), np.concatenate([scale, sizes])) if len(old) else (other, sizes)
        back = np.argsort(np.concatenate([old, new]), kind="stable")
        return replace(self, panel=panel, beginning=beginning.some(back), scale=scale[back])

    def _as_learned(self, panel: Panel) -> Panel:
        """Other series, with the season and the calendar of the model."""
        return replace(panel, season=self.panel.season, calendar=self.panel.calendar)

    # --- the model file ---

    def to_json(self) -> dict[str, Any]:
        """What a model file keeps: of each series, the last values."""
        width = max(self.beginning.width, self.windows.width, HELD)
        panel, b, c = self.panel.tail(width), self.beginning, self.calibration
        count = b.count + self.panel.lengths - panel.lengths
        dates = panel.frequency.unit not in ("row", "number")
        first = np.array(panel.first, "datetime64[us]").astype(np.int64) if dates else np.array(
            [0 if one is None else one for one in panel.first], np.float64)  # fmt: skip
        return {
            "kind": KIND,
            "layout": _lists(asdict(self.layout)),
            "horizon": self.horizon,
            "frequency": asdict(self.panel.frequency),
            "windows": asdict(self.windows),
            "panel": {
                "ids": list(panel.ids),
                "values": packed(panel.values),
                "offsets": packed(panel.offsets),
                "first": packed(first),
                "begin": packed(panel.begin),
                "season": panel.season,
                "exogenous": _columns(panel.exogenous),
                "past": _columns(panel.past),
                "calendar": panel.calendar and panel.calendar.to_json(),
                "static": panel.static
                and {"names": list(panel.static.names), "columns": [one.tolist() for one in panel.static.columns]},
            },
            "beginning": {
                "seasons": list(b.seasons),
                "weights": packed(b.weights.astype(np.float32)),
                "coefficients": [[packed(one) for one in each] for each in b.coefficients],
                "early": packed(b.early),
                "count": packed(count),
                "kinds": packed(b.kinds),
                "effects": None if b.effects is None else packed(b.effects),
            },
            "scale": packed(self.scale),
            "deviations": packed(self.deviations),
            "calibration": {"share": c.share, "quantiles": packed(c.quantiles), "errors": c.errors},
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """From that; a ConfigError where it is not."""
        if set(found) != set(FIELDS) or found["kind"] != KIND:
            raise ConfigError(f"codec: expected the fields {', '.join(FIELDS)}; found {', '.join(found)}")
        try:
            layout = Layout(**_tuples(found["layout"]))
            return cls(
                layout=layout,
                horizon=found["horizon"],
                windows=_windows(found["windows"]),
                panel=_panel(found["panel"], Frequency(**found["frequency"])),
                beginning=_beginning(found["beginning"]),
                scale=unpacked(found["scale"]),
                deviations=unpacked(found["deviations"]),
                calibration=Calibration(
                    found["calibration"]["share"],
                    unpacked(found["calibration"]["quantiles"]),
                    found["calibration"]["errors"],
                ),
            )
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            raise ConfigError(f"codec: expected series and their simple forecasts; found others: {error}") from None


def _lists(made: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has them."""
    return {name: list(one) if isinstance(one, tuple) else one for name, one in made.items()}


def _tuples(found: Mapping[str, Any]) -> dict[str, Any]:
    """As they were before JSON made lists of them."""
    return {name: tuple(one) if isinstance(one, list) else one for name, one in found.items()}


def _windows(found: Mapping[str, Any]) -> Windows:
    traits = tuple(Trait(**_tuples(one)) for one in found.get("traits", ()))
    return Windows(**{**_tuples(found), "traits": traits})


def _panel(found: Mapping[str, Any], frequency: Frequency) -> Panel:
    first, static, calendar = unpacked(found["first"]), found.get("static"), found.get("calendar")
    firsts: list[Any]
    if frequency.unit == "row":
        firsts = [None] * len(first)
    else:
        firsts = list(first if frequency.unit == "number" else first.astype("datetime64[us]"))
    return Panel(
        ids=tuple(found["ids"]),
        values=unpacked(found["values"]),
        offsets=unpacked(found["offsets"]),
        first=firsts,
        begin=unpacked(found["begin"]),
        frequency=frequency,
        season=found["season"],
        exogenous=_exogenous(found.get("exogenous")),
        past=_exogenous(found.get("past")),
        static=static and Static(tuple(static["names"]), tuple(np.array(one) for one in static["columns"])),
        calendar=calendar and Calendar(**_tuples(calendar)),
    )


def _columns(one: Exogenous | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"names": list(one.names), "values": packed(one.values), "offsets": packed(one.offsets)}


def _exogenous(found: Mapping[str, Any] | None) -> Exogenous | None:
    if found is None:
        return None
    return Exogenous(tuple(found["names"]), unpacked(found["values"]), unpacked(found["offsets"]))


def _beginning(found: Mapping[str, Any]) -> Beginning:
    weights = unpacked(found["weights"]).astype(np.float64)
    return Beginning(
        seasons=tuple(found["seasons"]),
        weights=weights / weights.sum(axis=1, keepdims=True),  # kept in fewer digits: what is constant stays so
        coefficients=[[unpacked(one) for one in each] for each in found["coefficients"]],
        early=unpacked(found["early"]),
        count=unpacked(found["count"]),
        kinds=unpacked(found["kinds"]),
        effects=None if found.get("effects") is None else unpacked(found["effects"]),
    )


def _cut(panel: Panel, origins: Origins) -> Panel:
    """A series for each origin, which ends there."""
    kept = [panel.values[panel.offsets[row] : panel.offsets[row] + end]
            for row, end in zip(origins.rows, origins.ends, strict=True)]  # fmt: skip
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in kept])]).astype(np.int64)
    ids = tuple(map(str, range(len(kept))))
    return replace(
        panel,
        ids=ids,
        values=np.concatenate(kept),
        offsets=offsets,
        first=[panel.first[row] for row in origins.rows],
        begin=panel.begin[origins.rows],
        exogenous=panel.exogenous and panel.exogenous.some(origins.rows),
        past=panel.past and panel.past.until(origins.rows, origins.ends),
        static=panel.static and panel.static.some(origins.rows.tolist()),
    )
