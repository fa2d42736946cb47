"""Future: what is known in advance of the steps to come, from a file or a frame, behind the columns of series."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError
from elman.spelling import called, either
from elman.tables import Columns, read
from elman.tasks.series.exogenous import Exogenous
from elman.tasks.series.frequency import Times, shown
from elman.tasks.series.panel import Panel, Values, refuse_same
from elman.tasks.series.reading import Layout, named, refuse_other_kinds

FARTHEST = 20_000  # steps behind a series; what is farther, nobody can ask for


def from_file(file: str, panel: Panel, layout: Layout, ways: Mapping[str, Any]) -> Panel:
    """The series, with what a file says of their columns in the steps to come. Rows of the past are not used.

    Args:
        file: its name; rows of an id, a time and the columns. Without ids, they are of all series.
        panel: the series.
        layout: which column is what.
        ways: how tables are read.

    Raises:
        ConfigError: the model has no such columns.
        DataError: the file is no such table; it names the row.
    """
    refuse_none(panel)
    columns = Columns(id=layout.id, time=layout.time, features=layout.known)
    with read([file], columns, **ways) as table:
        refuse_other_kinds(table, dict(zip(layout.known, table.features, strict=True)), layout)
        found = list(table)
    ids = None if table.columns.id is None else [one.id for one in found]
    where = named([(one.place, one.rows) for one in found])
    times = None if table.columns.time is None else [one.times for one in found]
    return ahead(panel, ids, times, [one.values for one in found], where)


def ahead(
    panel: Panel,
    ids: list[str] | None,
    times: Sequence[Times | None] | None,
    values: list[Values],
    where: Callable[[int, int], str],
) -> Panel:
    """The series, with more values of their columns behind those that are known.

    Args:
        panel: the series.
        ids: of the groups of rows; None: there is one, of all series.
        times: (T_i,) of each group, in order; None: rows follow directly behind what is known.
        values: (T_i, K) of each.
        where: names the row of a group's step.
    """
    beside = refuse_none(panel)
    if times is None and panel.frequency.unit != "row":
        raise DataError(f"{where(0, 0)}: expected a time in each row, as the series have them; found none")
    if ids is not None and (other := [number for number, name in enumerate(ids) if name not in panel.numbers]):
        raise DataError(
            f"{where(other[0], 0)}: expected ids of series that are forecast; found {ids[other[0]]!r}",
            f"{called('future')} has rows of these series alone",
        )
    moments = [np.asarray(one) for one in times] if times is not None else None
    if moments is not None:
        refuse_same(ids or [""], moments, where)
    groups = {name: number for number, name in enumerate(ids)} if ids is not None else dict.fromkeys(panel.ids, 0)

    def longer(row: int, known: Values) -> Values:
        group = groups.get(panel.ids[row])
        if group is None:
            return known
        count = len(known)
        if moments is None:
            places: NDArray[Any] = count + np.arange(len(values[group]))
        else:
            places = _places(panel, row, moments[group], lambda step: where(group, step))
        new = (places >= count) & (places < panel.lengths[row] + FARTHEST)
        found = np.full((int(max(count, places[new].max(initial=-1) + 1)), known.shape[1]), np.nan)
        found[:count] = known
        found[places[new]] = values[group][new]
        return found

    return replace(panel, exogenous=beside.each(longer))


def refuse_none(panel: Panel) -> Exogenous:
    """The columns that are known in advance; a ConfigError where there are none."""
    if panel.exogenous is None:
        raise ConfigError(
            f"{called('future')}: expected a model that learned from columns which are known in advance; found another",
            f"{either('fit(…, known=[…])', '`elman train series FILE --known COLUMNS`')} learns from them",
        )
    return panel.exogenous


def _places(panel: Panel, row: int, times: Times, where: Callable[[int], str]) -> NDArray[np.int64]:
    """The steps of a series at these times."""
    frequency, name = panel.frequency, panel.ids[row]
    if (times.dtype.kind == "M") == (frequency.unit in ("row", "number")):
        raise DataError(f"{where(0)}: {name!r}: expected times {frequency}; found {shown(times[:1])[0]}")
    places = frequency.places(panel.first[row], times)
    wrong = np.isnan(places)
    if wrong.any():
        step = int(wrong.argmax())
        raise DataError(f"{where(step)}: {name!r}: expected {frequency}; found {shown(times[step : step + 1])[0]}")
    found: NDArray[np.int64] = places.astype(np.int64) - int(panel.begin[row])
    return found
