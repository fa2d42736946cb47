"""Seasons: those that were asked for, or that dates have; a series has to be longer than one to show it."""

from __future__ import annotations

from elman.errors import DataError
from elman.spelling import spelled
from elman.tasks.series.panel import Panel


def seasons_of(panel: Panel, asked: tuple[int, ...] | None) -> tuple[tuple[int, ...], list[str]]:
    """Their steps, the shortest first; and a line where dates have one that no series is long enough for.

    Raises:
        DataError: one that was asked for is so long.
    """
    row = int(panel.lengths.argmax())
    name, longest = panel.ids[row], int(panel.lengths[row])
    seasons = panel.frequency.seasons if asked is None else asked
    short, long = tuple(m for m in seasons if m < longest), [m for m in seasons if m >= longest]
    if not long:
        return seasons, []
    if asked is not None:
        raise DataError(
            f"{name!r}: expected more than {long[0]:,} steps, to show a season; found {longest:,} in the longest "
            "series",
            f"{spelled('season', ','.join(map(str, short or (1,))))} trains without it",
        )
    said = " or ".join(f"{m:,}" for m in long)
    return short, [f"no season of {said} steps: the longest series, {name!r}, has {longest:,}"]
