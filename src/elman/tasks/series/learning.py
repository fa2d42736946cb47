"""What is learned from, and what is held out: origins in the past of each series, the last of them to validate with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from elman.errors import DataError
from elman.spelling import spelled
from elman.tasks.series import windows
from elman.tasks.series.calendar import Calendar
from elman.tasks.series.calibration import Calibration
from elman.tasks.series.codec import Codec
from elman.tasks.series.fitting import fit
from elman.tasks.series.origins import CONTEXT, Origins, at_the_end, farthest, shortest
from elman.tasks.series.panel import Counts, Panel, Values
from elman.tasks.series.reading import Layout
from elman.tasks.series.windows import Seen, Windows

POOL = 40_000  # origins to learn from, at most; and the numbers that networks read there, and are taught
ROOM = 1 << 25


@dataclass(frozen=True, eq=False)
class Learning:
    """Origins to learn from, and such that are held out.

    Args:
        seen: what the network reads at B origins.
        targets: (B, H) what it should say; NaN where that is not known.
        held_out: likewise, at origins to validate with.
        held_out_targets: likewise.
        calibrating: what it reads there with the scales that forecasts will have.
        calibrating_errors: (B, H) of drafts, in units of these.
        blocks: (B,) origins of the same number have steps in common.
    """

    seen: Seen
    targets: Values
    held_out: Seen
    held_out_targets: Values
    calibrating: Seen
    calibrating_errors: Values
    blocks: Counts

    @property
    def validates(self) -> bool:
        """Whether anything is known of what is held out, in units of a scale that is above 0."""
        return bool(np.isfinite(self.held_out_targets).any())


def learn(
    panel: Panel,
    layout: Layout,
    horizon: int,
    seasons: tuple[int, ...],
    log: str,
    calendar: bool = False,
    holidays: str | None = None,
) -> tuple[Codec, Learning]:
    """The codec for forecasts, not calibrated yet, and what its network learns.

    What is held out is held out of everything: origins are learned with simple forecasts that were fitted before it.
    The codec's own are fitted to all values.
    """
    if log in ("sqrt", "log1p") and not panel.above.all():
        where, _, value = panel.below(int((~panel.above).argmax())).rpartition(": ")
        raise DataError(
            f"{where}: expected no value below 0 for the transform {log!r}; found {value}",
            spelled("transform", "auto"),
        )
    longest = int(panel.lengths.argmax())
    panel = replace(panel, season=max((1, *seasons[:1])))
    held_out = at_the_end(panel, panel.lengths, horizon, seasons)
    if not len(held_out):
        raise DataError(
            f"{panel.ids[longest]!r}: expected {shortest(horizon)} steps or more, to learn {horizon} ahead; found "
            f"{panel.lengths[longest]} in the longest series",
            spelled("horizon", room)
            if (room := farthest(int(panel.lengths[longest]))) > 0
            else "more values are needed",
        )
    upto = panel.lengths.copy()
    np.minimum.at(upto, held_out.rows, held_out.ends)
    of_windows = Windows.suited(horizon, seasons, int(upto.max()), bool(panel.missing))
    first = _first(upto, of_windows)
    most = int((upto - first).argmax())
    times = panel.times(most, int(first[most]), max(int(first[most]) + 1, int(upto[most])))
    panel = replace(panel, calendar=Calendar.of(panel.frequency, times, calendar, holidays))
    of_windows = replace(of_windows.beside(panel), counted=log != "none")
    early, early_scale = fit(panel, upto, horizon, seasons, log)
    plain = Codec(
        layout=layout,
        horizon=horizon,
        windows=of_windows,
        panel=panel,
        beginning=early,
        scale=early_scale,
        deviations=np.ones(horizon),
        calibration=Calibration.none(horizon),
    )
    origins = _pool(panel, upto, of_windows)
    seen = plain.seen(panel, origins)
    targets = windows.residuals(seen, panel.following(origins.rows, origins.ends, horizon))
    made = early.forecast(panel, held_out, horizon)
    actual = panel.following(held_out.rows, held_out.ends, horizon)
    validating = of_windows.read(panel, held_out, made, early.kinds, early_scale)
    wrong = windows.residuals(validating, actual)
    deviations = _deviations(targets if len(targets) else wrong)
    beginning, scale = fit(panel, panel.lengths, horizon, seasons, log)
    # As forecasts are made later, but with what was known then.
    calibrating = of_windows.read(panel, held_out, made, beginning.kinds, scale)
    learning = Learning(
        seen=seen,
        targets=targets / deviations,
        held_out=validating,
        held_out_targets=wrong / deviations,
        calibrating=calibrating,
        calibrating_errors=windows.residuals(calibrating, actual),
        blocks=np.unique(np.stack([held_out.rows, held_out.ends // horizon]), axis=1, return_inverse=True)[1].ravel(),
    )
    return replace(plain, panel=panel, beginning=beginning, scale=scale, deviations=deviations), learning


def _first(upto: Counts, of_windows: Windows) -> Counts:
    """(N,) the first origin of each series that is learned."""
    return np.minimum(np.maximum(CONTEXT, upto // 3), 4 * of_windows.width)


def _pool(panel: Panel, upto: Counts, of_windows: Windows) -> Origins:
    """All origins before `upto`, or as many as there is room for: the same ones for all seeds."""
    horizon = of_windows.horizon
    first = _first(upto, of_windows)
    count = np.maximum(upto - horizon - first + 1, 0)
    room = max(1, min(POOL, ROOM // (of_windows.steps * of_windows.inputs + 3 * horizon)))
    total = int(count.sum())
    picked = np.arange(total)
    if total > room:
        picked = np.sort(np.random.default_rng((0, 1)).choice(total, room, replace=False))
    starts = np.concatenate([[0], np.cumsum(count)])
    rows = np.searchsorted(starts, picked, side="right") - 1
    return Origins(rows, picked - starts[rows] + first[rows])


def _deviations(wrong: Values) -> Values:
    """(H,) how wrong drafts are, horizon by horizon."""
    there = np.isfinite(wrong)
    sums = np.where(there, np.abs(wrong), 0).sum(axis=0)
    found = sums / np.maximum(there.sum(axis=0), 1)
    return np.where(found > 0, found, 1.0)
