"""Counts: series of whole numbers from 0 on, and intervals whose edges are whole numbers, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import elman
from elman.tasks.series.origins import Origins
from elman.tasks.series.windows import whole

SMALL: dict[str, Any] = {"horizon": 4, "season": "1", "steps": 60, "hidden": 4}
LEVELS = (50.0, 80.0, 95.0)
SAID = "10 series are counts, whole numbers from 0 on: so are the edges of their intervals"


def sold(rate: float = 1.5) -> Any:
    return np.random.default_rng(0).poisson(rate, size=(140, 10)).astype(float)


@pytest.fixture(scope="module")
def model() -> Any:
    return elman.SeriesModel.fit(sold()[:130], **SMALL)


def test_edges_are_whole_numbers_in_nested_intervals(model: Any) -> None:
    assert SAID in model.task.introduce()
    found = model.predict(9, level=LEVELS)  # beyond the horizon, too
    names = [*(f"elman-lo-{level:g}" for level in reversed(LEVELS)), *(f"elman-hi-{level:g}" for level in LEVELS)]
    edges = np.array([found[name] for name in names])
    assert (edges == np.round(edges)).all() and (edges >= 0).all() and not np.signbit(edges).any()
    assert (np.diff(edges, axis=0) >= 0).all()
    assert (found["elman"] >= 0).all() and ((edges[2] <= found["elman"]) & (found["elman"] <= edges[3])).all()
    assert edges[-1].reshape(10, 9)[:, -1].mean() > edges[-1].reshape(10, 9)[:, 3].mean()


def test_the_same_values_lie_inside(model: Any) -> None:
    """And as many as the level says, as near as whole numbers allow."""
    codec, y = model.task.known, sold()
    panel = codec.panel.followed(y[130:].T)
    rows, ends = (one.ravel() for one in np.meshgrid(np.arange(10), np.arange(130, 137), indexing="ij"))
    plain = replace(codec, windows=replace(codec.windows, counted=False))
    found, other = (one.forecast(model.network, panel, Origins(rows, ends), 4, LEVELS) for one in (codec, plain))
    came = panel.following(rows, ends, 4)
    around = (np.floor(found.mean) <= came) & (came <= np.ceil(found.mean))
    for level in LEVELS:
        (low, high), (start, stop) = found.intervals[level], other.intervals[level]
        inside = (low <= came) & (came <= high)
        np.testing.assert_array_equal(inside, (start <= came) & (came <= stop) | around)
        assert level / 100 - 0.1 < inside.mean() <= 1
    assert (other.intervals[80.0][1] != np.round(other.intervals[80.0][1])).any()


def test_other_series_are_no_counts(model: Any) -> None:
    y = sold()
    for changed in (y + 1, y - 1, y + 0.5):
        other = elman.SeriesModel.fit(changed, **SMALL)
        assert not other.task.known.panel.counts.any() and SAID not in other.task.introduce()
        high = other.predict(level=[80])["elman-hi-80"]
        assert (high != np.round(high)).any()
    plain = elman.SeriesModel.fit(y, transform="none", **SMALL)
    assert SAID not in plain.task.introduce() and plain.predict(level=[95])["elman-lo-95"].min() < 0
    some: Any = elman.SeriesModel.fit(y, **SMALL)
    some.observe({"3": 0.5})  # no count any more
    high = some.predict(level=[80])["elman-hi-80"].reshape(10, 4)
    assert (high[3] != np.round(high[3])).any() and (high[4] == np.round(high[4])).all()


def test_what_is_rare_is_finite_and_not_below_zero() -> None:
    found = elman.SeriesModel.fit(sold(0.05), **SMALL).predict(level=[90])
    assert 0 <= found["elman"].min() <= found["elman"].max() < 0.5
    assert set(np.unique(found["elman-lo-90"])) == {0} and found["elman-hi-90"].max() <= 2


def test_what_is_whole_but_for_rounding_is_whole() -> None:
    low, high = whole(np.array([[2 + 1e-12]]), np.array([[4 - 1e-12]]), np.array([[3.2]]), np.array([[True]]))
    assert (low.item(), high.item()) == (2, 4)
    low, high = whole(np.array([[0.2]]), np.array([[0.8]]), np.array([[0.6]]), np.array([[True]]))
    assert (low.item(), high.item()) == (0, 1)
